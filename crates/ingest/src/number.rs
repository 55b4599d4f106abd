//! Numbers in text.
//!
//! Most are short: their digits come eight at a time out of one word, and a mantissa of up to 53 bits over a
//! power of ten that is a double is the nearest double.

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other.
    Double(f64),
}

/// Reads a number by the grammar of docs/cli.md: digits with `-`, point and exponent as they come; `None`: it is
/// none, or one that is no double or integer of 64 bits. Leading zeros and plus signs belong to codes, and make it
/// none.
pub fn number(text: &[u8]) -> Option<Number> {
    if is_whole(text)? {
        // Beyond 64 bits it could not be kept exactly.
        return integer(text).map(Number::Integer);
    }
    let value: f64 = fast_float2::parse(text).ok()?;
    value.is_finite().then_some(Number::Double(value))
}

fn integer(text: &[u8]) -> Option<i64> {
    let (digits, is_negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    digits.iter().try_fold(0_i64, |value, &digit| {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        let value = value.checked_mul(10)?;
        if is_negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    })
}

/// Whether a number is written as a whole one; `None`: it is no number.
fn is_whole(text: &[u8]) -> Option<bool> {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from.saturating_add(rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
    };
    let start = usize::from(text.first() == Some(&b'-'));
    let mut at = digits(start);
    let whole_digits = at.saturating_sub(start);
    if whole_digits > 1 && text.get(start) == Some(&b'0') {
        return None;
    }
    let mut is_whole = true;
    if text.get(at) == Some(&b'.') {
        let from = at.saturating_add(1);
        at = digits(from);
        if at == from {
            return None;
        }
        is_whole = false;
    } else if whole_digits == 0 {
        return None;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at.saturating_add(1)), Some(b'+' | b'-')));
        let from = at.saturating_add(1).saturating_add(sign);
        at = digits(from);
        if at == from {
            return None;
        }
        is_whole = false;
    }
    (at == text.len()).then_some(is_whole)
}

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// What a byte above 9 needs to have its high bit set.
const TO_HIGH: u64 = 0x7676_7676_7676_7676;
/// The most digits whose number is one of 63 bits for sure.
const SURE_DIGITS: usize = 18;
const EXACT: u64 = 1 << 53;
const TENS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
const POWERS: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// The whole number of up to eight digits between two places; `None`: look closer. Faster than [`short_number`],
/// where most are such.
#[must_use]
#[inline]
pub fn short_integer(bytes: &[u8], start: usize, end: usize) -> Option<i64> {
    let is_negative = *bytes.get(start)? == b'-';
    let start = start.wrapping_add(usize::from(is_negative));
    let len = end.wrapping_sub(start);
    let head = word_at(bytes, start)?;
    let is_code = head as u8 == b'0' && len > 1;
    if len.wrapping_sub(1) > 7 || is_code {
        return None;
    }
    // The digits at the high end, zeros before them.
    let word = (head ^ ZEROS) << 64_usize.wrapping_sub(len.wrapping_mul(8));
    if (word.wrapping_add(TO_HIGH) | word) & HIGH != 0 {
        return None;
    }
    let value = joined(word) as i64;
    Some(if is_negative { value.wrapping_neg() } else { value })
}

/// The double that is written as a whole number of up to eight digits and `.0`; `None`: look closer.
#[must_use]
#[inline]
pub fn short_whole_double(bytes: &[u8], start: usize, end: usize) -> Option<f64> {
    let point = end.wrapping_sub(2);
    if point < start || bytes.get(point..end) != Some(b".0") {
        return None;
    }
    // A zero keeps its sign.
    short_integer(bytes, start, point).filter(|value| *value != 0).map(|value| value as f64)
}

/// The number of eight digits, each in a byte as what it stands for, the first one in the lowest.
#[inline]
const fn joined(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

/// The number between two places, behind which something comes that is no digit, where it is a plain one; `None`:
/// look closer.
#[inline]
pub fn short_number(bytes: &[u8], start: usize, end: usize) -> Option<Number> {
    let is_negative = *bytes.get(start)? == b'-';
    let first = start.wrapping_add(usize::from(is_negative));
    let (whole, at) = digits(bytes, first, 0)?;
    let len = at.wrapping_sub(first);
    if len == 0 || len > SURE_DIGITS || (len > 1 && *bytes.get(first)? == b'0') {
        return None;
    }
    if at == end {
        let value = whole as i64;
        return Some(Number::Integer(if is_negative { value.wrapping_neg() } else { value }));
    }
    if at > end || *bytes.get(at)? != b'.' {
        return None;
    }
    let from = at.wrapping_add(1);
    let (mantissa, at) = digits(bytes, from, whole)?;
    let fraction = at.wrapping_sub(from);
    if at != end || fraction == 0 {
        return None;
    }
    if len.wrapping_add(fraction) > SURE_DIGITS || mantissa > EXACT {
        return fast_float2::parse(bytes.get(start..end)?).ok().map(Number::Double);
    }
    let value = mantissa as f64 / POWERS.get(fraction)?;
    Some(Number::Double(if is_negative { -value } else { value }))
}

/// The number that begins at a place, by the grammar of JSON, and the place behind it; `None`: it takes a closer look.
#[expect(clippy::inline_always, reason = "a fifth of the time that a record takes")]
#[inline(always)]
pub(crate) fn number_at(bytes: &[u8], start: usize) -> Option<(Number, usize)> {
    let is_negative = *bytes.get(start)? == b'-';
    let from = start.wrapping_add(usize::from(is_negative));
    let head = word_at(bytes, from)?;
    let (word, len) = leading_digits(head);
    let is_code = head as u8 == b'0' && len > 1;
    if len == 0 || is_code {
        return None;
    }
    if len == 8 {
        return long_number_at(bytes, start);
    }
    // Whole numbers, and those that are written as such and `.0`, are the most.
    let value = joined(word) as i64;
    let end = from.wrapping_add(len);
    let is_zero_kept = !(is_negative && value == 0);
    let value = if is_negative { value.wrapping_neg() } else { value };
    match bytes.get(end..).unwrap_or_default() {
        [b'.', b'0', after, ..] if !matches!(after, b'0'..=b'9' | b'e' | b'E') => {
            is_zero_kept.then(|| (Number::Double(value as f64), end.wrapping_add(2)))
        }
        [b'.' | b'e' | b'E', ..] => long_number_at(bytes, start),
        _ => is_zero_kept.then_some((Number::Integer(value), end)),
    }
}

/// The digits that eight bytes begin with, at the high end, zeros before them, and how many they are.
#[inline]
const fn leading_digits(word: u64) -> (u64, usize) {
    let word = word ^ ZEROS;
    let others = (word.wrapping_add(TO_HIGH) | word) & HIGH;
    let len = (others.trailing_zeros() / 8) as usize;
    (if len == 0 { 0 } else { word << 64_usize.wrapping_sub(len.wrapping_mul(8)) }, len)
}

/// The same of any.
#[cold]
fn long_number_at(bytes: &[u8], start: usize) -> Option<(Number, usize)> {
    let rest = bytes.get(start..)?;
    let len = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
    let end = start.wrapping_add(len);
    let found = short_number(bytes, start, end).or_else(|| number(rest.get(..len)?))?;
    // Whether a zero keeps its sign is not settled here.
    let is_zero = matches!(found, Number::Integer(0)) || found == Number::Double(0.0);
    (!is_zero).then_some((found, end))
}

/// Eight bytes from a place on; zeros beyond the end.
#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    let rest = bytes.get(at..)?;
    Some(u64::from_le_bytes(rest.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; 8];
        padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        padded
    })))
}

/// Goes on with the digits from `at` on; gives the number, as far as it has 64 bits, and the place behind them.
#[inline]
fn digits(bytes: &[u8], mut at: usize, mut number: u64) -> Option<(u64, usize)> {
    loop {
        let (word, len) = leading_digits(word_at(bytes, at)?);
        if len == 0 {
            return Some((number, at));
        }
        number = number.wrapping_mul(*TENS.get(len)?).wrapping_add(joined(word));
        at = at.wrapping_add(len);
        if len < 8 {
            return Some((number, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the standard library, which reads each number as the nearest double.
    fn model(text: &str) -> Option<Number> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_code = digits.strip_prefix('0').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
        if is_code
            || digits.ends_with('.')
            || digits.contains(".e")
            || digits.contains(".E")
            || digits.starts_with(['-', '+', 'e'])
        {
            return None;
        }
        if !text.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().map(Number::Integer);
        }
        text.parse().ok().filter(|value: &f64| value.is_finite()).map(Number::Double)
    }

    fn bits(number: Option<Number>) -> Option<(bool, u64)> {
        number.map(|number| match number {
            Number::Integer(value) => (true, value as u64),
            Number::Double(value) => (false, value.to_bits()),
        })
    }

    fn agrees(text: &str) -> Result<(), TestCaseError> {
        prop_assert_eq!(bits(number(text.as_bytes())), bits(model(text)), "{}", text);
        let padded = format!("9,{text},12345678");
        let short = short_number(padded.as_bytes(), 2, 2 + text.len());
        prop_assert!(short.is_none() || bits(short) == bits(model(text)), "{}: {:?}", text, short);
        // It must not look beyond what there is.
        let short = short_number(text.as_bytes(), 0, text.len());
        prop_assert!(short.is_none() || bits(short) == bits(model(text)), "{}: {:?}", text, short);
        for (bytes, start) in [(padded.as_bytes(), 2), (text.as_bytes(), 0)] {
            let integer = short_integer(bytes, start, start + text.len()).map(Number::Integer);
            let double = short_whole_double(bytes, start, start + text.len()).map(Number::Double);
            for short in [integer, double] {
                prop_assert!(short.is_none() || bits(short) == bits(model(text)), "{}: {:?}", text, short);
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

        #[test]
        fn every_double_is_the_nearest(value in any::<f64>(), scaled in any::<i64>(), places in 0..25_usize) {
            agrees(&format!("{value}"))?;
            agrees(&format!("{value:e}"))?;
            agrees(&format!("{:.places$}", scaled as f64 / 1e9))?;
            agrees(&format!("{scaled}"))?;
            agrees(&format!("{}", scaled >> (places * 2)))?;
            agrees(&format!("{}.{places:0>1$}", scaled >> 20, places + 1))?;
        }

        #[test]
        fn any_digits_are_read_or_refused_as_they_should(text in "-?[0-9]{0,22}(\\.[0-9]{0,22})?(e[+-]?[0-9]{0,3})?", other in "[-0-9.eE+ _x]{0,12}") {
            agrees(&text)?;
            agrees(&other)?;
        }
    }

    #[test]
    fn short_numbers_need_no_closer_look() {
        for text in
            ["0", "7", "-1", "12345678", "123456789012345678", "0.5", "-0.25", "517.0", "19.99", "1000000.00000001"]
        {
            assert!(short_number(format!("{text},       ").as_bytes(), 0, text.len()).is_some(), "{text}");
        }
        for (text, value) in [("0", 0), ("7", 7), ("-1", -1), ("12345678", 12_345_678), ("-12345678", -12_345_678)] {
            assert_eq!(short_integer(format!("{text},       ").as_bytes(), 0, text.len()), Some(value));
            let (whole, value) = (format!("{text}.0"), Some(value as f64).filter(|value| *value != 0.0));
            assert_eq!(short_whole_double(format!("{whole},       ").as_bytes(), 0, whole.len()), value);
        }
    }
}
