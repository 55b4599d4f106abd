//! What makes a message, or a row of it, unfit.

/// The kinds of failure. The engine has a code for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IngestErrorKind {
    /// A time far from now.
    BucketWindow,
    /// It cannot be read, or holds what cannot be logged.
    InvalidData,
    /// A time that no calendar date between the years 1 and 9999 stands for.
    InvalidTimestamp,
    /// A message that names no dataset.
    MissingDatasetId,
    /// More columns than the limit allows.
    TooManyColumns,
}

/// A failure: a kind to act on and a sentence to read. Never holds a logged value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IngestError {
    /// What kind of failure it is.
    pub kind: IngestErrorKind,
    /// What happened, for people.
    pub message: String,
    /// Which row of its message it is about, from 0, where it is about one.
    pub row: Option<u64>,
}

impl IngestError {
    /// A failure of kind `kind`, told as `message`.
    pub fn new(kind: IngestErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), row: None }
    }

    /// The same failure, of row `row`.
    pub(crate) fn in_row(self, row: u64) -> Self {
        Self { message: format!("{} (row {row})", self.message), row: Some(row), ..self }
    }
}

/// A message that cannot be read.
pub(crate) fn invalid(what: &str) -> IngestError {
    IngestError::new(IngestErrorKind::InvalidData, format!("the message was rejected: {what}"))
}
