//! How much waits in the lanes, and who waits for it to become less. Bytes are limited, or messages: whichever it is, is the *level*.
//!
//! Admission is decided by the only producer (see `ARCHITECTURE.md`), so taking never fails: the budget counts, wakes a blocked producer,
//! and says once when the level falls to the mark that was asked for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::memory::ProfileMemory;

/// No mark is armed.
const UNARMED: u64 = u64::MAX;

/// What is limited of what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// So many bytes.
    Bytes(u64),
    /// So many messages.
    Messages(u64),
}

/// What something takes of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charge {
    pub bytes: u64,
    pub messages: u64,
}

/// Bytes and messages in the lanes.
#[derive(Debug)]
pub struct Budget {
    limit: Limit,
    memory: Arc<ProfileMemory>,
    bytes: AtomicU64,
    messages: AtomicU64,
    stuck: AtomicU64,
    drain_mark: AtomicU64,
    producer_waits: AtomicBool,
    gate: Mutex<()>,
    freed: Condvar,
}

impl Budget {
    /// A budget of which nothing is taken.
    pub fn new(limit: Limit, memory: Arc<ProfileMemory>) -> Self {
        Self {
            limit,
            memory,
            bytes: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
            drain_mark: AtomicU64::new(UNARMED),
            producer_waits: AtomicBool::new(false),
            gate: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    /// What profiles take of memory.
    pub fn memory(&self) -> &Arc<ProfileMemory> {
        &self.memory
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Messages that wait.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::SeqCst)
    }

    /// What waits, in the unit of the limit: more than half of it while profiles take too much memory, so that the producer slows down, and all
    /// of it while nothing is admitted.
    pub fn level(&self) -> u64 {
        let level = match self.limit {
            Limit::Bytes(_) => self.bytes(),
            Limit::Messages(_) => self.messages(),
        };
        if self.memory.is_closed() {
            level.max(self.most())
        } else if self.memory.presses() {
            level.max(self.most() / 2 + 1)
        } else {
            level
        }
    }

    /// Memory has come free, or may have: wakes a blocked producer; true when an armed mark is reached, as in [`give`](Self::give).
    pub fn look(&self) -> bool {
        self.wake_producer();
        self.reached(self.level())
    }

    const fn part(&self, charge: Charge) -> u64 {
        match self.limit {
            Limit::Bytes(_) => charge.bytes,
            Limit::Messages(_) => charge.messages,
        }
    }

    const fn most(&self) -> u64 {
        let (Limit::Bytes(most) | Limit::Messages(most)) = self.limit;
        most
    }

    /// Takes room; gives the level.
    pub fn take(&self, charge: Charge) -> u64 {
        self.messages.fetch_add(charge.messages, Ordering::SeqCst);
        self.bytes.fetch_add(charge.bytes, Ordering::SeqCst);
        self.level()
    }

    /// Gives room back; true when this reached an armed mark, which is disarmed by that.
    pub fn give(&self, charge: Charge) -> bool {
        self.messages.fetch_sub(charge.messages, Ordering::SeqCst);
        self.bytes.fetch_sub(charge.bytes, Ordering::SeqCst);
        let left = self.level();
        self.wake_producer();
        self.reached(left)
    }

    fn wake_producer(&self) {
        if self.producer_waits.load(Ordering::SeqCst) {
            self.wake();
        }
    }

    /// Notes that this can only be given back after the producer has answered.
    pub fn stick(&self, charge: Charge) {
        self.stuck.fetch_add(self.part(charge), Ordering::SeqCst);
        self.wake();
    }

    /// The producer has answered.
    pub fn unstick(&self, charge: Charge) {
        self.stuck.fetch_sub(self.part(charge), Ordering::SeqCst);
    }

    /// Asks to be told, once, when the level is no higher than `mark`; true when that is so already (and nothing is armed).
    pub fn arm(&self, mark: u64) -> bool {
        self.drain_mark.store(mark, Ordering::SeqCst);
        // A worker may have passed the mark just before it was set: whoever disarms it, tells.
        self.reached(self.level())
    }

    fn reached(&self, left: u64) -> bool {
        let mark = self.drain_mark.load(Ordering::SeqCst);
        mark != UNARMED
            && left <= mark
            && self.drain_mark.compare_exchange(mark, UNARMED, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Blocks until `more` would fit, at most `timeout`; says whether they do. `stop` is asked at every wake-up. Does not wait
    /// where they cannot fit before the producer, which is the caller, has answered.
    pub fn wait_for_space(&self, more: u64, timeout: Duration, stop: impl Fn() -> bool) -> bool {
        let fits = || self.level().saturating_add(more) <= self.most();
        let hopeless = || self.stuck.load(Ordering::SeqCst).saturating_add(more) > self.most();
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

    fn of(limit: Limit) -> Budget {
        Budget::new(limit, Arc::new(ProfileMemory::new(1 << 30, 0)))
    }

    const fn charge(bytes: u64, messages: u64) -> Charge {
        Charge { bytes, messages }
    }

    #[test]
    fn the_mark_is_told_once() {
        let budget = of(Limit::Bytes(100));
        assert_eq!(budget.take(charge(80, 1)), 80);
        assert!(!budget.arm(25));
        assert!(!budget.give(charge(40, 0)));
        assert!(budget.give(charge(20, 0)));
        assert!(!budget.give(charge(20, 1)));
        assert!(budget.arm(25), "already below");
        assert_eq!((budget.bytes(), budget.messages()), (0, 0));
    }

    #[test]
    fn what_waits_for_the_producer_is_not_waited_for() {
        let budget = of(Limit::Bytes(100));
        budget.take(charge(90, 1));
        budget.stick(charge(90, 1));
        assert!(!budget.wait_for_space(20, Duration::from_hours(1), || false));
        budget.unstick(charge(90, 1));
        budget.give(charge(90, 1));
        assert!(budget.wait_for_space(20, Duration::ZERO, || false));
    }

    #[test]
    fn a_blocked_producer_is_woken() {
        let budget = of(Limit::Bytes(100));
        budget.take(charge(90, 1));
        assert!(!budget.wait_for_space(20, Duration::ZERO, || false));
        std::thread::scope(|scope| {
            let producer = scope.spawn(|| budget.wait_for_space(20, Duration::from_mins(1), || false));
            budget.give(charge(90, 1));
            assert!(producer.join().unwrap());
        });
    }

    #[test]
    fn messages_are_limited_instead() {
        let budget = of(Limit::Messages(3));
        assert_eq!(budget.take(charge(1 << 40, 2)), 2);
        assert!(budget.wait_for_space(1, Duration::ZERO, || false));
        assert!(!budget.wait_for_space(2, Duration::ZERO, || false));
        assert!(!budget.arm(1));
        assert!(budget.give(charge(1, 1)));
    }
}
