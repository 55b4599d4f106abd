//! Bytes that JavaScript hands over in chunks, as a source that a thread reads.

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rolling_profiles_engine::{Event, EventSink};

use crate::sink::SignalSink;

/// What may wait before JavaScript is asked to pause.
const MOST_WAITING: usize = 4 << 20;

#[derive(Default)]
struct State {
    chunks: VecDeque<Vec<u8>>,
    waiting: usize,
    /// How it ended; `Some(Err)`: it broke off.
    end: Option<Result<(), String>>,
    /// Nobody reads any more.
    is_closed: bool,
    /// Who waits for room.
    waiter: Option<u64>,
}

/// See the module.
pub struct Pipe {
    state: Mutex<State>,
    changed: Condvar,
    sink: Arc<SignalSink>,
}

impl Pipe {
    /// An empty one. `sink` tells of room.
    pub fn new(sink: Arc<SignalSink>) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), sink }
    }

    /// Adds a chunk. `false`: `waiter` is settled as soon as there is room for more, or nobody reads any more.
    pub fn push(&self, chunk: Vec<u8>, waiter: u64) -> bool {
        let mut state = self.lock();
        if state.is_closed {
            return true;
        }
        state.waiting += chunk.len();
        state.chunks.push_back(chunk);
        self.changed.notify_all();
        let has_room = state.waiting <= MOST_WAITING;
        if !has_room {
            state.waiter = Some(waiter);
        }
        has_room
    }

    /// That was all; or it broke off, for this reason.
    pub fn end(&self, failure: Option<String>) {
        self.lock().end.get_or_insert(failure.map_or(Ok(()), Err));
        self.changed.notify_all();
    }

    /// Nobody reads it any more.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.chunks.clear();
        state.waiting = 0;
        self.settle(&mut state);
        drop(state);
        self.changed.notify_all();
    }

    fn settle(&self, state: &mut State) {
        if let Some(waiter) = state.waiter.take() {
            self.sink.emit(Event::Settled(vec![(waiter, Ok(()))]));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that is read.
pub struct PipeReader(pub Arc<Pipe>);

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let pipe = &*self.0;
        let mut state = pipe.lock();
        loop {
            if state.is_closed {
                return Ok(0);
            }
            if let Some(first) = state.chunks.front_mut() {
                let size = first.len().min(buffer.len());
                for (to, from) in buffer.iter_mut().zip(first.drain(..size)) {
                    *to = from;
                }
                if first.is_empty() {
                    state.chunks.pop_front();
                }
                state.waiting -= size;
                if state.waiting <= MOST_WAITING / 2 {
                    pipe.settle(&mut state);
                }
                if size > 0 || buffer.is_empty() {
                    return Ok(size);
                }
                continue;
            }
            match &state.end {
                Some(Ok(())) => return Ok(0),
                Some(Err(reason)) => return Err(Error::new(ErrorKind::BrokenPipe, reason.clone())),
                None => state = pipe.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
