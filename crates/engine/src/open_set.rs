//! The partial profiles that a lane has open, with an estimate of what they take of memory, and which of them are written first when it is too much.

use std::collections::HashMap;
use std::hash::Hash;

use crate::lane::Takes;
use crate::partial::Partial;
use crate::segment::OfSegment;

/// Where a partial is kept: by key number, or by dataset and bucket, and by segment. Of a segmented dataset the one of no segment is there to
/// know its columns: it has no rows.
pub(crate) type Place<K> = (K, OfSegment);

/// Open partials.
#[derive(Debug)]
pub(crate) struct OpenSet<K> {
    partials: HashMap<Place<K>, Partial>,
    bytes: u64,
}

impl<K> Default for OpenSet<K> {
    fn default() -> Self {
        Self { partials: HashMap::new(), bytes: 0 }
    }
}

impl<K: Hash + Eq + Ord + Copy> OpenSet<K> {
    /// What they take of memory, about.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn contains(&self, place: &Place<K>) -> bool {
        self.partials.contains_key(place)
    }

    pub fn get(&self, place: &Place<K>) -> Option<&Partial> {
        self.partials.get(place)
    }

    pub fn get_mut(&mut self, place: &Place<K>) -> Option<&mut Partial> {
        self.partials.get_mut(place)
    }

    pub fn insert(&mut self, place: Place<K>, partial: Partial) {
        self.bytes += partial.bytes();
        self.partials.insert(place, partial);
    }

    /// Takes out all segments of a key.
    pub fn remove(&mut self, key: K) -> Vec<Partial> {
        self.extract(|place, _| place.0 == key)
    }

    fn extract(&mut self, wanted: impl Fn(&Place<K>, &Partial) -> bool) -> Vec<Partial> {
        let found = self.partials.extract_if(|place, partial| wanted(place, partial));
        let partials: Vec<Partial> = found.map(|(_, partial)| partial).collect();
        self.bytes = self.bytes.saturating_sub(partials.iter().map(Partial::bytes).sum());
        partials
    }

    pub fn values(&self) -> impl Iterator<Item = &Partial> {
        self.partials.values()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Partial> {
        self.partials.values_mut()
    }

    /// Notes that rows up to block `sequence` went to a partial.
    pub fn touch(&mut self, place: &Place<K>, sequence: u64) {
        let Some(partial) = self.partials.get_mut(place) else { return };
        let before = partial.bytes();
        partial.touch(sequence);
        self.bytes = (self.bytes + partial.bytes()).saturating_sub(before);
    }

    /// Takes out what a barrier wants.
    pub fn take(&mut self, takes: Takes) -> Vec<Partial> {
        self.extract(|_, partial| takes.concerns(&partial.key))
    }

    /// Takes out those that were used least recently, until `bytes` are free.
    pub fn evict(&mut self, bytes: u64) -> Vec<Partial> {
        let by_use = self.partials.iter().map(|(place, partial)| (partial.last_used, place.clone()));
        let mut by_use: Vec<(u64, Place<K>)> = by_use.collect();
        by_use.sort_unstable();
        let mut free = 0;
        let mut evicted = Vec::new();
        for (_, place) in by_use {
            if free >= bytes {
                break;
            }
            if let Some(partial) = self.partials.remove(&place) {
                self.bytes = self.bytes.saturating_sub(partial.bytes());
                free += partial.bytes();
                evicted.push(partial);
            }
        }
        // One of no segment that has no rows is made again when it is needed.
        evicted.retain(|partial: &Partial| partial.rows > 0);
        evicted
    }
}
