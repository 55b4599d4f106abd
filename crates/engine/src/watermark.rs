//! The watermark: the largest sequence number such that every block up to it is done.
//!
//! Workers finish blocks out of order. A waiter is settled when the watermark reaches the last block of its message; if any part was rejected,
//! with that rejection.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::EngineError;

/// A waiter and how its message ended.
pub type Settled = (u64, Result<(), EngineError>);

/// See the module.
#[derive(Debug, Default)]
pub struct Watermark {
    state: Mutex<State>,
    /// As in the state, to be read without its lock.
    reached: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    reached: u64,
    ahead: BTreeSet<u64>,
    waiting: BTreeMap<u64, Vec<u64>>,
    failed: HashMap<u64, EngineError>,
}

impl Watermark {
    /// The watermark; 0 before the first block, which is number 1.
    pub fn reached(&self) -> u64 {
        self.reached.load(Ordering::Acquire)
    }

    /// Block `sequence` is done. `waiters` wait for messages that end in it; `failed` names waiters of which it held a rejected part.
    /// Gives those whose wait is over.
    pub fn complete(&self, sequence: u64, waiters: Vec<u64>, failed: Vec<(u64, EngineError)>) -> Vec<Settled> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiters.is_empty() {
            state.waiting.insert(sequence, waiters);
        }
        for (waiter, error) in failed {
            state.failed.entry(waiter).or_insert(error);
        }
        state.ahead.insert(sequence);
        loop {
            let next = state.reached + 1;
            if !state.ahead.remove(&next) {
                break;
            }
            state.reached = next;
        }
        self.reached.store(state.reached, Ordering::Release);
        let mut settled = Vec::new();
        let reached = state.reached;
        while let Some(entry) = state.waiting.first_entry() {
            if *entry.key() > reached {
                break;
            }
            for waiter in entry.remove() {
                let outcome = state.failed.remove(&waiter).map_or(Ok(()), Err);
                settled.push((waiter, outcome));
            }
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_waiter_waits_for_all_earlier_blocks() {
        let mark = Watermark::default();
        assert!(mark.complete(2, vec![7], vec![]).is_empty());
        assert_eq!(mark.reached(), 0);
        assert_eq!(mark.complete(1, vec![], vec![]), [(7, Ok(()))]);
        assert_eq!(mark.reached(), 2);
    }

    #[test]
    fn an_earlier_parts_rejection_is_the_messages() {
        let mark = Watermark::default();
        let error = EngineError::new(ErrorCode::TooManyColumns, "too many");
        assert!(mark.complete(1, vec![], vec![(7, error.clone())]).is_empty());
        assert_eq!(mark.complete(2, vec![7], vec![]), [(7, Err(error))]);
    }
}
