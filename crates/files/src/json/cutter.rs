//! A sequence of JSON values into pieces that end with one.

use std::io::{Error, Read};

use memchr::memchr_iter;
use rolling_profiles_ingest::{BYTE_ORDER_MARK, Span};

use crate::buffers::{Buffer, Buffers};
use crate::scan::{Fault, Scan};

/// The fewest bytes that a value takes on average, so that what is known of values takes no more than a few times what they do.
const LEAST_VALUE_BYTES: usize = 16;

/// Values, and all that stands before and between them.
#[derive(Debug)]
pub(super) struct Piece {
    pub bytes: Buffer,
    /// Where the values lie; lines count from 1 at the start of this piece.
    pub values: Vec<Span>,
    /// How many lines end before it.
    pub lines_before: u64,
    /// How many lines end in it, or with it.
    pub lines: u64,
}

/// Why a source has no further piece, before its end.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(Error),
    /// Lines count from the start of the source.
    Fault(Fault),
}

/// Cuts a source into pieces of about `piece_bytes`. A value that is longer makes a larger piece, up to `max_value_bytes`.
pub(super) struct ValueCutter<R> {
    source: R,
    piece_bytes: usize,
    /// The start of the next piece.
    bytes: Buffer,
    scan: Scan,
    lines_before: u64,
    is_first: bool,
    at_end: bool,
    failure: Option<Error>,
}

impl<R: Read> ValueCutter<R> {
    pub fn new(source: R, piece_bytes: usize, max_value_bytes: usize) -> Self {
        let piece_bytes = piece_bytes.max(1);
        Self {
            source,
            piece_bytes,
            bytes: Buffers::default().take(),
            scan: Scan::new(max_value_bytes.max(piece_bytes)),
            lines_before: 0,
            is_first: true,
            at_end: false,
            failure: None,
        }
    }

    /// The next piece; `None`: that was all.
    ///
    /// # Errors
    /// Why there is none. The values before were given.
    pub fn next(&mut self) -> Result<Option<Piece>, Stop> {
        let most = (self.piece_bytes / LEAST_VALUE_BYTES).max(1);
        let mut size = self.piece_bytes;
        loop {
            self.fill(size);
            let is_all = self.at_end && self.bytes.len() <= size;
            let shown = self.bytes.get(..size.min(self.bytes.len())).unwrap_or_default();
            let mut outcome = self.scan.run(shown, most);
            let is_full = self.scan.spans.len() >= most;
            if is_all && !is_full && self.failure.is_none() && outcome.is_ok() {
                outcome = self.scan.end();
            }
            let values_end = self.scan.spans.last().map(|value| value.end);
            match (outcome, values_end) {
                (Err(fault), None) => return Err(Stop::Fault(Fault { line: self.lines_before + fault.line, ..fault })),
                (Err(_), Some(end)) => return Ok(Some(self.cut(end))),
                (Ok(()), Some(end)) if is_full || !is_all || self.failure.is_some() => return Ok(Some(self.cut(end))),
                (Ok(()), None) if is_all && self.failure.is_some() => {
                    return self.failure.take().map_or(Ok(None), |error| Err(Stop::Failed(error)));
                }
                (Ok(()), _) if is_all && self.bytes.is_empty() => return Ok(None),
                (Ok(()), _) if is_all => return Ok(Some(self.cut(self.bytes.len()))),
                (Ok(()), _) if self.scan.is_between() => return Ok(Some(self.cut(self.scan.at))),
                (Ok(()), _) => size = size.saturating_add(self.piece_bytes),
            }
        }
    }

    /// Reads until there are more than `size` bytes, so that the end of the source is known where it comes with them.
    fn fill(&mut self, size: usize) {
        let least = if self.is_first { BYTE_ORDER_MARK.len() + 1 } else { 0 };
        let wanted = size.saturating_add(1).max(least);
        if wanted > self.bytes.len() && !self.at_end {
            self.failure = self.bytes.fill(&mut self.source, wanted).err();
            self.at_end = self.bytes.len() < wanted;
        }
        if self.is_first && self.bytes.starts_with(BYTE_ORDER_MARK) {
            self.scan.at = BYTE_ORDER_MARK.len();
        }
        self.is_first = false;
    }

    /// The piece up to `end`.
    fn cut(&mut self, end: usize) -> Piece {
        let rest = self.bytes.split_off(end.min(self.bytes.len()));
        let bytes = std::mem::replace(&mut self.bytes, rest);
        let line_ends = memchr_iter(b'\n', &bytes).count() as u64;
        let values = self.scan.drop_start(bytes.len(), line_ends);
        let is_last = self.at_end && self.bytes.is_empty() && bytes.last().is_some_and(|&byte| byte != b'\n');
        let lines_before = self.lines_before;
        self.lines_before += line_ends;
        Piece { bytes, values, lines_before, lines: line_ends + u64::from(is_last) }
    }
}

#[cfg(test)]
mod tests;
