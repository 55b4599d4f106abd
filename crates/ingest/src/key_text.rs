//! Values as the reference writes them in the keys of segments.

use std::borrow::Cow;

use rolling_profiles_profile::ValueType;

/// A number: whole ones as integers, unless the column is declared fractional; `None` for NaN, which is null.
#[must_use]
pub fn text_of_number(value: f64, declared: Option<ValueType>) -> Option<Cow<'static, str>> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if declared != Some(ValueType::Fractional) && value.fract() == 0.0 && value.abs() < BOUND {
        return Some((value as i64).to_string().into());
    }
    text_of_double(value)
}

/// A double, in the shortest form that reads back as it is: with a point or an exponent, the latter from 1e16 on and below 1e-4.
#[must_use]
pub fn text_of_double(value: f64) -> Option<Cow<'static, str>> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { "inf" } else { "-inf" }.into());
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return Some(if plain.contains('.') { plain } else { format!("{plain}.0") }.into());
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{mantissa}e{sign}{:02}", exponent.abs()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_read_as_in_the_reference() {
        for (value, text) in [
            (1.5, "1.5"),
            (2.0, "2.0"),
            (-0.0, "-0.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (1e300, "1e+300"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(text_of_double(value).as_deref(), Some(text));
        }
        assert_eq!(text_of_double(f64::NAN), None);
    }

    #[test]
    fn whole_numbers_are_integers_unless_declared_otherwise() {
        assert_eq!(text_of_number(5.0, None).as_deref(), Some("5"));
        assert_eq!(text_of_number(-0.0, None).as_deref(), Some("0"));
        assert_eq!(text_of_number(5.0, Some(ValueType::Fractional)).as_deref(), Some("5.0"));
        assert_eq!(text_of_number(0.5, None).as_deref(), Some("0.5"));
    }
}
