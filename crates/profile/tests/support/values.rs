//! Values of a test case, and the generator that stands in for long lists.
//!
//! `docs/compatibility.md` describes steps and generator; `__test__/compat/python/values.py` is the same in Python.

use serde_json::Value as Json;

/// One value, with its kind spelt out.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Integral(i64),
    Fractional(f64),
    Bool(bool),
    Text(String),
    Null,
    Nan,
    Object,
    Tensor,
}

/// The 32-bit linear congruential generator of Numerical Recipes.
struct Draws(u32);

impl Draws {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0
    }

    /// The low bits of such a generator repeat early, so the low eight are left out.
    fn below(&mut self, bound: u32) -> u32 {
        (self.next() >> 8) % bound
    }

    /// Never a whole number: the last of its 32 binary places is always set.
    fn fraction(&mut self, low: i64, span: u32) -> f64 {
        let draw = self.next();
        (low + i64::from(draw % span)) as f64 + f64::from(draw | 1) / 4_294_967_296.0
    }
}

/// Every value of a step, in order.
pub fn expand(step: &Json) -> Vec<Value> {
    if step["generator"].is_object() {
        return generate(&step["generator"]);
    }
    let kind = text(&step["kind"]);
    if let Some(count) = step["count"].as_u64() {
        let value = match kind {
            "null" => Value::Null,
            "nan" => Value::Nan,
            "object" => Value::Object,
            "tensor" => Value::Tensor,
            other => panic!("kind {other} is not repeated"),
        };
        return vec![value; usize::try_from(count).unwrap()];
    }
    step["values"].as_array().unwrap().iter().map(|value| listed(kind, value)).collect()
}

/// Integers that a double cannot hold are written as text.
fn listed(kind: &str, value: &Json) -> Value {
    match kind {
        "integral" => Value::Integral(value.as_i64().unwrap_or_else(|| text(value).parse().unwrap())),
        "fractional" => Value::Fractional(value.as_f64().unwrap()),
        "bool" => Value::Bool(value.as_bool().unwrap()),
        "text" => Value::Text(text(value).to_owned()),
        other => panic!("kind {other} is not listed"),
    }
}

fn generate(spec: &Json) -> Vec<Value> {
    let small = |key: &str| u32::try_from(spec[key].as_u64().unwrap()).unwrap();
    let mut draws = Draws(small("seed"));
    (0..small("count"))
        .map(|_| match text(&spec["shape"]) {
            "intRange" => Value::Integral(spec["low"].as_i64().unwrap() + i64::from(draws.below(small("span")))),
            "intUnique" => Value::Integral(i64::from(draws.next()) - (1 << 31)),
            "fraction" => Value::Fractional(draws.fraction(spec["low"].as_i64().unwrap(), small("span"))),
            "fractionFew" => Value::Fractional(f64::from(draws.below(small("distinct"))) + 0.5),
            "textFew" => numbered(spec, draws.below(small("distinct"))),
            "textUnique" => numbered(spec, draws.next()),
            "textSkewed" => {
                let bound = draws.below(small("distinct")) + 1;
                numbered(spec, draws.below(bound))
            }
            "bool" => Value::Bool(draws.below(small("of")) < small("trues")),
            "mix" => mixed(&mut draws),
            other => panic!("unknown shape {other}"),
        })
        .collect()
}

fn numbered(spec: &Json, number: u32) -> Value {
    Value::Text(format!("{}{number}", text(&spec["prefix"])))
}

fn mixed(draws: &mut Draws) -> Value {
    match draws.below(3) {
        0 => Value::Integral(i64::from(draws.below(1000)) - 500),
        1 => Value::Fractional(draws.fraction(-10, 20)),
        _ => Value::Text(format!("m{}", draws.below(50))),
    }
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap()
}
