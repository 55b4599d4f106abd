//! Things by number. A number is given once, and never again while the engine lives.
//!
//! ```text
//! insert ──► held ──release──► let go ──watermark passes──► gone
//!              ▲                 │
//!              └──────hold───────┘   under the same number
//! ```
//!
//! Blocks name things by number, and wait in lanes. So a number that was let go is still answered
//! until every block that was submitted before is done.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

#[derive(Debug)]
pub(crate) struct Numbered<T: ?Sized> {
    last: u64,
    entries: HashMap<u64, Entry<T>, FxBuildHasher>,
    /// What was let go: the last block that may name it, and its numbers. Ascending.
    let_go: VecDeque<(u64, Vec<u64>)>,
}

#[derive(Debug)]
struct Entry<T: ?Sized> {
    value: Arc<T>,
    /// How often it is held. A caller may hold it anew before an earlier release has come through.
    holds: u32,
    /// The last block that may name it, as its releases said.
    last_block: u64,
}

impl<T: ?Sized> Default for Numbered<T> {
    fn default() -> Self {
        Self { last: 0, entries: HashMap::default(), let_go: VecDeque::new() }
    }
}

impl<T: ?Sized> Numbered<T> {
    /// A number that was never given before.
    pub fn next_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Holds `value` under its number, once more where it is held already.
    pub fn hold(&mut self, number: u64, value: Arc<T>) {
        self.entries.entry(number).or_insert(Entry { value, holds: 0, last_block: 0 }).holds += 1;
    }

    /// Holds a new value; gives its number.
    pub fn insert(&mut self, value: Arc<T>) -> u64 {
        let number = self.next_number();
        self.hold(number, value);
        number
    }

    pub fn get(&self, number: u64) -> Option<&Arc<T>> {
        self.entries.get(&number).map(|entry| &entry.value)
    }

    pub fn values(&self) -> impl Iterator<Item = (u64, &Arc<T>)> {
        self.entries.iter().map(|(&number, entry)| (number, &entry.value))
    }

    /// Gives back memory that many more values took.
    pub fn shrink(&mut self) {
        shrink(&mut self.entries);
    }

    /// Takes out a value, whoever holds it.
    pub fn remove(&mut self, number: u64) {
        self.entries.remove(&number);
    }

    /// Lets go of numbers that blocks up to `sequence` may name; gives those that nobody held.
    pub fn release(&mut self, numbers: Vec<u64>, sequence: u64) -> Vec<u64> {
        let mut strange = Vec::new();
        let mut free = numbers;
        let mut last_block = sequence;
        free.retain(|number| match self.entries.get_mut(number) {
            Some(entry) if entry.holds > 0 => {
                entry.holds -= 1;
                entry.last_block = entry.last_block.max(sequence);
                last_block = last_block.max(entry.last_block);
                entry.holds == 0
            }
            _ => {
                strange.push(*number);
                false
            }
        });
        if !free.is_empty() {
            let at = self.let_go.partition_point(|(sequence, _)| *sequence <= last_block);
            self.let_go.insert(at, (last_block, free));
        }
        strange
    }

    /// Forgets what no block names any more: all blocks up to `reached` are done. Gives how many were forgotten.
    pub fn forget_done(&mut self, reached: u64) -> usize {
        let mut forgotten = 0;
        while let Some((sequence, numbers)) = self.let_go.pop_front() {
            if sequence > reached {
                self.let_go.push_front((sequence, numbers));
                break;
            }
            for number in numbers {
                // One that was held again meanwhile comes here once more, with its next release.
                let is_gone = |entry: &Entry<T>| entry.holds == 0 && entry.last_block <= sequence;
                if self.entries.get(&number).is_some_and(is_gone) {
                    self.entries.remove(&number);
                    forgotten += 1;
                }
            }
        }
        forgotten
    }
}

/// A map keeps the memory of the most entries that it ever had: gives it back where they were many more than now.
pub(crate) fn shrink<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) {
    const FEW: usize = 1024;
    if map.capacity() > FEW.max(map.len() * 4) {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Insert,
        Hold(usize),
        /// As of a block so many before the last one.
        Release(usize, u64),
        Submit,
        Reach(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Insert),
            any::<usize>().prop_map(Step::Hold),
            (any::<usize>(), 0..3u64).prop_map(|(at, lag)| Step::Release(at, lag)),
            Just(Step::Submit),
            (0..4u64).prop_map(Step::Reach),
        ]
    }

    proptest! {
        /// A number that a block in a lane may name, or that is held, means what it always meant.
        #[test]
        fn a_number_means_one_thing_for_ever(steps in prop::collection::vec(step(), 1..200)) {
            let mut table: Numbered<String> = Numbered::default();
            let (mut submitted, mut reached) = (0_u64, 0);
            // By number: how often it is held, and the last block that may name it.
            let mut model: BTreeMap<u64, (u32, u64)> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Insert => {
                        let expected = model.len() as u64 + 1;
                        let number = table.insert(Arc::new(expected.to_string()));
                        prop_assert_eq!(number, expected);
                        model.insert(number, (1, 0));
                    }
                    Step::Hold(at) if !model.is_empty() => {
                        let number = (at % model.len()) as u64 + 1;
                        if let Some(value) = table.get(number).cloned() {
                            table.hold(number, value);
                            model.entry(number).and_modify(|(holds, _)| *holds += 1);
                        }
                    }
                    Step::Release(at, lag) if !model.is_empty() => {
                        let number = (at % model.len()) as u64 + 1;
                        let entry = model.get_mut(&number).unwrap();
                        let sequence = submitted.saturating_sub(lag);
                        let strange = table.release(vec![number], sequence);
                        prop_assert_eq!(strange.is_empty(), entry.0 > 0);
                        entry.0 = entry.0.saturating_sub(1);
                        if strange.is_empty() {
                            entry.1 = entry.1.max(sequence);
                        }
                    }
                    Step::Submit => submitted += 1,
                    Step::Reach(more) => {
                        reached = submitted.min(reached + more);
                        table.forget_done(reached);
                    }
                    _ => {}
                }
                for (number, (holds, last_block)) in &model {
                    let found = table.get(*number).map(|value| value.as_str().to_owned());
                    if *holds > 0 || *last_block > reached {
                        prop_assert_eq!(found, Some(number.to_string()));
                    } else if let Some(found) = found {
                        prop_assert_eq!(found, number.to_string());
                    }
                }
            }
            // At rest nothing is kept that nobody holds.
            table.forget_done(submitted);
            let held = model.values().filter(|(holds, _)| *holds > 0).count();
            prop_assert_eq!(table.values().count(), held);
        }
    }
}
