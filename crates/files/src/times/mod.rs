//! How a column writes times.
//!
//! Floors: `parts` (a time taken apart), `words` (what is told) → `iso` (dates and counts without a format), `format` (patterns) → `pattern` (texts that follow one) →
//! [`TimeReader`].
//!
//! It is asked once a row, so that nothing here allocates where a time can be read.

mod format;
mod iso;
mod parts;
mod pattern;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rolling_profiles_ingest::{IngestError, Moment, text_of_number};

use pattern::Pattern;
use words::{trimmed, unreadable, unreadable_text};

/// The years 1 to 9999: what every reader of the profiles can represent.
const EARLIEST: i64 = -62_135_596_800_000;
const LATEST: i64 = 253_402_300_799_999;

/// Reads the values of a column as times.
///
/// Without a format: ISO 8601 dates and date-times, `/` allowed for `-`, a blank for `T`, `UTC` or `GMT` for `Z`; a number (or digits) as a count since the
/// epoch. Without a zone the time is UTC.
#[derive(Debug, Clone, Default)]
pub struct TimeReader {
    form: Form,
    /// Shared by all copies.
    compact_dates: Arc<AtomicBool>,
}

#[derive(Debug, Clone, Default)]
enum Form {
    #[default]
    Iso,
    EpochSeconds,
    EpochMilliseconds,
    Pattern(Arc<Pattern>),
}

impl TimeReader {
    /// Of times that are written as `format` says: `epoch-seconds`, `epoch-milliseconds`, or a pattern.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn compile(format: &str) -> Result<Self, String> {
        let form = match format {
            "epoch-seconds" => Form::EpochSeconds,
            "epoch-milliseconds" => Form::EpochMilliseconds,
            _ => Form::Pattern(Arc::new(format::compile(format)?)),
        };
        Ok(Self { form, compact_dates: Arc::default() })
    }

    /// A value as ms since the epoch; `None`: it names no time.
    ///
    /// # Errors
    /// `InvalidTimestamp`.
    pub fn read(&self, moment: Moment<'_>) -> Result<Option<i64>, IngestError> {
        if matches!(self.form, Form::Iso) && Self::looks_like_compact_date(moment) {
            self.compact_dates.store(true, Ordering::Relaxed);
        }
        match moment {
            Moment::None => Ok(None),
            Moment::Time(time) => Ok(Some(time)),
            Moment::Unfit => Err(unreadable()),
            Moment::Number(value) => match self.of_number(value) {
                Some(time) => Ok(Some(time)),
                None => Err(unreadable_text(&text_of_number(value, None).unwrap_or("NaN".into()))),
            },
            Moment::Text(text) => match trimmed(text) {
                "" => Ok(None),
                trimmed => self.of_text(trimmed).map(Some).ok_or_else(|| unreadable_text(text)),
            },
        }
    }

    /// Whether values came that look like dates of eight digits, and were taken for counts of seconds.
    #[must_use]
    pub fn has_seen_compact_dates(&self) -> bool {
        self.compact_dates.load(Ordering::Relaxed)
    }

    /// Whether a value is a date written as eight digits (`20240301`), which a reader without a format takes for a count of seconds: worth a warning.
    #[must_use]
    pub fn looks_like_compact_date(moment: Moment<'_>) -> bool {
        match moment {
            Moment::Number(value) => value.fract() == 0.0 && iso::is_compact_date(value as i64),
            Moment::Text(text) => {
                let text = trimmed(text);
                text.len() == 8
                    && text.bytes().all(|byte| byte.is_ascii_digit())
                    && text.parse().is_ok_and(iso::is_compact_date)
            }
            Moment::None | Moment::Time(_) | Moment::Unfit => false,
        }
    }

    fn of_number(&self, value: f64) -> Option<i64> {
        match &self.form {
            Form::Iso => iso::epoch_ms(value),
            Form::EpochSeconds => whole(value * 1e3),
            Form::EpochMilliseconds => whole(value),
            Form::Pattern(pattern) => pattern.read(&text_of_number(value, None)?).and_then(in_range),
        }
    }

    fn of_text(&self, text: &str) -> Option<i64> {
        match &self.form {
            Form::Iso => iso::read(text.as_bytes()).and_then(in_range),
            Form::EpochSeconds => iso::count(text.as_bytes()).and_then(|count| whole(count * 1e3)),
            Form::EpochMilliseconds => iso::count(text.as_bytes()).and_then(whole),
            Form::Pattern(pattern) => pattern.read(text).and_then(in_range),
        }
    }
}

fn in_range(time: i64) -> Option<i64> {
    (EARLIEST..=LATEST).contains(&time).then_some(time)
}

/// The ms before or at `value`, where a calendar has them.
fn whole(value: f64) -> Option<i64> {
    let time = value.floor();
    (time >= EARLIEST as f64 && time <= LATEST as f64).then_some(time as i64)
}

#[cfg(test)]
mod tests;
