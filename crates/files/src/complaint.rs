//! What is told of records that do not count.

use rolling_profiles_engine::ErrorCode;

/// Why a record was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The engine, or the reader of the format, refused it.
    Refused(ErrorCode),
    /// It takes more bytes than a record may.
    TooLong,
}

/// A record that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
}
