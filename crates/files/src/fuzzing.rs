//! Readers opened to fuzz targets: bytes for a file, without an engine.

use std::sync::Arc;

use rolling_profiles_ingest::{Granularity, IngestLimits, Reading, Rows, Table};

use crate::SourceError;
use crate::options::ReadOptions;
use crate::parquet;
use crate::positioned::Positioned;
use crate::times::TimeReader;

const LIMITS: IngestLimits = IngestLimits {
    max_columns: 100,
    max_name_bytes: 1024,
    max_value_bytes: 1 << 10,
    max_depth: 32,
    max_message_bytes: 1 << 20,
    keeps_rows: false,
};
/// A file may say that it has more rows than anything can go through.
const PARCELS: usize = 16;

/// Reads Parquet; shows what each part of a parcel came to.
///
/// # Errors
/// Why it was not read to its end.
///
/// # Panics
/// Where a reader does what none may do.
pub fn parquet(
    bytes: &[u8],
    times: Option<&str>,
    keeps_rows: bool,
    each: &mut dyn FnMut(&Rows),
) -> Result<(), SourceError> {
    let options = ReadOptions {
        times: times.map(|column| (column.to_owned(), TimeReader::default())),
        parcel_bytes: 4096,
        ..ReadOptions::new(0)
    };
    let limits = IngestLimits { keeps_rows, ..LIMITS };
    let mut left = PARCELS;
    parquet::read_bytes(Positioned::of_bytes(bytes.to_vec()), &Arc::new(options), &mut |count, read| {
        left = left.checked_sub(1).ok_or(SourceError::Cancelled)?;
        let mut start = 0;
        while start < count {
            let mut spare = Table::default();
            let mut reading = Reading { limits: &limits, width: Granularity::Hour, spare: &mut spare, admits: None };
            let Ok(rows) = read(start, &mut reading) else { return Ok(()) };
            each(&rows);
            let Some(more) = rows.rest else { return Ok(()) };
            assert!(more > 0, "a part gets on");
            start += more;
        }
        Ok(())
    })
}
