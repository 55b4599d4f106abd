//! What a field means. Text carries no types, so each is read by its own look.

use std::borrow::Cow;

use rolling_profiles_ingest::{Number, number};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(&'a str),
}

/// - empty: null
/// - `true`, `True`, `TRUE`, `false`, …: boolean
/// - digits with an optional `-`, point and exponent: a number, integral if it is written as a whole one
/// - anything else, also `007`, `+49`, `NaN` and digits with group separators: text, unchanged
///
/// Blanks around a number or boolean are ignored.
#[inline]
pub(super) fn value(field: &str) -> Value<'_> {
    // What a field begins with mostly says what it cannot be.
    match field.as_bytes().first() {
        None => Value::Null,
        Some(b'0'..=b'9' | b'-' | b'.') => numeric(field).unwrap_or(Value::Text(field)),
        Some(b't' | b'T' | b'f' | b'F') => boolean(field).unwrap_or(Value::Text(field)),
        Some(b'\t'..=b'\r' | b' ' | 0x80..) => numeric(field).or_else(|| boolean(field)).unwrap_or(Value::Text(field)),
        Some(_) => Value::Text(field),
    }
}

fn numeric(field: &str) -> Option<Value<'_>> {
    let mut text = field.as_bytes();
    // Mostly a look at the end is enough.
    if !matches!(text.last()?, b'0'..=b'9' | b' ') {
        return None;
    }
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    Some(match number(text)? {
        Number::Integer(value) => Value::Integer(value),
        Number::Double(value) => Value::Double(value),
    })
}

fn boolean(field: &str) -> Option<Value<'_>> {
    match field.trim() {
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// What stands in a field: without its quotes, where it has some.
pub(super) fn unquoted(field: &str) -> Cow<'_, str> {
    let Some(inner) = field.strip_prefix('"') else { return Cow::Borrowed(field) };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fields_mean() {
        for (field, expected) in [
            ("", Value::Null),
            ("0", Value::Integer(0)),
            ("-1", Value::Integer(-1)),
            ("-0", Value::Integer(0)),
            ("12.50", Value::Double(12.5)),
            ("12.0", Value::Double(12.0)),
            ("1e3", Value::Double(1000.0)),
            ("-2.5E-3", Value::Double(-0.0025)),
            (".5", Value::Double(0.5)),
            (" 7 ", Value::Integer(7)),
            ("9007199254740993", Value::Integer(9_007_199_254_740_993)),
            ("9223372036854775807", Value::Integer(i64::MAX)),
            ("-9223372036854775808", Value::Integer(i64::MIN)),
            ("1e-999", Value::Double(0.0)),
            ("true", Value::Bool(true)),
            ("FALSE", Value::Bool(false)),
            (" True ", Value::Bool(true)),
        ] {
            assert_eq!(value(field), expected, "{field:?}");
        }
        let texts = [
            "007",
            "-01",
            "00.5",
            "+49",
            "9223372036854775808",
            "-9223372036854775809",
            "123456789012345678901",
            "0x1F",
            "1,000",
            "1_000",
            "1.",
            ".",
            "-",
            "-.",
            "1e999",
            "-1e999",
            "NaN",
            "Infinity",
            "inf",
            "null",
            "NA",
            "tRue",
            "yes",
            "1e",
            "1e+",
            "1 2",
            "12:30",
            "1.2.3",
            " ",
            "text",
            "ünï",
            "٣",
            "\u{0}",
            "1\u{0}",
            "- 1",
            "\t7",
        ];
        for text in texts {
            assert_eq!(value(text), Value::Text(text), "{text:?}");
        }
    }

    #[test]
    fn quotes_go() {
        for (field, expected) in
            [("a", "a"), ("\"\"", ""), ("\"a\"", "a"), ("\"a\"\"b\"", "a\"b"), ("\"\"\"\"", "\""), ("5\"", "5\"")]
        {
            assert_eq!(unquoted(field), expected, "{field:?}");
        }
    }
}
