//! What the open profiles of one key may hold, whichever lanes have parts of them: so many columns each, and so many segments a partition.
//!
//! A *period* of a key lasts from one barrier that takes its profiles to the next. Lanes pass a barrier one after the other, so a key may have two
//! periods at the same time; each lane is in one of them. What is merged is of one period, so limits hold for a period.
//!
//! ```text
//! barrier     ──────────7──────────────9───►      7 takes the key's profiles, 9 another's
//! lane 0      ── period a ─┤── period b ────
//! lane 1      ── period a ────────┤── period b ──
//! ```
//!
//! Invariants
//! - A lane that has a part of a profile open holds its period. When a barrier takes the part, the period is held until all lanes have passed: one
//!   that comes to it late finds what the others brought. Then it is gone, and only then do lanes forget the barrier. So whether a period that is
//!   alive is a lane's own is told by the barriers that it remembers.
//! - A name that is in a lane's part is in the period. The lock is taken only for names and segments that are new to the lane.
//! - A lane alone needs no names: its part knows them.
//! - Where parts are written early, to make room, their names are forgotten when no lane has a part of their profile any more. Segments stay.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustc_hash::FxBuildHasher;

use crate::dataset::Key;
use crate::lane::Takes;
use crate::segment::{OfSegment, SegmentKey};

/// The periods of a key that lanes are in: one or two, seldom more.
#[derive(Debug, Default)]
pub struct Periods(Mutex<Vec<Weak<Period>>>);

/// The most columns of a profile, and the most segments of a key's partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    pub columns: usize,
    pub segments: usize,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Period {
    /// The last barrier that took the key's profiles, as far as the lane knew that began it: of barriers that all lanes have passed nothing is known.
    since: u64,
    /// The last of all barriers that this lane had passed.
    began_at: u64,
    roster: Mutex<Roster>,
}

impl Period {
    pub fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The segments of a period, and the columns of each of its profiles. Segments are known by hashes that nobody can foresee: there may be very many.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    whole: Names,
    hasher: RandomState,
    seen: HashSet<u64, FxBuildHasher>,
    /// Of the segments that a lane has a part of.
    open: HashMap<u64, Names, FxBuildHasher>,
    /// How many there are of each partition, but for the overflow.
    counts: Vec<usize>,
}

/// Names of columns, by hashes that nobody can foresee.
#[derive(Debug, Default)]
struct Names {
    /// How many lanes have a part of the profile.
    parts: usize,
    hashes: HashSet<u64, FxBuildHasher>,
}

impl Roster {
    /// Whether the period has this segment.
    pub fn has(&self, segment: &SegmentKey) -> bool {
        self.seen.contains(&self.hash_of(segment))
    }

    /// How many segments of a partition there are.
    pub fn count(&self, partition: usize) -> usize {
        self.counts.get(partition).copied().unwrap_or(0)
    }

    /// Whether a profile that gets these names has at most `most` then. They are all different.
    pub fn fits(&self, segment: &OfSegment, names: &[u64], most: usize) -> bool {
        let of_segment = |segment| self.open.get(&self.hash_of(segment));
        let known = segment.as_deref().map_or(Some(&self.whole), of_segment);
        let known = known.map(|names| &names.hashes);
        let new = names.iter().filter(|name| known.is_none_or(|known| !known.contains(name))).count();
        new == 0 || known.map_or(0, HashSet::len) + new <= most
    }

    /// Adds names that fit.
    pub fn add(&mut self, segment: &OfSegment, names: Vec<u64>) {
        self.names(segment).hashes.extend(names);
    }

    /// A lane has a part of the profile from now on.
    pub fn enter(&mut self, segment: &OfSegment) {
        self.names(segment).parts += 1;
    }

    /// A lane has no part of it any more.
    pub fn leave(&mut self, segment: &OfSegment) {
        let names = self.names(segment);
        names.parts = names.parts.saturating_sub(1);
        if names.parts > 0 {
            return;
        }
        match segment {
            Some(segment) => drop(self.open.remove(&self.hash_of(segment))),
            None => self.whole = Names::default(),
        }
    }

    fn hash_of(&self, segment: &SegmentKey) -> u64 {
        self.hasher.hash_one(segment)
    }

    fn names(&mut self, segment: &OfSegment) -> &mut Names {
        let Some(segment) = segment else { return &mut self.whole };
        let hash = self.hash_of(segment);
        if self.seen.insert(hash) && !segment.is_overflow() {
            self.counts.resize(self.counts.len().max(segment.partition + 1), 0);
            self.counts[segment.partition] += 1;
        }
        self.open.entry(hash).or_default()
    }
}

/// That a partial is of a period. A copy of the partial is of none.
#[derive(Debug, Default)]
pub(crate) struct Membership(Option<Arc<Period>>);

impl Clone for Membership {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl Membership {
    pub const fn get(&self) -> Option<&Arc<Period>> {
        self.0.as_ref()
    }

    /// Begins; `roster` is the period's.
    pub fn enter(&mut self, period: &Arc<Period>, roster: &mut Roster, segment: &OfSegment) {
        roster.enter(segment);
        self.0 = Some(Arc::clone(period));
    }

    /// Ends with the period; gives it.
    pub const fn retire(&mut self) -> Option<Arc<Period>> {
        self.0.take()
    }

    /// Ends before the period does.
    pub fn leave(&mut self, segment: &OfSegment) {
        if let Some(period) = self.0.take() {
            period.roster().leave(segment);
        }
    }
}

/// The barriers that a lane has passed.
#[derive(Debug)]
pub(crate) struct Passage {
    lane: usize,
    last: u64,
    /// Those that took profiles and that not all lanes have passed.
    taken: VecDeque<(u64, Takes, HashSet<u64>)>,
}

/// The last barrier that each lane has passed.
#[derive(Debug)]
pub(crate) struct Passed {
    lanes: Box<[AtomicU64]>,
    /// Periods that ended for a lane, by the barrier that ended them, until all lanes have passed it.
    ended: Mutex<Vec<(u64, Vec<Arc<Period>>)>>,
}

impl Passed {
    pub fn new(lanes: usize) -> Self {
        Self { lanes: (0..lanes).map(|_| AtomicU64::new(0)).collect(), ended: Mutex::default() }
    }

    /// How many lanes there are.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Notes that a lane has passed a barrier, and which periods ended; gives the last barrier that all have passed, whose periods are gone.
    fn pass(&self, lane: usize, number: u64, periods: Vec<Arc<Period>>) -> u64 {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if !periods.is_empty() {
            ended.push((number, periods));
        }
        if let Some(lane) = self.lanes.get(lane) {
            lane.store(number, Ordering::Release);
        }
        let by_all = self.lanes.iter().map(|lane| lane.load(Ordering::Acquire)).min().unwrap_or(0);
        ended.retain(|(number, _)| *number > by_all);
        by_all
    }
}

impl Passage {
    pub const fn new(lane: usize) -> Self {
        Self { lane, last: 0, taken: VecDeque::new() }
    }

    /// Notes that this lane has handed over all that barrier `number` takes, but for the datasets `kept`, which was of these periods.
    pub fn pass(&mut self, number: u64, takes: Takes, kept: &HashSet<u64>, periods: Vec<Arc<Period>>, passed: &Passed) {
        self.last = number;
        if takes.takes_profiles() {
            self.taken.push_back((number, takes, kept.clone()));
        }
        let by_all = passed.pass(self.lane, number, periods);
        while self.taken.front().is_some_and(|(number, ..)| *number <= by_all) {
            self.taken.pop_front();
        }
    }

    /// The period of `key` that this lane is in; begun, if no lane is in it yet.
    pub fn period_of(&self, key: &Key) -> Arc<Period> {
        let since = self
            .taken
            .iter()
            .rev()
            .find(|(_, takes, kept)| takes.concerns(key) && !kept.contains(&key.dataset))
            .map_or(0, |(number, ..)| *number);
        let mut periods = key.periods.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A lane that is ahead has begun a period after a barrier that this one has not passed.
        let is_ours = |period: &Arc<Period>| period.began_at >= since && period.since <= self.last;
        if let Some(period) = periods.iter().filter_map(Weak::upgrade).find(is_ours) {
            return period;
        }
        let period = Arc::new(Period { since, began_at: self.last, roster: Mutex::default() });
        periods.retain(|period| period.strong_count() > 0);
        periods.push(Arc::downgrade(&period));
        period
    }
}
