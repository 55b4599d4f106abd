//! Who waits for profiles in the outbox: flushes, until each has been tried, and messages, until theirs are written.

use std::collections::{BTreeSet, HashMap};

/// A flush that waits for one attempt of each of these tickets.
pub(crate) struct Flush {
    pub waiter: u64,
    /// One dataset, or all.
    pub dataset: Option<u64>,
    pub untried: BTreeSet<u64>,
    pub items: BTreeSet<u64>,
}

#[derive(Default)]
pub(crate) struct Waits {
    flushes: Vec<Flush>,
    /// Who waits for an item.
    by_item: HashMap<u64, Vec<u64>>,
    /// How many items a waiter still waits for.
    left: HashMap<u64, usize>,
}

impl Waits {
    pub fn add_flush(&mut self, flush: Flush) {
        self.flushes.push(flush);
    }

    /// `waiter` is told when all of `items` are written; true when that is so already.
    pub fn add_written(&mut self, waiter: u64, items: &[u64]) -> bool {
        for &item in items {
            self.by_item.entry(item).or_default().push(waiter);
        }
        if !items.is_empty() {
            self.left.insert(waiter, items.len());
        }
        items.is_empty()
    }

    /// A ticket has been tried, or is done.
    pub fn tried(&mut self, ticket: u64) {
        for flush in &mut self.flushes {
            flush.untried.remove(&ticket);
        }
    }

    /// An item is written: gives the waiters whose wait is over.
    pub fn written(&mut self, item: u64) -> Vec<u64> {
        let mut over = self.by_item.remove(&item).unwrap_or_default();
        over.retain(|waiter| {
            let Some(left) = self.left.get_mut(waiter) else { return false };
            *left -= 1;
            *left == 0
        });
        for waiter in &over {
            self.left.remove(waiter);
        }
        over
    }

    /// The flushes that have nothing more to wait for.
    pub fn take_answered(&mut self) -> Vec<Flush> {
        self.flushes.extract_if(.., |flush| flush.untried.is_empty()).collect()
    }

    /// Nothing will be tried any more: all flushes, and those who waited in vain.
    pub fn end(&mut self) -> (Vec<Flush>, Vec<u64>) {
        self.by_item.clear();
        let mut unwritten: Vec<u64> = std::mem::take(&mut self.left).into_keys().collect();
        unwritten.sort_unstable();
        (std::mem::take(&mut self.flushes), unwritten)
    }
}
