//! Newline-delimited JSON: an object a line is a row; blank lines are none. A line that is bad is left out, and
//! all others count.
//!
//! The columns are the union over the rows of one bucket, as in an array of rows: a row that lacks one counts a
//! null for it.

use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};
use simdutf8::basic::{Utf8Error, from_utf8};

use super::context::Context;
use super::likely::Likely;
use super::record::{Names, Record};
use crate::bucket::{Bucket, Granularity};
use crate::error::{IngestError, IngestErrorKind, invalid};
use crate::message::{RawMessage, TimeWindow, named_outside};
use crate::moment::{self, Times};
use crate::parse::{Admits, Reading};
use crate::parsed::{BadLines, Parsed, Rows};
use crate::row_buckets::MAX_BUCKETS;
use crate::table::Table;

/// What may stand before the first line.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// About so much is looked at at once: what checks text brings it near for what reads it.
const NEAR_BYTES: usize = if cfg!(test) { 300 } else { 128 << 10 };

/// # Errors
/// `InvalidTimestamp`, `MissingDatasetId`: what is wrong with all lines.
pub(crate) fn read(message: &RawMessage, reading: Reading<'_>) -> Result<Parsed, IngestError> {
    let dataset = named_outside(message)?;
    let lines = Lines {
        bytes: message.bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&message.bytes),
        times: message.timestamp_column.as_deref().map(|column| Times { column, read: &moment::of }),
        timestamp_ms: moment::millis(message.timestamp_ms)?,
        window: message.window,
        only: None,
        counts_missing: true,
        in_parts: false,
    };
    Ok(Parsed { dataset, rows: lines.read(reading)? })
}

/// Lines of JSON objects.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    /// In UTF-8; a line that is none is left out.
    pub bytes: &'a [u8],
    /// Where each row's time is.
    pub times: Option<Times<'a>>,
    /// The time of rows that name none, ms since the epoch.
    pub timestamp_ms: i64,
    /// Which times are usual now; rows outside are left out where it refuses them.
    pub window: TimeWindow,
    /// The columns that are read; `None`: all.
    pub only: Option<&'a Names>,
    /// Whether a row counts a null in each column that it does not name.
    pub counts_missing: bool,
    /// Whether reading stops at a row for whose bucket there is no room ([`Rows::rest`]), which is otherwise left out.
    pub in_parts: bool,
}

impl<'t> Lines<'t> {
    /// Reads all lines; leaves out those that are bad.
    ///
    /// # Errors
    /// `InvalidTimestamp`: that of rows that name none.
    pub fn read(&self, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let mut walk = Walk::default();
        let rows = self.gather(reading, |_, read| {
            let mut rest = self.bytes;
            while !rest.is_empty() {
                let (near, more) = rest.split_at(near_lines(rest));
                rest = more;
                // Text is mostly good as a whole: to check it at once costs a fraction of checking each line.
                let is_through = match from_utf8(near) {
                    Ok(text) => walk.go_on(near, |line| Ok(text.get(line).unwrap_or_default()), read),
                    Err(_) => walk.go_on(near, |line| from_utf8(near.get(line).unwrap_or_default()), read),
                };
                if !is_through {
                    return (std::mem::take(&mut walk.bad), Some(walk.start));
                }
            }
            (std::mem::take(&mut walk.bad), None)
        })?;
        Ok(Rows { lines: walk.number, ..rows })
    }

    /// Gathers the rows that `walk` reads one by one; it gives the bad ones, and where one begins that there
    /// is no room for.
    pub(super) fn gather<'l>(
        &self,
        reading: Reading<'l>,
        walk: impl FnOnce(&Context<'l>, &mut ReadRow<'_, 't>) -> (BadLines, Option<usize>),
    ) -> Result<Rows, IngestError> {
        let Reading { limits, width, spare, mut admits } = reading;
        let context = Context::new(limits);
        let outside = self.timestamp_ms;
        // One that was used before has columns that do not know which value is which row's.
        let reused = if limits.keeps_rows { Table::default() } else { std::mem::take(spare) };
        let first = reused.counting_missing(self.counts_missing);
        let mut buckets = Buckets::new(width.bucket(outside)?, outside, first);
        let mut read = |line: &'t str| {
            if let Some(admits) = &mut admits {
                self.admits(line, &context, admits)?;
            }
            self.read_row(line, &context, width, &mut buckets)
        };
        let (bad, rest) = walk(&context, &mut read);
        buckets.flush(&context);
        let mut tables = buckets.tables;
        tables.retain(|(_, table)| table.rows() > 0);
        Ok(Rows { tables, bad, untimed: buckets.untimed, rest, ..Rows::default() })
    }

    fn read_row(
        &self,
        line: &'t str,
        context: &Context<'_>,
        width: Granularity,
        buckets: &mut Buckets<'t>,
    ) -> Result<Found, IngestError> {
        if buckets.likely.read(line) {
            if self.is_of_this_bucket(buckets) {
                if buckets.likely.is_full() {
                    buckets.flush(context);
                }
                return Ok(Found::Room);
            }
            // Of which bucket it is, or what is wrong with it, is found out below.
            buckets.likely.pop();
        }
        let found = self.parse_row(line, context, width, buckets);
        if matches!(found, Ok(Found::Room)) {
            buckets.learn(line, self);
        }
        found
    }

    /// Whether the row that was read last and waits is of the same bucket as that before it.
    fn is_of_this_bucket(&self, buckets: &mut Buckets<'t>) -> bool {
        let Some(times) = &self.times else { return true };
        let Ok(found) = (times.read)(buckets.likely.moment()) else { return false };
        let Ok(time) = self.window.admit(found.unwrap_or(self.timestamp_ms)) else { return false };
        let is_current = buckets.is_current(time);
        buckets.untimed = buckets.untimed.saturating_add(u64::from(is_current && found.is_none()));
        is_current
    }

    fn parse_row(
        &self,
        line: &str,
        context: &Context<'_>,
        width: Granularity,
        buckets: &mut Buckets<'t>,
    ) -> Result<Found, IngestError> {
        let recorded = buckets.record(line, context, self.only).map(|()| Found::Room);
        let Some(times) = &self.times else { return recorded };
        let found = match &recorded {
            Ok(_) => time_of(buckets.table()?, times),
            // Too many columns for the bucket of the row before may not be too many for its own.
            Err(error) if error.kind == IngestErrorKind::TooManyColumns => {
                let mut alone = Table::default();
                context.read(line, Record { context, table: &mut alone, only: self.only })?;
                time_of(&alone, times)
            }
            Err(_) => return recorded,
        };
        let untimed = matches!(found, Ok(None));
        let time = found.map(|found| found.unwrap_or(self.timestamp_ms)).and_then(|time| self.window.admit(time));
        if time.as_ref().is_ok_and(|time| buckets.is_current(*time)) {
            buckets.untimed = buckets.untimed.saturating_add(u64::from(untimed && recorded.is_ok()));
            return recorded;
        }
        // Rows come mostly in the order of their time: a row is read again only where its bucket is
        // another than the row's before.
        if recorded.is_ok() {
            buckets.table()?.undo_row();
        }
        let time = time?;
        if buckets.turn_to(width.bucket(time)?, time) {
            buckets.record(line, context, self.only)?;
            buckets.untimed = buckets.untimed.saturating_add(u64::from(untimed));
            return Ok(Found::Room);
        }
        if self.in_parts { Ok(Found::NoRoom) } else { Err(too_many_buckets()) }
    }

    /// Reads a line by itself, and asks whether it may count.
    fn admits(&self, line: &str, context: &Context<'_>, admits: &mut Admits<'_>) -> Result<(), IngestError> {
        let mut alone = Table::default();
        context.read(line, Record { context, table: &mut alone, only: self.only })?;
        let found = self.times.as_ref().map_or(Ok(None), |times| time_of(&alone, times))?;
        admits(self.window.admit(found.unwrap_or(self.timestamp_ms))?, &alone)
    }
}

/// Reads the text of a row.
type ReadRow<'a, 't> = dyn FnMut(&'t str) -> Result<Found, IngestError> + 'a;

/// Whether there is room for a row's bucket.
pub(super) enum Found {
    Room,
    NoRoom,
}

fn too_many_buckets() -> IngestError {
    invalid(&format!("its rows fall into more than {MAX_BUCKETS} buckets"))
}

/// How many bytes the next lines have that are looked at at once.
fn near_lines(bytes: &[u8]) -> usize {
    let Some((near, far)) = bytes.split_at_checked(NEAR_BYTES) else { return bytes.len() };
    if let Some(last) = memrchr(b'\n', near) {
        return last.saturating_add(1);
    }
    memchr(b'\n', far).map_or(bytes.len(), |end| NEAR_BYTES.saturating_add(end).saturating_add(1))
}

/// How far lines have been read.
#[derive(Default)]
struct Walk {
    bad: BadLines,
    /// Rows, lines and bytes before.
    row: u64,
    number: u64,
    start: usize,
}

impl Walk {
    /// Goes on through `bytes`, whose lines `text_of` gives, and reads each that is not blank; `false`: there
    /// is no room for the one that begins at `start`.
    fn go_on<'t>(
        &mut self,
        bytes: &'t [u8],
        text_of: impl Fn(Range<usize>) -> Result<&'t str, Utf8Error>,
        read: &mut ReadRow<'_, 't>,
    ) -> bool {
        let open = (bytes.last() != Some(&b'\n')).then_some(bytes.len());
        let mut begin = 0_usize;
        for end in memchr_iter(b'\n', bytes).chain(open) {
            self.number = self.number.saturating_add(1);
            let line = text_of(begin..end).map(str::trim);
            if !matches!(line, Ok("")) {
                match line.map_err(|_| invalid("it is no UTF-8")).and_then(&mut *read) {
                    Ok(Found::Room) => {}
                    Ok(Found::NoRoom) => {
                        self.start = self.start.saturating_add(begin);
                        return false;
                    }
                    Err(error) => self.bad.add(self.number, error.in_row(self.row)),
                }
                self.row = self.row.saturating_add(1);
            }
            begin = end.saturating_add(1);
        }
        self.start = self.start.saturating_add(bytes.len());
        true
    }
}

/// The time of the row just read, if it has one.
fn time_of(table: &Table, times: &Times<'_>) -> Result<Option<i64>, IngestError> {
    table.of_this_row(times.column).map_or(Ok(None), |cells| (times.read)(cells.moment()))
}

/// A table a bucket, each with its first row's time, and the one that the last row went to.
struct Buckets<'t> {
    tables: Vec<(i64, Table)>,
    /// How the records of the current table are written.
    likely: Likely<'t>,
    index: HashMap<i64, usize>,
    current: Bucket,
    at: usize,
    counts_missing: bool,
    /// Rows that name no time.
    untimed: u64,
}

impl Buckets<'_> {
    fn new(first: Bucket, time: i64, table: Table) -> Self {
        let index = HashMap::from([(first.start_ms, 0)]);
        let counts_missing = table.counts_missing();
        Self {
            tables: vec![(time, table)],
            likely: Likely::default(),
            index,
            current: first,
            at: 0,
            counts_missing,
            untimed: 0,
        }
    }

    fn table(&mut self) -> Result<&mut Table, IngestError> {
        self.tables.get_mut(self.at).map(|(_, table)| table).ok_or_else(|| invalid("a bucket is missing"))
    }

    /// Reads a line into the table; what is bad leaves nothing behind.
    fn record(&mut self, line: &str, context: &Context<'_>, only: Option<&Names>) -> Result<(), IngestError> {
        self.flush(context);
        let table = self.table()?;
        let rows = table.rows();
        let outcome = context.read(line, Record { context, table, only });
        let table = self.table()?;
        if outcome.is_err() && table.rows() > rows {
            table.undo_row();
        }
        outcome
    }

    /// Puts rows that wait into their table.
    fn flush(&mut self, context: &Context<'_>) {
        if let Some((_, table)) = self.tables.get_mut(self.at) {
            self.likely.flush(table, context.limits);
        }
    }

    /// Learns from a line that was read into the current table.
    fn learn(&mut self, line: &str, lines: &Lines<'_>) {
        if let Some((_, table)) = self.tables.get(self.at) {
            self.likely.learn(line, table, lines.only, lines.times.as_ref().map(|times| times.column));
        }
    }

    fn is_current(&self, time: i64) -> bool {
        (self.current.start_ms..self.current.end_ms).contains(&time)
    }

    /// Turns to the table of `bucket`, made if there is none. `false`: there can be none, and nothing has changed.
    fn turn_to(&mut self, bucket: Bucket, time: i64) -> bool {
        let at = match self.index.get(&bucket.start_ms) {
            Some(&at) => at,
            None if self.tables.len() >= MAX_BUCKETS => return false,
            None => {
                let fresh = Table::default().counting_missing(self.counts_missing);
                self.tables.push((time, fresh));
                let at = self.tables.len().saturating_sub(1);
                self.index.insert(bucket.start_ms, at);
                at
            }
        };
        // Whoever turns has put in what waited.
        self.likely.forget();
        (self.current, self.at) = (bucket, at);
        true
    }
}

#[cfg(test)]
mod tests;
