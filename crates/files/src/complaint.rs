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
        Self { place, code: error.kind.into(), reason: error.message.clone() }
    }
}
