//! Holds what this crate reads out of a profile against the reference's own table of it.

use rolling_profiles_profile::{FrequentItem, Profile};
use serde_json::Value as Json;

use super::values::{Value, expand};
use super::{Fixture, number};

/// Namespaces that this crate summarises; others travel through it unread.
const SUMMARISED: [&str; 6] = ["counts", "types", "ints", "distribution", "cardinality", "frequent_items"];
const FREQUENT: &str = "frequent_items/frequent_strings";
const QUANTILES: [(&str, f64); 9] = [
    ("q_01", 0.01),
    ("q_05", 0.05),
    ("q_10", 0.1),
    ("q_25", 0.25),
    ("median", 0.5),
    ("q_75", 0.75),
    ("q_90", 0.9),
    ("q_95", 0.95),
    ("q_99", 0.99),
];
/// Values that a quantile sketch of k = 1024 holds before it first compacts.
pub const EXACT: usize = 1024;
/// Rank error of one query at k = 1024, 99 % sure: 2.296 / k^0.9021 (the sketch library's fit).
const RANK_ERROR: f64 = 0.00443;

/// How close quantiles, mean and deviation must come.
#[derive(Clone, Copy)]
pub enum Closeness {
    /// The same sketch read by both: nothing may differ.
    SameFile,
    /// Two sketches of the same values.
    SameValues,
}

/// Every difference between `profile` and the expected table of `fixture`, over the columns named.
pub fn differences(fixture: &Fixture, profile: &Profile, columns: &[String], closeness: Closeness) -> Vec<String> {
    let mut found = Vec::new();
    for column in columns {
        let expected = &fixture.json["expected"]["table"][column];
        let at = |key: &str| format!("{} · {column} · {key}", fixture.name);
        let Some(ours) = profile.get(column) else {
            found.push(at("missing"));
            continue;
        };
        let summary = ours.summary();
        let counted = number(&expected["distribution/n"]);
        for (key, value) in expected.as_object().expect("a table of columns") {
            let (namespace, name) = key.split_once('/').expect("a key of namespace and name");
            if !SUMMARISED.contains(&namespace) || key == FREQUENT {
                continue;
            }
            let Some((_, got)) = summary.iter().find(|(known, _)| known == key) else {
                found.push(at(&format!("{key} is not in our summary")));
                continue;
            };
            let want = number(value);
            let equal = match (closeness, name) {
                (Closeness::SameFile, _) => same(*got, want),
                (_, "mean" | "stddev") => near(*got, want, scale(expected)),
                (_, name) if namespace == "distribution" && QUANTILES.iter().any(|(known, _)| *known == name) => {
                    counted > EXACT as f64 || same(*got, want)
                }
                _ => same(*got, want),
            };
            if !equal {
                found.push(at(&format!("{key}: {got:?}, the reference says {want:?}")));
            }
        }
        for (key, _) in &summary {
            if expected.get(key).is_none() {
                found.push(at(&format!("{key} is not in the reference's table")));
            }
        }
        let want = match closeness {
            Closeness::SameFile => &expected[FREQUENT],
            Closeness::SameValues => without_fractional(fixture, column).map_or(&expected[FREQUENT], |it| &it["items"]),
        };
        let got = ours.frequent_items().map(sorted);
        if got != listed(want) {
            found.push(at(&format!("frequent items: {got:?}, the reference says {want}")));
        }
    }
    found
}

/// The reference's frequent items of a mixed column without its fractional numbers, which this crate never counts there.
pub fn without_fractional<'a>(fixture: &'a Fixture, column: &str) -> Option<&'a Json> {
    fixture.json["expected"]["frequentItemsWithoutFractional"].get(column)
}

/// Quantiles whose true rank among `values` is further off than the sketch's bound.
pub fn rank_errors(name: &str, profile: &Profile, column: &str, values: &[Value]) -> Vec<String> {
    let mut sorted: Vec<f64> = values
        .iter()
        .filter_map(|value| match value {
            Value::Integral(x) => Some(*x as f64),
            Value::Fractional(x) => Some(*x),
            Value::Bool(x) => Some(f64::from(u8::from(*x))),
            _ => None,
        })
        .collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return Vec::new();
    }
    let ranks: Vec<f64> = QUANTILES.iter().map(|(_, rank)| *rank).collect();
    let quantiles = profile.get(column).expect("the column is there").quantiles(&ranks);
    let n = sorted.len() as f64;
    let slack = if sorted.len() <= EXACT { 1.0 / n } else { RANK_ERROR };
    quantiles
        .iter()
        .zip(&ranks)
        .filter_map(|(quantile, rank)| {
            let below = sorted.partition_point(|x| x < quantile) as f64 / n;
            let up_to = sorted.partition_point(|x| x <= quantile) as f64 / n;
            let hit = below - slack <= *rank && *rank <= up_to + slack;
            (!hit).then(|| format!("{name} · {column} · rank {rank}: {quantile} covers {below} to {up_to}"))
        })
        .collect()
}

/// Names of the columns of an expected table.
pub fn columns(fixture: &Fixture) -> Vec<String> {
    fixture.json["expected"]["table"].as_object().expect("a table").keys().cloned().collect()
}

/// Every value of each column of a fixture with input.
pub fn inputs(fixture: &Fixture) -> Vec<(String, Vec<Vec<Value>>)> {
    let columns = fixture.json["columns"].as_array().expect("input");
    columns
        .iter()
        .map(|column| {
            let steps = column["steps"].as_array().expect("steps");
            (column["name"].as_str().expect("a name").to_owned(), steps.iter().map(expand).collect())
        })
        .collect()
}

#[expect(clippy::float_cmp, reason = "the same file and the same values give the same bits")]
fn same(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

/// Equal to 1e-9, relative to the number itself, or to the values' size where a mean is near zero.
pub fn near(a: f64, b: f64, scale: f64) -> bool {
    same(a, b) || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) || (a - b).abs() <= 1e-12 * scale
}

/// Size of the largest value that a column of a fixture saw.
pub fn scale_of(fixture: &Fixture, column: &str) -> f64 {
    scale(&fixture.json["expected"]["table"][column])
}

fn scale(expected: &Json) -> f64 {
    number(&expected["distribution/max"]).abs().max(number(&expected["distribution/min"]).abs())
}

/// (value, estimate, lower, upper), most frequent first, then by code points.
fn sorted(items: Vec<FrequentItem>) -> Vec<(String, u64, u64, u64)> {
    let mut items: Vec<_> = items.into_iter().map(|item| (item.value, item.estimate, item.lower, item.upper)).collect();
    items.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    items
}

/// `None` where the reference keeps no frequent items.
fn listed(items: &Json) -> Option<Vec<(String, u64, u64, u64)>> {
    let count = |value: &Json| value.as_u64().expect("a count");
    let row =
        |row: &Json| (row[0].as_str().expect("a text").to_owned(), count(&row[1]), count(&row[2]), count(&row[3]));
    Some(items.as_array()?.iter().map(row).collect())
}
