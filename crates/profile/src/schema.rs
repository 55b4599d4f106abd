//! How the columns of a profile are made: which metrics they keep, how large their sketches are, and what is counted of their values.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::condition::Predicate;
use crate::unicode::UnicodeRanges;
use crate::{ProfileSettings, condition};

/// A set of metrics. Counts and types are in every column, and in no set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MetricSet(u8);

impl MetricSet {
    /// None.
    pub const NONE: Self = Self(0);
    /// Quantiles, mean and standard deviation.
    pub const DISTRIBUTION: Self = Self(1);
    /// Bounds of the integers.
    pub const INTS: Self = Self(2);
    /// The number of different values.
    pub const CARDINALITY: Self = Self(4);
    /// What occurs often.
    pub const FREQUENT_ITEMS: Self = Self(8);
    /// How many characters of a text lie in which range.
    pub const UNICODE_RANGE: Self = Self(16);

    /// The metrics of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it has all of the other's.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The set with these bits, from the lowest in the order of the constants; other bits mean nothing.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 31)
    }
}

/// The types of values that bring metrics with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Whole numbers within 64 bits.
    Integral,
    /// All other numbers.
    Fractional,
    /// Bools.
    Boolean,
    /// Texts.
    Text,
}

/// Which metrics the first value of a type brings to its column, and later values of that type update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricSets {
    /// Of an integer.
    pub integral: MetricSet,
    /// Of a fractional number.
    pub fractional: MetricSet,
    /// Of a bool.
    pub boolean: MetricSet,
    /// Of a text.
    pub text: MetricSet,
}

impl ValueType {
    /// In the order of their declaration.
    const ALL: [Self; 4] = [Self::Integral, Self::Fractional, Self::Boolean, Self::Text];
}

impl Default for MetricSets {
    fn default() -> Self {
        let fractional = MetricSet::DISTRIBUTION.and(MetricSet::CARDINALITY);
        let text = fractional.and(MetricSet::FREQUENT_ITEMS);
        let integral = text.and(MetricSet::INTS);
        Self { integral, fractional, boolean: integral, text }
    }
}

impl MetricSets {
    const fn of(self, kind: ValueType) -> MetricSet {
        match kind {
            ValueType::Integral => self.integral,
            ValueType::Fractional => self.fractional,
            ValueType::Boolean => self.boolean,
            ValueType::Text => self.text,
        }
    }
}

/// How one column is made.
#[derive(Debug, Clone, Default)]
pub struct ColumnSchema {
    /// Sizes of its sketches.
    pub settings: ProfileSettings,
    /// The type that the column is declared to have. It has that type's metrics from the start and no others, and every value updates
    /// them; in a column declared fractional every number is a double, whole or not.
    pub declared: Option<ValueType>,
    /// What values bring, by their type.
    pub metrics: MetricSets,
    /// Conditions whose matches are counted, ascending by name.
    pub conditions: Vec<(String, Predicate)>,
    /// The ranges of the metric of that name; the reference's when missing.
    pub unicode: Option<Arc<UnicodeRanges>>,
}

impl ColumnSchema {
    /// One with these settings, else the defaults.
    #[must_use]
    pub fn new(settings: ProfileSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// The metrics that values update, by their type.
    pub(crate) fn metrics_by_type(&self) -> [MetricSet; 4] {
        ValueType::ALL.map(|kind| {
            let set = self.metrics.of(self.declared.unwrap_or(kind));
            if self.settings.frequent_items { set } else { set.without(MetricSet::FREQUENT_ITEMS) }
        })
    }

    pub(crate) fn is_fractional(&self) -> bool {
        self.declared == Some(ValueType::Fractional)
    }

    fn ready(mut self) -> Arc<Self> {
        self.settings = self.settings.clamped();
        self.conditions.sort_by(|a, b| a.0.cmp(&b.0));
        self.conditions.dedup_by(|a, b| a.0 == b.0);
        self.conditions.retain(|(name, _)| name != condition::TOTAL);
        Arc::new(self)
    }
}

/// How a profile's columns are made.
#[derive(Debug)]
pub struct Schema {
    usual: Arc<ColumnSchema>,
    columns: HashMap<String, Arc<ColumnSchema>>,
    /// Columns that were described after the schema came into use.
    later: RwLock<HashMap<String, Arc<ColumnSchema>>>,
}

impl Default for Schema {
    fn default() -> Self {
        Self::new(ColumnSchema::default())
    }
}

impl Schema {
    /// One that makes all columns alike.
    #[must_use]
    pub fn new(usual: ColumnSchema) -> Self {
        Self { usual: usual.ready(), columns: HashMap::new(), later: RwLock::default() }
    }

    /// With a column of its own kind. The condition named `total` is left out: that is the name of the number of values.
    #[must_use]
    pub fn with_column(mut self, name: String, column: ColumnSchema) -> Self {
        self.columns.insert(name, column.ready());
        self
    }

    /// Describes a column of a schema in use. Profiles that have the column already keep it as it is.
    pub fn describe(&self, name: String, column: ColumnSchema) {
        self.later.write().unwrap_or_else(PoisonError::into_inner).insert(name, column.ready());
    }

    /// How the column of that name is made.
    #[must_use]
    pub fn column(&self, name: &str) -> Arc<ColumnSchema> {
        if let Some(column) = self.columns.get(name) {
            return Arc::clone(column);
        }
        let later = self.later.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(later.get(name).unwrap_or(&self.usual))
    }
}
