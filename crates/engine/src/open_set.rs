//! The partial profiles that a lane has open: one a key and segment. With them an estimate of what they take of memory, and which of them are
//! written first when it is too much.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::dataset::Key;
use crate::lane::Takes;
use crate::partial::Partial;
use crate::segment::{OfSegment, SegmentKey};
use crate::shared::Shared;

/// Where a partial is kept: by the number of its key, and by segment. Of a segmented dataset the one of no segment is there to know its columns:
/// it has no rows.
pub(crate) type Place = (u64, OfSegment);

pub(crate) struct OpenSet {
    lane: usize,
    shared: Arc<Shared>,
    /// Those of no segment: nearly always all. Their numbers are the engine's own, so a quick hash serves.
    whole: HashMap<u64, Partial, FxBuildHasher>,
    /// Users choose what segments there are: these are hashed so that nobody can foresee it.
    segments: HashMap<(u64, Arc<SegmentKey>), Partial>,
    bytes: u64,
}

impl OpenSet {
    pub fn new(lane: usize, shared: Arc<Shared>) -> Self {
        Self { lane, shared, whole: HashMap::default(), segments: HashMap::new(), bytes: 0 }
    }

    /// What they take of memory, about.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn get(&self, place: &Place) -> Option<&Partial> {
        match place {
            (key, None) => self.whole.get(key),
            (key, Some(segment)) => self.segments.get(&(*key, Arc::clone(segment))),
        }
    }

    pub fn get_mut(&mut self, place: &Place) -> Option<&mut Partial> {
        match place {
            (key, None) => self.whole.get_mut(key),
            (key, Some(segment)) => self.segments.get_mut(&(*key, Arc::clone(segment))),
        }
    }

    /// Whether a key is open here.
    pub fn has_key(&self, number: u64) -> bool {
        self.whole.contains_key(&number)
    }

    /// Opens the partial of a key and segment, unless it is open.
    pub fn open(&mut self, key: &Arc<Key>, segment: &OfSegment) {
        let place = (key.number, segment.clone());
        if self.get(&place).is_some() {
            return;
        }
        let seed = self.shared.seed_for(key, self.lane);
        let partial = Partial::new(Arc::clone(key), segment.clone(), self.shared.clock.now_ms(), seed);
        self.bytes += partial.bytes();
        match place {
            (key, None) => self.whole.insert(key, partial),
            (key, Some(segment)) => self.segments.insert((key, segment), partial),
        };
    }

    /// Notes that a partial takes `now` bytes where it took `before`.
    pub fn resized(&mut self, before: u64, now: u64) {
        self.bytes = (self.bytes + now).saturating_sub(before);
    }

    /// Takes out a partial.
    pub fn remove(&mut self, place: &Place) -> Option<Partial> {
        let partial = match place {
            (key, None) => self.whole.remove(key),
            (key, Some(segment)) => self.segments.remove(&(*key, Arc::clone(segment))),
        }?;
        self.bytes = self.bytes.saturating_sub(partial.bytes());
        Some(partial)
    }

    /// Takes or copies what a barrier wants.
    pub fn hand_over(&mut self, takes: Takes) -> Vec<Partial> {
        if takes.copies() {
            let all = self.whole.values().chain(self.segments.values());
            return all.filter(|partial| takes.concerns(&partial.key)).cloned().collect();
        }
        let wanted = |partial: &Partial| takes.concerns(&partial.key);
        let whole = self.whole.extract_if(|_, partial| wanted(partial)).map(|(_, partial)| partial);
        let segments = self.segments.extract_if(|_, partial| wanted(partial)).map(|(_, partial)| partial);
        let partials: Vec<Partial> = whole.chain(segments).collect();
        self.bytes = self.bytes.saturating_sub(partials.iter().map(Partial::bytes).sum());
        partials
    }

    /// Takes out those that were used least recently, until `bytes` are free.
    pub fn evict(&mut self, bytes: u64) -> Vec<Partial> {
        let segments = self.segments.iter().map(|((key, segment), partial)| (partial, (*key, Some(segment))));
        let whole = self.whole.iter().map(|(key, partial)| (partial, (*key, None)));
        let mut by_use: Vec<_> = whole.chain(segments).map(|(partial, place)| (partial.last_used, place)).collect();
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
        let mut evicted: Vec<Partial> = places.iter().filter_map(|place| self.remove(place)).collect();
        // One of no segment that has no rows is made again when it is needed.
        evicted.retain(|partial| partial.rows > 0);
        evicted
    }
}
