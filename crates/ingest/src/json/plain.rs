//! Values of JSON that are read where they lie: texts without escapes, numbers, `null` and bools. Everything else is the parser's.

use crate::number::{Number, number_at};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// A value that is no list or map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'t str),
}

/// Whether `wanted` stands at a place.
#[inline]
pub fn is_at(bytes: &[u8], at: usize, wanted: &[u8]) -> bool {
    let Some(here) = bytes.get(at..at.wrapping_add(wanted.len())) else { return false };
    // It is short: a call to compare it costs more than to do it.
    match (here, wanted) {
        ([one], [other]) => one == other,
        _ if wanted.len() >= 8 => {
            let (words, others) = (here.as_chunks::<8>().0, wanted.as_chunks::<8>().0);
            words.iter().zip(others).all(|(one, other)| u64::from_le_bytes(*one) == u64::from_le_bytes(*other))
                && here.last_chunk::<8>() == wanted.last_chunk::<8>()
        }
        _ if wanted.len() >= 4 => {
            here.first_chunk::<4>() == wanted.first_chunk::<4>() && here.last_chunk::<4>() == wanted.last_chunk::<4>()
        }
        _ => here == wanted,
    }
}

/// The place behind JSON's blanks.
pub fn behind_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    at.saturating_add(blanks)
}

/// The value at a place, where it is a plain one, and the place behind it.
#[expect(clippy::inline_always, reason = "a fifth of the time that a record takes")]
#[inline(always)]
pub fn value_at(record: &str, at: usize) -> Option<(Value<'_>, usize)> {
    let bytes = record.as_bytes();
    let word = |wanted: &[u8]| is_at(bytes, at, wanted).then(|| at.wrapping_add(wanted.len()));
    match bytes.get(at)? {
        b'"' => {
            let start = at.wrapping_add(1);
            let end = text_end(bytes, start)?;
            Some((Value::Text(record.get(start..end)?), end.wrapping_add(1)))
        }
        b'-' | b'0'..=b'9' => number_at(bytes, at).map(|(number, end)| (Value::Number(number), end)),
        b'n' => Some((Value::Null, word(b"null")?)),
        b't' => Some((Value::Bool(true), word(b"true")?)),
        b'f' => Some((Value::Bool(false), word(b"false")?)),
        _ => None,
    }
}

/// The same, where it is seldom asked for.
pub fn plain_value_at(record: &str, at: usize) -> Option<(Value<'_>, usize)> {
    value_at(record, at)
}

/// Where a text without escapes ends, at its closing quote.
#[inline]
fn text_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let rest = bytes.get(at..)?;
        let Some(word) = rest.first_chunk() else {
            let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            let end = at.wrapping_add(found);
            return (bytes.get(end) == Some(&b'"')).then_some(end);
        };
        let word = u64::from_le_bytes(*word);
        let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let quotes = is_zero(word ^ ONES.wrapping_mul(0x22));
        let escapes = is_zero(word ^ ONES.wrapping_mul(0x5c));
        let controls = word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word;
        // The lowest that is found is one for sure.
        let found = (quotes | escapes | controls) & HIGH;
        if found != 0 {
            let end = at.wrapping_add((found.trailing_zeros() / 8) as usize);
            return (bytes.get(end) == Some(&b'"')).then_some(end);
        }
        at = at.wrapping_add(8);
    }
}
