//! One column: its metrics, how values update them, and how two columns merge.
//!
//! The set of metrics grows with the types of the values seen, never with how they were batched; usually so, and otherwise as the column's
//! [`ColumnSchema`] says:
//!
//! | first value of type | brings |
//! |---|---|
//! | (none needed) | counts, types |
//! | integral, boolean | distribution, ints, cardinality, frequent items |
//! | fractional | distribution, cardinality |
//! | string | distribution, cardinality, frequent items |
//! | object, tensor | nothing |
//!
//! Bools are kept as two counters until the column is read or written; see [`Column::settled`]. A fractional value never goes to frequent
//! items unless the schema sends it there, NaN and infinities go to counters alone.

mod components;
mod counted;
mod counters;
mod decode;
mod encode;
mod feed;
mod others;
mod read;

use std::borrow::Cow;
use std::sync::Arc;

pub use components::Component;
pub(crate) use counters::add;
pub use counters::{Counts, Ints, Types};
pub(crate) use decode::Parts;
pub(crate) use encode::Part;
pub use read::Distribution;

use others::Others;

use crate::condition::{ConditionCounts, Datum};
use crate::frequent::Frequent;
use crate::hll::Hll;
use crate::kll::Kll;
use crate::moments::Moments;
use crate::schema::{ColumnSchema, MetricSet, ValueType};
use crate::sketch::Sketch;
use crate::unicode::UnicodeState;

pub use crate::hll::Cardinality;

/// Everything a profile knows about one column.
#[derive(Debug, Clone)]
pub struct Column {
    schema: Arc<ColumnSchema>,
    /// The metrics that values update, by their type.
    metrics: [MetricSet; 4],
    /// A bit a type: its metrics are there.
    brought: u8,
    seed: u64,
    counts: Counts,
    types: Types,
    ints: Option<Ints>,
    distribution: Option<Box<DistributionState>>,
    cardinality: Option<Box<Hll>>,
    frequent: Option<Box<Frequent>>,
    conditions: Option<Box<ConditionCounts>>,
    unicode: Option<Box<UnicodeState>>,
    /// Bools that the sketches have not seen yet.
    trues: u64,
    falses: u64,
    others: Option<Box<Others>>,
}

#[derive(Debug, Clone)]
struct DistributionState {
    kll: Kll,
    moments: Moments,
}

/// The metric of conditions.
const CONDITION_COUNT: &str = "condition_count";

impl Column {
    /// A column without values. The seed starts the random choices of its quantile sketch.
    pub(crate) fn new(schema: Arc<ColumnSchema>, seed: u64) -> Self {
        let mut column = Self::empty(schema, seed);
        if !column.schema.conditions.is_empty() {
            column.conditions = Some(Box::new(ConditionCounts::of(&column.schema.conditions)));
        }
        if let Some(declared) = column.schema.declared {
            column.bring(declared);
        }
        column
    }

    /// One without any metric that is not in every column.
    pub(crate) fn empty(schema: Arc<ColumnSchema>, seed: u64) -> Self {
        Self {
            metrics: schema.metrics_by_type(),
            brought: 0,
            schema,
            seed,
            counts: Counts::default(),
            types: Types::default(),
            ints: None,
            distribution: None,
            cardinality: None,
            frequent: None,
            conditions: None,
            unicode: None,
            trues: 0,
            falses: 0,
            others: None,
        }
    }

    /// The metrics that values of a type update.
    fn metrics_of(&self, kind: ValueType) -> MetricSet {
        self.metrics[kind as usize]
    }

    /// Makes the metrics of a type that are missing; gives its metrics.
    #[inline]
    fn bring(&mut self, kind: ValueType) -> MetricSet {
        if self.brought & (1 << kind as u8) == 0 {
            self.bring_missing(kind);
        }
        self.metrics_of(kind)
    }

    #[cold]
    fn bring_missing(&mut self, kind: ValueType) {
        self.brought |= 1 << kind as u8;
        let metrics = self.metrics_of(kind);
        if metrics.has(MetricSet::DISTRIBUTION) {
            self.distribution_mut();
        }
        if metrics.has(MetricSet::INTS) {
            self.ints_mut();
        }
        if metrics.has(MetricSet::CARDINALITY) {
            self.cardinality_mut();
        }
        if metrics.has(MetricSet::FREQUENT_ITEMS) {
            self.frequent_mut();
        }
        if metrics.has(MetricSet::UNICODE_RANGE) && self.unicode.is_none() {
            let ranges = self.schema.unicode.clone().unwrap_or_default();
            self.unicode = Some(Box::new(UnicodeState::new(&ranges, self.seed)));
        }
    }

    /// Asks the conditions about values that are no nulls.
    #[inline]
    fn look<'a>(&mut self, values: impl Iterator<Item = Datum<'a>>) {
        self.look_counted(values.map(|value| (value, 1)));
    }

    /// The same of values with how often each occurs.
    fn look_counted<'a>(&mut self, values: impl Iterator<Item = (Datum<'a>, u64)>) {
        if let Some(counts) = self.conditions.as_deref_mut() {
            counts.look(&self.schema.conditions, values);
        }
    }

    /// Adds what another column holds. A metric that one side lacks is taken over from the other; what
    /// [cannot be merged](Self::unmergeable) is left out.
    pub(crate) fn merge(&mut self, other: &Self) {
        for ((_, mine), (_, theirs)) in self.counters_mut().zip(other.counters()) {
            add(mine, theirs);
        }
        self.trues = self.trues.saturating_add(other.trues);
        self.falses = self.falses.saturating_add(other.falses);
        merge_option(&mut self.ints, other.ints.as_ref(), Ints::merge);
        merge_option(&mut self.distribution, other.distribution.as_ref(), |mine, theirs| {
            mine.moments = mine.moments.merged(mine.kll.n(), theirs.moments, theirs.kll.n());
            mine.kll.merge(&theirs.kll);
        });
        merge_option(&mut self.cardinality, other.cardinality.as_ref(), |mine, theirs| mine.merge(theirs));
        merge_option(&mut self.frequent, other.frequent.as_ref(), |mine, theirs| mine.merge(theirs));
        if self.has_other_conditions(other) {
            self.others.get_or_insert_default().leave_out(CONDITION_COUNT);
        }
        merge_option(&mut self.conditions, other.conditions.as_ref(), |mine, theirs| mine.merge(theirs));
        merge_option(&mut self.unicode, other.unicode.as_ref(), |mine, theirs| mine.merge(theirs));
        let seed = self.seed;
        merge_option(&mut self.others, other.others.as_ref(), |mine, theirs| drop(mine.merge(theirs, seed)));
        if self.lacks_conditions() {
            self.conditions = None;
        }
    }

    /// A metric of both columns that cannot be merged: counts of other conditions, or one that this crate does not know, with components that
    /// its own program alone can merge.
    pub(crate) fn unmergeable(&self, other: &Self) -> Option<String> {
        if self.has_other_conditions(other) {
            return Some(CONDITION_COUNT.to_owned());
        }
        for (range, theirs) in other.unicode_ranges() {
            let mine = self.unicode.as_deref().and_then(|mine| mine.part(range));
            if let Some(metric) = mine.and_then(|mine| mine.unmergeable(theirs)) {
                return Some(format!("unicode_range/{range}:{metric}"));
            }
        }
        let (mine, theirs) = self.others.as_deref().zip(other.others.as_deref())?;
        mine.clone().merge(theirs, self.seed).pop()
    }

    /// Whether there is no common total: one counts other conditions, or has left such out.
    fn has_other_conditions(&self, other: &Self) -> bool {
        match (self.conditions.as_deref(), other.conditions.as_deref()) {
            (Some(mine), Some(theirs)) => !mine.has_same_names(theirs),
            (Some(_), None) => other.lacks_conditions(),
            (None, Some(_)) => self.lacks_conditions(),
            (None, None) => false,
        }
    }

    fn lacks_conditions(&self) -> bool {
        self.others.as_deref().is_some_and(|others| others.lacks(CONDITION_COUNT))
    }

    /// Path and component of what this crate does not know.
    fn components_of_others(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.others.iter().flat_map(|others| &others.components)
    }

    /// What the column takes of memory, about, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.distribution.as_ref().map_or(0, |state| size_of::<DistributionState>() + state.kll.heap_bytes())
            + self.cardinality.as_ref().map_or(0, |hll| hll.heap_bytes())
            + self.frequent.as_ref().map_or(0, |frequent| frequent.heap_bytes())
            + self.unicode.as_ref().map_or(0, |unicode| unicode.heap_bytes())
            + self.components_of_others().map(|(_, component)| component.len()).sum::<usize>()
    }

    /// The column with its bools fed to the sketches: after all other values, trues before falses, as the reference feeds the bools of
    /// one batch.
    pub(crate) fn settled(&self) -> Cow<'_, Self> {
        if self.trues == 0 && self.falses == 0 {
            return Cow::Borrowed(self);
        }
        let mut settled = self.clone();
        settled.settle();
        Cow::Owned(settled)
    }

    fn settle(&mut self) {
        let (trues, falses) = (std::mem::take(&mut self.trues), std::mem::take(&mut self.falses));
        let metrics = self.bring(ValueType::Boolean);
        if metrics.has(MetricSet::DISTRIBUTION) {
            let distribution = self.distribution_mut();
            distribution.moments.add_bools(distribution.kll.n(), trues, falses);
            distribution.kll.add_equal(1.0, trues);
            distribution.kll.add_equal(0.0, falses);
        }
        if metrics.has(MetricSet::CARDINALITY) {
            let cardinality = self.cardinality_mut();
            if trues > 0 {
                cardinality.add_integers(&[1]);
            }
            if falses > 0 {
                cardinality.add_integers(&[0]);
            }
        }
        if metrics.has(MetricSet::FREQUENT_ITEMS) {
            let frequent = self.frequent_mut();
            frequent.add("True", trues);
            frequent.add("False", falses);
        }
    }

    /// The distribution metric, made when it is missing. The three below are alike.
    fn distribution_mut(&mut self) -> &mut DistributionState {
        let (k, seed) = (self.schema.settings.kll_k, self.seed);
        self.distribution
            .get_or_insert_with(|| Box::new(DistributionState { kll: Kll::new(k, seed), moments: Moments::default() }))
    }

    fn cardinality_mut(&mut self) -> &mut Hll {
        let lg_k = self.schema.settings.hll_lg_k;
        self.cardinality.get_or_insert_with(|| Box::new(Hll::new(lg_k)))
    }

    fn frequent_mut(&mut self) -> &mut Frequent {
        let lg_max = self.schema.settings.fi_lg_max;
        self.frequent.get_or_insert_with(|| Box::new(Frequent::new(lg_max)))
    }

    fn ints_mut(&mut self) -> &mut Ints {
        self.ints.get_or_insert_with(Ints::default)
    }
}

fn merge_option<T: Clone>(mine: &mut Option<T>, theirs: Option<&T>, merge: impl FnOnce(&mut T, &T)) {
    match (mine, theirs) {
        (_, None) => {}
        (Some(mine), Some(theirs)) => merge(mine, theirs),
        (mine @ None, Some(theirs)) => *mine = Some(theirs.clone()),
    }
}
