//! Newline-delimited JSON: an object a line is a row.
//!
//! A key that a row does not name is not counted, whatever parcel the row is in.

use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use memchr::memchr_iter;
use rolling_profiles_engine::{ErrorCode, Parcel, ParcelEnd};
use rolling_profiles_ingest::{BYTE_ORDER_MARK, IngestError, Lines, Reading, Rows};

use crate::SourceError;
use crate::buffers::Buffer;
use crate::complaint::Complaint;
use crate::delivery::{Delivery, Place};
use crate::lines::{Cut, LineCutter};
use crate::options::{Format, ReadOptions};
use crate::report::Totals;
use crate::wanted::Wanted;

/// Reads a source to its end. Blocks the caller while the engine has no room.
///
/// # Errors
/// Why the source was not read to its end.
pub fn read_ndjson(
    source: impl Read,
    options: &Arc<ReadOptions>,
    delivery: &mut Delivery<'_>,
) -> Result<(), SourceError> {
    delivery.open(Format::Ndjson, &[]);
    let mut cutter = LineCutter::new(source, options.large_parcel_bytes(), options.max_record_bytes);
    let wanted = Arc::new(Wanted::new(options));
    let mut is_first = true;
    while let Some(cut) = cutter.next().map_err(SourceError::Io)? {
        match cut {
            Cut::Lines(mut bytes) => {
                let mark = if is_first && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
                bytes.drop_start(mark);
                if is_first {
                    wanted.keep_sample(&bytes);
                }
                let (options, wanted) = (Arc::clone(options), Arc::clone(&wanted));
                let (columns, lines) = (Mutex::default(), OnceLock::new());
                delivery
                    .send(|place| Box::new(NdjsonParcel { place, mark, bytes, options, wanted, columns, lines }))?;
            }
            Cut::TooLong(bytes) => {
                let reason = format!("the line is longer than {} bytes", options.max_record_bytes);
                let complaint = Complaint { place: 1, code: ErrorCode::MessageTooLarge, reason };
                delivery.leave_out(Totals {
                    bytes,
                    lines: 1,
                    left_out: 1,
                    complaints: vec![complaint],
                    ..Totals::default()
                });
            }
        }
        is_first = false;
    }
    wanted.check(options, delivery)
}

struct NdjsonParcel {
    place: Place,
    /// Bytes of a mark that stood before `bytes`.
    mark: usize,
    bytes: Buffer,
    options: Arc<ReadOptions>,
    wanted: Arc<Wanted>,
    /// Those that were found.
    columns: Mutex<Vec<String>>,
    /// How many lines there are, the last of which may lack its end; known once all were read.
    lines: OnceLock<u64>,
}

impl NdjsonParcel {
    fn count_lines(&self) -> u64 {
        let ends = memchr_iter(b'\n', &self.bytes).count() as u64;
        ends + u64::from(self.bytes.last().is_some_and(|&byte| byte != b'\n'))
    }
}

impl Parcel for NdjsonParcel {
    fn bytes(&self) -> u64 {
        self.bytes.capacity() as u64
    }

    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let mut rows = self.options.with_times(|times| {
            let lines = Lines {
                bytes: self.bytes.get(start..).unwrap_or_default(),
                times,
                timestamp_ms: self.options.timestamp_ms,
                window: self.options.window,
                only: self.wanted.names(),
                counts_missing: false,
                in_parts: true,
            };
            lines.read(reading)
        })?;
        self.wanted.take_aside(&mut rows, &self.columns, &self.place);
        if rows.rest.is_none() {
            self.lines.get_or_init(|| self.lines_before(start) + rows.lines);
        }
        Ok(rows)
    }

    fn lines_before(&self, start: usize) -> u64 {
        memchr_iter(b'\n', self.bytes.get(..start).unwrap_or_default()).count() as u64
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        let columns = std::mem::take(&mut *self.columns.lock().unwrap_or_else(PoisonError::into_inner));
        let lines = *self.lines.get_or_init(|| self.count_lines());
        self.place.end((self.mark + self.bytes.len()) as u64, lines, columns, end);
    }
}
