//! A writer whose work JavaScript does: the item goes out as a signal, `writeBegin` says that the writer is about to be called, and the outcome
//! comes back by `writeDone`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rolling_profiles_engine::{Done, EngineError, HeldBytes, ProfileMemory, Writable, Writer};

use crate::signal::NativeSignal;
use crate::sink::{Outgoing, SignalSink};

/// One that JavaScript has in hand, with its copy of the profile.
struct Attempt {
    done: Done,
    _copy: HeldBytes,
}

/// Attempts that JavaScript has in hand.
#[derive(Default)]
pub struct Tickets {
    state: Mutex<(u64, HashMap<u64, Attempt>)>,
}

impl Tickets {
    fn issue(&self, attempt: Attempt) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        let ticket = state.0;
        state.1.insert(ticket, attempt);
        ticket
    }

    /// Whether an attempt may begin now; one that may not is forgotten.
    pub fn begin(&self, ticket: u64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(attempt) = state.1.get(&ticket) else { return false };
        let begins = attempt.done.begin();
        let refused = if begins { None } else { state.1.remove(&ticket) };
        drop(state);
        // Dropping it tells a failure, which nobody waits for any more; not with the lock.
        drop(refused);
        begins
    }

    /// An attempt is over; unknown and repeated tickets say nothing.
    pub fn settle(&self, ticket: u64, outcome: Result<(), EngineError>) {
        let attempt = self.state.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&ticket);
        if let Some(Attempt { done, .. }) = attempt {
            done.tell(outcome);
        }
    }
}

/// One of the user's own writers.
pub struct JsWriter {
    pub id: u32,
    pub name: String,
    pub sink: Arc<SignalSink>,
    pub tickets: Arc<Tickets>,
    pub memory: Arc<ProfileMemory>,
}

impl Writer for JsWriter {
    fn name(&self) -> &str {
        &self.name
    }

    fn blocks(&self) -> bool {
        false
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        let ticket = self.tickets.issue(Attempt { done, _copy: self.memory.hold(item.memory_bytes()) });
        self.sink.push(Outgoing::Signal(Box::new(NativeSignal::write(ticket, self.id, item))));
    }
}
