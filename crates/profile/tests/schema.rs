//! Columns made otherwise than by the defaults.

use std::sync::Arc;

use rolling_profiles_profile::{
    Anchor, Column, ColumnSchema, Comparison, ConditionCounts, MergeError, MetricSet, MetricSets, Operand, Pattern,
    Predicate, Profile, ProfileSettings, Schema, UnicodeRanges, ValueType,
};

fn profile(column: ColumnSchema, feed: impl FnOnce(&mut Column)) -> Profile {
    let schema = Schema::default().with_column("c".to_owned(), column);
    let mut profile = Profile::with_schema(Arc::new(schema), 0, 0, 1);
    let id = profile.column("c");
    feed(profile.column_mut(id));
    profile
}

fn metrics(profile: &Profile) -> Vec<String> {
    let paths = profile.get("c").unwrap().metric_paths();
    let mut names: Vec<String> =
        paths.iter().map(|path| path.split('/').next().unwrap_or_default().to_owned()).collect();
    names.dedup();
    names
}

fn everything(column: &mut Column) {
    column.add_numbers(&[1.0, 2.5]);
    column.add_bools(1, 0);
    column.add_texts(["a"].into_iter());
}

#[test]
fn a_declared_type_fixes_the_metrics_and_every_value_updates_them() {
    let declared = |kind| ColumnSchema { declared: Some(kind), ..ColumnSchema::default() };
    let all = ["cardinality", "counts", "distribution", "frequent_items", "ints", "types"];
    let text = ["cardinality", "counts", "distribution", "frequent_items", "types"];
    for (kind, expected) in [
        (ValueType::Integral, &all[..]),
        (ValueType::Boolean, &all[..]),
        (ValueType::Text, &text[..]),
        (ValueType::Fractional, &["cardinality", "counts", "distribution", "types"][..]),
    ] {
        assert_eq!(metrics(&profile(declared(kind), |_| {})), expected, "{kind:?} from the start");
        assert_eq!(metrics(&profile(declared(kind), everything)), expected, "{kind:?}");
    }
    let text = profile(declared(ValueType::Text), everything);
    let items = text.get("c").unwrap().frequent_items().unwrap();
    let mut values: Vec<&str> = items.iter().map(|item| item.value.as_str()).collect();
    values.sort_unstable();
    assert_eq!(values, ["1", "2.500000", "True", "a"]);
}

#[test]
fn metrics_are_those_that_the_schema_has_for_a_type() {
    let sets = MetricSets { integral: MetricSet::INTS, boolean: MetricSet::NONE, ..MetricSets::default() };
    let column = ColumnSchema { metrics: sets, ..ColumnSchema::default() };
    let made = profile(column.clone(), |c| {
        c.add_integral(&[3, 4]);
        c.add_bools(2, 1);
    });
    assert_eq!(metrics(&made), ["counts", "ints", "types"]);
    let mixed = profile(column, |c| {
        c.add_integral(&[3, 4]);
        c.add_numbers(&[0.5]);
        c.add_bools(5, 0);
    });
    let column = mixed.get("c").unwrap();
    assert_eq!(column.distribution().unwrap().n, 1, "integers and bools bring none and update none");
    assert_eq!(column.counts().trues, 5);
    let read = Profile::deserialize(&mixed.serialize()).unwrap();
    assert_eq!(read.get("c").unwrap().summary(), column.summary());
}

#[test]
fn a_schema_can_be_described_later() {
    let schema = Arc::new(Schema::default());
    schema.describe(
        "c".to_owned(),
        ColumnSchema::new(ProfileSettings { frequent_items: false, ..ProfileSettings::default() }),
    );
    let mut profile = Profile::with_schema(schema, 0, 0, 1);
    let id = profile.column("c");
    profile.column_mut(id).add_texts(["a"].into_iter());
    assert_eq!(metrics(&profile), ["cardinality", "counts", "distribution", "types"]);
}

fn conditions() -> ColumnSchema {
    let positive = Predicate::Compare(Comparison::Greater, Operand::Integer(0));
    let mail = Predicate::Matches(Pattern::new(r"\w+@\w+", "", Anchor::Whole).unwrap());
    let conditions = vec![
        ("positive".to_owned(), positive),
        ("mail".to_owned(), mail),
        ("missing".to_owned(), Predicate::IsNull),
        ("elsewhere".to_owned(), Predicate::Elsewhere),
        ("total".to_owned(), Predicate::IsNull),
    ];
    ColumnSchema { conditions, ..ColumnSchema::default() }
}

#[test]
fn conditions_are_counted_over_all_values_but_bools() {
    let made = profile(conditions(), |c| {
        c.add_numbers(&[1.0, -1.5, f64::NAN, f64::INFINITY]);
        c.add_integral(&[-3]);
        c.add_bools(4, 4);
        c.add_texts(["a@b", "a@b c", "x"].into_iter());
        c.add_repeated_texts([("d@e", 3)].into_iter());
        c.add_objects(2);
        c.add_tensors(1);
        c.add_nulls(5);
        c.add_condition_matches("elsewhere", 7);
    });
    let expected = ConditionCounts {
        total: 4 + 3 + 3 + 3,
        matches: [("elsewhere", 7), ("mail", 4), ("missing", 6), ("positive", 2)]
            .map(|(name, count)| (name.to_owned(), count))
            .to_vec(),
    };
    assert_eq!(made.get("c").unwrap().conditions(), Some(&expected));
    let mut read = Profile::deserialize(&made.serialize()).unwrap();
    assert_eq!(read.get("c").unwrap().conditions(), Some(&expected));
    read.merge(&made);
    assert_eq!(read.get("c").unwrap().conditions().unwrap().total, 26);
}

fn unicode() -> ColumnSchema {
    let text = MetricSets::default().text.and(MetricSet::UNICODE_RANGE);
    ColumnSchema { metrics: MetricSets { text, ..MetricSets::default() }, ..ColumnSchema::default() }
}

#[test]
fn unicode_ranges_are_columns_of_counts() {
    let made = profile(unicode(), |c| {
        c.add_texts(["abc1", "É"].into_iter());
        c.add_repeated_texts([("22", 2)].into_iter());
    });
    assert_eq!(made.get("c").unwrap().metric_paths().len(), 169);
    let mut read = Profile::deserialize(&made.serialize()).unwrap();
    assert_eq!(read.get("c").unwrap().metric_paths(), made.get("c").unwrap().metric_paths());
    let maximum = |profile: &Profile, range: &str| {
        let column = profile.get("c").unwrap();
        let part = column.unicode_ranges().find(|(name, _)| *name == range).map(|(_, part)| part.clone()).unwrap();
        (part.ints().unwrap().max, part.counts().n, part.distribution().unwrap().mean)
    };
    assert_eq!(maximum(&read, "digits"), (2, 4, 1.25));
    assert_eq!(maximum(&read, "string_length"), (4, 4, 2.25));
    assert_eq!(maximum(&read, "UNKNOWN"), (1, 4, 0.25), "the accent, once decomposed");
    read.merge(&made);
    assert_eq!(maximum(&read, "digits"), (2, 8, 1.25));
}

#[test]
fn ranges_are_those_that_are_asked_for() {
    let ranges = UnicodeRanges::new(vec![("greek".to_owned(), 0x370, 0x3FF)], true, true);
    let column = ColumnSchema { unicode: Some(Arc::new(ranges)), ..unicode() };
    let made = profile(column, |c| c.add_texts(["αβ", "x"].into_iter()));
    let names: Vec<&str> = made.get("c").unwrap().unicode_ranges().map(|(name, _)| name).collect();
    assert_eq!(names, ["UNKNOWN", "greek", "string_length"]);
}

#[test]
fn counts_of_other_conditions_are_not_merged() {
    let other = ColumnSchema { conditions: vec![("null".to_owned(), Predicate::IsNull)], ..ColumnSchema::default() };
    let [mine, theirs] = [conditions(), other].map(|schema| profile(schema, |c| c.add_numbers(&[1.0])));
    assert_eq!(mine.check_merge(&mine), Ok(()));
    let refused = MergeError::Metric { column: "c".into(), metric: "condition_count".into() };
    assert_eq!(mine.check_merge(&theirs), Err(refused));
    let mut merged = mine.clone();
    merged.merge(&theirs);
    assert_eq!(merged.get("c").unwrap().conditions(), None, "there is no common total");
    assert_eq!(merged.get("c").unwrap().counts().n, 2);
    assert!(merged.check_merge(&mine).is_err() && mine.check_merge(&merged).is_err());
    merged.merge(&mine);
    assert_eq!(merged.get("c").unwrap().conditions(), None, "and no third one's total is that of all");
    assert_eq!(merged.get("c").unwrap().counts().n, 3);
}

#[test]
fn a_column_that_a_merge_brings_has_no_metrics_of_the_schema_that_did_not_see_its_values() {
    let plain = profile(ColumnSchema::default(), |c| c.add_numbers(&[1.0]));
    let schema = Schema::default().with_column("c".to_owned(), conditions());
    let mut merged = Profile::with_schema(Arc::new(schema), 0, 0, 1);
    merged.merge(&plain);
    assert_eq!(merged.get("c").unwrap().metric_paths(), plain.get("c").unwrap().metric_paths());
}
