//! Files as rows: a source is cut into parcels at the borders of records, and workers read these.
//!
//! ```text
//! source (bytes) ──► LineCutter: parcels that end with a line ──► lanes ──► NdjsonParcel: lines → tables → profiles
//!                         ▲ waits for room                                        │ how each ended
//!                                                                               ▼
//!                                                            Report: rows, lines left out, in the order of the file
//! ```
//!
//! Floors, from the ground up: `complaint` (what is told of records), `times`, `encoding` → `options` → `report` (parcels that ended, in order) → `delivery`
//! (parcels on their way) → `scan` (where JSON values lie) → `wanted` (columns of JSON), `lines` (bytes into parcels) → a reader a format: `ndjson` → `json`; `source` (what a
//! file is, unpacked and decoded).
//!
//! Invariants
//! - Where a parcel ends depends on bytes alone, never on how they arrive.
//! - Every line is in one parcel, or left out by the report. Line numbers are exact: parcels count their lines, and the report adds those before.
//! - Bytes in memory are at most those of the parcels that may wait, one that is being filled, and one line.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod arrow;
mod buffers;
mod complaint;
mod csv;
mod delivery;
mod encoding;
mod facts;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod json;
mod lines;
mod names;
mod ndjson;
mod options;
mod parquet;
mod positioned;
mod report;
mod scan;
mod source;
mod times;
mod wanted;

pub use arrow::{read_arrow, read_arrow_stream};
pub use complaint::Complaint;
pub use csv::read_csv;
pub use delivery::Delivery;
pub use encoding::Encoding;
pub use facts::ColumnFacts;
pub use json::read_json;
pub use ndjson::read_ndjson;
pub use options::{Format, LARGE_PARCEL_BYTES, ReadOptions};
pub use parquet::read_parquet;
pub use report::{Report, Totals};
pub use source::{Source, read_source};
pub use times::TimeReader;

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
    /// It is not what it is taken for, or damaged.
    Unreadable {
        /// The line, or row, from 1.
        place: Option<u64>,
        /// What is wrong, for people.
        reason: String,
    },
    /// It has no column of that name.
    NoColumn {
        /// The column that was asked for.
        column: String,
        /// Those that there are.
        columns: Vec<String>,
    },
}
