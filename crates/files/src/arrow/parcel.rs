//! A record batch, read by a worker.

use std::sync::Arc;

use rolling_profiles_engine::{Parcel, ParcelEnd};
use rolling_profiles_ingest::{ArrowRows, ArrowSchema, IngestError, Reading, Rows};

use crate::delivery::Place;
use crate::options::ReadOptions;

use super::messages::plain;

/// A parcel that has no place in the report yet.
#[derive(Debug)]
pub(super) struct ArrowParcel {
    /// From 1.
    pub number: u64,
    /// A message, or a footer.
    pub schema: Arc<Vec<u8>>,
    pub is_by_footer: bool,
    pub dictionaries: Vec<Arc<Vec<u8>>>,
    pub batch: Vec<u8>,
    /// Each field's name, and whether it is profiled.
    pub columns: Arc<Vec<(String, bool)>>,
    pub rows: u64,
    /// Its share of the source's bytes.
    pub share: u64,
    pub options: Arc<ReadOptions>,
}

/// See the module.
struct Placed {
    batch: ArrowParcel,
    place: Place,
}

impl ArrowParcel {
    pub fn placed(self, place: Place) -> Box<dyn Parcel> {
        Box::new(Placed { batch: self, place })
    }

    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let dictionaries = self.dictionaries.iter().map(|dictionary| dictionary.as_slice());
        let messages: Vec<&[u8]> = dictionaries.chain([self.batch.as_slice()]).collect();
        let schema = if self.is_by_footer { ArrowSchema::Footer } else { ArrowSchema::Message }(&self.schema);
        self.options.with_times(|times| {
            let rows = ArrowRows {
                schema,
                messages: &messages,
                columns: &self.columns,
                times,
                timestamp_ms: self.options.timestamp_ms,
                window: self.options.window,
                start,
            };
            rows.read(reading)
        })
    }
}

impl Parcel for Placed {
    fn bytes(&self) -> u64 {
        self.batch.batch.capacity() as u64
    }

    /// `start` counts rows.
    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let named = |error: IngestError| {
            let message = format!("record batch {}: {}", self.batch.number, plain(&error));
            IngestError { message, ..error }
        };
        self.batch.read(start, reading).map_err(named)
    }

    fn lines_before(&self, start: usize) -> u64 {
        start as u64
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        self.place.end(self.batch.share, self.batch.rows, Vec::new(), end);
    }
}
