//! What is told of records that do not count.

use rolling_profiles_engine::ErrorCode;
use rolling_profiles_ingest::IngestError;

/// A record that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Its line in the file, or its row where the format has no lines, from 1.
    pub place: u64,
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What is wrong with it, for people.
    pub reason: String,
}

impl Complaint {
    pub(crate) fn new(place: u64, error: &IngestError) -> Self {
        // What is said of a row of a message is said with the message.
        let reason = error.message.strip_prefix("the message was rejected: ").unwrap_or(&error.message);
        let row = error.row.map(|row| format!(" (row {row})"));
        let reason = row.and_then(|row| reason.strip_suffix(row.as_str())).unwrap_or(reason);
        Self { place, code: error.kind.into(), reason: reason.to_owned() }
    }
}
