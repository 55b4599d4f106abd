//! The partial profiles that a lane has open, with an estimate of what they take of memory, and which of them are written first when it is too much.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use crate::lane::Takes;
use crate::partial::Partial;
use crate::segment::{OfSegment, SegmentKey};

/// Where a partial is kept: by key number, or by dataset and bucket, and by segment. Of a segmented dataset the one of no segment is there to
/// know its columns: it has no rows.
pub(crate) type Place<K> = (K, OfSegment);

/// Open partials. `S` hashes what is looked up for every row; where users choose the keys it has to be one that they cannot foresee.
#[derive(Debug)]
pub(crate) struct OpenSet<K, S = RandomState> {
    /// Those of no segment: nearly always all, and found by a hash of the key alone.
    whole: HashMap<K, Partial, S>,
    segments: HashMap<(K, Arc<SegmentKey>), Partial>,
    bytes: u64,
}

impl<K, S: Default> Default for OpenSet<K, S> {
    fn default() -> Self {
        Self { whole: HashMap::default(), segments: HashMap::default(), bytes: 0 }
    }
}

impl<K: Hash + Eq + Ord + Copy, S: BuildHasher> OpenSet<K, S> {
    /// What they take of memory, about.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn contains(&self, place: &Place<K>) -> bool {
        self.get(place).is_some()
    }

    pub fn get(&self, place: &Place<K>) -> Option<&Partial> {
        match place {
            (key, None) => self.whole.get(key),
            (key, Some(segment)) => self.segments.get(&(*key, Arc::clone(segment))),
        }
    }

    pub fn get_mut(&mut self, place: &Place<K>) -> Option<&mut Partial> {
        match place {
            (key, None) => self.whole.get_mut(key),
            (key, Some(segment)) => self.segments.get_mut(&(*key, Arc::clone(segment))),
        }
    }

    pub fn insert(&mut self, place: Place<K>, partial: Partial) {
        self.bytes += partial.bytes();
        match place {
            (key, None) => self.whole.insert(key, partial),
            (key, Some(segment)) => self.segments.insert((key, segment), partial),
        };
    }

    /// Takes out all segments of a key.
    pub fn remove(&mut self, key: K) -> Vec<Partial> {
        self.extract(|place, _| place == key)
    }

    pub fn values(&self) -> impl Iterator<Item = &Partial> {
        self.whole.values().chain(self.segments.values())
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Partial> {
        self.whole.values_mut().chain(self.segments.values_mut())
    }

    /// Notes that rows up to block `sequence` went to a partial.
    pub fn touch(&mut self, place: &Place<K>, sequence: u64) {
        let Some(partial) = self.get_mut(place) else { return };
        let before = partial.bytes();
        partial.touch(sequence);
        let after = partial.bytes();
        self.bytes = (self.bytes + after).saturating_sub(before);
    }

    /// Takes out what a barrier wants.
    pub fn take(&mut self, takes: Takes) -> Vec<Partial> {
        self.extract(|_, partial| takes.concerns(&partial.key))
    }

    /// Takes out those that were used least recently, until `bytes` are free.
    pub fn evict(&mut self, bytes: u64) -> Vec<Partial> {
        let segments = self.segments.iter().map(|((key, segment), partial)| (partial, (*key, Some(segment))));
        let whole = self.whole.iter().map(|(key, partial)| (partial, (*key, None)));
        let mut by_use: Vec<_> = whole.chain(segments).map(|(partial, place)| (partial.last_used, place)).collect();
        by_use.sort_unstable();
        let mut free = 0;
        let mut places: Vec<Place<K>> = Vec::new();
        for (_, (key, segment)) in by_use {
            if free >= bytes {
                break;
            }
            let place = (key, segment.cloned());
            free += self.get(&place).map_or(0, Partial::bytes);
            places.push(place);
        }
        let mut evicted = Vec::new();
        for (key, segment) in places {
            evicted.extend(match segment {
                None => self.whole.remove(&key),
                Some(segment) => self.segments.remove(&(key, segment)),
            });
        }
        self.bytes = self.bytes.saturating_sub(free);
        // One of no segment that has no rows is made again when it is needed.
        evicted.retain(|partial| partial.rows > 0);
        evicted
    }

    fn extract(&mut self, wanted: impl Fn(K, &Partial) -> bool) -> Vec<Partial> {
        let whole = self.whole.extract_if(|key, partial| wanted(*key, partial)).map(|(_, partial)| partial);
        let segments = self.segments.extract_if(|(key, _), partial| wanted(*key, partial)).map(|(_, partial)| partial);
        let partials: Vec<Partial> = whole.chain(segments).collect();
        self.bytes = self.bytes.saturating_sub(partials.iter().map(Partial::bytes).sum());
        partials
    }
}
