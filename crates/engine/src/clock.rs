//! Time, injected. This is the one module that may ask the operating system for it.
//!
//! There are two kinds, and their types keep them apart. *Wall time* (milliseconds since the epoch) may jump either way: schedules and profiles
//! have it, and nothing else. A [`Moment`] is of the monotonic clock, which only goes forward: everything that waits is measured by it.
#![expect(clippy::disallowed_methods, reason = "the real clock lives here and nowhere else")]

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment of the monotonic clock, in milliseconds since one that means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment so many milliseconds after the clock's first.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the clock's first moment.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// The moment so much later.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// What the engine knows of time.
pub trait Clock: Send + Sync {
    /// Wall time: milliseconds since 1970-01-01T00:00:00Z. It may jump.
    fn now_ms(&self) -> i64;

    /// The monotonic clock. It never goes back, and the wall clock's jumps are none of its.
    fn moment(&self) -> Moment;

    /// How long a thread may wait until the wall clock shows `deadline_ms`; `None` when only a tick can tell (a manual clock).
    fn wait_for(&self, deadline_ms: i64) -> Option<Duration>;

    /// The same for a moment of the monotonic clock.
    fn wait_until(&self, deadline: Moment) -> Option<Duration>;

    /// Registers what a manual clock calls whenever it moves. The real clock needs no ticks.
    fn on_tick(&self, _tick: Box<dyn Fn() + Send + Sync>) {}
}

/// The operating system's clocks.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }

    fn moment(&self) -> Moment {
        static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
        Moment(u64::try_from(FIRST.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn wait_for(&self, deadline_ms: i64) -> Option<Duration> {
        Some(Duration::from_millis(u64::try_from(deadline_ms.saturating_sub(self.now_ms())).unwrap_or(0)))
    }

    fn wait_until(&self, deadline: Moment) -> Option<Duration> {
        Some(Duration::from_millis(deadline.0.saturating_sub(self.moment().0)))
    }
}
