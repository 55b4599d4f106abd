//! Time buckets, in UTC.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::error::{IngestError, IngestErrorKind};

/// A calendar unit: the width of a bucket, or the cadence of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granularity {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// One calendar day.
    Day,
    /// One calendar month.
    Month,
    /// One calendar year.
    Year,
}

/// A bucket: the half-open span `[start_ms, end_ms)` of event time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket {
    /// First millisecond since the epoch that belongs to it.
    pub start_ms: i64,
    /// First millisecond that does not.
    pub end_ms: i64,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

impl Granularity {
    /// The granularity numbered `index`, from `Second` = 0 to `Year` = 5.
    #[must_use]
    pub const fn from_index(index: u32) -> Option<Self> {
        Some(match index {
            0 => Self::Second,
            1 => Self::Minute,
            2 => Self::Hour,
            3 => Self::Day,
            4 => Self::Month,
            5 => Self::Year,
            _ => return None,
        })
    }

    /// Its length where that is fixed, in milliseconds.
    #[must_use]
    pub const fn fixed_ms(self) -> Option<i64> {
        match self {
            Self::Second => Some(1000),
            Self::Minute => Some(MINUTE_MS),
            Self::Hour => Some(HOUR_MS),
            Self::Day => Some(DAY_MS),
            Self::Month | Self::Year => None,
        }
    }

    /// The bucket that holds `timestamp_ms`.
    ///
    /// # Errors
    /// `InvalidTimestamp` outside the years 1 to 9999, which is what readers of the profiles can show.
    pub fn bucket(self, timestamp_ms: i64) -> Result<Bucket, IngestError> {
        let date = date_of(timestamp_ms)?;
        if let Some(width) = self.fixed_ms() {
            let start_ms = timestamp_ms.div_euclid(width) * width;
            return Ok(Bucket { start_ms, end_ms: start_ms + width });
        }
        let (month, end) = match (self, date.month()) {
            (Self::Month, Month::December) => (Month::December, (date.year() + 1, Month::January)),
            (Self::Month, month) => (month, (date.year(), month.next())),
            _ => (Month::January, (date.year() + 1, Month::January)),
        };
        let start_ms = first_of(date.year(), month).ok_or_else(|| invalid(timestamp_ms))?;
        // The end of the year 9999 has no date: any bound past the last valid time serves.
        let end_ms = first_of(end.0, end.1).unwrap_or(start_ms + 366 * DAY_MS);
        Ok(Bucket { start_ms, end_ms })
    }
}

fn invalid(timestamp_ms: i64) -> IngestError {
    IngestError::new(
        IngestErrorKind::InvalidTimestamp,
        format!("{timestamp_ms} ms is no time between the years 1 and 9999: are the units milliseconds?"),
    )
}

fn date_of(timestamp_ms: i64) -> Result<Date, IngestError> {
    OffsetDateTime::from_unix_timestamp(timestamp_ms.div_euclid(1000))
        .ok()
        .map(OffsetDateTime::date)
        .filter(|date| date.year() >= 1)
        .ok_or_else(|| invalid(timestamp_ms))
}

fn first_of(year: i32, month: Month) -> Option<i64> {
    let date = Date::from_calendar_date(year, month, 1).ok()?;
    Some(PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc().unix_timestamp() * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(granularity: Granularity, ms: i64) -> i64 {
        granularity.bucket(ms).unwrap().start_ms
    }

    #[test]
    fn every_granularity_cuts_in_utc() {
        let ms = 1_709_217_296_789; // 2024-02-29T14:34:56.789Z
        assert_eq!(start(Granularity::Second, ms), 1_709_217_296_000);
        assert_eq!(start(Granularity::Minute, ms), 1_709_217_240_000);
        assert_eq!(start(Granularity::Hour, ms), 1_709_215_200_000);
        assert_eq!(start(Granularity::Day, ms), 1_709_164_800_000);
        assert_eq!(start(Granularity::Month, ms), 1_706_745_600_000);
        assert_eq!(start(Granularity::Year, ms), 1_704_067_200_000);
        assert_eq!(Granularity::Month.bucket(ms).unwrap().end_ms, 1_709_251_200_000);
    }

    #[test]
    fn times_before_1970_go_down() {
        assert_eq!(start(Granularity::Day, -1), -DAY_MS);
        assert_eq!(start(Granularity::Year, -1), -365 * DAY_MS);
        assert_eq!(Granularity::Month.bucket(-1).unwrap().end_ms, 0);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for ms in [1_000_000_000_000_000, i64::MAX, i64::MIN, -62_135_596_800_001] {
            assert_eq!(Granularity::Day.bucket(ms).unwrap_err().kind, IngestErrorKind::InvalidTimestamp, "{ms}");
        }
        assert!(Granularity::Year.bucket(253_402_300_799_999).is_ok());
        assert!(Granularity::Year.bucket(-62_135_596_800_000).is_ok());
    }
}
