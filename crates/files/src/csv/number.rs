//! Numbers in text, by the grammar of docs/cli.md.

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i64),
    Double(f64),
}

/// Reads a number: digits with `-`, point and exponent as they come; `None`: it is none, or one that is no double or integer of 64 bits. Leading zeros and
/// plus signs belong to codes, and make it none.
pub(super) fn number(text: &[u8]) -> Option<Number> {
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
