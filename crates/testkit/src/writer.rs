use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

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

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer for MemoryWriter {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        let mut state = self.lock();
        state.attempts.push(Arc::clone(item));
        if state.holds {
            state.held.push_back((Arc::clone(item), done));
            return;
        }
        let outcome = if state.failures_to_come > 0 {
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
