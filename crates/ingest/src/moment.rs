//! Times in data.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cells::Moment;
use crate::error::{IngestError, IngestErrorKind};

/// Where each row's time is, and how it is read.
#[derive(Clone, Copy)]
pub struct Times<'a> {
    /// The column's name.
    pub column: &'a str,
    /// Reads a value of it; `None`: the row names no time. Fails with `InvalidTimestamp`.
    pub read: &'a dyn Fn(Moment<'_>) -> Result<Option<i64>, IngestError>,
}

impl fmt::Debug for Times<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Times").field("column", &self.column).finish_non_exhaustive()
    }
}

/// The furthest that a JavaScript `Date` reaches from the epoch, ms.
const LIMIT_MS: f64 = 8.64e15;

/// A number of milliseconds since the epoch.
///
/// # Errors
/// `InvalidTimestamp`.
pub(crate) fn millis(value: f64) -> Result<i64, IngestError> {
    if value.abs() <= LIMIT_MS {
        return Ok(value.floor() as i64);
    }
    Err(unfit())
}

/// A value as a time: `None` where there is none.
///
/// # Errors
/// `InvalidTimestamp`.
pub(crate) fn of(value: Moment<'_>) -> Result<Option<i64>, IngestError> {
    match value {
        Moment::None => Ok(None),
        Moment::Number(value) => millis(value).map(Some),
        Moment::Time(time) => Ok(Some(time)),
        Moment::Text(text) => iso(text).map(Some).ok_or_else(unfit),
        Moment::Unfit => Err(unfit()),
    }
}

/// An ISO 8601 date, or date and time; a blank serves for the `T`. UTC where there is no zone.
fn iso(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text.get(..10)?;
    let time = match text.get(10..)? {
        "" => "T00:00:00Z".to_owned(),
        rest => {
            let clock = rest.strip_prefix(['T', 't', ' '])?;
            let zoned = clock.contains(['Z', 'z', '+', '-']);
            format!("T{clock}{}", if zoned { "" } else { "Z" })
        }
    };
    let moment = OffsetDateTime::parse(&format!("{date}{time}"), &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}

fn unfit() -> IngestError {
    IngestError::new(
        IngestErrorKind::InvalidTimestamp,
        "the message was rejected: its time is neither milliseconds since the epoch nor an ISO 8601 date",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_in_utc() {
        for (text, ms) in [
            ("2024-02-29", 1_709_164_800_000),
            ("2024-02-29T14:34:56.789Z", 1_709_217_296_789),
            ("2024-02-29 14:34:56.789", 1_709_217_296_789),
            ("2024-02-29T15:34:56.789+01:00", 1_709_217_296_789),
            ("1969-12-31T23:59:59.999Z", -1),
        ] {
            assert_eq!(of(Moment::Text(text)), Ok(Some(ms)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "now", "2024-02-30", "29.02.2024", "2024-02-29X", "2024-02-2é"] {
            assert_eq!(of(Moment::Text(text)).unwrap_err().kind, IngestErrorKind::InvalidTimestamp, "{text}");
        }
        assert!(of(Moment::Number(f64::NAN)).is_err());
        assert!(of(Moment::Number(1e18)).is_err());
        assert!(of(Moment::Unfit).is_err());
        assert_eq!(of(Moment::None), Ok(None));
        assert_eq!(of(Moment::Number(-0.5)), Ok(Some(-1)));
    }
}
