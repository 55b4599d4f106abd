//! The records of a parcel: which of them are rows, of which time bucket, and what is wrong with the others.

use std::borrow::Cow;

use memchr::memchr_iter;
use rolling_profiles_ingest::{
    BadLines, Granularity, IngestError, IngestErrorKind, Moment, RowBuckets, TimeWindow, Times,
};
use simdutf8::basic;

use super::cutter::FaultyLine;
use super::fate::Dialect;
use super::field::unquoted;
use super::marks::Marks;

/// A stretch of whole records.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub bytes: &'a [u8],
    /// Where lines are that are no records; places count from byte `before`.
    pub faulty: &'a [FaultyLine],
    pub before: usize,
    pub dialect: Dialect,
    /// How many fields a record has.
    pub fields: usize,
}

/// When a row happened.
#[derive(Clone, Copy)]
pub(super) struct When<'a> {
    /// The field that says so, and how it is read.
    pub times: Option<(usize, Times<'a>)>,
    /// Of rows that do not say.
    pub timestamp_ms: i64,
    pub window: TimeWindow,
    pub width: Granularity,
}

/// See the module.
pub(super) struct Records<'a> {
    /// What was read; what is no UTF-8 in it is blotted out, and in no row.
    pub text: Cow<'a, str>,
    pub marks: Marks,
    /// The rows of each bucket, with the time of its first one: the number of the mark before each row's first field.
    pub buckets: Vec<(i64, Vec<u32>)>,
    pub bad: BadLines,
    pub untimed: u64,
    /// Where the first row is for whose bucket there is no room.
    pub rest: Option<usize>,
}

/// Asked whether a row may count, by the number of the mark before it.
pub(super) type Admit<'a> = dyn FnMut(i64, u32, &str, &Marks) -> Result<(), IngestError> + 'a;

impl<'a> Records<'a> {
    pub fn find(stretch: Stretch<'a>, when: &When<'_>, admit: Option<&mut Admit<'_>>) -> Self {
        let (text, blots) = utf8(stretch.bytes);
        let mut finder = Finder {
            stretch,
            when,
            text: &text,
            blots: &blots,
            rows: Vec::new(),
            times: RowBuckets::new(when.width),
            bad: BadLines::default(),
            lines: Lines { bytes: stretch.bytes, line_end: stretch.dialect.line_end, at: 0, number: 1 },
            untimed: 0,
        };
        let mut marks = Marks::default();
        let rest = finder.walk(&mut marks, admit);
        let Finder { rows, times, bad, untimed, .. } = finder;
        let buckets = if when.times.is_some() { deal(&rows, &times) } else { vec![(when.timestamp_ms, rows)] };
        Self { text, marks, buckets, bad, untimed, rest }
    }
}

/// The rows of each bucket.
fn deal(rows: &[u32], times: &RowBuckets) -> Vec<(i64, Vec<u32>)> {
    let empty = |&(time, len): &(i64, u64)| (time, Vec::with_capacity(len as usize));
    let mut buckets: Vec<(i64, Vec<u32>)> = times.buckets().iter().map(empty).collect();
    for (row, bucket) in rows.iter().zip(times.of_row()) {
        if let Some((_, rows)) = buckets.get_mut(*bucket as usize) {
            rows.push(*row);
        }
    }
    buckets
}

/// Text, and the places where it was none.
fn utf8(bytes: &[u8]) -> (Cow<'_, str>, Vec<usize>) {
    if let Ok(text) = basic::from_utf8(bytes) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let (mut text, mut blots) = (String::with_capacity(bytes.len()), Vec::new());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            blots.push(text.len());
        }
        // Places stay what they are.
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    (Cow::Owned(text), blots)
}

struct Finder<'f, 'a> {
    stretch: Stretch<'a>,
    when: &'f When<'f>,
    text: &'f str,
    /// What lies ahead of the places that are no UTF-8.
    blots: &'f [usize],
    rows: Vec<u32>,
    times: RowBuckets,
    bad: BadLines,
    lines: Lines<'a>,
    untimed: u64,
}

impl Finder<'_, '_> {
    /// Goes through all records, or up to a row that there is no room for; gives where that one begins.
    fn walk(&mut self, marks: &mut Marks, mut admit: Option<&mut Admit<'_>>) -> Option<usize> {
        let Stretch { bytes, faulty, before, .. } = self.stretch;
        let mut at = 0;
        for line in faulty {
            let start = line.start.saturating_sub(before);
            if let Some(rest) = self.walk_stretch(at, start, marks, &mut admit) {
                return Some(rest);
            }
            self.leave_out(start, fault(line.fault.reason()));
            at = line.end.saturating_sub(before);
        }
        self.walk_stretch(at, bytes.len(), marks, &mut admit)
    }

    fn walk_stretch(
        &mut self,
        start: usize,
        end: usize,
        marks: &mut Marks,
        admit: &mut Option<&mut Admit<'_>>,
    ) -> Option<usize> {
        if start >= end {
            return None;
        }
        let Stretch { bytes, dialect, fields, .. } = self.stretch;
        let mut first = marks.places.len() as u32;
        marks.add(bytes, start, end, dialect, fields);
        for &last in &marks.ends {
            let found = last.wrapping_sub(first) as usize;
            let place = |number: u32| marks.places.get(number as usize).copied().unwrap_or_default();
            let (begin, end) = (place(first).wrapping_add(1) as usize, place(last) as usize);
            let outcome = if found == 1 && matches!(bytes.get(begin..end), Some(b"" | b"\r")) {
                Ok(true)
            } else if found != fields {
                Err(fault(&format!("{fields} fields expected, {found} found")))
            } else if self.is_blotted(begin, end) {
                Err(fault("it is no UTF-8"))
            } else {
                self.row(first, marks, admit)
            };
            match outcome {
                Ok(true) => {}
                Ok(false) => return Some(begin),
                Err(error) => self.leave_out(begin, error),
            }
            first = last;
        }
        None
    }

    /// Takes a row in; `false`: there is no room for its bucket.
    fn row(&mut self, first: u32, marks: &Marks, admit: &mut Option<&mut Admit<'_>>) -> Result<bool, IngestError> {
        if self.when.times.is_none() && admit.is_none() {
            self.rows.push(first);
            return Ok(true);
        }
        let mut time = None;
        if let Some((field, times)) = &self.when.times {
            let field = unquoted(marks.field(self.text, first, *field, self.stretch.fields));
            time = (times.read)(if field.is_empty() { Moment::None } else { Moment::Text(&field) })?;
        }
        let untimed = time.is_none();
        let time = self.when.window.admit(time.unwrap_or(self.when.timestamp_ms))?;
        if let Some(admit) = admit {
            admit(time, first, self.text, marks)?;
        }
        if self.when.times.is_some() {
            if !self.times.add(time)? {
                return Ok(false);
            }
            self.untimed = self.untimed.saturating_add(u64::from(untimed));
        }
        self.rows.push(first);
        Ok(true)
    }

    /// Whether there is something between two places that is no UTF-8.
    fn is_blotted(&mut self, begin: usize, end: usize) -> bool {
        while self.blots.first().is_some_and(|blot| *blot < begin) {
            self.blots = self.blots.get(1..).unwrap_or_default();
        }
        self.blots.first().is_some_and(|blot| *blot < end)
    }

    fn leave_out(&mut self, at: usize, error: IngestError) {
        self.bad.add(self.lines.number_at(at), error);
    }
}

fn fault(reason: &str) -> IngestError {
    IngestError::new(IngestErrorKind::InvalidData, reason)
}

/// Tells in which line a byte is, of bytes asked for in their order.
struct Lines<'a> {
    bytes: &'a [u8],
    line_end: u8,
    at: usize,
    number: u64,
}

impl Lines<'_> {
    fn number_at(&mut self, at: usize) -> u64 {
        let passed = self.bytes.get(self.at..at).unwrap_or_default();
        self.number = self.number.saturating_add(memchr_iter(self.line_end, passed).count() as u64);
        self.at = at;
        self.number
    }
}
