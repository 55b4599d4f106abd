//! How a source is read.

use rolling_profiles_ingest::{IngestError, Moment, TimeWindow, Times};

use crate::encoding::Encoding;
use crate::times::TimeReader;

/// What a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Fields between delimiters, with a header.
    Csv,
    /// The same between tabs.
    Tsv,
    /// A JSON object a line.
    Ndjson,
    /// Any sequence of JSON values.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC, a file or a stream.
    Arrow,
}

impl Format {
    const NAMES: [(Self, &'static str); 6] = [
        (Self::Csv, "csv"),
        (Self::Tsv, "tsv"),
        (Self::Ndjson, "ndjson"),
        (Self::Json, "json"),
        (Self::Parquet, "parquet"),
        (Self::Arrow, "arrow"),
    ];

    /// The format called `name`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(format, _)| *format)
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// `None`: it is found out.
    pub format: Option<Format>,
    /// How text is encoded; `None`: as its byte-order mark says, or in UTF-8.
    pub encoding: Option<Encoding>,
    /// What separates fields; `None`: it is found out.
    pub delimiter: Option<u8>,
    /// Whether the report gets a hash of the source's bytes.
    pub is_fingerprinted: bool,
    /// The columns that are read; `None`: all.
    pub columns: Option<Vec<String>>,
    /// The column that holds each row's time, and how it is written there.
    pub times: Option<(String, TimeReader)>,
    /// The time of rows that name none, ms since the epoch.
    pub timestamp_ms: i64,
    /// Which times are usual; rows outside are left out where it refuses them.
    pub window: TimeWindow,
    /// About how large a parcel is.
    pub parcel_bytes: usize,
    /// The longest record that is read, where it is longer than a parcel.
    pub max_record_bytes: usize,
}

/// About how large a parcel is: large enough that what it costs by itself disappears, small enough to stay near a core.
const PARCEL_BYTES: usize = 2 << 20;
/// What a parcel has of a format that is worth larger ones: each different value of a column costs once a parcel.
pub const LARGE_PARCEL_BYTES: usize = 2 * PARCEL_BYTES;
const MAX_RECORD_BYTES: usize = 16 << 20;

impl ReadOptions {
    /// Everything is found out; rows count as of `timestamp_ms`, and any time is usual.
    #[must_use]
    pub fn new(timestamp_ms: i64) -> Self {
        Self {
            format: None,
            encoding: None,
            delimiter: None,
            columns: None,
            times: None,
            timestamp_ms,
            window: TimeWindow::ANY,
            parcel_bytes: PARCEL_BYTES,
            max_record_bytes: MAX_RECORD_BYTES,
            is_fingerprinted: false,
        }
    }

    /// About how large a parcel is of JSON, whose names take most of it, and of Parquet, whose pages are packed.
    pub(crate) fn large_parcel_bytes(&self) -> usize {
        self.parcel_bytes.saturating_mul(LARGE_PARCEL_BYTES / PARCEL_BYTES)
    }

    /// What is to be said of the source as a whole, once it has been read with these.
    #[must_use]
    pub fn remarks(&self) -> Option<String> {
        let (column, _) = self.times.as_ref().filter(|(_, reader)| reader.has_seen_compact_dates())?;
        Some(format!(
            "column {column:?} was read as counts of seconds since 1970; where its eight digits are dates, the timestamp format yyyyMMdd reads them"
        ))
    }

    /// Asks `then` with where each row's time is.
    pub(crate) fn with_times<T>(&self, then: impl FnOnce(Option<Times<'_>>) -> T) -> T {
        let Some((column, reader)) = &self.times else { return then(None) };
        let read = |moment: Moment<'_>| {
            let of_column = |error: IngestError| {
                let message = format!("{}, in column {column:?}", error.message);
                IngestError { message, ..error }
            };
            reader.read(moment).map_err(of_column)
        };
        then(Some(Times { column, read: &read }))
    }
}
