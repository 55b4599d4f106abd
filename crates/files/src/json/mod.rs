//! JSON: objects, one a line or in any sequence.
//!
//! Where the first value ends its line, every line is a record, and one that is bad is left out. Otherwise the values are found by their brackets and quotes: objects
//! at the top, and elements of arrays at the top, are records. A value that is no object is left out. One that is no JSON ends the source with its line, since nothing
//! behind it can be trusted; records before it count, and those behind it that had been read by then.
//!
//! Floors: `cutter` (pieces) → `parcel` → [`read_json`].

mod cutter;
mod parcel;

use std::io::{Cursor, Read};
use std::sync::Arc;

use cutter::{Stop, ValueCutter};
use parcel::{Broken, Common, JsonParcel};
use rolling_profiles_ingest::BYTE_ORDER_MARK;

use crate::SourceError;
use crate::delivery::Delivery;
use crate::ndjson::read_ndjson;
use crate::options::{Format, ReadOptions};
use crate::scan::{Fault, RECORD_SEPARATOR, Scan};
use crate::wanted::Wanted;

/// How much of a source is looked at first.
const HEAD_BYTES: usize = 64 << 10;

/// Reads a source to its end. Blocks the caller while the engine has no room, and until the last parcel was read.
///
/// # Errors
/// Why the source was not read to its end.
pub fn read_json(
    mut source: impl Read,
    options: &Arc<ReadOptions>,
    delivery: &mut Delivery<'_>,
) -> Result<(), SourceError> {
    let (mut head, mut wanted) = (Vec::new(), HEAD_BYTES);
    let is_by_lines = loop {
        let missing = wanted.saturating_sub(head.len()) as u64;
        source.by_ref().take(missing).read_to_end(&mut head).map_err(SourceError::Io)?;
        let is_whole = head.len() < wanted;
        match has_a_value_a_line(&head, is_whole) {
            Some(found) => break found,
            None if is_whole || wanted > options.max_record_bytes => break false,
            None => wanted = wanted.saturating_mul(2),
        }
    };
    let source = Cursor::new(head).chain(source);
    if is_by_lines { read_ndjson(source, options, delivery) } else { read_values(source, options, delivery) }
}

fn read_values(source: impl Read, options: &Arc<ReadOptions>, delivery: &mut Delivery<'_>) -> Result<(), SourceError> {
    delivery.open(Format::Json, &[]);
    let mut cutter = ValueCutter::new(source, options.large_parcel_bytes(), options.max_record_bytes);
    let (options, wanted, broken) = (Arc::clone(options), Wanted::new(options), Broken::default());
    let common = Arc::new(Common { options, wanted, broken });
    let Common { options, wanted, broken } = &*common;
    let mut number = 0;
    let outcome = loop {
        match cutter.next() {
            Ok(None) => break Ok(()),
            Ok(Some(piece)) => {
                if number == 0 {
                    wanted.keep_sample(&piece.bytes);
                }
                let common = Arc::clone(&common);
                delivery.send(|place| Box::new(JsonParcel::new(place, number, piece, common)))?;
                number += 1;
            }
            Err(Stop::Failed(error)) => break Err(SourceError::Io(error)),
            Err(Stop::Fault(Fault { line, reason })) => {
                break Err(SourceError::Unreadable { place: Some(line), reason: reason.to_owned() });
            }
        }
        if broken.line().is_some() {
            break Ok(());
        }
    };
    delivery.settle();
    match broken.line() {
        None => outcome.and_then(|()| wanted.check(options, delivery)),
        // It lies before whatever the source ended with.
        place => {
            Err(SourceError::Unreadable { place, reason: "it is no valid JSON; nothing behind it was read".to_owned() })
        }
    }
}

/// Whether the first value of a source that begins with `head` is alone in its line; `None`: that takes more of it to say.
fn has_a_value_a_line(head: &[u8], is_whole: bool) -> Option<bool> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let text = text.trim_ascii_start();
    // An array is a sequence, however it is written.
    if matches!(text.first(), Some(&(b'[' | RECORD_SEPARATOR))) {
        return Some(false);
    }
    let mut scan = Scan::new(usize::MAX);
    let outcome = scan.run(text, 1);
    if is_whole && outcome.is_ok() && scan.spans.is_empty() {
        return Some(scan.end().is_ok() && !scan.spans.is_empty());
    }
    if outcome.is_err() || scan.line > 1 {
        return Some(false);
    }
    let rest = text.get(scan.spans.first()?.end..)?;
    match rest.iter().find(|byte| !b" \t\r".contains(byte)) {
        Some(b'\n') => Some(true),
        Some(_) => Some(false),
        None => is_whole.then_some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_says_whether_lines_are_records() {
        for (text, is_whole, expected) in [
            ("{\"a\":1}\n", false, Some(true)),
            ("\u{feff} \n {\"a\":{}} \t\r\n{", false, Some(true)),
            ("{\"a\":1}", true, Some(true)),
            ("{\"a\":1}", false, None),
            ("{\"a\":1} ", false, None),
            ("{\"a\":1}{}\n", false, Some(false)),
            ("{\"a\":1},\n", false, Some(false)),
            ("{\"a\":1", false, None),
            ("{\"a\":1", true, Some(false)),
            ("{\"a\":\n1}\n", false, Some(false)),
            ("{\n\"a\":1}\n", false, Some(false)),
            ("{\n\"a\":", false, Some(false)),
            ("{\"a\":\"x\ny\"}\n", false, Some(false)),
            ("[{\"a\":1}]\n", false, Some(false)),
            ("\x1e{\"a\":1}\n", false, Some(false)),
            ("7\n", false, Some(true)),
            ("7", true, Some(true)),
            ("junk\n{}", false, Some(true)),
            ("]\n{}", false, Some(false)),
            ("", true, Some(false)),
            (" \n ", false, None),
        ] {
            assert_eq!(has_a_value_a_line(text.as_bytes(), is_whole), expected, "{text:?} {is_whole}");
        }
    }
}
