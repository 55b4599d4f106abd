use std::collections::HashMap;

use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use proptest::prelude::*;

use super::*;

fn of<'a>(lg_max: u8, texts: impl IntoIterator<Item = &'a str>) -> Frequent {
    let mut sketch = Frequent::new(lg_max);
    for text in texts {
        sketch.add(text, 1);
    }
    sketch
}

fn texts(n: u64, distinct: u64) -> Vec<String> {
    (0..n).map(|i| format!("t{}", i * i % distinct * (i % 7) % distinct)).collect()
}

#[test]
fn an_empty_sketch_and_one_item_have_known_images() {
    assert_eq!(Frequent::new(10).image(), [1, 1, 10, 10, 3, 1, 0, 0]);
    let image = of(10, ["a", "a"]).image();
    let expected = [
        &[4, 1, 10, 10, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, b'a'],
    ];
    assert_eq!(image, expected.concat());
}

#[test]
fn counts_are_the_crate_s_without_purges() {
    for distinct in [1, 5, 6, 7, 40, 700] {
        let texts = texts(5000, distinct);
        let ours = of(10, texts.iter().map(String::as_str));
        let mut theirs = FrequentItemsSketch::<String>::new(1024).unwrap();
        for text in &texts {
            theirs.update(text.clone());
        }
        let mut want: Vec<(String, u64)> = theirs
            .frequent_items(ErrorType::NoFalsePositives)
            .into_iter()
            .map(|row| (row.item().clone(), row.estimate()))
            .collect();
        let mut got: Vec<(String, u64)> =
            ours.items(false).into_iter().map(|item| (item.value, item.estimate)).collect();
        want.sort();
        got.sort();
        assert_eq!(got, want, "{distinct} distinct");
        assert_eq!(ours.offset, 0);
    }
}

#[test]
fn the_crate_reads_an_image_after_purges() {
    let texts = texts(50_000, 9001);
    let ours = of(10, texts.iter().map(String::as_str));
    assert!(ours.offset > 0);
    let theirs = FrequentItemsSketch::<String>::deserialize(&ours.image()).unwrap();
    assert_eq!(theirs.total_weight(), 50_000);
    assert_eq!(theirs.maximum_error(), ours.offset);
    for item in ours.items(false) {
        assert_eq!(theirs.lower_bound(&item.value), item.lower);
        assert_eq!(theirs.upper_bound(&item.value), item.upper);
    }
}

#[test]
fn items_come_most_frequent_first() {
    let items = of(10, "zyxabcccdde".split("").filter(|text| !text.is_empty())).items(false);
    let listed: Vec<&str> = items.iter().map(|item| item.value.as_str()).collect();
    assert_eq!(listed, ["c", "d", "z", "x", "y", "b", "a", "e"], "equals in the order the reference shows them");
    assert!(of(3, []).items(false).is_empty());
}

#[test]
fn a_sparse_table_is_read_into_a_smaller_one() {
    let mut image = of(10, ["a"]).image();
    image[3] = 26;
    image[4] = 26;
    let read = Frequent::from_image(&image, 1).unwrap();
    assert!(read.table.lg() <= 4);
    assert_eq!(read.items(false).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_hold_through_purges_merges_and_images(
        parts in prop::collection::vec((0_u64..3000, 1_u64..400), 1..5),
        lg_max in 3_u8..8,
    ) {
        let mut exact: HashMap<String, u64> = HashMap::new();
        let mut whole = Frequent::new(lg_max);
        let mut theirs = FrequentItemsSketch::<String>::new(1 << lg_max).unwrap();
        for &(n, distinct) in &parts {
            let texts = texts(n, distinct);
            for text in &texts {
                *exact.entry(text.clone()).or_default() += 1;
            }
            whole.merge(&of(lg_max, texts.iter().map(String::as_str)));
            for text in texts {
                theirs.update(text);
            }
        }
        let total: u64 = exact.values().sum();
        prop_assert_eq!(whole.total, total);
        prop_assert_eq!(theirs.total_weight(), total);
        // Both bound the same counts, so their bounds overlap; and what one is sure of is possible for the other.
        for item in whole.items(false) {
            prop_assert!(item.lower <= theirs.upper_bound(&item.value));
            prop_assert!(theirs.lower_bound(&item.value) <= item.upper);
        }
        for sketch in [&whole, &Frequent::from_image(&whole.image(), 1).unwrap()] {
            prop_assert!(sketch.table.active() * 4 <= 3 << sketch.table.lg());
            let listed: HashMap<&[u8], u64> = sketch.table.items().map(|(_, text, count)| (text, count)).collect();
            if listed.is_empty() {
                // An empty table is written as an empty sketch, in the reference too: its offset is lost.
                continue;
            }
            for (text, &count) in &exact {
                let lower = listed.get(text.as_bytes()).copied().unwrap_or(0);
                prop_assert!(lower <= count && count <= lower + sketch.offset, "{text}: {count}");
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(body in prop::collection::vec(any::<u8>(), 0..120), items in 0_u8..4, lg in 3_u8..28) {
        let mut image = vec![4, 1, 10, 10, lg, 0, 0, 0, items, 0, 0, 0];
        image.extend(&body);
        for image in [body, image] {
            if let Ok(sketch) = Frequent::from_image(&image, 1) {
                prop_assert_eq!(Frequent::from_image(&sketch.image(), 1).unwrap().items(false).len(), sketch.items(false).len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_that_come_again_are_counted_as_their_texts_are(
        runs in prop::collection::vec((-3000_i64..3000, 1_i64..2000, 1_usize..900), 1..12),
        lg_max in 3_u8..9,
    ) {
        let (mut known, mut plain) = (Frequent::new(lg_max), Frequent::new(lg_max));
        let mut heard = std::collections::HashSet::new();
        for (from, spread, count) in runs {
            let values: Vec<i64> = (0..count as i64).map(|i| from + i * i % spread).collect();
            known.add_integers(values.iter().map(|&value| (value, 1)), |value| {
                heard.insert(value);
            });
            for value in &values {
                prop_assert!(heard.contains(value));
                plain.add(&value.to_string(), 1);
            }
            // Texts between them make and purge items as well.
            for sketch in [&mut known, &mut plain] {
                sketch.add("7", 3);
                sketch.add(&format!("t{from}"), 1);
            }
        }
        prop_assert_eq!(known.image(), plain.image());
    }

    #[test]
    fn a_mark_lasts_as_long_as_its_counter(texts in prop::collection::vec("[a-d]{0,3}", 0..600), lg_max in 3_u8..6) {
        let (mut marked, mut plain) = (Frequent::new(lg_max), Frequent::new(lg_max));
        let mut new = std::collections::HashSet::new();
        for text in &texts {
            if !marked.add_marked(text) {
                new.insert(text.clone());
            }
            prop_assert!(new.contains(text), "{text} was never new");
            plain.add(text, 1);
        }
        prop_assert_eq!(marked.image(), plain.image());
    }
}
