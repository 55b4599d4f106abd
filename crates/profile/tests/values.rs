//! What each kind of value does to a column.

#![expect(clippy::float_cmp, reason = "figures that are exact are compared exactly")]

use std::sync::Arc;

use rolling_profiles_profile::{
    Column, ColumnSchema, Counts, Ints, Profile, ProfileSettings, Schema, Types, ValueType,
};

fn column(feed: impl FnOnce(&mut Column)) -> Column {
    let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
    let id = profile.column("x");
    feed(profile.column_mut(id));
    profile.get("x").unwrap().clone()
}

/// Texts with their counts, ascending.
fn items(column: &Column) -> Vec<(String, u64)> {
    let mut items: Vec<_> =
        column.frequent_items().unwrap().into_iter().map(|item| (item.value, item.estimate)).collect();
    items.sort();
    items
}

fn item(text: &str, count: u64) -> (String, u64) {
    (text.to_owned(), count)
}

fn distinct(column: &Column) -> f64 {
    column.cardinality().unwrap().estimate.round()
}

#[test]
fn whole_numbers_are_integral() {
    let column = column(|c| c.add_numbers(&[1.0, 2.0, 3.0, -0.0]));
    assert_eq!(column.counts(), Counts { n: 4, ..Counts::default() });
    assert_eq!(column.types(), Types { integral: 4, ..Types::default() });
    assert_eq!(column.ints(), Some(Ints { max: 3, min: 0 }));
    let distribution = column.distribution().unwrap();
    assert_eq!((distribution.n, distribution.mean, distribution.m2), (4, 1.5, 5.0));
    assert_eq!(items(&column), [item("0", 1), item("1", 1), item("2", 1), item("3", 1)]);
    assert_eq!(distinct(&column), 4.0);
}

#[test]
fn nulls_do_not_change_a_type() {
    let column = column(|c| {
        c.add_numbers(&[1.0]);
        c.add_nulls(1);
        c.add_numbers(&[3.0]);
    });
    assert_eq!(column.counts(), Counts { n: 3, null: 1, ..Counts::default() });
    assert_eq!(column.types().integral, 2);
    assert_eq!(column.ints(), Some(Ints { max: 3, min: 1 }));
}

#[test]
fn each_number_is_typed_by_its_value() {
    let column = column(|c| c.add_numbers(&[1.0, 2.5]));
    assert_eq!((column.types().integral, column.types().fractional), (1, 1));
    assert_eq!(column.ints(), Some(Ints { max: 1, min: 1 }));
    let distribution = column.distribution().unwrap();
    assert_eq!((distribution.mean, distribution.m2), (1.75, 1.125));
    assert_eq!(items(&column), [item("1", 1)], "a fractional number never goes to frequent items");
    assert_eq!(distinct(&column), 2.0);
}

#[test]
fn fractional_numbers_never_reach_frequent_items_whatever_came_before() {
    let column = column(|c| {
        c.add_texts(["a"].into_iter());
        c.add_fractional(&[2.5, 3.0]);
        c.add_bools(1, 0);
    });
    assert_eq!(items(&column), [item("True", 1), item("a", 1)]);
}

#[test]
fn nan_and_infinities_reach_counters_alone() {
    for add in [Column::add_numbers, Column::add_fractional] {
        let column = column(|c| add(c, &[f64::NAN, f64::INFINITY, 1.5, f64::NEG_INFINITY, 2.5]));
        assert_eq!(column.counts(), Counts { n: 5, null: 1, nan: 1, inf: 2, trues: 0 });
        assert_eq!(column.types(), Types { fractional: 4, ..Types::default() });
        let distribution = column.distribution().unwrap();
        assert_eq!((distribution.n, distribution.min, distribution.max, distribution.mean), (2, 1.5, 2.5, 2.0));
        assert_eq!(distinct(&column), 2.0);
        assert!(column.frequent_items().is_none());
    }
}

#[test]
fn only_nan_brings_no_metric_and_only_infinities_bring_empty_ones() {
    assert!(column(|c| c.add_numbers(&[f64::NAN])).distribution().is_none());
    let column = column(|c| c.add_numbers(&[f64::INFINITY]));
    assert_eq!(column.distribution().unwrap().n, 0);
    assert!(column.quantiles(&[0.5])[0].is_nan());
}

#[test]
fn bools_count_as_one_and_zero_and_leave_ints_alone() {
    let column = column(|c| {
        c.add_bools(1, 0);
        c.add_bools(1, 1);
    });
    assert_eq!(column.counts(), Counts { n: 3, trues: 2, ..Counts::default() });
    assert_eq!(column.types(), Types { boolean: 3, ..Types::default() });
    assert_eq!(column.ints(), Some(Ints { max: -i64::MAX, min: i64::MAX }));
    let distribution = column.distribution().unwrap();
    assert_eq!((distribution.n, distribution.min, distribution.max), (3, 0.0, 1.0));
    assert_eq!((distribution.mean, distribution.m2), (0.666_666_666_666_666_7, 0.666_666_666_666_666_7));
    assert_eq!(items(&column), [item("False", 1), item("True", 2)]);
    assert_eq!(distinct(&column), 2.0);
}

#[test]
fn a_true_and_the_integer_one_are_one_item_of_cardinality() {
    let column = column(|c| {
        c.add_bools(1, 0);
        c.add_numbers(&[1.0, 2.5]);
    });
    assert_eq!(distinct(&column), 2.0);
    assert_eq!(items(&column), [item("1", 1), item("True", 1)]);
    assert_eq!(column.distribution().unwrap().mean, 1.5);
}

#[test]
fn the_empty_text_is_a_frequent_item_but_no_distinct_one() {
    let column = column(|c| c.add_texts(["", "", " "].into_iter()));
    assert_eq!(column.types().string, 3);
    assert_eq!(distinct(&column), 1.0);
    assert_eq!(items(&column), [item("", 2), item(" ", 1)]);
}

#[test]
fn frequent_items_hold_the_first_128_code_points_and_cardinality_the_whole_text() {
    let long: Vec<String> = ["a", "b"].iter().map(|end| "é".repeat(200) + end).collect();
    let column = column(|c| c.add_texts(long.iter().map(String::as_str)));
    assert_eq!(items(&column), [item(&"é".repeat(128), 2)]);
    assert_eq!(distinct(&column), 2.0);
}

#[test]
fn a_text_and_the_integer_it_spells_share_a_counter() {
    let column = column(|c| {
        c.add_numbers(&[1.0]);
        c.add_texts(["1"].into_iter());
    });
    assert_eq!(items(&column), [item("1", 2)]);
    assert_eq!(distinct(&column), 2.0);
}

#[test]
fn objects_tensors_and_nulls_bring_no_metric() {
    let column = column(|c| {
        c.add_objects(2);
        c.add_tensors(3);
        c.add_nulls(4);
        c.add_texts(std::iter::empty());
        c.add_numbers(&[]);
        c.add_integral(&[]);
        c.add_bools(0, 0);
    });
    assert_eq!(column.counts(), Counts { n: 9, null: 4, ..Counts::default() });
    assert_eq!(column.types(), Types { object: 2, tensor: 3, ..Types::default() });
    assert_eq!(column.metric_paths().len(), 11);
}

#[test]
fn numbers_of_two_to_the_63rd_and_above_are_fractional() {
    let column = column(|c| c.add_numbers(&[9_223_372_036_854_775_808.0, -1e300, 4e18]));
    assert_eq!((column.types().integral, column.types().fractional), (1, 2));
    assert_eq!(column.ints(), Some(Ints { max: 4_000_000_000_000_000_000, min: 4_000_000_000_000_000_000 }));
}

#[test]
fn declared_fractional_numbers_stay_doubles() {
    let column = column(|c| c.add_fractional(&[5.0, 5.0]));
    assert_eq!(column.types(), Types { fractional: 2, ..Types::default() });
    assert!(column.ints().is_none());
    assert!(column.frequent_items().is_none());
}

#[test]
fn the_metric_set_depends_on_the_types_seen_not_on_their_order() {
    let kinds: [fn(&mut Column); 4] = [
        |c| c.add_fractional(&[1.5]),
        |c| c.add_integral(&[1]),
        |c| c.add_texts(["a"].into_iter()),
        |c| c.add_bools(1, 1),
    ];
    for first in 0..kinds.len() {
        for second in 0..kinds.len() {
            let one = column(|c| [first, second].map(|i| kinds[i](c)).into_iter().collect());
            let other = column(|c| [second, first].map(|i| kinds[i](c)).into_iter().collect());
            assert_eq!(one.metric_paths(), other.metric_paths());
            assert_eq!(one.types(), other.types());
        }
    }
    assert_eq!(column(kinds[0]).metric_paths().len(), 15);
    assert_eq!(column(kinds[1]).metric_paths().len(), 18);
    assert_eq!(column(kinds[2]).metric_paths().len(), 16);
    assert_eq!(column(kinds[3]).metric_paths(), column(kinds[1]).metric_paths());
}

#[test]
fn the_summary_has_the_reference_s_names_in_ascending_order() {
    let summary = column(|c| c.add_integral(&[1, 2, 3])).summary();
    let names: Vec<&str> = summary.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.is_sorted());
    assert_eq!(names.len(), 30);
    let figure = |name: &str| summary.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!(figure("distribution/median"), 2.0);
    assert_eq!(figure("distribution/stddev"), 1.0);
    assert_eq!(figure("ints/max"), 3.0);
    assert_eq!(figure("counts/n"), 3.0);
}

#[test]
fn frequent_items_can_be_left_out() {
    let settings = ProfileSettings { frequent_items: false, ..ProfileSettings::default() };
    let mut profile = Profile::new(settings, 0, 0, 1);
    let id = profile.column("x");
    profile.column_mut(id).add_texts(["a"].into_iter());
    profile.column_mut(id).add_bools(1, 1);
    assert!(profile.get("x").unwrap().frequent_items().is_none());
}

#[test]
fn a_text_said_to_be_there_often_counts_as_that_many() {
    let repeated = column(|c| c.add_repeated_texts([("a", 3), ("", 2), ("never", 0), ("b", 1)].into_iter()));
    let one_by_one = column(|c| c.add_texts(["a", "a", "a", "", "", "b"].into_iter()));
    assert_eq!((repeated.counts(), repeated.types()), (one_by_one.counts(), one_by_one.types()));
    assert_eq!(items(&repeated), items(&one_by_one));
    assert_eq!(distinct(&repeated), 2.0);
}

#[test]
fn a_schema_makes_every_number_of_a_column_a_double() {
    let price = ColumnSchema { declared: Some(ValueType::Fractional), ..ColumnSchema::default() };
    let schema = Schema::default().with_column("price".to_owned(), price);
    let mut profile = Profile::with_schema(Arc::new(schema), 0, 0, 1);
    for name in ["price", "count"] {
        let id = profile.column(name);
        profile.column_mut(id).add_numbers(&[5.0, f64::NAN]);
        profile.column_mut(id).add_integral(&[7]);
    }
    let types = |name: &str| {
        let types = profile.get(name).unwrap().types();
        (types.fractional, types.integral)
    };
    assert_eq!((types("price"), types("count")), ((2, 0), (0, 2)));
    let price = profile.get("price").unwrap();
    assert_eq!((price.counts().n, price.counts().nan), (3, 1));
    assert!(price.ints().is_none() && price.frequent_items().is_none());
}
