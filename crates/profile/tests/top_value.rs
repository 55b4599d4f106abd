//! The value that came up most often: told where it is known, and never wrong.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_profile::{Column, ColumnSchema, MetricSet, MetricSets, Profile, ProfileSettings, Schema};

fn column_of(schema: ColumnSchema, feed: impl FnOnce(&mut Column)) -> Column {
    let mut profile = Profile::with_schema(Arc::new(Schema::new(schema)), 0, 0, 1);
    let id = profile.column("x");
    feed(profile.column_mut(id));
    Profile::deserialize(&profile.serialize()).unwrap().get("x").unwrap().clone()
}

fn column(feed: impl FnOnce(&mut Column)) -> Column {
    column_of(ColumnSchema::default(), feed)
}

fn top(column: &Column) -> Option<(String, u64)> {
    column.top_value().map(|item| (item.value, item.estimate))
}

#[test]
fn decimals_that_are_no_items_hide_the_top_value() {
    let price = column(|c| c.add_numbers(&[19.99, 19.99, 19.99, 5.0]));
    assert_eq!(price.frequent_items().unwrap().len(), 1, "5 is the one item");
    assert_eq!(top(&price), None);
    assert_eq!(top(&column(|c| c.add_numbers(&[0.5, 0.5]))), None);
}

#[test]
fn an_item_that_outnumbers_all_that_is_not_counted_is_the_top_value() {
    let mixed = column(|c| {
        c.add_texts(["N/A"; 5].into_iter());
        c.add_numbers(&[19.99, 19.99]);
        c.add_objects(3);
        c.add_nulls(100);
    });
    assert_eq!(top(&mixed), Some(("N/A".to_owned(), 5)));
    let hidden = column(|c| {
        c.add_texts(["N/A"; 4].into_iter());
        c.add_numbers(&[19.99, 19.99]);
        c.add_objects(3);
    });
    assert_eq!(top(&hidden), None);
}

#[test]
fn whole_numbers_texts_and_bools_have_a_top_value() {
    assert_eq!(top(&column(|c| c.add_numbers(&[7.0, 7.0, 1.0]))), Some(("7".to_owned(), 2)));
    assert_eq!(top(&column(|c| c.add_texts(["", "", "a"].into_iter()))), Some((String::new(), 2)));
    assert_eq!(top(&column(|c| c.add_bools(1, 3))), Some(("False".to_owned(), 3)));
    assert_eq!(top(&column(|c| c.add_nulls(3))), None);
}

#[test]
fn what_may_stand_for_several_values_is_no_top_value() {
    let cut = "x".repeat(128);
    let texts = [format!("{cut}a"), format!("{cut}b")];
    assert_eq!(top(&column(|c| c.add_texts(texts.iter().map(String::as_str)))), None);
    let with_decimals = MetricSet::DISTRIBUTION.and(MetricSet::FREQUENT_ITEMS);
    let metrics = MetricSets { fractional: with_decimals, ..MetricSets::default() };
    let rounded = column_of(ColumnSchema { metrics, ..ColumnSchema::default() }, |c| c.add_fractional(&[1e-7, 2e-7]));
    assert_eq!(rounded.frequent_items().unwrap()[0].value, "0.000000");
    assert_eq!(top(&rounded), None);
}

#[test]
fn an_item_below_the_error_bound_is_no_top_value() {
    let settings = ProfileSettings { fi_lg_max: 3, ..ProfileSettings::default() };
    let schema = ColumnSchema { settings, ..ColumnSchema::default() };
    let spread: Vec<i64> = (0..500).collect();
    assert_eq!(top(&column_of(schema.clone(), |c| c.add_integral(&spread))), None);
    let clear = column_of(schema, |c| {
        c.add_integral(&spread);
        c.add_integral(&vec![7; 5000]);
    });
    let found = clear.top_value().unwrap();
    assert!(found.value == "7" && found.lower <= 5001 && found.upper >= 5001, "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_comes_up_more_often_than_the_top_value(
        parts in prop::collection::vec(
            prop::collection::vec(prop_oneof![3 => (0_i64..400).prop_map(|n| n * 4), 1 => 0_i64..8], 0..300),
            1..4,
        ),
        lg_max in 3_u8..7,
    ) {
        // Quarters: one in four is whole, all others are decimals.
        let settings = ProfileSettings { fi_lg_max: lg_max, ..ProfileSettings::default() };
        let mut whole = Profile::new(settings, 0, 0, 1);
        let mut counts: HashMap<i64, u64> = HashMap::new();
        for part in &parts {
            let mut profile = Profile::new(settings, 0, 0, 1);
            let id = profile.column("x");
            for &quarters in part {
                profile.column_mut(id).add_numbers(&[quarters as f64 / 4.0]);
                *counts.entry(quarters).or_default() += 1;
            }
            whole.merge(&profile);
        }
        let most = counts.values().copied().max().unwrap_or(0);
        if let Some(top) = whole.get("x").and_then(Column::top_value) {
            let count = counts[&(top.value.parse::<i64>().unwrap() * 4)];
            prop_assert_eq!(count, most, "{} came up {} times", top.value, count);
            prop_assert!(top.lower <= count && count <= top.upper);
        }
    }
}
