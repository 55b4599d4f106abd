use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rolling_profiles_engine::{Clock, Moment};

/// Clocks that stand still until they are moved: together, as time passes, or the wall clock alone, as it jumps.
#[derive(Default)]
pub struct ManualClock {
    now_ms: AtomicI64,
    passed_ms: AtomicU64,
    ticks: Mutex<Vec<Box<dyn Fn() + Send + Sync>>>,
}

impl ManualClock {
    /// A clock that shows `now_ms`.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms: AtomicI64::new(now_ms), ..Self::default() }
    }

    /// Lets time pass until the wall clock shows `now_ms`, and tells everyone who registered.
    ///
    /// # Panics
    /// When that is before now: time does not run backwards.
    pub fn set(&self, now_ms: i64) {
        let by_ms = now_ms - self.now_ms();
        self.pass(u64::try_from(by_ms).expect("time does not run backwards: see `jump_by`"));
    }

    /// Lets so much time pass, and tells everyone who registered.
    pub fn pass(&self, ms: u64) {
        self.passed_ms.fetch_add(ms, Ordering::SeqCst);
        self.jump_by(ms.cast_signed());
    }

    /// Sets the wall clock alone, forward or back, and tells everyone who registered.
    pub fn jump_by(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
        for tick in self.ticks.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            tick();
        }
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    fn moment(&self) -> Moment {
        Moment::from_ms(self.passed_ms.load(Ordering::SeqCst))
    }

    fn wait_for(&self, deadline_ms: i64) -> Option<Duration> {
        (deadline_ms <= self.now_ms()).then_some(Duration::ZERO)
    }

    fn wait_until(&self, deadline: Moment) -> Option<Duration> {
        (deadline <= self.moment()).then_some(Duration::ZERO)
    }

    fn on_tick(&self, tick: Box<dyn Fn() + Send + Sync>) {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner).push(tick);
    }
}
