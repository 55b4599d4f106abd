//! Records that are written as one before them: their keys are compared, and their values are read where they lie.
//!
//! Everything else is the parser's: keys in another order, blanks elsewhere, texts with escapes, nested values, integers beyond 64 bits. What is read here is
//! what the parser would read.

use std::collections::HashSet;

use super::plain::{Value, behind_blanks, is_at, plain_value_at, value_at};
use super::record::Names;
use crate::cells::{Cells, Moment};
use crate::limits::IngestLimits;
use crate::number::Number;
use crate::table::Table;

/// A record is not learned from before this one: of few the parser reads as fast.
const FIRST_ROW: u64 = 4;
/// After so many that are alike, one that is not is an exception.
const SURE: u32 = 64;
/// So many records are passed over before another one is learned from, at most.
const LONGEST_WAIT: u32 = 256;
/// So many rows are put into their columns at once.
const ROWS: u64 = 256;

/// How the records of a table are written, and the values of those that were read and wait to be put into it.
#[derive(Debug, Default)]
pub(super) struct Likely<'t> {
    /// What stands before the first key, between a value and the next key, and behind the last value; blanks included.
    open: Vec<u8>,
    between: Vec<u8>,
    close: Vec<u8>,
    /// The keys with quotes and colon, one behind the other.
    keys: Vec<u8>,
    entries: Vec<Entry<'t>>,
    /// The entry that holds the time of each row.
    time: Option<usize>,
    /// How many rows wait.
    rows: u64,
    /// How many records in a row were alike.
    hits: u32,
    /// So many records are still passed over, and so many after the next miss.
    wait: u32,
    next_wait: u32,
}

/// A key, and the values that wait.
#[derive(Debug, Default)]
struct Entry<'t> {
    /// Where its text lies in all keys.
    start: usize,
    end: usize,
    /// Its column's place in the table; `None`: it is not read.
    column: Option<usize>,
    integers: Vec<i64>,
    doubles: Vec<f64>,
    texts: Vec<&'t str>,
    nulls: u64,
    trues: u64,
    falses: u64,
    /// What the last row has.
    last: Option<Kind>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Null,
    Bool(bool),
    Integer,
    Double,
    Text,
}

impl<'t> Entry<'t> {
    #[inline]
    fn push(&mut self, value: Value<'t>) {
        let kind = match value {
            Value::Null => {
                self.nulls = self.nulls.wrapping_add(1);
                Kind::Null
            }
            Value::Bool(truth) => {
                let count = if truth { &mut self.trues } else { &mut self.falses };
                *count = count.wrapping_add(1);
                Kind::Bool(truth)
            }
            Value::Number(Number::Integer(integer)) => {
                self.integers.push(integer);
                Kind::Integer
            }
            Value::Number(Number::Double(double)) => {
                self.doubles.push(double);
                Kind::Double
            }
            Value::Text(text) => {
                self.texts.push(text);
                Kind::Text
            }
        };
        self.last = Some(kind);
    }

    fn pop(&mut self) {
        match self.last.take() {
            None => {}
            Some(Kind::Null) => self.nulls = self.nulls.saturating_sub(1),
            Some(Kind::Bool(true)) => self.trues = self.trues.saturating_sub(1),
            Some(Kind::Bool(false)) => self.falses = self.falses.saturating_sub(1),
            Some(Kind::Integer) => drop(self.integers.pop()),
            Some(Kind::Double) => drop(self.doubles.pop()),
            Some(Kind::Text) => drop(self.texts.pop()),
        }
    }

    fn moment(&self) -> Moment<'t> {
        match self.last {
            None | Some(Kind::Null) => Moment::None,
            Some(Kind::Bool(_)) => Moment::Unfit,
            Some(Kind::Integer) => self.integers.last().map_or(Moment::None, |value| Moment::Number(*value as f64)),
            Some(Kind::Double) => self.doubles.last().map_or(Moment::None, |value| Moment::Number(*value)),
            Some(Kind::Text) => self.texts.last().map_or(Moment::None, |text| Moment::Text(text)),
        }
    }

    fn flush(&mut self, cells: &mut Cells, limits: &IngestLimits) {
        cells.nulls(std::mem::take(&mut self.nulls));
        cells.booleans(std::mem::take(&mut self.trues), std::mem::take(&mut self.falses));
        cells.integers(self.integers.drain(..));
        cells.doubles(self.doubles.drain(..));
        cells.texts_within(self.texts.drain(..), limits.max_value_bytes);
    }
}

impl<'t> Likely<'t> {
    /// Reads a record into a row that waits. `false`: it is for the parser, and nothing has changed.
    pub fn read(&mut self, record: &'t str) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        self.rows = self.rows.wrapping_add(1);
        if self.values(record).is_none() {
            self.pop();
            return false;
        }
        self.hits = self.hits.saturating_add(1);
        if self.hits >= SURE {
            self.next_wait = 0;
        }
        true
    }

    /// Takes back the row that was read last.
    pub fn pop(&mut self) {
        self.entries.iter_mut().for_each(Entry::pop);
        self.rows = self.rows.wrapping_sub(1);
    }

    /// The time of the row that was read last.
    pub fn moment(&self) -> Moment<'t> {
        self.time.and_then(|time| self.entries.get(time)).map_or(Moment::None, Entry::moment)
    }

    /// Whether it is time to put rows into their table.
    pub fn is_full(&self) -> bool {
        self.rows >= ROWS
    }

    /// Puts the rows that wait into `table`.
    pub fn flush(&mut self, table: &mut Table, limits: &IngestLimits) {
        if self.rows == 0 {
            return;
        }
        table.set_rows(table.rows().saturating_add(std::mem::take(&mut self.rows)));
        for entry in &mut self.entries {
            // They have values already, so that there cannot be too many of them.
            if let Some(cells) = entry.column.and_then(|column| table.ready(column, limits).ok()) {
                entry.flush(cells, limits);
            }
        }
    }

    /// Forgets how records are written: the next are those of another table. None waits.
    pub fn forget(&mut self) {
        self.entries.clear();
    }

    /// Learns from a record that the parser read into `table`, where it is time to. `time` names the column of times. None waits.
    pub fn learn(&mut self, record: &str, table: &Table, only: Option<&Names>, time: Option<&str>) {
        if !self.entries.is_empty() {
            if std::mem::take(&mut self.hits) < SURE {
                self.give_up();
            }
        } else if self.wait > 0 {
            self.wait = self.wait.saturating_sub(1);
        } else if table.rows() >= FIRST_ROW
            && !table.keeps_rows()
            && self.try_to_learn(record, table, only, time).is_none()
        {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.entries.clear();
        self.wait = self.next_wait;
        self.next_wait = self.next_wait.saturating_mul(2).clamp(1, LONGEST_WAIT);
    }

    fn try_to_learn(&mut self, record: &str, table: &Table, only: Option<&Names>, time: Option<&str>) -> Option<()> {
        let bytes = record.as_bytes();
        // Names may be made to have one hash, where it has no key.
        let mut seen = HashSet::new();
        self.keys.clear();
        self.between.clear();
        self.time = None;
        if bytes.first() != Some(&b'{') {
            return None;
        }
        let mut at = behind_blanks(bytes, 1);
        self.open = bytes.get(..at)?.to_vec();
        loop {
            let (Value::Text(name), end) = plain_value_at(record, at)? else { return None };
            let colon = behind_blanks(bytes, end);
            if bytes.get(colon) != Some(&b':') || !seen.insert(name) {
                return None;
            }
            let value = behind_blanks(bytes, colon.saturating_add(1));
            let column = match only {
                Some(only) if !only.contains(name) => None,
                _ => Some(table.place_of(name)?),
            };
            if column.is_some() && time == Some(name) {
                self.time = Some(self.entries.len());
            }
            let start = self.keys.len();
            self.keys.extend_from_slice(bytes.get(at..value)?);
            self.entries.push(Entry { start, end: self.keys.len(), column, ..Entry::default() });
            let (_, end) = plain_value_at(record, value)?;
            let after = behind_blanks(bytes, end);
            if bytes.get(after) == Some(&b'}') {
                self.close = bytes.get(end..)?.to_vec();
                return (after.saturating_add(1) == bytes.len()).then_some(());
            }
            at = behind_blanks(bytes, after.saturating_add(1));
            let between = bytes.get(end..at)?;
            if bytes.get(after) != Some(&b',') || !(self.between.is_empty() || self.between == between) {
                return None;
            }
            self.between = between.to_vec();
        }
    }

    /// Reads the values of a record, some keys of which may be missing.
    fn values(&mut self, record: &'t str) -> Option<()> {
        let Self { open, between, close, keys, entries, .. } = self;
        for entry in entries.iter_mut() {
            entry.last = None;
        }
        let bytes = record.as_bytes();
        if !is_at(bytes, 0, open) {
            return None;
        }
        let mut at = open.len();
        for entry in entries {
            let key = keys.get(entry.start..entry.end)?;
            if !is_at(bytes, at, key) {
                continue;
            }
            let (value, end) = value_at(record, at.wrapping_add(key.len()))?;
            if entry.column.is_some() {
                entry.push(value);
            }
            if between.is_empty() || !is_at(bytes, end, between) {
                return (bytes.get(end..)? == close.as_slice()).then_some(());
            }
            at = end.wrapping_add(between.len());
        }
        None
    }
}

#[cfg(test)]
mod tests;
