//! One column: its metrics, how values update them, and how two columns merge.
//!
//! The set of metrics grows with the types of the values seen, never with how they were batched:
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
//! items, NaN and infinities go to counters alone.

mod counters;
mod feed;
mod parts;
mod read;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use counters::{Counts, Ints, Types};
pub(crate) use parts::Parts;
pub use read::Distribution;

use crate::ProfileSettings;
use crate::frequent::Frequent;
use crate::hll::Hll;
use crate::kll::Kll;
use crate::moments::Moments;

pub use crate::hll::Cardinality;

/// Everything a profile knows about one column.
#[derive(Debug, Clone)]
pub struct Column {
    settings: ProfileSettings,
    /// Numbers are fractional, whole or not.
    is_fractional: bool,
    seed: u64,
    counts: Counts,
    types: Types,
    ints: Option<Ints>,
    distribution: Option<Box<DistributionState>>,
    cardinality: Option<Box<Hll>>,
    frequent: Option<Box<Frequent>>,
    /// Bools that the sketches have not seen yet.
    trues: u64,
    falses: u64,
    /// Components of metrics this crate does not know, by path, as they were read.
    others: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Clone)]
struct DistributionState {
    kll: Kll,
    moments: Moments,
}

impl Column {
    /// A column without values. The seed starts the random choices of its quantile sketch.
    pub(crate) fn new(settings: ProfileSettings, seed: u64) -> Self {
        Self {
            settings,
            is_fractional: false,
            seed,
            counts: Counts::default(),
            types: Types::default(),
            ints: None,
            distribution: None,
            cardinality: None,
            frequent: None,
            trues: 0,
            falses: 0,
            others: BTreeMap::new(),
        }
    }

    /// From now on every number is fractional, also one that is whole.
    pub(crate) fn declare_fractional(&mut self) {
        self.is_fractional = true;
    }

    /// Adds what another column holds. A metric that one side lacks is taken over from the other; of a component this crate does not
    /// know the left one stays.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.types.merge(&other.types);
        self.trues = self.trues.saturating_add(other.trues);
        self.falses = self.falses.saturating_add(other.falses);
        merge_option(&mut self.ints, other.ints.as_ref(), Ints::merge);
        merge_option(&mut self.distribution, other.distribution.as_ref(), |mine, theirs| {
            mine.moments = mine.moments.merged(mine.kll.n(), theirs.moments, theirs.kll.n());
            mine.kll.merge(&theirs.kll);
        });
        merge_option(&mut self.cardinality, other.cardinality.as_ref(), |mine, theirs| mine.merge(theirs));
        merge_option(&mut self.frequent, other.frequent.as_ref(), |mine, theirs| mine.merge(theirs));
        for (path, component) in &other.others {
            if !self.others.contains_key(path) {
                self.others.insert(path.clone(), component.clone());
            }
        }
    }

    /// What the column takes of memory, about, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.distribution.as_ref().map_or(0, |state| size_of::<DistributionState>() + state.kll.heap_bytes())
            + self.cardinality.as_ref().map_or(0, |hll| hll.heap_bytes())
            + self.frequent.as_ref().map_or(0, |frequent| frequent.heap_bytes())
            + self.others.values().map(Vec::len).sum::<usize>()
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
        let distribution = self.distribution_mut();
        distribution.moments.add_bools(distribution.kll.n(), trues, falses);
        distribution.kll.add_equal(1.0, trues);
        distribution.kll.add_equal(0.0, falses);
        let cardinality = self.cardinality_mut();
        if trues > 0 {
            cardinality.add_integers(&[1]);
        }
        if falses > 0 {
            cardinality.add_integers(&[0]);
        }
        if let Some(frequent) = self.frequent_mut() {
            frequent.add("True", trues);
            frequent.add("False", falses);
        }
    }

    /// The distribution metric, made when it is missing. The three below are alike.
    fn distribution_mut(&mut self) -> &mut DistributionState {
        let (k, seed) = (self.settings.kll_k, self.seed);
        self.distribution
            .get_or_insert_with(|| Box::new(DistributionState { kll: Kll::new(k, seed), moments: Moments::default() }))
    }

    fn cardinality_mut(&mut self) -> &mut Hll {
        let lg_k = self.settings.hll_lg_k;
        self.cardinality.get_or_insert_with(|| Box::new(Hll::new(lg_k)))
    }

    /// `None` when the settings do without frequent items and no merge has brought them.
    fn frequent_mut(&mut self) -> Option<&mut Frequent> {
        if self.frequent.is_none() && self.settings.frequent_items {
            self.frequent = Some(Box::new(Frequent::new(self.settings.fi_lg_max)));
        }
        self.frequent.as_deref_mut()
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
