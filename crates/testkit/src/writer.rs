use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rolling_profiles_engine::{Done, EngineError, ErrorCode, Writable, Writer};

/// A writer that keeps what it is given, fails as often as it is told to, and can hold answers back.
#[derive(Default)]
pub struct MemoryWriter {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    attempts: Vec<Arc<Writable>>,
    written: Vec<Arc<Writable>>,
    failures_to_come: u32,
    errors_to_come: VecDeque<EngineError>,
    holds: bool,
    held: VecDeque<(Arc<Writable>, Done)>,
}

impl MemoryWriter {
    /// A writer whose first `failures` attempts fail.
    #[must_use]
    pub fn failing(failures: u32) -> Self {
        let writer = Self::default();
        writer.lock().failures_to_come = failures;
        writer
    }

    /// A writer that fails so, one attempt each, and then succeeds.
    #[must_use]
    pub fn failing_by(errors: impl IntoIterator<Item = EngineError>) -> Self {
        let writer = Self::default();
        writer.lock().errors_to_come = errors.into_iter().collect();
        writer
    }

    /// A writer that answers only when [`MemoryWriter::release`] is called.
    #[must_use]
    pub fn holding() -> Self {
        let writer = Self::default();
        writer.lock().holds = true;
        writer
    }

    /// Every attempt, failed ones too.
    #[must_use]
    pub fn attempts(&self) -> Vec<Arc<Writable>> {
        self.lock().attempts.clone()
    }

    /// What was written.
    #[must_use]
    pub fn written(&self) -> Vec<Arc<Writable>> {
        self.lock().written.clone()
    }

    /// Answers everything that was held back, and holds no longer.
    pub fn release(&self) {
        let held = {
            let mut state = self.lock();
            state.holds = false;
            let held = std::mem::take(&mut state.held);
            state.written.extend(held.iter().map(|(item, _)| Arc::clone(item)));
            held
        };
        for (_, done) in held {
            done.tell(Ok(()));
        }
    }

    /// Lets every attempt from now on succeed.
    pub fn heal(&self) {
        self.lock().failures_to_come = 0;
    }

    /// Answers the attempt that has been held back longest.
    ///
    /// # Panics
    /// When none is: the test has failed.
    pub fn answer(&self, outcome: Result<(), EngineError>) {
        let (item, done) = self.lock().held.pop_front().unwrap();
        if outcome.is_ok() {
            self.lock().written.push(item);
        }
        done.tell(outcome);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer for MemoryWriter {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn blocks(&self) -> bool {
        false
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        if !done.begin() {
            return;
        }
        let mut state = self.lock();
        state.attempts.push(Arc::clone(item));
        if state.holds {
            state.held.push_back((Arc::clone(item), done));
            return;
        }
        let outcome = if let Some(error) = state.errors_to_come.pop_front() {
            Err(error)
        } else if state.failures_to_come > 0 {
            state.failures_to_come -= 1;
            Err(EngineError::new(ErrorCode::Writer, "told to fail"))
        } else {
            state.written.push(Arc::clone(item));
            Ok(())
        };
        drop(state);
        done.tell(outcome);
    }
}

/// A writer that hangs in its first calls until it is released, and tells when it is dropped.
pub struct HangingWriter {
    state: Mutex<Hanging>,
    changed: Condvar,
    dropped: Sender<Vec<String>>,
}

struct Hanging {
    /// How many calls hang.
    calls: usize,
    written: Vec<String>,
    begun: usize,
}

impl HangingWriter {
    /// A writer whose first `calls` calls hang. When nobody has it any more, it sends the datasets of what it has written, in that order.
    #[must_use]
    pub fn new(calls: usize, dropped: Sender<Vec<String>>) -> Self {
        let state = Hanging { calls, written: Vec::new(), begun: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new(), dropped }
    }

    /// Waits until so many calls have begun.
    pub fn wait_begun(&self, calls: usize) {
        drop(self.changed.wait_while(self.lock(), |state| state.begun < calls));
    }

    /// Lets all calls succeed.
    pub fn release(&self) {
        self.lock().calls = 0;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Hanging> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer for HangingWriter {
    fn name(&self) -> &'static str {
        "hanging"
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        let mut state = self.lock();
        state.begun += 1;
        let number = state.begun;
        self.changed.notify_all();
        let hangs = |state: &mut Hanging| number <= state.calls;
        let mut state = self.changed.wait_while(state, hangs).unwrap_or_else(PoisonError::into_inner);
        state.written.push(item.dataset_id.clone());
        drop(state);
        done.tell(Ok(()));
    }
}

impl Drop for HangingWriter {
    fn drop(&mut self) {
        let written = std::mem::take(&mut self.lock().written);
        // Nobody may wait for it.
        self.dropped.send(written).ok();
    }
}
