use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rolling_profiles_engine::Clock;

/// A clock that stands still until it is moved.
#[derive(Default)]
pub struct ManualClock {
    now_ms: AtomicI64,
    ticks: Mutex<Vec<Box<dyn Fn() + Send + Sync>>>,
}

impl ManualClock {
    /// A clock that shows `now_ms`.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms: AtomicI64::new(now_ms), ticks: Mutex::default() }
    }

    /// Moves it, and tells everyone who registered.
    pub fn set(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::SeqCst);
        for tick in self.ticks.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            tick();
        }
    }

    /// Moves it forward.
    pub fn advance(&self, by_ms: i64) {
        self.set(self.now_ms() + by_ms);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    fn wait_for(&self, deadline_ms: i64) -> Option<Duration> {
        (deadline_ms <= self.now_ms()).then_some(Duration::ZERO)
    }

    fn on_tick(&self, tick: Box<dyn Fn() + Send + Sync>) {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner).push(tick);
    }
}
