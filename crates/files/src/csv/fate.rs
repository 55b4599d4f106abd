//! What becomes of each line of a CSV file: a record, part of one, or nothing, as it goes wrong.
//!
//! A record that goes wrong must not take its neighbours with it: an unclosed quote would swallow every line up to the next quote, or to the end of the
//! file. So when a record fails, only its first line is given up; the others are read again, each as if nothing had been before it.

use std::collections::VecDeque;

use memchr::{memchr, memchr2};

/// A quote of one record may be open over so many lines.
pub(super) const MAX_RECORD_LINES: usize = 1000;
/// And over so many bytes.
pub(super) const MAX_RECORD_BYTES: usize = 4 << 20;

/// What separates fields and records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    /// LF, behind a CR or not, or CR alone.
    pub line_end: u8,
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Unclosed,
    TextAfterQuote,
}

impl Fault {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unclosed => "a quote is never closed",
            Self::TextAfterQuote => "text follows a closing quote",
        }
    }
}

/// What begins at the start of a line that no record has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A record, up to there.
    Record(usize),
    /// A line that is none, up to there.
    Faulty(usize, Fault),
    /// A line that is longer than a line may be.
    TooLong,
    /// More bytes are needed to know.
    More,
}

/// How a line goes on from some place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// It ends the record, up to there.
    Ends(usize),
    /// It ends there, with a quote open.
    StaysOpen(usize),
    Fails,
    /// The bytes run out.
    Short,
}

/// The lines over which a quote is open. Whose quote it is makes no difference, so what was found for one record holds for the next one that comes so far.
#[derive(Debug, Default)]
struct OpenRun {
    /// Where they begin, without a gap.
    starts: VecDeque<usize>,
    /// How the last of them goes on, where that is known.
    end: Option<Line>,
}

/// See the module.
pub(super) struct Fates {
    dialect: Dialect,
    max_line_bytes: usize,
    max_record_bytes: usize,
    run: OpenRun,
}

impl Fates {
    pub fn new(dialect: Dialect, max_line_bytes: usize) -> Self {
        let max_record_bytes = max_line_bytes.min(MAX_RECORD_BYTES);
        Self { dialect, max_line_bytes, max_record_bytes, run: OpenRun::default() }
    }

    /// The fate of the line that begins at `from`. What is known of `bytes` holds on when they are asked for again with more behind them.
    pub fn step(&mut self, bytes: &[u8], from: usize, at_end: bool) -> Step {
        match self.scan(bytes, from, false, at_end) {
            Line::Ends(end) if end.saturating_sub(from) > self.max_line_bytes => Step::TooLong,
            Line::StaysOpen(next) if next.saturating_sub(from) > self.max_line_bytes => Step::TooLong,
            Line::Ends(end) => Step::Record(end),
            Line::StaysOpen(next) => self.follow(bytes, from, next, at_end),
            Line::Fails => match memchr(self.dialect.line_end, bytes.get(from..).unwrap_or_default()) {
                Some(end) if end >= self.max_line_bytes => Step::TooLong,
                Some(end) => Step::Faulty(from.saturating_add(end).saturating_add(1), Fault::TextAfterQuote),
                None => self.short(bytes, from, at_end, Fault::TextAfterQuote),
            },
            Line::Short => self.short(bytes, from, at_end, Fault::Unclosed),
        }
    }

    /// Of a line whose end is not there.
    fn short(&self, bytes: &[u8], from: usize, at_end: bool, fault: Fault) -> Step {
        if bytes.len().saturating_sub(from) > self.max_line_bytes {
            Step::TooLong
        } else if at_end {
            Step::Faulty(bytes.len(), fault)
        } else {
            Step::More
        }
    }

    /// `bytes` lose so many at their start.
    pub fn forget(&mut self, len: usize) {
        let run = &mut self.run;
        while run.starts.front().is_some_and(|start| *start < len) {
            run.starts.pop_front();
        }
        for start in &mut run.starts {
            *start = start.saturating_sub(len);
        }
        run.end = match run.end {
            Some(Line::Ends(end)) => Some(Line::Ends(end.saturating_sub(len))),
            other => other,
        };
    }

    /// The fate of the record that begins at `from`, and has a quote open at the start of its second line, at `next`.
    fn follow(&mut self, bytes: &[u8], from: usize, next: usize, at_end: bool) -> Step {
        while self.run.starts.front().is_some_and(|start| *start < next) {
            self.run.starts.pop_front();
        }
        if self.run.starts.front() != Some(&next) {
            self.run = OpenRun { starts: VecDeque::from([next]), end: None };
        }
        let given_up = |fault| Step::Faulty(next, fault);
        loop {
            let Some(&last) = self.run.starts.back() else { return given_up(Fault::Unclosed) };
            if self.run.starts.len() >= MAX_RECORD_LINES || last.saturating_sub(from) > self.max_record_bytes {
                return given_up(Fault::Unclosed);
            }
            let line = match self.run.end {
                Some(line) => line,
                None if last >= bytes.len() && at_end => return given_up(Fault::Unclosed),
                None => self.scan(bytes, last, true, at_end),
            };
            match line {
                Line::StaysOpen(start) => self.run.starts.push_back(start),
                Line::Ends(end) if end.saturating_sub(from) > self.max_record_bytes => {
                    return given_up(Fault::Unclosed);
                }
                Line::Ends(end) => {
                    self.run.end = Some(line);
                    return Step::Record(end);
                }
                Line::Fails => {
                    self.run.end = Some(line);
                    return given_up(Fault::TextAfterQuote);
                }
                Line::Short if at_end || bytes.len().saturating_sub(from) > self.max_record_bytes => {
                    return given_up(Fault::Unclosed);
                }
                Line::Short => return Step::More,
            }
        }
    }

    /// Walks the fields of a line from `at` on, which is a field's start, or in a quoted field that is open.
    fn scan(&self, bytes: &[u8], mut at: usize, mut open: bool, at_end: bool) -> Line {
        let Dialect { delimiter, line_end } = self.dialect;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if open {
                let Some(found) = memchr2(b'"', line_end, rest) else { return out_of_bytes(bytes, at_end, true) };
                let behind = at.saturating_add(found).saturating_add(1);
                if rest.get(found) == Some(&line_end) {
                    return Line::StaysOpen(behind);
                }
                match (bytes.get(behind), bytes.get(behind.saturating_add(1))) {
                    (None, _) | (Some(b'\r'), None) if at_end => return Line::Ends(bytes.len()),
                    (Some(b'"'), _) => at = behind.saturating_add(1),
                    (Some(next), _) if *next == delimiter => {
                        open = false;
                        at = behind.saturating_add(1);
                    }
                    (Some(next), _) if *next == line_end => return Line::Ends(behind.saturating_add(1)),
                    (None, _) | (Some(b'\r'), None) => return Line::Short,
                    (Some(b'\r'), Some(next)) if *next == line_end => return Line::Ends(behind.saturating_add(2)),
                    _ => return Line::Fails,
                }
            } else if rest.first() == Some(&b'"') {
                open = true;
                at = at.saturating_add(1);
            } else {
                let Some(found) = memchr2(delimiter, line_end, rest) else {
                    return out_of_bytes(bytes, at_end, false);
                };
                at = at.saturating_add(found).saturating_add(1);
                if rest.get(found) == Some(&line_end) {
                    return Line::Ends(at);
                }
            }
        }
    }
}

fn out_of_bytes(bytes: &[u8], at_end: bool, open: bool) -> Line {
    if at_end && !open { Line::Ends(bytes.len()) } else { Line::Short }
}
