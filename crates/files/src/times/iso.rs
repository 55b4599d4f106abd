//! Times without a format: ISO 8601 and what comes close to it, and counts since the epoch.

use super::parts::{Parts, fraction, number, offset};
use super::whole;

/// A trimmed text as ms since the epoch.
pub(super) fn read(text: &[u8]) -> Option<i64> {
    // A date has a year and what separates it; everything else begins with more digits, or a sign.
    if matches!(text.get(4), Some(b'-' | b'/')) { date_and_time(text) } else { count(text).and_then(epoch_ms) }
}

/// A count since the epoch. Its size says the unit: below 10¹¹ it is seconds (until the year 5138), below 10¹⁴ milliseconds, below 10¹⁷ microseconds, else
/// nanoseconds.
pub(super) fn epoch_ms(count: f64) -> Option<i64> {
    let size = count.abs();
    whole(if size < 1e11 {
        count * 1e3
    } else if size < 1e14 {
        count
    } else if size < 1e17 {
        count / 1e3
    } else {
        count / 1e6
    })
}

/// Digits, with a sign and a fraction or without.
pub(super) fn count(text: &[u8]) -> Option<f64> {
    let (digits, is_negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    if (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) {
        let size = digits.iter().fold(0_i64, |size, digit| size * 10 + i64::from(digit & 15)) as f64;
        return Some(if is_negative { -size } else { size });
    }
    let mut pieces = digits.split(|&byte| byte == b'.');
    let is_count = pieces.by_ref().take(2).all(|piece| !piece.is_empty() && piece.iter().all(u8::is_ascii_digit));
    if !is_count || pieces.next().is_some() {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

/// Whether `value` reads as `yyyymmdd`, of a date that data have.
pub(super) fn is_compact_date(value: i64) -> bool {
    let Ok(value) = u32::try_from(value) else { return false };
    let parts = Parts { year: value / 10_000, month: value / 100 % 100, day: value % 100, ..Parts::EPOCH };
    (1900..=2100).contains(&parts.year) && parts.time_ms().is_some()
}

fn date_and_time(text: &[u8]) -> Option<i64> {
    if let Some(parts) = to_the_second(text) {
        return parts.time_ms();
    }
    let mut rest = Rest(text);
    let year = rest.number(4, 4)?;
    let separator = rest.take()?;
    let month = rest.number(1, 2)?;
    if rest.take()? != separator {
        return None;
    }
    let mut parts = Parts { year, month, day: rest.number(1, 2)?, ..Parts::EPOCH };
    if rest.0.is_empty() {
        return parts.time_ms();
    }
    if !(rest.skip(b"Tt") || rest.skip_blanks()) {
        return None;
    }
    parts.hour = rest.number(1, 2)?;
    if !rest.skip(b":") {
        return None;
    }
    parts.minute = rest.number(2, 2)?;
    if rest.skip(b":") {
        parts.second = rest.number(2, 2)?;
        if rest.skip(b".,") {
            parts.millisecond = fraction(rest.digits(usize::MAX).filter(|digits| !digits.is_empty())?);
        }
    }
    if !rest.0.is_empty() {
        rest.skip_blanks();
        parts.offset_minutes = offset(rest.0);
    }
    parts.time_ms()
}

/// The form that most programs write, `yyyy-mm-ddThh:mm:ss` with `Z` or without; `None`: it may be another.
fn to_the_second(text: &[u8]) -> Option<Parts> {
    let (time, b"" | b"Z") = text.split_first_chunk::<19>()? else { return None };
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T' | b' ', h0, h1, b':', n0, n1, b':', s0, s1] = *time else {
        return None;
    };
    let digits = [y0, y1, y2, y3, m0, m1, d0, d1, h0, h1, n0, n1, s0, s1];
    digits.iter().all(u8::is_ascii_digit).then(|| Parts {
        year: number(&[y0, y1, y2, y3]),
        month: number(&[m0, m1]),
        day: number(&[d0, d1]),
        hour: number(&[h0, h1]),
        minute: number(&[n0, n1]),
        second: number(&[s0, s1]),
        ..Parts::EPOCH
    })
}

/// What is left of a text.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// Goes on behind one of `bytes`, if it stands here.
    fn skip(&mut self, bytes: &[u8]) -> bool {
        let is_here = self.0.first().is_some_and(|first| bytes.contains(first));
        if is_here {
            self.take();
        }
        is_here
    }

    /// Goes on behind blanks, if any stand here.
    fn skip_blanks(&mut self) -> bool {
        let count = self.0.iter().take_while(|&&byte| byte == b' ').count();
        self.0 = self.0.get(count..).unwrap_or_default();
        count > 0
    }

    /// The digits that stand here, `most` at most.
    fn digits(&mut self, most: usize) -> Option<&'a [u8]> {
        let count = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(digits)
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        self.digits(most).filter(|digits| digits.len() >= least).map(number)
    }
}
