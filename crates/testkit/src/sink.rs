use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rolling_profiles_engine::{Event, EventSink};

/// How long a test waits for an event that never comes before it fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A sink that keeps all events, lets a test wait for one, and can hold back the threads that bring them.
#[derive(Default)]
pub struct RecordingSink {
    events: Mutex<Vec<Event>>,
    arrived: Condvar,
    holds: Mutex<bool>,
    released: Condvar,
}

impl EventSink for RecordingSink {
    fn emit(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        self.arrived.notify_all();
        let holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.released.wait_while(holds, |holds| *holds));
    }
}

impl RecordingSink {
    /// From now on whoever brings an event stays here until [`RecordingSink::release`].
    pub fn hold(&self) {
        *self.holds.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Lets everybody go on.
    pub fn release(&self) {
        *self.holds.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.released.notify_all();
    }

    /// All events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for an event, past or to come, that `pick` makes something of.
    ///
    /// # Panics
    /// When none comes within a minute: the test has failed.
    pub fn wait<T>(&self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = events.iter().find_map(&mut pick) {
                return found;
            }
            let (next, timeout) = self.arrived.wait_timeout(events, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            assert!(!timeout.timed_out(), "no {what} among {next:?}");
            events = next;
        }
    }

    /// Waits until at least `count` events satisfy `is`.
    ///
    /// # Panics
    /// When they do not come within a minute: the test has failed.
    pub fn wait_count(&self, what: &str, count: usize, is: impl Fn(&Event) -> bool) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        while events.iter().filter(|event| is(event)).count() < count {
            let (next, timeout) = self.arrived.wait_timeout(events, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            assert!(!timeout.timed_out(), "fewer than {count} {what} among {next:?}");
            events = next;
        }
    }
}
