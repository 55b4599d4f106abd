//! The exact metrics.

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
    pub(crate) fn merge(&mut self, other: &Self) {
        add(&mut self.n, other.n);
        add(&mut self.null, other.null);
        add(&mut self.nan, other.nan);
        add(&mut self.inf, other.inf);
        add(&mut self.trues, other.trues);
    }
}

impl Types {
    pub(crate) fn merge(&mut self, other: &Self) {
        add(&mut self.integral, other.integral);
        add(&mut self.fractional, other.fractional);
        add(&mut self.boolean, other.boolean);
        add(&mut self.string, other.string);
        add(&mut self.object, other.object);
        add(&mut self.tensor, other.tensor);
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
