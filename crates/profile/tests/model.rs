//! Random batches against an exact model that keeps every value.

#![expect(clippy::float_cmp, reason = "figures that are exact are compared exactly")]

use std::cmp::Ordering;
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_profile::{
    Column, ColumnSchema, Comparison, Operand, Predicate, Profile, ProfileSettings, Schema, ValueType,
};

/// Every finite number a column has taken, and the counters.
#[derive(Default)]
struct Model {
    numbers: Vec<f64>,
    integers: Vec<i64>,
    n: u64,
    null: u64,
    nan: u64,
    inf: u64,
    fractional: u64,
}

impl Model {
    fn add(&mut self, value: f64) {
        self.n += 1;
        if value.is_nan() {
            self.null += 1;
            self.nan += 1;
        } else if value.is_infinite() {
            self.inf += 1;
            self.fractional += 1;
        } else {
            self.numbers.push(value);
            if value.fract() == 0.0 && value.abs() < 2_f64.powi(63) {
                self.integers.push(value as i64);
            } else {
                self.fractional += 1;
            }
        }
    }

    /// Mean and sum of squared deviations, in two passes.
    fn moments(&self) -> (f64, f64) {
        let mean = self.numbers.iter().sum::<f64>() / self.numbers.len() as f64;
        (mean, self.numbers.iter().map(|x| (x - mean) * (x - mean)).sum())
    }
}

/// Adds numbers as a reader does that counts them first.
fn add_counted(column: &mut Column, batch: &[f64]) {
    let is_integer = |x: f64| x.fract() == 0.0 && x.abs() < 2_f64.powi(63);
    let (integers, others): (Vec<f64>, Vec<f64>) = batch.iter().partition(|&&x| is_integer(x));
    let (doubles, rest): (Vec<f64>, Vec<f64>) = others.into_iter().partition(|x| x.is_finite());
    column.add_counted_integers(&counted(integers.into_iter().map(|x| x as i64).collect(), Ord::cmp));
    column.add_counted_fractional(&counted(doubles, f64::total_cmp));
    column.add_numbers(&rest);
}

fn counted<T: Copy>(mut values: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Vec<(T, u64)> {
    values.sort_by(&order);
    values.chunk_by(|a, b| order(a, b).is_eq()).map(|run| (run[0], run.len() as u64)).collect()
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-1000_i32..1000).prop_map(f64::from),
        4 => -1e6..1e6,
        1 => Just(f64::NAN),
        1 => Just(f64::NEG_INFINITY),
        1 => Just(-0.0),
        1 => Just(9_223_372_036_854_775_807_i64 as f64),
        1 => Just(-9_223_372_036_854_774_784.0),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_the_values(
        batches in prop::collection::vec((any::<bool>(), prop::collection::vec(number(), 0..700)), 0..12),
        seed in any::<u64>(),
    ) {
        let mut profile = Profile::new(ProfileSettings::default(), 0, 0, seed);
        let id = profile.column("x");
        let mut model = Model::default();
        for (is_counted, batch) in &batches {
            if *is_counted {
                add_counted(profile.column_mut(id), batch);
            } else {
                profile.column_mut(id).add_numbers(batch);
            }
            for &value in batch {
                model.add(value);
            }
        }
        let column = profile.get("x").unwrap();
        let (counts, types) = (column.counts(), column.types());
        prop_assert_eq!((counts.n, counts.null, counts.nan, counts.inf), (model.n, model.null, model.nan, model.inf));
        prop_assert_eq!((types.integral, types.fractional), (model.integers.len() as u64, model.fractional));
        let bounds = column.ints().map(|ints| (ints.min, ints.max));
        prop_assert_eq!(bounds, model.integers.iter().min().copied().zip(model.integers.iter().max().copied()));
        if model.numbers.is_empty() {
            return Ok(());
        }
        let distribution = column.distribution().unwrap();
        let (mean, m2) = model.moments();
        let scale = model.numbers.iter().fold(0.0, |scale: f64, x| scale.max(x.abs()));
        prop_assert!((distribution.mean - mean).abs() <= 1e-9 * mean.abs() + 1e-12 * scale);
        prop_assert!((distribution.m2 - m2).abs() <= 1e-9 * m2);

        let mut sorted = model.numbers.clone();
        sorted.sort_by(f64::total_cmp);
        prop_assert_eq!(distribution.n, sorted.len() as u64);
        prop_assert_eq!(distribution.min, sorted[0]);
        prop_assert_eq!(distribution.max, sorted[sorted.len() - 1]);
        check_quantiles(column, &sorted)?;

        let distinct = { let mut it = sorted.iter().map(|x| (x + 0.0).to_bits()).collect::<Vec<_>>(); it.dedup(); it.len() as f64 };
        let cardinality = column.cardinality().unwrap();
        prop_assert!((cardinality.estimate - distinct).abs() <= 0.06 * distinct);
        prop_assert!(cardinality.lower <= cardinality.estimate && cardinality.estimate <= cardinality.upper);
    }

    #[test]
    fn bools_are_as_many_ones_and_zeros(trues in 0_u64..5000, falses in 0_u64..5000, seed in any::<u64>()) {
        let mut profile = Profile::new(ProfileSettings::default(), 0, 0, seed);
        let (bools, numbers) = (profile.column("bools"), profile.column("numbers"));
        profile.column_mut(bools).add_bools(trues, falses);
        profile.column_mut(numbers).add_integral(&vec![1; trues as usize]);
        profile.column_mut(numbers).add_integral(&vec![0; falses as usize]);
        let (Some(bools), Some(numbers)) = (profile.get("bools"), profile.get("numbers")) else { unreachable!() };
        if trues + falses == 0 {
            return Ok(());
        }
        let (ours, want) = (bools.distribution().unwrap(), numbers.distribution().unwrap());
        prop_assert_eq!((ours.n, ours.min, ours.max), (want.n, want.min, want.max));
        prop_assert!((ours.mean - want.mean).abs() <= 1e-12 && (ours.m2 - want.m2).abs() <= 1e-9 * want.m2);
        prop_assert_eq!(bools.cardinality(), numbers.cardinality());
        let counts = bools.frequent_items().unwrap();
        let count = |text: &str| counts.iter().find(|item| item.value == text).map_or(0, |item| item.estimate);
        prop_assert_eq!((count("True"), count("False")), (trues, falses));
        let sorted = [vec![0.0; falses as usize], vec![1.0; trues as usize]].concat();
        check_quantiles(bools, &sorted)?;
    }
}

/// Of few different values, everything but the order of what is kept is the same, for every way to declare a column.
#[test]
fn counted_values_count_as_often() {
    let above = vec![("above".to_owned(), Predicate::Compare(Comparison::Greater, Operand::Double(3.0)))];
    for declared in [None, Some(ValueType::Integral), Some(ValueType::Fractional), Some(ValueType::Text)] {
        let column = ColumnSchema { declared, conditions: above.clone(), ..ColumnSchema::default() };
        let schema = Arc::new(Schema::default().with_column("x".to_owned(), column));
        let made = |feed: &dyn Fn(&mut Column)| {
            let mut profile = Profile::with_schema(Arc::clone(&schema), 0, 0, 1);
            let id = profile.column("x");
            feed(profile.column_mut(id));
            profile
        };
        let values: Vec<f64> = (0..900).map(|i| f64::from(i % 30) / 4.0).collect();
        let (one_by_one, counted) =
            (made(&|column| column.add_numbers(&values)), made(&|column| add_counted(column, &values)));
        let facts = |profile: &Profile| {
            let column = profile.get("x").unwrap();
            let mut items = column.frequent_items().unwrap_or_default();
            items.sort_by(|a, b| a.value.cmp(&b.value));
            let distribution = column.distribution().map(|it| (it.n, it.min, it.max));
            let quantiles = column.quantiles(&[0.0, 0.25, 0.5, 0.75, 1.0]);
            (
                column.counts(),
                column.types(),
                column.ints(),
                distribution,
                quantiles,
                column.cardinality(),
                items,
                column.conditions().cloned(),
            )
        };
        assert_eq!(facts(&one_by_one), facts(&counted), "{declared:?}");
    }
}

/// Quantiles are exact up to 1024 values; above, their rank is off by less than 1 % (seven times the mean error).
fn check_quantiles(column: &Column, sorted: &[f64]) -> Result<(), TestCaseError> {
    let ranks: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
    let n = sorted.len() as f64;
    let slack = if sorted.len() <= 1024 { 0.0 } else { 0.01 * n };
    for (rank, quantile) in ranks.iter().zip(column.quantiles(&ranks)) {
        let position = (rank * n).floor().min(n - 1.0);
        let below = sorted.partition_point(|&x| x < quantile) as f64;
        let up_to = sorted.partition_point(|&x| x <= quantile) as f64;
        prop_assert!(below - slack <= position && position < up_to + slack, "rank {rank}: {quantile}");
        prop_assert!(up_to > below, "a quantile is one of the values");
    }
    Ok(())
}

#[test]
fn very_many_bools_take_no_time_and_little_room() {
    let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
    let id = profile.column("x");
    profile.column_mut(id).add_bools(3_000_000_000_000, 1_000_000_000_000);
    profile.column_mut(id).add_numbers(&[0.5; 2000]);
    let bytes = profile.serialize();
    assert!(bytes.len() < 40_000, "{}", bytes.len());
    let read = Profile::deserialize(&bytes).unwrap();
    let column = read.get("x").unwrap();
    let distribution = column.distribution().unwrap();
    assert_eq!(distribution.n, 4_000_000_002_000);
    assert!((distribution.mean - 0.75).abs() < 1e-9);
    assert_eq!(column.quantiles(&[0.2, 0.3, 0.9]), [0.0, 1.0, 1.0]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let bytes = |seed| {
        let mut profile = Profile::new(ProfileSettings::default(), 0, 0, seed);
        let id = profile.column("x");
        profile.column_mut(id).add_fractional(&(0..5000).map(|i| f64::from(i).sin()).collect::<Vec<_>>());
        profile.serialize()
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

/// The sketches of a column that takes everything, beside sketches that take one kind each: what one kind has seen hides nothing of another.
#[test]
fn texts_and_numbers_that_look_alike_are_different_items() {
    let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
    let id = profile.column("x");
    let column = profile.column_mut(id);
    let numbers: Vec<f64> = (0..2000).map(|i| f64::from(i % 50)).collect();
    let texts: Vec<String> = (0..2000).map(|i| (i % 50).to_string()).collect();
    column.add_numbers(&numbers);
    column.add_texts(texts.iter().map(String::as_str));
    column.add_numbers(&numbers);
    let items = column.frequent_items().unwrap();
    assert_eq!(items.len(), 50);
    assert!(items.iter().all(|item| item.estimate == 120));
    let estimate = column.cardinality().unwrap().estimate;
    assert!((estimate - 100.0).abs() < 0.01, "{estimate}");
}
