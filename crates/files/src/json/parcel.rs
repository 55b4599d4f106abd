//! A piece of a sequence as a parcel, and what the source has to know of those that it sent.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use memchr::memchr_iter;
use rolling_profiles_engine::{Parcel, ParcelEnd};
use rolling_profiles_ingest::{IngestError, Lines, Reading, Rows, Span};

use super::cutter::Piece;
use crate::delivery::Place;
use crate::options::ReadOptions;
use crate::report::columns_of;

/// How often a source that waits for its last parcels looks whether it is to give up.
const LOOK: Duration = Duration::from_millis(50);

/// The parcels of a source that are on their way, and the first of them with a value that is no JSON.
#[derive(Debug, Default)]
pub(super) struct Sent {
    state: Mutex<State>,
    fewer: Condvar,
}

#[derive(Debug, Default)]
struct State {
    pending: usize,
    /// The number of the parcel, and the line of the value, from the start of the source.
    broken: Option<(usize, u64)>,
}

impl Sent {
    /// The line of the first value that is no JSON, as far as is known.
    pub fn broken_line(&self) -> Option<u64> {
        self.state().broken.map(|(_, line)| line)
    }

    /// Waits until all parcels have ended, or `gives_up` says so.
    pub fn wait(&self, gives_up: impl Fn() -> bool) {
        let mut state = self.state();
        while state.pending > 0 && !gives_up() {
            (state, _) = self.fewer.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_broken(&self, number: usize, line: u64) {
        let mut state = self.state();
        if state.broken.is_none_or(|(first, _)| number <= first) {
            state.broken = Some((number, line));
        }
    }

    /// Whether what is in parcel `number` comes behind a value that is no JSON.
    fn is_behind(&self, number: usize) -> bool {
        self.state().broken.is_some_and(|(first, _)| first < number)
    }
}

/// See the module.
pub(super) struct JsonParcel {
    place: Place,
    number: usize,
    piece: Piece,
    options: Arc<ReadOptions>,
    sent: Arc<Sent>,
    /// Those that were found.
    columns: Mutex<Vec<String>>,
}

impl JsonParcel {
    /// Parcel `number` of those that `sent` knows of.
    pub fn new(place: Place, number: usize, piece: Piece, options: Arc<ReadOptions>, sent: Arc<Sent>) -> Self {
        sent.state().pending += 1;
        Self { place, number, piece, options, sent, columns: Mutex::default() }
    }
}

impl Drop for JsonParcel {
    fn drop(&mut self) {
        self.sent.state().pending -= 1;
        self.sent.fewer.notify_all();
    }
}

impl Parcel for JsonParcel {
    fn bytes(&self) -> u64 {
        (self.piece.bytes.capacity() + self.piece.values.capacity() * size_of::<Span>()) as u64
    }

    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        if self.sent.is_behind(self.number) {
            return Ok(Rows::default());
        }
        let lines_before = self.lines_before(start);
        let from = self.piece.values.partition_point(|value| value.start < start);
        let values = self.piece.values.get(from..).unwrap_or_default().iter().map(|value| Span {
            start: value.start - start,
            end: value.end - start,
            line: value.line - lines_before,
        });
        let (rows, broken) = self.options.with_times(|times| {
            let lines = Lines {
                bytes: self.piece.bytes.get(start..).unwrap_or_default(),
                times,
                timestamp_ms: self.options.timestamp_ms,
                window: self.options.window,
                counts_missing: false,
                in_parts: true,
            };
            lines.read_values(values, reading)
        })?;
        if let Some(line) = broken {
            self.sent.note_broken(self.number, self.piece.lines_before + lines_before + line);
        }
        columns_of(&rows, &mut self.columns.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(rows)
    }

    fn lines_before(&self, start: usize) -> u64 {
        memchr_iter(b'\n', self.piece.bytes.get(..start).unwrap_or_default()).count() as u64
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        let columns = std::mem::take(&mut *self.columns.lock().unwrap_or_else(PoisonError::into_inner));
        self.place.end(self.piece.bytes.len() as u64, self.piece.lines, columns, end);
    }
}
