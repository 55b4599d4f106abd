//! Merging: the parts in any order and grouping are the whole, and inputs stay as they are.

use proptest::prelude::*;
use rolling_profiles_profile::{Column, Hands, Profile, ProfileSettings};

#[derive(Debug, Clone)]
enum Batch {
    Numbers(Vec<f64>),
    Fractional(Vec<f64>),
    Integral(Vec<i64>),
    Texts(Vec<String>),
    Bools(u64, u64),
    Nulls(u64),
    Objects(u64),
    Tensors(u64),
}

fn batch() -> impl Strategy<Value = Batch> {
    let special = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(1e300), -50.0..50.0];
    let number = prop_oneof![(-20_i32..20).prop_map(f64::from), -1e3..1e3, special];
    prop_oneof![
        prop::collection::vec(number.clone(), 0..40).prop_map(Batch::Numbers),
        prop::collection::vec(number, 0..40).prop_map(Batch::Fractional),
        prop::collection::vec(prop_oneof![-9_i64..9, any::<i64>()], 0..40).prop_map(Batch::Integral),
        prop::collection::vec("[ab]{0,3}", 0..20).prop_map(Batch::Texts),
        (0_u64..5, 0_u64..5).prop_map(|(trues, falses)| Batch::Bools(trues, falses)),
        (0_u64..3).prop_map(Batch::Nulls),
        (0_u64..3).prop_map(Batch::Objects),
        (0_u64..3).prop_map(Batch::Tensors),
    ]
}

fn feed(column: &mut Column, batch: &Batch) {
    match batch {
        Batch::Numbers(values) => column.add_numbers(values),
        Batch::Fractional(values) => column.add_fractional(values),
        Batch::Integral(values) => column.add_integral(values),
        Batch::Texts(values) => column.add_texts(values.iter().map(String::as_str)),
        Batch::Bools(trues, falses) => column.add_bools(*trues, *falses),
        Batch::Nulls(n) => column.add_nulls(*n),
        Batch::Objects(n) => column.add_objects(*n),
        Batch::Tensors(n) => column.add_tensors(*n),
    }
}

fn profile(batches: &[(u8, Batch)]) -> Profile {
    let mut profile = Profile::new(ProfileSettings::default(), 10, 20, 5);
    for (column, batch) in batches {
        let id = profile.column(&format!("column {column}"));
        feed(profile.column_mut(id), batch);
    }
    profile
}

fn merged(parts: &[&Profile]) -> Profile {
    let mut whole = parts[0].clone();
    for part in &parts[1..] {
        whole.merge(part);
    }
    whole
}

/// Everything of a profile that must not depend on the order of merging: all figures exact except mean and deviation.
fn exact(profile: &Profile) -> Vec<String> {
    let mut facts = Vec::new();
    for (name, column) in profile.columns() {
        facts.push(format!(
            "{name} {:?} {:?} {:?} {:?}",
            column.counts(),
            column.types(),
            column.ints(),
            column.metric_paths()
        ));
        // The two zeros are one number, of which the first seen stays: adding zero makes them look alike.
        let distribution = column.distribution().map(|it| (it.n, it.min + 0.0, it.max + 0.0));
        let quantiles = column.quantiles(&[0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]).into_iter().map(|x| x + 0.0);
        let mut items = column.frequent_items().unwrap_or_default();
        items.sort_by(|a, b| a.value.cmp(&b.value));
        let cardinality = column.cardinality().map(|it| (it.estimate, it.lower, it.upper));
        facts.push(format!("{distribution:?} {:?} {items:?} {cardinality:?}", quantiles.collect::<Vec<_>>()));
    }
    facts
}

fn moments(profile: &Profile) -> Vec<(f64, f64)> {
    let of = |column: &Column| column.distribution().map(|it| (it.mean, it.m2));
    profile.columns().filter_map(|(_, column)| of(column)).collect()
}

/// Equal up to rounding, where the numbers leave room for it: values of 1e300 overflow a sum of squares.
fn near(a: &Profile, b: &Profile) -> bool {
    let close = |a: f64, b: f64, scale: f64| (a - b).abs() <= 1e-9 * scale || !b.is_finite();
    moments(a).iter().zip(moments(b)).zip(b.columns().filter_map(|(_, column)| column.distribution())).all(
        |((a, b), distribution)| {
            let scale = distribution.max.abs().max(distribution.min.abs()).max(0.0);
            close(a.0, b.0, scale) && close(a.1, b.1, scale * scale * distribution.n as f64)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_grouping_do_not_matter(
        a in prop::collection::vec((0_u8..3, batch()), 0..5),
        b in prop::collection::vec((0_u8..3, batch()), 0..5),
        c in prop::collection::vec((0_u8..3, batch()), 0..5),
    ) {
        let whole = profile(&[a.clone(), b.clone(), c.clone()].concat());
        let (a, b, c) = (profile(&a), profile(&b), profile(&c));
        let before = [a.serialize(), b.serialize(), c.serialize()];
        let left = merged(&[&merged(&[&a, &b]), &c]);
        let right = merged(&[&a, &merged(&[&b, &c])]);
        let turned = merged(&[&c, &b, &a]);
        for other in [&left, &right, &turned] {
            prop_assert_eq!(exact(other), exact(&whole));
            prop_assert!(near(other, &whole), "{:?} and {:?}", moments(other), moments(&whole));
        }
        prop_assert_eq!(before, [a.serialize(), b.serialize(), c.serialize()], "inputs are unchanged");
    }

    #[test]
    fn reading_what_was_written_changes_no_figure(batches in prop::collection::vec((0_u8..3, batch()), 0..8)) {
        let profile = profile(&batches);
        let bytes = profile.serialize();
        let read = Profile::deserialize(&bytes).unwrap();
        prop_assert_eq!(exact(&read), exact(&profile));
        prop_assert_eq!(format!("{:?}", moments(&read)), format!("{:?}", moments(&profile)));
        prop_assert_eq!(&profile.clone().serialize(), &bytes, "writing twice gives the same bytes");
        // Hashes and items may lie in another order after reading, in the reference as well.
        prop_assert_eq!(read.serialize().len(), bytes.len());
    }
}

#[test]
fn metadata_and_tags_are_the_right_one_s_where_both_have_a_key() {
    let mut left = profile(&[]);
    left.metadata_mut().extend([("a".to_owned(), "left".to_owned()), ("b".to_owned(), "left".to_owned())]);
    let mut right = profile(&[]);
    right.metadata_mut().insert("b".into(), "right".into());
    right.tags_mut().insert("whylogs.tag.c".into(), "right".into());
    left.merge(&right);
    assert_eq!(left.metadata()["a"], "left");
    assert_eq!(left.metadata()["b"], "right");
    assert_eq!(left.tags()["whylogs.tag.c"], "right");
}

#[test]
fn a_tag_among_metadata_gives_way_to_one_that_is_merged_later() {
    let (key, tag) = ("whylogs.tag.color".to_owned(), |value: &str| value.to_owned());
    let mut noted = profile(&[]);
    noted.metadata_mut().insert(key.clone(), tag("red"));
    let mut tagged = profile(&[]);
    tagged.tags_mut().insert(key.clone(), tag("blue"));
    for (left, right, expected) in [(&noted, &tagged, "blue"), (&tagged, &noted, "red")] {
        let whole = Profile::deserialize(&merged(&[left, right]).serialize()).unwrap();
        assert_eq!(whole.tags()[&key], expected);
    }
}

#[test]
fn merging_with_nothing_changes_nothing() {
    let batch = [(0, Batch::Numbers((0..5000).map(|i| f64::from(i) / 4.0).collect())), (1, Batch::Bools(7, 2))];
    let full = profile(&batch);
    let mut left = full.clone();
    left.merge(&profile(&[]));
    assert_eq!(left.serialize(), full.serialize());
    let mut right = profile(&[]);
    right.merge(&full);
    assert_eq!(right.serialize(), full.serialize());
}

/// Whoever takes the last piece first.
struct Backwards;

impl Hands for Backwards {
    fn share<T: Send, R: Send>(&self, pieces: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        assert!(pieces.len() > 1, "so many columns are more than one piece");
        let mut results: Vec<R> = pieces.into_iter().rev().map(work).collect();
        results.reverse();
        results
    }
}

#[test]
fn whose_hands_they_were_is_not_seen() {
    let of = |columns: std::ops::Range<i64>, seed| {
        let mut profile = Profile::new(ProfileSettings::default(), 0, 0, seed);
        for number in columns {
            let id = profile.column(&format!("column {number}"));
            let column = profile.column_mut(id);
            column.add_integral(&(0..3000).map(|value| value * number % 1013).collect::<Vec<i64>>());
            column.add_bools(number as u64, 1);
        }
        profile
    };
    // Some are in one of them alone, and the numbers that they give to their columns differ.
    let (left, right) = (of(0..150, 1), of(70..230, 2));
    let (mut alone, mut shared) = (left.clone(), left);
    alone.merge(&right);
    shared.merge_by(&Backwards, &right);
    assert_eq!(alone.column_count(), 230);
    assert_eq!(shared.serialize_by(&Backwards), alone.serialize());
}
