//! Values that were counted before they come here: each different one costs the metrics once.
//!
//! Figures are those of the same values one by one. Random choices of the quantile sketch differ, within its error;
//! of the items of a full table of frequent items others may be kept, within their bounds.

use super::Column;
use super::counters::add;
use crate::condition::Datum;
use crate::schema::{MetricSet, ValueType};

impl Column {
    /// Adds integers with how often each occurs, at least once, ascending; doubles of the same value where the column
    /// is declared fractional.
    pub fn add_counted_integers(&mut self, values: &[(i64, u64)]) {
        let doubles: Vec<(f64, u64)> = values.iter().map(|&(value, times)| (value as f64, times)).collect();
        if self.schema.is_fractional() {
            self.add_counted_fractional(&doubles);
            return;
        }
        let (Some(&(min, _)), Some(&(max, _))) = (values.first(), values.last()) else { return };
        let n = sum(values);
        add(&mut self.counts.n, n);
        add(&mut self.types.integral, n);
        let metrics = self.bring(ValueType::Integral);
        if metrics.has(MetricSet::INTS) {
            self.ints_mut().merge(&super::Ints { max, min });
        }
        self.distribute(metrics, &doubles);
        let mut cardinality = self.cardinality.as_deref_mut().filter(|_| metrics.has(MetricSet::CARDINALITY));
        let frequent = self.frequent.as_deref_mut().filter(|_| metrics.has(MetricSet::FREQUENT_ITEMS));
        if let Some(cardinality) = &mut cardinality {
            cardinality.prepare();
        }
        let mut is_new = |value| {
            if let Some(cardinality) = &mut cardinality {
                cardinality.add_integer(value);
            }
        };
        match frequent {
            Some(frequent) => frequent.add_integers(values.iter().copied(), is_new),
            None => values.iter().for_each(|&(value, _)| is_new(value)),
        }
        self.look_counted(values.iter().map(|&(value, times)| (Datum::Integer(value), times)));
    }

    /// Adds finite doubles with how often each occurs, at least once, ascending. Whole ones stay doubles.
    pub fn add_counted_fractional(&mut self, values: &[(f64, u64)]) {
        if values.is_empty() {
            return;
        }
        let n = sum(values);
        add(&mut self.counts.n, n);
        add(&mut self.types.fractional, n);
        let metrics = self.bring(ValueType::Fractional);
        self.distribute(metrics, values);
        if metrics.has(MetricSet::CARDINALITY) {
            let doubles: Vec<f64> = values.iter().map(|&(value, _)| value).collect();
            self.cardinality_mut().add_doubles(&doubles);
        }
        if metrics.has(MetricSet::FREQUENT_ITEMS) {
            for &(value, times) in values {
                self.frequent_mut().add(&format!("{value:.6}"), times);
            }
        }
        self.look_counted(values.iter().map(|&(value, times)| (Datum::Double(value), times)));
    }

    fn distribute(&mut self, metrics: MetricSet, values: &[(f64, u64)]) {
        if metrics.has(MetricSet::DISTRIBUTION) {
            let distribution = self.distribution_mut();
            distribution.moments.add_counted(distribution.kll.n(), values);
            distribution.kll.extend_counted(values);
        }
    }
}

fn sum<T>(values: &[(T, u64)]) -> u64 {
    values.iter().map(|(_, times)| times).fold(0, |sum, &times| u64::saturating_add(sum, times))
}
