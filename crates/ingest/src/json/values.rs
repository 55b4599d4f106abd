//! JSON values that lie somewhere in a text, each an object that is a row: what is no object, or unfit, is left out. What is no JSON ends it.

use simdutf8::basic::from_utf8;

use super::context::Context;
use super::ndjson::{Found, Lines};
use super::nested::{Nested, Shape};
use crate::error::{IngestError, IngestErrorKind, invalid};
use crate::parse::Reading;
use crate::parsed::{BadLines, Rows};

/// Where a value lies in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// The line that it begins in, from 1.
    pub line: u64,
}

impl Lines<'_> {
    /// Reads the values that lie at `spans`, in place of lines; gives the line of the first that is no JSON, if there is one. Those behind it are not read, nor is it
    /// among those that were left out.
    ///
    /// # Errors
    /// `InvalidTimestamp`: that of rows that name none.
    pub fn read_values(
        &self,
        spans: impl IntoIterator<Item = Span>,
        reading: Reading<'_>,
    ) -> Result<(Rows, Option<u64>), IngestError> {
        // Text is mostly good as a whole: to check it at once costs a fraction of checking each value.
        let whole = from_utf8(self.bytes).ok();
        let mut broken = None;
        let rows = self.gather(reading, |context, read| {
            let mut bad = BadLines::default();
            for Span { start, end, line } in spans {
                let text = match whole {
                    Some(text) => text.get(start..end),
                    None => self.bytes.get(start..end).and_then(|value| from_utf8(value).ok()),
                };
                let Some(text) = text else {
                    bad.add(line, invalid("it is no UTF-8"));
                    continue;
                };
                match read(text) {
                    Ok(Found::Room) => {}
                    Ok(Found::NoRoom) => return (bad, Some(start)),
                    Err(error) if error.kind == IngestErrorKind::InvalidData => {
                        if !is_json(text, context) {
                            broken = Some(line);
                            break;
                        }
                        bad.add(line, no_object(text).unwrap_or(error));
                    }
                    Err(error) => bad.add(line, error),
                }
            }
            (bad, None)
        })?;
        Ok((rows, broken))
    }
}

/// Whether `text` is a JSON value; what the limits refuse is taken for one.
fn is_json(text: &str, context: &Context<'_>) -> bool {
    let any = Nested { context, shape: &mut Shape::default(), depth: 0 };
    !matches!(context.try_read(text, any), Err((_, None)))
}

/// What is wrong with a value that is no object.
fn no_object(text: &str) -> Option<IngestError> {
    let found = match text.bytes().next()? {
        b'{' => return None,
        b'[' => "an array",
        b'"' => "a text",
        b't' | b'f' => "a bool",
        b'n' => "null",
        _ => "a number",
    };
    Some(IngestError::new(IngestErrorKind::InvalidData, format!("a JSON object expected, {found} found")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::Granularity;
    use crate::limits::IngestLimits;
    use crate::message::TimeWindow;
    use crate::table::Table;

    /// How many rows are read of the values, the lines of those left out with what is told, and the line of the one that is no JSON.
    fn read(values: &[&[u8]]) -> (u64, Vec<(u64, String)>, Option<u64>) {
        let bytes = values.concat();
        let mut start = 0;
        let spans: Vec<Span> = (1..)
            .zip(values)
            .map(|(line, value)| {
                start += value.len();
                Span { start: start - value.len(), end: start, line }
            })
            .collect();
        let lines = Lines {
            bytes: &bytes,
            times: None,
            timestamp_ms: 0,
            window: TimeWindow::ANY,
            only: None,
            counts_missing: false,
            in_parts: true,
        };
        let limits = IngestLimits {
            max_columns: 100,
            max_name_bytes: 100,
            max_value_bytes: 100,
            max_depth: 20,
            max_message_bytes: 10_000,
            keeps_rows: false,
        };
        let mut spare = Table::default();
        let reading = Reading { limits: &limits, width: Granularity::Day, spare: &mut spare, admits: None };
        let (rows, broken) = lines.read_values(spans, reading).unwrap();
        let told = rows.bad.first.iter().map(|(line, error)| (*line, error.message.clone())).collect();
        (rows.count(), told, broken)
    }

    #[test]
    fn what_is_no_object_is_left_out_and_told() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
        let values = [
            &b"{\"a\":1}"[..],
            b"[1]",
            b"7",
            b"\"x\"",
            b"null",
            b"false",
            b"{\"a\":\"\xff\"}",
            deep.as_bytes(),
            b"{\"a\":18446744073709551616}",
        ];
        let (rows, told, broken) = read(&values);
        assert_eq!((rows, broken), (2, None));
        let words = ["an array", "a number", "a text", "null", "a bool", "no UTF-8", "limits.maxDepth"];
        for ((at, word), (line, message)) in (2..).zip(words).zip(&told) {
            assert_eq!(*line, at);
            assert!(message.contains(word), "{message}");
        }
        assert_eq!(told.len(), words.len());
    }

    #[test]
    fn what_is_no_json_ends_it() {
        for broken in [
            &b"{\"a\":x}"[..],
            b"{\"a\":NaN}",
            b"{\"a\":1,}",
            b"{\"a\" 1}",
            b"{a:1}",
            b"{\"a\":[1 2]}",
            b"{\"a\":[1}",
            b"{\"a\":[1]]",
            b"{\"a\":01}",
            b"{\"a\":1.}",
            b"{\"a\":\"\\q\"}",
            b"{\"a\":\"\x01\"}",
            b"{\"a\":{\"b\":1,}}",
            b"{\"a\":\"x\"y\"\"}",
            b"{\"a\":tru}",
            b"tru",
            b"[1,]",
            b"-",
        ] {
            let values = [&b"{\"a\":1}"[..], b"[]", broken, b"{\"a\":2}", b"[]"];
            let (rows, told, line) = read(&values);
            assert_eq!((rows, told.len(), line), (1, 1, Some(3)), "{:?}", String::from_utf8_lossy(broken));
        }
    }
}
