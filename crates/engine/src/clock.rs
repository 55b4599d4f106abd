//! Wall time, injected. This is the one module that may ask the operating system for it.
#![expect(clippy::disallowed_methods, reason = "the real clock lives here and nowhere else")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the engine knows of time: the wall clock, and how long to wait for a moment on it.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> i64;

    /// How long a thread may wait until the clock shows `deadline_ms`; `None` when only a tick can tell (a manual clock).
    fn wait_for(&self, deadline_ms: i64) -> Option<Duration>;

    /// Registers what a manual clock calls whenever it moves. The real clock needs no ticks.
    fn on_tick(&self, _tick: Box<dyn Fn() + Send + Sync>) {}
}

/// The operating system's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }

    fn wait_for(&self, deadline_ms: i64) -> Option<Duration> {
        Some(Duration::from_millis(u64::try_from(deadline_ms.saturating_sub(self.now_ms())).unwrap_or(0)))
    }
}
