//! The patterns of `--timestamp-format`.
//!
//! Letters are tokens, as in Unicode's date patterns (UTS #35), of which this is a small part; text in single quotes, and everything that is no letter, stands for
//! itself.

use super::pattern::{Part, Pattern, Step};
use super::words::is_blank;

/// Longer formats are refused.
const MOST_BYTES: usize = 256;

/// # Errors
/// What is wrong with it, for people.
pub(super) fn compile(format: &str) -> Result<Pattern, String> {
    if format.len() > MOST_BYTES {
        return Err(format!("it is longer than {MOST_BYTES} bytes"));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let (step, len) = if first.is_ascii_alphabetic() {
            let len = rest.chars().take_while(|&other| other == first).count();
            let piece = rest.get(..len).unwrap_or_default();
            let step = token(piece).ok_or_else(|| {
                format!("\"{piece}\" in \"{format}\" is no token; quote letters that stand for themselves: '{piece}'")
            })?;
            (step, len)
        } else if is_blank(first) {
            (Step::Blanks, rest.len() - rest.trim_start_matches(is_blank).len())
        } else if let Some(len) = quoted(rest) {
            let text = rest.get(1..len - 1).unwrap_or_default();
            (Step::Literal(text.replace("''", "'")), len)
        } else {
            (Step::Literal(first.to_string()), first.len_utf8())
        };
        steps.push(step);
        rest = rest.get(len..).unwrap_or_default();
    }
    let has = |part: Part| steps.iter().any(|step| matches!(step, Step::Number { part: found, .. } if *found == part));
    if !has(Part::Year) && !has(Part::ShortYear) {
        return Err(format!("\"{format}\" has no year (yyyy)"));
    }
    if has(Part::HalfDayHour) && !steps.iter().any(|step| matches!(step, Step::HalfDay)) {
        return Err(format!("\"{format}\" has hours of half a day (hh) but no AM or PM (a)"));
    }
    let is_half_day = has(Part::HalfDayHour);
    Ok(Pattern { steps, is_half_day })
}

fn token(piece: &str) -> Option<Step> {
    let number = |part, least, most| Some(Step::Number { part, least, most });
    match piece {
        "yyyy" => number(Part::Year, 4, 4),
        "yy" => number(Part::ShortYear, 2, 2),
        "MMMM" => Some(Step::Month { is_short: false }),
        "MMM" => Some(Step::Month { is_short: true }),
        "MM" => number(Part::Month, 2, 2),
        "M" => number(Part::Month, 1, 2),
        "dd" => number(Part::Day, 2, 2),
        "d" => number(Part::Day, 1, 2),
        "EEEE" => Some(Step::Weekday { is_short: false }),
        "EEE" => Some(Step::Weekday { is_short: true }),
        "HH" => number(Part::Hour, 2, 2),
        "H" => number(Part::Hour, 1, 2),
        "hh" => number(Part::HalfDayHour, 2, 2),
        "h" => number(Part::HalfDayHour, 1, 2),
        "mm" => number(Part::Minute, 2, 2),
        "m" => number(Part::Minute, 1, 2),
        "ss" => number(Part::Second, 2, 2),
        "s" => number(Part::Second, 1, 2),
        "a" => Some(Step::HalfDay),
        "X" | "XX" | "XXX" | "Z" | "ZZ" | "ZZZ" => Some(Step::Zone),
        "T" => Some(Step::Literal("T".to_owned())),
        // Any run is a fraction of any number of digits.
        _ if piece.bytes().all(|byte| byte == b'S') => Some(Step::Fraction),
        _ => None,
    }
}

/// How long the quoted text is that `rest` begins with, quotes and all. A quote within it is doubled; of an odd run of quotes at the end, the last closes.
fn quoted(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    if bytes.first() != Some(&b'\'') {
        return None;
    }
    let (mut at, mut last_pair) = (1, None);
    while let Some(found) = bytes.get(at..)?.iter().position(|&byte| byte == b'\'') {
        at += found;
        if bytes.get(at + 1) != Some(&b'\'') {
            return Some(at + 1);
        }
        last_pair = Some(at);
        at += 2;
    }
    // Never closed: the first quote of the last pair does it.
    last_pair.map(|at| at + 1)
}
