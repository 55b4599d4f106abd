//! Newline-delimited JSON: an object a line is a row.
//!
//! A key that a row does not name is not counted, whatever parcel the row is in.

use std::io::Read;
use std::sync::Arc;

use memchr::memchr_iter;
use rolling_profiles_engine::{ErrorCode, Parcel, ParcelEnd, ParcelSender};
use rolling_profiles_ingest::{BYTE_ORDER_MARK, IngestError, Lines, Reading, Rows, TimeWindow};

use crate::SourceError;
use crate::complaint::{Complaint, Reason};
use crate::lines::{Cut, LineCutter};
use crate::report::{Report, Totals};

/// How lines are read.
#[derive(Debug, Clone)]
pub struct NdjsonOptions {
    /// The column that holds each row's time.
    pub timestamp_column: Option<String>,
    /// The time of rows that name none, ms since the epoch.
    pub timestamp_ms: i64,
    /// Which times are usual; rows outside are left out where it refuses them.
    pub window: TimeWindow,
    /// About how large a parcel is.
    pub parcel_bytes: usize,
    /// The longest line that is read, where it is longer than a parcel.
    pub max_line_bytes: usize,
}

/// Reads a source to its end and sends its lines to the engine; `report` hears how they ended, while this goes on and after it. Blocks the caller while the
/// engine has no room. `gives_up` is asked now and then.
///
/// # Errors
/// Why the source was not read to its end.
pub fn read_ndjson(
    source: impl Read,
    options: &Arc<NdjsonOptions>,
    sender: &mut ParcelSender,
    report: &Arc<Report>,
    gives_up: impl Fn() -> bool,
) -> Result<(), SourceError> {
    let mut cutter = LineCutter::new(source, options.parcel_bytes, options.max_line_bytes);
    let mut number = 0;
    while let Some(cut) = cutter.next().map_err(SourceError::Io)? {
        if gives_up() {
            return Err(SourceError::Cancelled);
        }
        match cut {
            Cut::Lines(mut bytes) => {
                let mark = if number == 0 && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
                bytes.drain(..mark);
                let (options, report) = (Arc::clone(options), Arc::clone(report));
                let parcel = Box::new(NdjsonParcel { number, mark, bytes, options, report });
                if sender.send(parcel, &gives_up).map_err(SourceError::Engine)?.is_some() {
                    return Err(SourceError::Cancelled);
                }
            }
            Cut::TooLong(bytes) => {
                sender.leave_out(1);
                let complaints = vec![Complaint { line: 1, reason: Reason::TooLong }];
                report.end(number, Totals { bytes, lines: 1, left_out: 1, complaints, ..Totals::default() });
            }
        }
        number += 1;
    }
    Ok(())
}

struct NdjsonParcel {
    number: usize,
    /// Bytes of a mark that stood before `bytes`.
    mark: usize,
    bytes: Vec<u8>,
    options: Arc<NdjsonOptions>,
    report: Arc<Report>,
}

impl NdjsonParcel {
    /// Lines, the last of which may lack its end.
    fn lines(&self) -> u64 {
        let ends = memchr_iter(b'\n', &self.bytes).count() as u64;
        ends + u64::from(self.bytes.last().is_some_and(|&byte| byte != b'\n'))
    }
}

impl Parcel for NdjsonParcel {
    fn bytes(&self) -> u64 {
        self.bytes.capacity() as u64
    }

    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let lines = Lines {
            bytes: self.bytes.get(start..).unwrap_or_default(),
            timestamp_column: self.options.timestamp_column.as_deref(),
            timestamp_ms: self.options.timestamp_ms,
            window: self.options.window,
            counts_missing: false,
            in_parts: true,
        };
        lines.read(reading)
    }

    fn lines_before(&self, start: usize) -> u64 {
        memchr_iter(b'\n', self.bytes.get(..start).unwrap_or_default()).count() as u64
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        let complaint = |&(line, kind)| Complaint { line, reason: Reason::Refused(ErrorCode::from(kind)) };
        let piece = Totals {
            bytes: (self.mark + self.bytes.len()) as u64,
            lines: self.lines(),
            rows: end.tracked,
            left_out: end.bad.count + end.refused,
            cut_texts: end.cut,
            complaints: end.bad.first.iter().map(complaint).collect(),
            failure: end.error.map(|error| (1, error)),
        };
        self.report.end(self.number, piece);
    }
}
