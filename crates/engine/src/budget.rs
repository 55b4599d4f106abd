//! How many bytes wait in the lanes, and who waits for them to become fewer.
//!
//! Admission is decided by the only producer (see `ARCHITECTURE.md`), so taking never fails: the budget counts, wakes a blocked producer,
//! and says once when the level falls to the mark that was asked for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// No mark is armed.
const UNARMED: u64 = u64::MAX;

/// Bytes and messages in the lanes.
#[derive(Debug)]
pub struct Budget {
    limit_bytes: u64,
    bytes: AtomicU64,
    messages: AtomicU64,
    stuck: AtomicU64,
    drain_mark: AtomicU64,
    producer_waits: AtomicBool,
    gate: Mutex<()>,
    freed: Condvar,
}

impl Budget {
    /// A budget of `limit_bytes`, of which nothing is taken.
    pub fn new(limit_bytes: u64) -> Self {
        Self {
            limit_bytes,
            bytes: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
            drain_mark: AtomicU64::new(UNARMED),
            producer_waits: AtomicBool::new(false),
            gate: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Messages that wait.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::SeqCst)
    }

    /// Takes room for a block; gives the bytes that wait now.
    pub fn take(&self, bytes: u64, messages: u64) -> u64 {
        self.messages.fetch_add(messages, Ordering::SeqCst);
        self.bytes.fetch_add(bytes, Ordering::SeqCst) + bytes
    }

    /// Gives room back; true when this reached an armed mark, which is disarmed by that.
    pub fn give(&self, bytes: u64, messages: u64) -> bool {
        self.messages.fetch_sub(messages, Ordering::SeqCst);
        let left = self.bytes.fetch_sub(bytes, Ordering::SeqCst) - bytes;
        if self.producer_waits.load(Ordering::SeqCst) {
            let _gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
            self.freed.notify_all();
        }
        self.reached(left)
    }

    /// Notes that `bytes` of what waits can only be given back after the producer has answered, or no longer (negative).
    pub fn stick(&self, bytes: i64) {
        if bytes < 0 {
            self.stuck.fetch_sub(bytes.unsigned_abs(), Ordering::SeqCst);
        } else {
            self.stuck.fetch_add(bytes.unsigned_abs(), Ordering::SeqCst);
            self.wake();
        }
    }

    /// Asks to be told, once, when no more than `mark` bytes wait; true when that is so already (and nothing is armed).
    pub fn arm(&self, mark: u64) -> bool {
        self.drain_mark.store(mark, Ordering::SeqCst);
        // A worker may have passed the mark just before it was set: whoever disarms it, tells.
        self.reached(self.bytes())
    }

    fn reached(&self, left: u64) -> bool {
        let mark = self.drain_mark.load(Ordering::SeqCst);
        mark != UNARMED
            && left <= mark
            && self.drain_mark.compare_exchange(mark, UNARMED, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Blocks until `bytes` more would fit, at most `timeout`; says whether they do. `stop` is asked at every wake-up. Does not wait
    /// where they cannot fit before the producer, which is the caller, has answered.
    pub fn wait_for_space(&self, bytes: u64, timeout: Duration, stop: impl Fn() -> bool) -> bool {
        let fits = || self.bytes().saturating_add(bytes) <= self.limit_bytes;
        let hopeless = || self.stuck.load(Ordering::SeqCst).saturating_add(bytes) > self.limit_bytes;
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        self.producer_waits.store(true, Ordering::SeqCst);
        let waited = self.freed.wait_timeout_while(gate, timeout, |()| !fits() && !hopeless() && !stop());
        drop(waited);
        self.producer_waits.store(false, Ordering::SeqCst);
        fits()
    }

    /// Wakes a blocked producer, so that it asks `stop` again.
    pub fn wake(&self) {
        let _gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        self.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_told_once() {
        let budget = Budget::new(100);
        assert_eq!(budget.take(80, 1), 80);
        assert!(!budget.arm(25));
        assert!(!budget.give(40, 0));
        assert!(budget.give(20, 0));
        assert!(!budget.give(20, 1));
        assert!(budget.arm(25), "already below");
        assert_eq!((budget.bytes(), budget.messages()), (0, 0));
    }

    #[test]
    fn what_waits_for_the_producer_is_not_waited_for() {
        let budget = Budget::new(100);
        budget.take(90, 1);
        budget.stick(90);
        assert!(!budget.wait_for_space(20, Duration::from_hours(1), || false));
        budget.stick(-90);
        budget.give(90, 1);
        assert!(budget.wait_for_space(20, Duration::ZERO, || false));
    }

    #[test]
    fn a_blocked_producer_is_woken() {
        let budget = Budget::new(100);
        budget.take(90, 1);
        assert!(!budget.wait_for_space(20, Duration::ZERO, || false));
        std::thread::scope(|scope| {
            let producer = scope.spawn(|| budget.wait_for_space(20, Duration::from_mins(1), || false));
            budget.give(90, 1);
            assert!(producer.join().unwrap());
        });
    }
}
