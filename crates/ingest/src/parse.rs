//! Bytes of any kind into tables.

use crate::bucket::Granularity;
use crate::error::IngestError;
use crate::limits::IngestLimits;
use crate::message::{RawKind, RawMessage};
use crate::parsed::Parsed;
use crate::table::Table;
use crate::{columnar, json};

/// Reads a message for a dataset with buckets of `width`. `spare` is a table to use again.
///
/// # Errors
/// `InvalidData`, `InvalidTimestamp`, `MissingDatasetId`, `TooManyColumns`.
pub fn parse(
    message: &RawMessage,
    limits: &IngestLimits,
    width: Granularity,
    spare: &mut Table,
) -> Result<Parsed, IngestError> {
    match message.kind {
        RawKind::Columns => columnar::columns(message, limits),
        RawKind::Arrow => columnar::arrow(message, limits),
        kind => json::read(kind, message, limits, width, spare),
    }
}

/// Reads newline-delimited JSON, and leaves out what `admits` says no to: it is shown each line by itself, with its time.
///
/// # Errors
/// As [`parse`].
pub fn parse_fitting(
    message: &RawMessage,
    limits: &IngestLimits,
    width: Granularity,
    admits: &mut Admits<'_>,
) -> Result<Parsed, IngestError> {
    json::ndjson::read(message, limits, width, &mut Table::default(), Some(admits))
}

/// Says whether a line may count.
pub type Admits<'a> = dyn FnMut(i64, &Table) -> Result<(), IngestError> + 'a;
