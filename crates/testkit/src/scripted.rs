use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rolling_profiles_engine::{Advice, Clock, Done, EngineError, ErrorCode, Writable, Writer};

use crate::ManualClock;

/// What a [`ScriptedWriter`] does with an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Succeeds.
    Success,
    /// Fails, with this advice.
    Failure(Advice),
    /// Answers when the test says so: see [`ScriptedWriter::answer_held`].
    Held,
    /// Returns without an answer.
    Silence,
    /// Panics, in the call.
    Panic,
}

/// When a [`ScriptedWriter`] begins an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// In the call.
    AtOnce,
    /// In the call, and it may block there: what it holds, it holds in the call.
    Blocking,
    /// After the call, in [`ScriptedWriter::turn`].
    Later,
}

/// An attempt that has begun.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What was to be written.
    pub item: Arc<Writable>,
    /// When it began, on the monotonic clock: not before the first and not after the second of these, ms.
    pub begun_ms: (u64, u64),
    /// When it was answered, and how; a failure by its advice.
    pub told: Option<(u64, Result<(), Advice>)>,
}

/// A writer that does what a list says, over and over, and keeps a record of it.
pub struct ScriptedWriter {
    script: Vec<Answer>,
    begins: Begins,
    clock: Arc<ManualClock>,
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    attempts: Vec<Attempt>,
    waiting: VecDeque<(Arc<Writable>, Done)>,
    held: VecDeque<(usize, Done)>,
    /// Whether everything is answered at once from now on.
    is_free: bool,
}

impl ScriptedWriter {
    /// A writer that goes through `script` again and again.
    #[must_use]
    pub fn new(script: Vec<Answer>, begins: Begins, clock: Arc<ManualClock>) -> Self {
        Self { script, begins, clock, state: Mutex::default(), answered: Condvar::new() }
    }

    /// When it begins.
    #[must_use]
    pub const fn begins(&self) -> Begins {
        self.begins
    }

    /// Every attempt that has begun, in this order.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.lock().attempts.clone()
    }

    /// Answers the attempt that has been held longest; false when none is.
    pub fn answer_held(&self, outcome: Result<(), Advice>) -> bool {
        let mut state = self.lock();
        let Some((number, done)) = state.held.pop_front() else { return false };
        state.attempts[number].told = Some((self.clock.moment().ms(), outcome));
        drop(state);
        done.tell(outcome.map_err(failure));
        self.answered.notify_all();
        true
    }

    /// Begins what waits for that, but for what nobody wants any more.
    pub fn turn(&self) {
        loop {
            let Some((item, done)) = self.lock().waiting.pop_front() else { return };
            self.make(&item, done);
        }
    }

    /// Lets everything that is held succeed, and holds nothing more.
    pub fn release(&self) {
        self.lock().is_free = true;
        self.turn();
        while self.answer_held(Ok(())) {}
    }

    fn make(&self, item: &Arc<Writable>, done: Done) {
        // Whoever calls one that blocks has asked already.
        let earliest = if self.blocks() { 0 } else { self.clock.moment().ms() };
        if !self.blocks() && !done.begin() {
            return;
        }
        let now = self.clock.moment().ms();
        let mut state = self.lock();
        let number = state.attempts.len();
        let answer = self.script[number % self.script.len()];
        let told = match answer {
            Answer::Success => Some((now, Ok(()))),
            Answer::Failure(advice) => Some((now, Err(advice))),
            Answer::Silence | Answer::Panic => Some((now, Err(Advice::default()))),
            Answer::Held => None,
        };
        state.attempts.push(Attempt { item: Arc::clone(item), begun_ms: (earliest, now), told });
        drop(state);
        match answer {
            Answer::Success => done.tell(Ok(())),
            Answer::Failure(advice) => done.tell(Err(failure(advice))),
            Answer::Held => self.hold(number, done),
            // Dropping it untold tells a failure.
            Answer::Panic if self.begins != Begins::Later => resume_unwind(Box::new("told to fail")),
            Answer::Silence | Answer::Panic => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, number: usize, done: Done) {
        let mut state = self.lock();
        state.held.push_back((number, done));
        if state.is_free {
            drop(state);
            self.release();
        } else if self.blocks() {
            drop(self.answered.wait_while(state, |state| state.attempts[number].told.is_none()));
        }
    }
}

impl Writer for ScriptedWriter {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn blocks(&self) -> bool {
        self.begins == Begins::Blocking
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        if self.begins == Begins::Later {
            self.lock().waiting.push_back((Arc::clone(item), done));
        } else {
            self.make(item, done);
        }
    }
}

fn failure(advice: Advice) -> EngineError {
    EngineError::new(ErrorCode::Writer, "told to fail").advising(advice)
}
