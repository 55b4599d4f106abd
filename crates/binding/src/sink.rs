//! From engine threads to the event loop: one threadsafe function an engine, one wake-up for all that waits.
//!
//! Engine threads append to a queue and wake the loop only when the queue was empty. The function is weak: it does not keep Node alive, except
//! while JavaScript says that promises are pending (`hold`).
#![expect(
    unsafe_code,
    reason = "napi-rs marks holding and releasing a threadsafe function deprecated; the calls below it are unsafe"
)]

use std::sync::{Mutex, PoisonError};

use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status, sys};
use rolling_profiles_engine::{Event, EventSink};

use crate::sentinel::SentinelEnd;
use crate::signal::NativeSignal;

type WakeUp = ThreadsafeFunction<(), (), FnArgs<(Vec<NativeSignal>,)>, Status, false, true>;

/// What waits to be told.
pub enum Outgoing {
    Event(Event),
    Signal(Box<NativeSignal>),
}

/// The queue and the function that empties it.
pub struct SignalSink {
    queue: std::sync::Arc<Mutex<Vec<Outgoing>>>,
    wake_up: WakeUp,
    /// Dropped when the engine has stopped.
    sentinels: Mutex<Vec<SentinelEnd>>,
}

impl SignalSink {
    /// A sink that calls `callback` with arrays of signals on the event loop.
    pub fn new(callback: &Function<'_, FnArgs<(Vec<NativeSignal>,)>, ()>) -> napi::Result<Self> {
        let queue = std::sync::Arc::<Mutex<Vec<Outgoing>>>::default();
        let source = std::sync::Arc::clone(&queue);
        let wake_up =
            callback.build_threadsafe_function::<()>().callee_handled::<false>().weak::<true>().build_callback(
                move |_| {
                    let waiting = std::mem::take(&mut *source.lock().unwrap_or_else(PoisonError::into_inner));
                    let mut signals = Vec::with_capacity(waiting.len());
                    for outgoing in waiting {
                        match outgoing {
                            Outgoing::Event(event) => NativeSignal::append(event, &mut signals),
                            Outgoing::Signal(signal) => signals.push(*signal),
                        }
                    }
                    Ok(FnArgs::from((signals,)))
                },
            )?;
        Ok(Self { queue, wake_up, sentinels: Mutex::default() })
    }

    /// Keeps a pipe's end until the engine stops.
    pub fn end_with_engine(&self, end: SentinelEnd) {
        self.sentinels.lock().unwrap_or_else(PoisonError::into_inner).push(end);
    }

    /// Tells it, soon.
    pub fn push(&self, outgoing: Outgoing) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push(outgoing);
        if queue.len() == 1 {
            drop(queue);
            // Refused only while the environment ends; then nobody listens.
            self.wake_up.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Keeps the event loop alive, or no longer.
    pub fn hold(&self, env: Env, held: bool) -> napi::Result<()> {
        let function = self.wake_up.raw();
        // SAFETY: `function` lives as long as `self`, and `env` is the environment of the calling thread, which made it.
        let status = unsafe {
            if held {
                sys::napi_ref_threadsafe_function(env.raw(), function)
            } else {
                sys::napi_unref_threadsafe_function(env.raw(), function)
            }
        };
        if status == sys::Status::napi_ok { Ok(()) } else { Err(napi::Error::from_status(Status::from(status))) }
    }
}

impl EventSink for SignalSink {
    fn emit(&self, event: Event) {
        if matches!(event, Event::Stopped(_)) {
            self.sentinels.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        self.push(Outgoing::Event(event));
    }
}
