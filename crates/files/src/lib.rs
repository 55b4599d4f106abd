//! Files as rows: a source is cut into parcels at the borders of records, and workers read these.
//!
//! ```text
//! source (bytes) ──► LineCutter: parcels that end with a line ──► lanes ──► NdjsonParcel: lines → tables → profiles
//!                         ▲ waits for room                                        │ how each ended
//!                                                                               ▼
//!                                                            Report: rows, lines left out, in the order of the file
//! ```
//!
//! Floors, from the ground up: `complaint` (what is told of records) → `report` (parcels that ended, in order) → `lines` (bytes into parcels) → `ndjson` (the
//! format) → [`read_ndjson`].
//!
//! Invariants
//! - Where a parcel ends depends on bytes alone, never on how they arrive.
//! - Every line is in one parcel, or left out by the report. Line numbers are exact: parcels count their lines, and the report adds those before.
//! - Bytes in memory are at most those of the parcels that may wait, one that is being filled, and one line.
#![forbid(unsafe_code)]

mod complaint;
mod lines;
mod ndjson;
mod report;

pub use complaint::{Complaint, Reason};
pub use ndjson::{NdjsonOptions, read_ndjson};
pub use report::{Report, Totals};

use rolling_profiles_engine::EngineError;

/// Why a source was not read to its end. What was read before counts.
#[derive(Debug)]
pub enum SourceError {
    /// It could not be read.
    Io(std::io::Error),
    /// The engine takes no more.
    Engine(EngineError),
    /// It was given up.
    Cancelled,
}
