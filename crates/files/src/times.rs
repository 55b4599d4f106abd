//! How a column writes times.

use rolling_profiles_ingest::{IngestError, IngestErrorKind, Moment};

/// Reads the values of a column as times.
#[derive(Debug, Clone, Default)]
pub struct TimeReader {}

impl TimeReader {
    /// A value as ms since the epoch; `None`: it names no time.
    ///
    /// # Errors
    /// `InvalidTimestamp`.
    pub fn read(&self, moment: Moment<'_>) -> Result<Option<i64>, IngestError> {
        match moment {
            Moment::None => Ok(None),
            Moment::Number(value) => Ok(Some(value as i64)),
            Moment::Time(time) => Ok(Some(time)),
            Moment::Text(_) | Moment::Unfit => {
                Err(IngestError::new(IngestErrorKind::InvalidTimestamp, "it is no time"))
            }
        }
    }
}
