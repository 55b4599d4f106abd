//! Newline-delimited JSON: an object a line is a row; blank lines are none. A line that is bad is left out, and all others count.
//!
//! The columns are the union over the rows of one bucket, as in an array of rows: a row that lacks one counts a null for it.

use std::collections::HashMap;

use simdutf8::basic::{Utf8Error, from_utf8};

use super::context::Context;
use super::record::Record;
use crate::bucket::{Bucket, Granularity};
use crate::error::{IngestError, IngestErrorKind, invalid};
use crate::message::{RawMessage, named_outside};
use crate::moment;
use crate::parse::{Admits, Reading};
use crate::parsed::{BadLines, Parsed, Rows};
use crate::table::Table;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The most buckets that the rows of one message may fall into: each costs a table.
const MAX_BUCKETS: usize = 4096;

/// # Errors
/// `InvalidTimestamp`, `MissingDatasetId`: what is wrong with all lines; and where all lines are bad, what is wrong with the first.
pub(crate) fn read(message: &RawMessage, reading: Reading<'_>) -> Result<Parsed, IngestError> {
    let Reading { limits, width, spare, mut admits } = reading;
    let dataset = named_outside(message)?;
    let context = Context::new(limits);
    let outside = moment::millis(message.timestamp_ms)?;
    let mut buckets = Buckets::new(width.bucket(outside)?, outside, std::mem::take(spare));
    let read = |line: &str| {
        if let Some(admits) = &mut admits {
            admits_line(line, &context, message, outside, admits)?;
        }
        read_row(line, &context, message, outside, width, &mut buckets)
    };
    let bytes = message.bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&message.bytes);
    // Text is mostly good as a whole: to check it at once costs a fraction of checking each line.
    let bad = match from_utf8(bytes) {
        Ok(text) => read_lines(text.split('\n').map(Ok), read),
        Err(_) => read_lines(bytes.split(|&byte| byte == b'\n').map(from_utf8), read),
    };
    let mut tables = buckets.tables;
    tables.retain(|(_, table)| table.rows() > 0);
    Ok(Parsed { dataset, rows: Rows { tables, bad } })
}

/// Reads each line that is not blank; gives the bad ones.
fn read_lines<'t>(
    lines: impl Iterator<Item = Result<&'t str, Utf8Error>>,
    mut read: impl FnMut(&str) -> Result<(), IngestError>,
) -> BadLines {
    let mut bad = BadLines::default();
    let mut row = 0_u64;
    for (number, line) in (1u64..).zip(lines) {
        let line = line.map(str::trim);
        if matches!(line, Ok("")) {
            continue;
        }
        let outcome = line.map_err(|_| invalid("it is no UTF-8")).and_then(&mut read);
        if let Err(error) = outcome {
            bad.add(number, error.in_row(row));
        }
        row = row.saturating_add(1);
    }
    bad
}

fn read_row(
    line: &str,
    context: &Context<'_>,
    message: &RawMessage,
    outside: i64,
    width: Granularity,
    buckets: &mut Buckets,
) -> Result<(), IngestError> {
    let recorded = buckets.record(line, context);
    let Some(name) = &message.timestamp_column else { return recorded };
    let found = match &recorded {
        Ok(()) => time_of(buckets.table()?, name),
        // Too many columns for the bucket of the row before may not be too many for its own.
        Err(error) if error.kind == IngestErrorKind::TooManyColumns => {
            let mut alone = Table::default();
            context.read(line, Record { context, table: &mut alone })?;
            time_of(&alone, name)
        }
        Err(_) => return recorded,
    };
    let time = found.map(|found| found.unwrap_or(outside)).and_then(|time| within(time, message));
    if time.as_ref().is_ok_and(|time| (buckets.current.start_ms..buckets.current.end_ms).contains(time)) {
        return recorded;
    }
    // Rows come mostly in the order of their time: a row is read again only where its bucket is another than the row's before.
    if recorded.is_ok() {
        buckets.table()?.undo_row();
    }
    let time = time?;
    buckets.turn_to(width.bucket(time)?, time)?;
    buckets.record(line, context)
}

/// Reads a line by itself, and asks whether it may count.
fn admits_line(
    line: &str,
    context: &Context<'_>,
    message: &RawMessage,
    outside: i64,
    admits: &mut Admits<'_>,
) -> Result<(), IngestError> {
    let mut alone = Table::default();
    context.read(line, Record { context, table: &mut alone })?;
    let found = message.timestamp_column.as_ref().map_or(Ok(None), |name| time_of(&alone, name))?;
    admits(within(found.unwrap_or(outside), message)?, &alone)
}

/// The time of the row just read, if it has one.
fn time_of(table: &Table, name: &str) -> Result<Option<i64>, IngestError> {
    table.of_this_row(name).map_or(Ok(None), |cells| moment::of(cells.moment()))
}

/// A row's time, where the message's window holds it.
fn within(time: i64, message: &RawMessage) -> Result<i64, IngestError> {
    if message.window.refuses && !message.window.holds(time) {
        let what = "the row was rejected: its time is outside of limits.bucketWindow";
        return Err(IngestError::new(IngestErrorKind::BucketWindow, what));
    }
    Ok(time)
}

/// A table a bucket, each with its first row's time, and the one that the last row went to.
struct Buckets {
    tables: Vec<(i64, Table)>,
    index: HashMap<i64, usize>,
    current: Bucket,
    at: usize,
}

impl Buckets {
    fn new(first: Bucket, time: i64, table: Table) -> Self {
        let index = HashMap::from([(first.start_ms, 0)]);
        Self { tables: vec![(time, table)], index, current: first, at: 0 }
    }

    fn table(&mut self) -> Result<&mut Table, IngestError> {
        self.tables.get_mut(self.at).map(|(_, table)| table).ok_or_else(|| invalid("a bucket is missing"))
    }

    /// Reads a line into the table; what is bad leaves nothing behind.
    fn record(&mut self, line: &str, context: &Context<'_>) -> Result<(), IngestError> {
        let table = self.table()?;
        let rows = table.rows();
        let outcome = context.read(line, Record { context, table });
        let table = self.table()?;
        if outcome.is_err() && table.rows() > rows {
            table.undo_row();
        }
        outcome
    }

    fn turn_to(&mut self, bucket: Bucket, time: i64) -> Result<(), IngestError> {
        self.current = bucket;
        if let Some(&at) = self.index.get(&bucket.start_ms) {
            self.at = at;
            return Ok(());
        }
        if self.tables.len() >= MAX_BUCKETS {
            return Err(invalid(&format!("its rows fall into more than {MAX_BUCKETS} buckets")));
        }
        self.at = self.tables.len();
        self.tables.push((time, Table::default()));
        self.index.insert(bucket.start_ms, self.at);
        Ok(())
    }
}
