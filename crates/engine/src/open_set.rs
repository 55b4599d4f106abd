//! The partial profiles that a lane has open, with an estimate of what they take of memory, and which of them are written first when it is too much.

use std::collections::HashMap;
use std::hash::Hash;

use crate::lane::Takes;
use crate::partial::Partial;

/// Open partials by key number, or by dataset and bucket.
#[derive(Debug)]
pub(crate) struct OpenSet<K> {
    partials: HashMap<K, Partial>,
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

    pub fn contains(&self, key: K) -> bool {
        self.partials.contains_key(&key)
    }

    pub fn get(&self, key: K) -> Option<&Partial> {
        self.partials.get(&key)
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut Partial> {
        self.partials.get_mut(&key)
    }

    pub fn insert(&mut self, key: K, partial: Partial) {
        self.bytes += partial.bytes();
        self.partials.insert(key, partial);
    }

    pub fn remove(&mut self, key: K) -> Option<Partial> {
        let partial = self.partials.remove(&key)?;
        self.bytes = self.bytes.saturating_sub(partial.bytes());
        Some(partial)
    }

    pub fn values(&self) -> impl Iterator<Item = &Partial> {
        self.partials.values()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Partial> {
        self.partials.values_mut()
    }

    /// Notes that rows up to block `sequence` went to a partial.
    pub fn touch(&mut self, key: K, sequence: u64) {
        let Some(partial) = self.partials.get_mut(&key) else { return };
        let before = partial.bytes();
        partial.touch(sequence);
        self.bytes = (self.bytes + partial.bytes()).saturating_sub(before);
    }

    /// Takes out what a barrier wants.
    pub fn take(&mut self, takes: Takes) -> Vec<Partial> {
        let partials: Vec<Partial> =
            self.partials.extract_if(|_, partial| takes.concerns(&partial.key)).map(|(_, partial)| partial).collect();
        self.bytes = self.bytes.saturating_sub(partials.iter().map(Partial::bytes).sum());
        partials
    }

    /// Takes out those that were used least recently, until `bytes` are free.
    pub fn evict(&mut self, bytes: u64) -> Vec<Partial> {
        let mut by_use: Vec<(u64, K)> = self.partials.iter().map(|(&key, partial)| (partial.last_used, key)).collect();
        by_use.sort_unstable();
        let mut free = 0;
        let mut evicted = Vec::new();
        for (_, key) in by_use {
            if free >= bytes {
                break;
            }
            if let Some(partial) = self.remove(key) {
                free += partial.bytes();
                evicted.push(partial);
            }
        }
        evicted
    }
}
