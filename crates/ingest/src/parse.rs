//! Bytes of any kind into tables.

use crate::bucket::Granularity;
use crate::error::IngestError;
use crate::limits::IngestLimits;
use crate::message::{RawKind, RawMessage};
use crate::parsed::Parsed;
use crate::table::Table;
use crate::{columnar, json};

/// How bytes are read.
pub struct Reading<'a> {
    /// Caps.
    pub limits: &'a IngestLimits,
    /// The width of the dataset's buckets: rows are told apart by bucket while they are read, where each has its own
    /// time.
    pub width: Granularity,
    /// A table to use again.
    pub spare: &'a mut Table,
    /// Asked whether a row may count, where rows are left out one by one.
    pub admits: Option<&'a mut Admits<'a>>,
}

/// Says whether a row may count: shown by itself, with its time.
pub type Admits<'a> = dyn FnMut(i64, &Table) -> Result<(), IngestError> + 'a;

/// Reads a message. Rows of newline-delimited JSON alone are left out one by one.
///
/// # Errors
/// `InvalidData`, `InvalidTimestamp`, `MissingDatasetId`, `TooManyColumns`.
pub fn parse(message: &RawMessage, reading: Reading<'_>) -> Result<Parsed, IngestError> {
    match message.kind {
        RawKind::Columns => columnar::columns(message, reading.limits),
        RawKind::Arrow => columnar::arrow(message, reading.limits),
        RawKind::Ndjson => json::ndjson(message, reading),
        kind => json::request(kind, message, reading.limits),
    }
}
