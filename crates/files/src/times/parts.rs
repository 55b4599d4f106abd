//! A time taken apart, as calendars write it.

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub millisecond: u32,
    /// East of UTC; `None`: it is none that there is.
    pub offset_minutes: Option<i32>,
}

impl Parts {
    /// The start of 1970.
    pub const EPOCH: Self =
        Self { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0, offset_minutes: Some(0) };

    /// Ms since the epoch; `None` unless the parts name a time there is. 24:00 is the next midnight, and second 60 the next minute. Years have up to four digits.
    pub fn time_ms(&self) -> Option<i64> {
        let Self { year, month, day, hour, minute, second, millisecond, offset_minutes } = *self;
        let is_past_midnight = hour == 24 && (minute > 0 || second > 0 || millisecond > 0);
        if year > 9999 || hour > 24 || minute > 59 || second > 60 || is_past_midnight {
            return None;
        }
        let days = days(year, month, day)?;
        let minutes = i64::from(hour) * 60 + i64::from(minute) - i64::from(offset_minutes?);
        let seconds = (days * 1440 + minutes) * 60 + i64::from(second);
        Some(seconds * 1000 + i64::from(millisecond))
    }
}

/// Days since the epoch, in the Gregorian calendar; `None`: there is no such date.
fn days(year: u32, month: u32, day: u32) -> Option<i64> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let most = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => return None,
    };
    if day < 1 || day > most {
        return None;
    }
    // A year that begins in March has its leap day at its end, and months of 153 days in five.
    let (year, month) = (i64::from(year), i64::from(month));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + (153 * month + 2) / 5 + i64::from(day) - 719_469)
}

/// Digits as a number; up to nine of them.
pub(super) fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number: u32, digit| number.wrapping_mul(10).wrapping_add(u32::from(digit & 15)))
}

/// Digits behind the decimal point of a second, as whole milliseconds.
pub(super) fn fraction(digits: &[u8]) -> u32 {
    let first = digits.get(..3).unwrap_or(digits);
    number(first) * [0, 100, 10, 1].get(first.len()).copied().unwrap_or(1)
}

/// `Z`, `UTC` and `GMT`, `±hh`, `±hhmm` or `±hh:mm` in minutes; anything else, and what is no offset, is `None`.
pub(super) fn offset(zone: &[u8]) -> Option<i32> {
    let (sign, hours, minutes) = match *zone {
        [b'Z' | b'z'] => return Some(0),
        [sign, a, b] => (sign, [a, b], [b'0'; 2]),
        [sign, a, b, c, d] | [sign, a, b, b':', c, d] => (sign, [a, b], [c, d]),
        _ => return None,
    };
    if sign.is_ascii_alphabetic() {
        return is_zone_word(zone).then_some(0);
    }
    let are_digits = hours.iter().chain(&minutes).all(u8::is_ascii_digit);
    let (hours, minutes) = (number(&hours) as i32, number(&minutes) as i32);
    if !are_digits || hours > 23 || minutes > 59 {
        return None;
    }
    match sign {
        b'+' => Some(hours * 60 + minutes),
        b'-' => Some(-(hours * 60 + minutes)),
        _ => None,
    }
}

/// Words for UTC, of any case.
pub(super) fn is_zone_word(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"UTC") || text.eq_ignore_ascii_case(b"GMT")
}
