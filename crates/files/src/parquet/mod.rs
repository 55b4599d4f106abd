//! Parquet: row groups, of each of which a parcel is a stretch of rows; workers read its columns one by one.
//!
//! ```text
//! file ──► Footer ──► columns ──► Source: stretches of rows, and at which page of each column these begin ──► lanes
//!                                            ParcelOfRows: pages → levels, values → cells ◄──────────────────┘
//! ```
//!
//! Floors: `damage` → `thrift` (structures), `hybrid`, `delta` (packed numbers), `codec` → `footer` → `schema` (what counts as what) → `page` → `levels` →
//! `walk` (from page to page) → `data` (values of a column), `values` (by encoding), `lists` → `read` (a column of some rows) → `placed` (rows by time), `fill` (into cells) →
//! `parcel` → `source`.
//!
//! Invariants
//! - Memory is that of a few pages a worker, however large the file, a row group or what a length claims: a page of more than 256 MiB is refused.
//! - Where a parcel begins depends on the file and on how large a parcel is to be.
//! - A page is read by the workers whose rows it has; the source reads headers alone, but for lists in pages that do not say how many rows they have.
//! - What a file says wrongly is a failure that names its row group and column. Nothing is taken for a value that is none.

mod codec;
mod damage;
mod data;
mod delta;
mod fill;
mod footer;
mod hybrid;
mod levels;
mod lists;
mod page;
mod parcel;
mod placed;
mod read;
mod schema;
mod source;
mod thrift;
mod values;
mod walk;

use std::fs::File;
use std::sync::Arc;

#[cfg(any(test, feature = "fuzzing"))]
use rolling_profiles_ingest::{IngestError, Reading, Rows};

use crate::SourceError;
use crate::delivery::Delivery;
use crate::options::{Format, ReadOptions};
use crate::positioned::Positioned;

use damage::Damage;
use source::Source;

/// Reads a file to its end. Blocks the caller while the engine has no room.
///
/// # Errors
/// Why it was not read to its end.
pub fn read_parquet(file: File, options: &Arc<ReadOptions>, delivery: &mut Delivery<'_>) -> Result<(), SourceError> {
    let file = Positioned::new(file).map_err(SourceError::Io)?;
    let source = Source::open(file, options)?;
    let names: Vec<String> = source.names().map(str::to_owned).collect();
    delivery.open(Format::Parquet, &names);
    source.read(delivery)
}

/// Reads the rows of a parcel from one on.
#[cfg(any(test, feature = "fuzzing"))]
type ReadRows<'a> = dyn Fn(usize, &mut Reading<'_>) -> Result<Rows, IngestError> + 'a;

/// Shows each parcel: how many rows it has, and how these are read.
///
/// # Errors
/// Why the file was not read to its end.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_bytes(
    file: Positioned,
    options: &Arc<ReadOptions>,
    each: &mut dyn FnMut(usize, &ReadRows<'_>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    Source::open(file, options)?.cut(&mut |rows| each(rows.count(), &|start, reading| rows.read(start, reading)))
}

/// Damage at row `row`, from 1, or of the whole.
fn unreadable(damage: Damage, row: Option<u64>, of: &str) -> SourceError {
    match damage {
        Damage::Io(error) => SourceError::Io(error),
        damage => SourceError::Unreadable { place: row, reason: format!("{of}{damage}") },
    }
}
