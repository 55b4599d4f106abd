use proptest::prelude::*;

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A sketch that is fed values, and one whose inner sketch, the crate's, is updated by each of them.
struct Pair {
    fed: Hll,
    plain: Hll,
}

impl Pair {
    fn new(lg_k: u8) -> Self {
        Self { fed: Hll::new(lg_k), plain: Hll::new(lg_k) }
    }

    /// Each of them as a whole number, as a fraction and as a text.
    fn add(&mut self, integers: &[i64]) {
        let doubles: Vec<f64> = integers.iter().map(|&x| x as f64 / 3.0 - 100.0).collect();
        let texts: Vec<String> = integers.iter().map(|x| format!("text number {x}")).collect();
        self.fed.add_integers(integers);
        self.fed.add_doubles(&doubles);
        self.fed.prepare();
        for text in &texts {
            self.fed.add_text(text);
        }
        for &x in integers {
            self.plain.sketch.update(x);
        }
        for &x in &doubles {
            self.plain.sketch.update(canonical_float::from_f64(x));
        }
        for text in &texts {
            self.plain.sketch.update(raw_bytes::from_str(text));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.fed.merge(&other.fed);
        self.plain.merge(&other.plain);
    }
}

#[test]
fn one_as_integer_double_and_text_are_three_items() {
    let mut integer = Hll::new(12);
    integer.add_integers(&[1]);
    assert_eq!(hex(&integer.image()), "0201070c030801002bf2fb06");
    let mut double = Hll::new(12);
    double.add_doubles(&[1.0]);
    assert_eq!(hex(&double.image()), "0201070c030801000ba59d0f");
    let mut text = Hll::new(12);
    text.add_text("1");
    assert_eq!(hex(&text.image()), "0201070c03080100aaa60f06");
    assert_eq!(hex(&Hll::new(12).image()), "0201070c030c0000");
}

#[test]
fn the_mirror_changes_no_byte() {
    for lg_k in [4, 7, 8, 12] {
        let mut pair = Pair::new(lg_k);
        for batch in 0..200_i64 {
            pair.add(&(batch * 61..batch * 61 + 97).collect::<Vec<i64>>());
            assert_eq!(pair.fed.image(), pair.plain.image(), "lg_k {lg_k}, batch {batch}");
        }
        assert!(pair.fed.mirror.is_some());
    }
}

#[test]
fn both_zeros_are_one_item() {
    let mut hll = Hll::new(12);
    hll.add_doubles(&[0.0, -0.0]);
    assert_eq!(hll.image()[6], 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_and_merge_gives_the_crate_s_bytes(
        parts in prop::collection::vec((any::<i32>(), 1_i64..4000, any::<bool>()), 1..6),
        lg_k in 4_u8..13,
    ) {
        let mut whole = Pair::new(lg_k);
        for (from, count, is_merged) in parts {
            let integers: Vec<i64> = (0..count).map(|i| i64::from(from) + i * i).collect();
            if is_merged {
                let mut part = Pair::new(lg_k);
                part.add(&integers);
                whole.merge(&part);
            } else {
                whole.add(&integers);
            }
            prop_assert_eq!(whole.fed.image(), whole.plain.image());
        }
    }
}
