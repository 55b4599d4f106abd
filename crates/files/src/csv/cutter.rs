//! Bytes into pieces that end with a record.

use std::io::Read;

use memchr::{memchr, memrchr};

use super::fate::{Dialect, Fates, Fault, MAX_RECORD_BYTES, MAX_RECORD_LINES, Step};
use super::marks::sound_end;
use crate::buffers::{Buffer, Buffers};

/// No piece is larger than this, whatever is asked for: places in one are kept in 32 bits.
const MOST_BYTES: usize = 1 << 30;

/// What comes next of a source.
#[derive(Debug)]
pub(super) enum Cut {
    Records(Piece),
    /// A line that is longer than a line may be, and how many bytes it has. They are gone.
    TooLong(u64),
}

/// Whole records; the last one of the source may lack its end.
#[derive(Debug)]
pub(super) struct Piece {
    pub bytes: Buffer,
    /// The lines that are no records, in order. All others are records.
    pub faulty: Vec<FaultyLine>,
}

/// A line, from a byte to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FaultyLine {
    pub start: usize,
    pub end: usize,
    pub fault: Fault,
}

/// Cuts a source into pieces of about `piece_bytes`: up to the last record that ends within them, or the first one that ends.
pub(super) struct RecordCutter<R> {
    source: R,
    piece_bytes: usize,
    dialect: Dialect,
    fates: Fates,
    /// What was read and not given, from the start of a record on.
    buffer: Buffer,
    at_end: bool,
}

impl<R: Read> RecordCutter<R> {
    pub fn new(source: R, dialect: Dialect, piece_bytes: usize, max_line_bytes: usize) -> Self {
        let piece_bytes = piece_bytes.clamp(1, MOST_BYTES);
        let fates = Fates::new(dialect, max_line_bytes.clamp(piece_bytes, MOST_BYTES));
        Self { source, piece_bytes, dialect, fates, buffer: Buffers::default().take(), at_end: false }
    }

    /// The next piece; `None`: that was all.
    ///
    /// # Errors
    /// Those of the source.
    pub fn next(&mut self) -> std::io::Result<Option<Cut>> {
        self.next_of(self.piece_bytes)
    }

    /// The next record alone, or line that is none.
    ///
    /// # Errors
    /// Those of the source.
    pub fn next_record(&mut self) -> std::io::Result<Option<Cut>> {
        self.next_of(1)
    }

    fn next_of(&mut self, size: usize) -> std::io::Result<Option<Cut>> {
        self.fill(size.saturating_add(1))?;
        let mut faulty = Vec::new();
        let mut end = 0;
        while end < size {
            if self.at_end && end >= self.buffer.len() {
                break;
            }
            // Lines before the first quote are records, all of them.
            let near = self.buffer.get(end..size.min(self.buffer.len())).unwrap_or_default();
            let plain = memchr(b'"', near).map_or(near, |quote| near.get(..quote).unwrap_or_default());
            if let Some(last) = memrchr(self.dialect.line_end, plain) {
                end += last + 1;
                continue;
            }
            // So they are where quotes are in order.
            let sound =
                if near.len() <= MAX_RECORD_BYTES { sound_end(near, self.dialect, MAX_RECORD_LINES) } else { 0 };
            if sound > 0 {
                end += sound;
                continue;
            }
            let (next, fault) = match self.fates.step(&self.buffer, end, self.at_end) {
                Step::Record(next) => (next, None),
                Step::Faulty(next, fault) => (next, Some(fault)),
                Step::TooLong | Step::More if end > 0 => break,
                Step::TooLong => return self.skip_line().map(Some),
                Step::More => {
                    // Twice as much, so that looking again costs no more than looking.
                    let open = self.buffer.len() - end;
                    self.fill(self.buffer.len().saturating_add(open.max(self.piece_bytes)))?;
                    continue;
                }
            };
            if next > size && end > 0 {
                break;
            }
            faulty.extend(fault.map(|fault| FaultyLine { start: end, end: next, fault }));
            end = next;
        }
        if end == 0 {
            return Ok(None);
        }
        let rest = self.buffer.split_off(end);
        self.fates.forget(end);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        Ok(Some(Cut::Records(Piece { bytes, faulty })))
    }

    /// Reads until there are so many bytes, or no more.
    fn fill(&mut self, wanted: usize) -> std::io::Result<()> {
        if wanted > self.buffer.len() && !self.at_end {
            self.buffer.fill(&mut self.source, wanted)?;
            self.at_end = self.buffer.len() < wanted;
        }
        Ok(())
    }

    /// Passes over the line that has been begun.
    fn skip_line(&mut self) -> std::io::Result<Cut> {
        let mut bytes = 0;
        loop {
            let end = memchr(self.dialect.line_end, &self.buffer).map(|end| end + 1);
            let len = end.unwrap_or(self.buffer.len());
            self.buffer.drop_start(len);
            self.fates.forget(len);
            bytes += len as u64;
            if end.is_some() || self.at_end {
                return Ok(Cut::TooLong(bytes));
            }
            self.fill(self.piece_bytes)?;
        }
    }
}
