//! Where the values of a JSON text lie, by brackets and quotes alone.
//!
//! What is within a value is for the JSON parser: a value that is wrong inside has its borders all the same, as long as its brackets and quotes are in order.
//! What stands between values is not looked at closely either: blanks, line ends, commas and the record separator of RFC 7464, any number of them.

use memchr::memchr3;
use rolling_profiles_ingest::Span;

/// Before each value of a JSON text sequence.
pub(crate) const RECORD_SEPARATOR: u8 = 0x1E;

/// What no value follows from, with the line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub line: u64,
    pub reason: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Between,
    /// Within brackets, outside of texts.
    Nested,
    Text,
    /// Behind a backslash.
    Escape,
    /// A value without brackets or quotes.
    Word,
}

/// See the module. Positions and lines are those of the bytes that it is shown; it goes on where it stopped.
#[derive(Debug)]
pub(crate) struct Scan {
    /// How far it has come.
    pub at: usize,
    /// The line that this is in, from 1.
    pub line: u64,
    /// The values that have ended.
    pub spans: Vec<Span>,
    /// Within an array at the top, whose elements are the values.
    is_in_array: bool,
    state: State,
    /// Of the value that has begun.
    start: usize,
    start_line: u64,
    depth: u32,
    /// How long a value may be.
    longest: usize,
}

impl Scan {
    /// Of a source from its start on, with values of up to `longest` bytes.
    pub fn new(longest: usize) -> Self {
        Self {
            longest,
            at: 0,
            line: 1,
            spans: Vec::new(),
            is_in_array: false,
            state: State::Between,
            start: 0,
            start_line: 1,
            depth: 0,
        }
    }

    /// Whether no value has begun that has not ended.
    pub fn is_between(&self) -> bool {
        self.state == State::Between
    }

    /// Goes on through `bytes`, to their end, or until there are `most` values.
    ///
    /// # Errors
    /// What no value follows from. The same again, if it is asked again.
    pub fn run(&mut self, bytes: &[u8], most: usize) -> Result<(), Fault> {
        while self.spans.len() < most {
            let Some(rest) = bytes.get(self.at..).filter(|rest| !rest.is_empty()) else { break };
            match self.state {
                State::Between => self.between(rest)?,
                State::Nested => self.nested(rest)?,
                State::Text => self.text(rest)?,
                State::Escape => self.escape(rest)?,
                State::Word => self.word(rest)?,
            }
        }
        if !self.is_between() && self.at - self.start > self.longest {
            return Err(self.too_long());
        }
        Ok(())
    }

    /// There are no further bytes.
    ///
    /// # Errors
    /// Where that is in the middle of something.
    pub fn end(&mut self) -> Result<(), Fault> {
        if self.state == State::Word {
            self.finish(self.at)?;
        }
        if !self.is_between() {
            return Err(Fault {
                line: self.start_line,
                reason: "the value that begins here has no end: the file may be cut off",
            });
        }
        if self.is_in_array {
            return Err(Fault { line: self.line, reason: "the array has no end: the file may be cut off" });
        }
        Ok(())
    }

    /// Forgets the first `bytes`, in which there are so many line ends, and the values that have ended.
    pub fn drop_start(&mut self, bytes: usize, line_ends: u64) -> Vec<Span> {
        self.at -= bytes;
        self.line -= line_ends;
        self.start = self.start.saturating_sub(bytes);
        self.start_line = self.start_line.saturating_sub(line_ends);
        std::mem::take(&mut self.spans)
    }

    fn between(&mut self, rest: &[u8]) -> Result<(), Fault> {
        for &byte in rest {
            match byte {
                b' ' | b'\t' | b'\r' | b',' | RECORD_SEPARATOR => {}
                b'\n' => self.line += 1,
                b'[' if !self.is_in_array => self.is_in_array = true,
                b']' if self.is_in_array => self.is_in_array = false,
                b']' | b'}' => {
                    return Err(Fault { line: self.line, reason: "a bracket closes what was not opened" });
                }
                _ => {
                    (self.start, self.start_line) = (self.at, self.line);
                    match byte {
                        b'{' | b'[' => (self.state, self.depth) = (State::Nested, 1),
                        b'"' => (self.state, self.depth) = (State::Text, 0),
                        _ => self.state = State::Word,
                    }
                    self.at += 1;
                    return Ok(());
                }
            }
            self.at += 1;
        }
        Ok(())
    }

    fn nested(&mut self, rest: &[u8]) -> Result<(), Fault> {
        let is_of_note = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']' | b'\n');
        let Some(found) = rest.iter().position(is_of_note) else {
            self.at += rest.len();
            return Ok(());
        };
        self.at += found;
        match rest.get(found) {
            Some(b'"') => self.state = State::Text,
            Some(b'\n') => self.line += 1,
            Some(b'{' | b'[') => self.depth = self.depth.saturating_add(1),
            _ if self.depth > 1 => self.depth -= 1,
            _ => return self.finish(self.at + 1),
        }
        self.at += 1;
        Ok(())
    }

    fn text(&mut self, rest: &[u8]) -> Result<(), Fault> {
        let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else {
            self.at += rest.len();
            return Ok(());
        };
        match rest.get(found) {
            Some(b'\n') => return Err(self.line_end_in_text()),
            Some(b'\\') => self.state = State::Escape,
            _ if self.depth > 0 => self.state = State::Nested,
            _ => return self.finish(self.at + found + 1),
        }
        self.at += found + 1;
        Ok(())
    }

    fn escape(&mut self, rest: &[u8]) -> Result<(), Fault> {
        if rest.first() == Some(&b'\n') {
            return Err(self.line_end_in_text());
        }
        self.at += 1;
        self.state = State::Text;
        Ok(())
    }

    fn word(&mut self, rest: &[u8]) -> Result<(), Fault> {
        let ends = |byte: &u8| b" \t\r\n,[]{}\"\x1E".contains(byte);
        if let Some(len) = rest.iter().position(ends) {
            return self.finish(self.at + len);
        }
        self.at += rest.len();
        Ok(())
    }

    /// The value that has begun ends at `end`. One that is too long does so each time it is asked.
    fn finish(&mut self, end: usize) -> Result<(), Fault> {
        if end - self.start > self.longest {
            return Err(self.too_long());
        }
        self.spans.push(Span { start: self.start, end, line: self.start_line });
        self.state = State::Between;
        self.at = end;
        Ok(())
    }

    fn too_long(&self) -> Fault {
        Fault { line: self.start_line, reason: "the value that begins here is longer than a record may be" }
    }

    /// Texts hold none: a quote is missing, and brackets can no longer be trusted.
    fn line_end_in_text(&self) -> Fault {
        Fault { line: self.line, reason: "the line ends within a text: a quote is missing" }
    }
}
