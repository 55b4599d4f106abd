use proptest::prelude::*;

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
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
        let mut mirrored = Hll::new(lg_k);
        let mut plain = Hll::new(lg_k);
        for batch in 0..200_i64 {
            let values: Vec<i64> = (batch * 61..batch * 61 + 97).collect();
            let doubles: Vec<f64> = values.iter().map(|&x| x as f64 / 3.0 - 100.0).collect();
            let texts: Vec<String> = values.iter().map(|x| format!("text number {x}")).collect();
            mirrored.add_integers(&values);
            mirrored.add_doubles(&doubles);
            mirrored.prepare();
            for text in &texts {
                mirrored.add_text(text);
            }
            for &x in &values {
                plain.sketch.update(x);
            }
            for &x in &doubles {
                plain.sketch.update(canonical_float::from_f64(x));
            }
            for text in &texts {
                plain.sketch.update(raw_bytes::from_str(text));
            }
            assert_eq!(mirrored.image(), plain.image(), "lg_k {lg_k}, batch {batch}");
        }
        assert!(mirrored.mirror.is_some());
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
        let (mut ours, mut plain) = (Hll::new(lg_k), Hll::new(lg_k));
        for (from, count, merged) in parts {
            let integers: Vec<i64> = (0..count).map(|i| i64::from(from) + i * i).collect();
            let doubles: Vec<f64> = integers.iter().map(|&x| x as f64 / 7.0).collect();
            let (mut fed, mut updated) = if merged { (Hll::new(lg_k), Hll::new(lg_k)) } else { (ours.clone(), plain.clone()) };
            fed.add_integers(&integers);
            fed.add_doubles(&doubles);
            fed.prepare();
            for x in &integers {
                fed.add_text(&x.to_string());
            }
            for &x in &integers {
                updated.sketch.update(x);
            }
            for &x in &doubles {
                updated.sketch.update(canonical_float::from_f64(x));
            }
            for x in &integers {
                updated.sketch.update(raw_bytes::from_str(&x.to_string()));
            }
            if merged {
                ours.merge(&fed);
                plain.merge(&updated);
            } else {
                (ours, plain) = (fed, updated);
            }
            prop_assert_eq!(ours.image(), plain.image());
        }
    }
}
