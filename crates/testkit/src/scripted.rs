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
    /// Panics.
    Panic,
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
    blocks: bool,
    clock: Arc<ManualClock>,
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    attempts: Vec<Attempt>,
    held: VecDeque<(usize, Done)>,
    /// Whether everything is answered at once from now on.
    is_free: bool,
}

impl ScriptedWriter {
    /// A writer that goes through `script` again and again; `blocks`: what it holds, it holds in the call.
    #[must_use]
    pub fn new(script: Vec<Answer>, blocks: bool, clock: Arc<ManualClock>) -> Self {
        Self { script, blocks, clock, state: Mutex::default(), answered: Condvar::new() }
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

    /// Lets everything that is held succeed, and holds nothing more.
    pub fn release(&self) {
        self.lock().is_free = true;
        while self.answer_held(Ok(())) {}
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
        } else if self.blocks {
            drop(self.answered.wait_while(state, |state| state.attempts[number].told.is_none()));
        }
    }
}

impl Writer for ScriptedWriter {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn blocks(&self) -> bool {
        self.blocks
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        // Whoever calls one that blocks has asked already.
        let earliest = if self.blocks { 0 } else { self.clock.moment().ms() };
        if !self.blocks && !done.begin() {
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
            Answer::Silence => {}
            Answer::Panic => resume_unwind(Box::new("told to fail")),
        }
    }
}

fn failure(advice: Advice) -> EngineError {
    EngineError::new(ErrorCode::Writer, "told to fail").advising(advice)
}
