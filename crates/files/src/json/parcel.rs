//! A piece of a sequence as a parcel, and what the parcels of a source know of each other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::memchr_iter;
use rolling_profiles_engine::{Parcel, ParcelEnd};
use rolling_profiles_ingest::{IngestError, Lines, Reading, Rows, Span};

use super::cutter::Piece;
use crate::delivery::Place;
use crate::options::ReadOptions;
use crate::wanted::Wanted;

/// The first parcel of a source with a value that is no JSON, as far as is known.
#[derive(Debug, Default)]
pub(super) struct Broken {
    /// The number of the parcel, and the line of the value, from the start of the source.
    first: Mutex<Option<(usize, u64)>>,
}

impl Broken {
    /// The line of the value.
    pub fn line(&self) -> Option<u64> {
        self.first().map(|(_, line)| line)
    }

    fn first(&self) -> MutexGuard<'_, Option<(usize, u64)>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, number: usize, line: u64) {
        let mut first = self.first();
        if first.is_none_or(|(known, _)| number <= known) {
            *first = Some((number, line));
        }
    }

    /// Whether what is in parcel `number` comes behind it.
    fn is_before(&self, number: usize) -> bool {
        self.first().is_some_and(|(first, _)| first < number)
    }
}

/// What all parcels of a source know.
pub(super) struct Common {
    pub options: Arc<ReadOptions>,
    pub wanted: Wanted,
    pub broken: Broken,
}

/// See the module.
pub(super) struct JsonParcel {
    place: Place,
    number: usize,
    piece: Piece,
    common: Arc<Common>,
    /// Those that were found.
    columns: Mutex<Vec<String>>,
}

impl JsonParcel {
    /// Parcel `number` of its source.
    pub fn new(place: Place, number: usize, piece: Piece, common: Arc<Common>) -> Self {
        Self { place, number, piece, common, columns: Mutex::default() }
    }
}

impl Parcel for JsonParcel {
    fn bytes(&self) -> u64 {
        (self.piece.bytes.capacity() + self.piece.values.capacity() * size_of::<Span>()) as u64
    }

    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let Common { options, wanted, broken } = &*self.common;
        if broken.is_before(self.number) {
            return Ok(Rows::default());
        }
        let lines_before = self.lines_before(start);
        let from = self.piece.values.partition_point(|value| value.start < start);
        let values = self.piece.values.get(from..).unwrap_or_default().iter().map(|value| Span {
            start: value.start - start,
            end: value.end - start,
            line: value.line - lines_before,
        });
        let (mut rows, no_json) = options.with_times(|times| {
            let lines = Lines {
                bytes: self.piece.bytes.get(start..).unwrap_or_default(),
                times,
                timestamp_ms: options.timestamp_ms,
                window: options.window,
                only: wanted.names(),
                counts_missing: false,
                in_parts: true,
            };
            lines.read_values(values, reading)
        })?;
        if let Some(line) = no_json {
            broken.note(self.number, self.piece.lines_before + lines_before + line);
        }
        wanted.take_aside(&mut rows, &self.columns, &self.place);
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
