//! The partial profiles that a lane has open: one a key and segment. With them an estimate of what they take of memory, which of them are
//! written first when it is too much, and whether they have room for what comes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::dataset::Key;
use crate::lane::Takes;
use crate::partial::{OpenPartial, Partial, bytes_of};
use crate::period::{Passage, Period, Roster};
use crate::segment::{OfSegment, SegmentKey};
use crate::shared::Shared;

/// Where a partial is kept: by the number of its key, and by segment. Of a segmented dataset the one of no segment is there to know its key: it
/// has no rows.
pub(crate) type Place = (u64, OfSegment);

/// What rows bring to a profile.
pub(crate) struct Arrival<'n> {
    pub segment: OfSegment,
    /// Columns.
    pub names: Vec<&'n str>,
}

pub(crate) struct OpenSet {
    shared: Arc<Shared>,
    lane: usize,
    passage: Passage,
    /// Those of no segment: nearly always all. Their numbers are the engine's own, so a quick hash serves.
    whole: HashMap<u64, OpenPartial, FxBuildHasher>,
    /// Users choose what segments there are: these are hashed so that nobody can foresee it.
    segments: HashMap<(u64, Arc<SegmentKey>), OpenPartial>,
    /// Of keys with segments: they are counted until a barrier takes them, whatever is written before.
    periods: HashMap<u64, (Arc<Key>, Arc<Period>), FxBuildHasher>,
    bytes: u64,
}

impl OpenSet {
    pub fn new(lane: usize, shared: Arc<Shared>) -> Self {
        Self {
            shared,
            lane,
            passage: Passage::new(lane),
            whole: HashMap::default(),
            segments: HashMap::new(),
            periods: HashMap::default(),
            bytes: 0,
        }
    }

    /// What they take of memory, about.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn get(&self, place: &Place) -> Option<&Partial> {
        match place {
            (key, None) => self.whole.get(key).map(|partial| &**partial),
            (key, Some(segment)) => self.segments.get(&(*key, Arc::clone(segment))).map(|partial| &**partial),
        }
    }

    pub fn get_mut(&mut self, place: &Place) -> Option<&mut Partial> {
        match place {
            (key, None) => self.whole.get_mut(key).map(|partial| &mut **partial),
            (key, Some(segment)) => self.segments.get_mut(&(*key, Arc::clone(segment))).map(|partial| &mut **partial),
        }
    }

    /// Whether a key is open here.
    pub fn has_key(&self, number: u64) -> bool {
        self.whole.contains_key(&number)
    }

    /// Opens the partial of a key and segment, unless it is open.
    pub fn open(&mut self, key: &Arc<Key>, segment: &OfSegment) {
        if self.get(&(key.number, segment.clone())).is_some() {
            return;
        }
        match self.period_of(key) {
            Some(period) => self.make(key, segment, Some((&period, &mut *period.roster()))),
            None => self.make(key, segment, None),
        }
    }

    fn make(&mut self, key: &Arc<Key>, segment: &OfSegment, period: Option<(&Arc<Period>, &mut Roster)>) {
        let seed = self.shared.seed_for(key, self.lane);
        let mut partial = Box::new(Partial::new(Arc::clone(key), segment.clone(), self.shared.clock.now_ms(), seed));
        // Of a key with segments the partial of none is no profile's part.
        if let Some((period, roster)) = period.filter(|_| segment.is_some() || !key.has_segments()) {
            partial.period.enter(period, roster, segment);
        }
        self.bytes += partial.bytes();
        match segment {
            None => self.whole.insert(key.number, partial),
            Some(segment) => self.segments.insert((key.number, Arc::clone(segment)), partial),
        };
    }

    /// The period of a key; none where this lane can tell alone.
    fn period_of(&mut self, key: &Arc<Key>) -> Option<Arc<Period>> {
        if key.has_segments() {
            let period = || (Arc::clone(key), self.passage.period_of(key));
            return Some(Arc::clone(&self.periods.entry(key.number).or_insert_with(period).1));
        }
        if self.is_alone() {
            return None;
        }
        let known = self.whole.get(&key.number).and_then(|partial| partial.period.get());
        Some(known.map_or_else(|| self.passage.period_of(key), Arc::clone))
    }

    fn is_alone(&self) -> bool {
        self.shared.passed.lanes() == 1
    }

    /// Takes in what a message brings to profiles of `key`, all of it or nothing. False: one of them has no room for its columns. Where there is
    /// none for a segment, it becomes the overflow.
    pub fn admit(&mut self, key: &Arc<Key>, arrivals: &mut [Arrival<'_>]) -> bool {
        let caps = self.shared.caps;
        let is_known = |arrival: &Arrival<'_>| {
            let partial = self.get(&(key.number, arrival.segment.clone()));
            partial.is_some_and(|partial| arrival.names.iter().all(|name| partial.profile.get(name).is_some()))
        };
        if arrivals.iter().all(is_known) {
            return true;
        }
        let period = self.period_of(key);
        let mut roster = period.as_ref().map(|period| period.roster());
        if let Some(roster) = &roster {
            turn_to_overflow(arrivals, caps.segments, roster);
        }
        let targets = self.new_names(key, arrivals);
        let mut hashes: Vec<Vec<u64>> = Vec::new();
        for (segment, names) in &targets {
            if self.is_alone() {
                let known =
                    self.get(&(key.number, segment.clone())).map_or(0, |partial| partial.profile.column_count());
                if !names.is_empty() && known + names.len() > caps.columns {
                    return false;
                }
                continue;
            }
            let of_names: Vec<u64> = names.iter().map(|name| self.shared.hash_of(name)).collect();
            if !roster.as_ref().is_none_or(|roster| roster.fits(segment, &of_names, caps.columns)) {
                return false;
            }
            hashes.push(of_names);
        }
        let mut hashes = hashes.into_iter();
        for (segment, names) in targets {
            if let (Some(roster), Some(hashes)) = (&mut roster, hashes.next()) {
                roster.add(&segment, hashes);
            }
            let place = (key.number, segment);
            if self.get(&place).is_none() {
                let period = period.as_ref().zip(roster.as_deref_mut());
                self.make(key, &place.1, period);
            }
            if let Some(partial) = self.get_mut(&place) {
                partial.expect(&names);
            }
        }
        true
    }

    /// By segment, the names that are new to this lane, each once.
    fn new_names<'n>(&self, key: &Key, arrivals: &[Arrival<'n>]) -> Vec<(OfSegment, Vec<&'n str>)> {
        let mut targets: Vec<(OfSegment, Vec<&str>)> = Vec::with_capacity(arrivals.len());
        let mut overflows: HashMap<usize, usize> = HashMap::new();
        for Arrival { segment, names } in arrivals {
            let partial = self.get(&(key.number, segment.clone()));
            let is_new = |name: &&&str| partial.is_none_or(|partial| partial.profile.get(name).is_none());
            let new = names.iter().filter(is_new).copied();
            let overflow = segment.as_ref().filter(|segment| segment.is_overflow());
            let at =
                overflow.map_or(targets.len(), |segment| *overflows.entry(segment.partition).or_insert(targets.len()));
            match targets.get_mut(at) {
                Some((_, names)) => names.extend(new),
                None => targets.push((segment.clone(), new.collect())),
            }
        }
        for (_, names) in &mut targets {
            names.sort_unstable();
            names.dedup();
        }
        targets
    }

    /// Notes that a partial takes `now` bytes where it took `before`.
    pub fn resized(&mut self, before: u64, now: u64) {
        self.bytes = (self.bytes + now).saturating_sub(before);
    }

    /// Takes out a partial.
    pub fn remove(&mut self, place: &Place) -> Option<OpenPartial> {
        let mut partial = match place {
            (key, None) => self.whole.remove(key),
            (key, Some(segment)) => self.segments.remove(&(*key, Arc::clone(segment))),
        }?;
        self.bytes = self.bytes.saturating_sub(partial.bytes());
        partial.period.leave(&partial.segment);
        Some(partial)
    }

    /// Takes or copies what barrier `number` wants, but nothing of the datasets `kept`.
    pub fn hand_over(&mut self, number: u64, takes: Takes, kept: &HashSet<u64>) -> Vec<OpenPartial> {
        let concerns = |key: &Key| takes.concerns(key) && !kept.contains(&key.dataset);
        let wanted = |partial: &Partial| concerns(&partial.key);
        let mut partials: Vec<OpenPartial>;
        let mut periods = Vec::new();
        if takes.takes_profiles() {
            let whole = self.whole.extract_if(|_, partial| wanted(partial)).map(|(_, partial)| partial);
            let segments = self.segments.extract_if(|_, partial| wanted(partial)).map(|(_, partial)| partial);
            partials = whole.chain(segments).collect();
            self.bytes = self.bytes.saturating_sub(bytes_of(&partials));
            // Of keys with segments all have the same.
            periods = self.periods.extract_if(|_, (key, _)| concerns(key)).map(|(_, (_, period))| period).collect();
            for partial in &mut partials {
                periods.extend(partial.period.retire().filter(|_| partial.segment.is_none()));
            }
        } else {
            let all = self.whole.values().chain(self.segments.values());
            partials = all.filter(|partial| wanted(partial)).cloned().collect();
        }
        self.passage.pass(number, takes, kept, periods, &self.shared.passed);
        partials
    }

    /// Takes out those that were used least recently, until `bytes` are free; none of the datasets `kept`.
    pub fn evict(&mut self, bytes: u64, kept: &HashSet<u64>) -> Vec<OpenPartial> {
        let segments = self.segments.iter().map(|((key, segment), partial)| (partial, (*key, Some(segment))));
        let whole = self.whole.iter().map(|(key, partial)| (partial, (*key, None)));
        let all = whole.chain(segments).filter(|(partial, _)| !kept.contains(&partial.key.dataset));
        let mut by_use: Vec<_> = all.map(|(partial, place)| (partial.last_used, place)).collect();
        by_use.sort_unstable();
        let mut free = 0;
        let mut places: Vec<Place> = Vec::new();
        for (_, (key, segment)) in by_use {
            if free >= bytes {
                break;
            }
            let place = (key, segment.cloned());
            free += self.get(&place).map_or(0, Partial::bytes);
            places.push(place);
        }
        let mut evicted: Vec<OpenPartial> = places.iter().filter_map(|place| self.remove(place)).collect();
        // One of no segment that has no rows is made again when it is needed.
        evicted.retain(|partial| partial.rows > 0);
        evicted
    }
}

/// Makes the overflow of the segments that there is no room for.
fn turn_to_overflow(arrivals: &mut [Arrival<'_>], most: usize, roster: &Roster) {
    let mut new: HashMap<usize, usize> = HashMap::new();
    for arrival in arrivals {
        let Some(segment) = arrival.segment.as_ref().filter(|segment| !roster.has(segment)) else { continue };
        let new = new.entry(segment.partition).or_default();
        if roster.count(segment.partition) + *new < most {
            *new += 1;
        } else {
            arrival.segment = Some(Arc::new(SegmentKey::overflow(segment.partition)));
        }
    }
}
