//! The exact metrics.

use super::Column;

/// The `counts` metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Values, nulls included.
    pub n: u64,
    /// Nulls, NaN included.
    pub null: u64,
    /// NaN.
    pub nan: u64,
    /// Positive and negative infinities.
    pub inf: u64,
    /// Bools that are true.
    pub trues: u64,
}

/// The `types` metric: values by type. Nulls and NaN have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Types {
    /// Whole numbers within 64 bits.
    pub integral: u64,
    /// All other numbers.
    pub fractional: u64,
    /// Bools.
    pub boolean: u64,
    /// Texts.
    pub string: u64,
    /// Values of any other kind.
    pub object: u64,
    /// Lists of numbers.
    pub tensor: u64,
}

/// The `ints` metric: bounds of the integral values. While there are none, `max` is −(2⁶³−1) and `min` 2⁶³−1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ints {
    /// Largest integral value.
    pub max: i64,
    /// Smallest integral value.
    pub min: i64,
}

impl Default for Ints {
    fn default() -> Self {
        Self { max: -i64::MAX, min: i64::MAX }
    }
}

impl Counts {
    /// Every counter by its path in the file, ascending.
    fn by_path(&mut self) -> [(&'static str, &mut u64); 5] {
        let Self { n, null, nan, inf, trues } = self;
        [("counts/inf", inf), ("counts/n", n), ("counts/nan", nan), ("counts/null", null), ("counts/true", trues)]
    }
}

impl Types {
    /// Every counter by its path in the file, ascending.
    fn by_path(&mut self) -> [(&'static str, &mut u64); 6] {
        let Self { integral, fractional, boolean, string, object, tensor } = self;
        [
            ("types/boolean", boolean),
            ("types/fractional", fractional),
            ("types/integral", integral),
            ("types/object", object),
            ("types/string", string),
            ("types/tensor", tensor),
        ]
    }
}

impl Column {
    /// The counters of both metrics by their paths.
    pub(super) fn counters_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut u64)> {
        self.counts.by_path().into_iter().chain(self.types.by_path())
    }

    /// Their values.
    pub(super) fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        let (mut counts, mut types) = (self.counts, self.types);
        let value = |(path, count): (&'static str, &mut u64)| (path, *count);
        counts.by_path().map(value).into_iter().chain(types.by_path().map(value))
    }
}

impl Ints {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.max = self.max.max(other.max);
        self.min = self.min.min(other.min);
    }
}

/// Counters stop at their largest value, which the file can hold as a signed number.
pub(crate) fn add(counter: &mut u64, more: u64) {
    *counter = counter.saturating_add(more).min(i64::MAX as u64);
}
