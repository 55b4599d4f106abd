//! The engine's closed list of failures, each with the stable code that users see.

use rolling_profiles_ingest::{BadLines, IngestError, IngestErrorKind};

/// A stable code; the documented table and the TypeScript classes list the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// A block does not follow its layout: a bug in the encoder, or damaged memory.
    BlockCorrupt,
    /// A time far from now.
    BucketWindow,
    /// The logger is closing or closed.
    Closed,
    /// Accepted rows will never be written.
    DataLost,
    /// Where profiles are written, there is no such dataset.
    DatasetNotFound,
    /// A worker failed while it handled these rows.
    Internal,
    /// A message that cannot be read, or holds what cannot be logged.
    InvalidData,
    /// A time that no calendar date between the years 1 and 9999 stands for.
    InvalidTimestamp,
    /// A message that takes more than it may.
    MessageTooLarge,
    /// A message that names no dataset.
    MissingDatasetId,
    /// A row that belongs to none of its dataset's segments.
    NoSegment,
    /// The engine's threads have ended.
    NotAlive,
    /// The operating system refused a thread.
    Thread,
    /// Lines of a message were left out; all others count.
    PartlyRejected,
    /// A row would give its profile more columns than the limit allows.
    TooManyColumns,
    /// There is no room for a further dataset.
    TooManyDatasets,
    /// A dataset has rows in more segments than the limit allows: those of others go to the overflow.
    TooManySegments,
    /// A message that is still bytes, for a dataset whose rows JavaScript looks at first.
    UdfNeedsRows,
    /// Where profiles are written, the key is not known or does not suffice.
    Unauthorized,
    /// A handle, dataset, key, lane or shape that was never given out, or was given back.
    UnknownHandle,
    /// A text longer than the limit: its start alone is used.
    ValueCut,
    /// A writer has not answered in time.
    WriteTimeout,
    /// A writer could not write.
    Writer,
    /// A dataset's writers could not be made.
    WriterFactory,
}

impl ErrorCode {
    /// All codes.
    pub const ALL: [Self; 24] = [
        Self::BlockCorrupt,
        Self::BucketWindow,
        Self::Closed,
        Self::DataLost,
        Self::DatasetNotFound,
        Self::Internal,
        Self::InvalidData,
        Self::InvalidTimestamp,
        Self::MessageTooLarge,
        Self::MissingDatasetId,
        Self::NoSegment,
        Self::NotAlive,
        Self::PartlyRejected,
        Self::Thread,
        Self::TooManyColumns,
        Self::TooManyDatasets,
        Self::TooManySegments,
        Self::UdfNeedsRows,
        Self::Unauthorized,
        Self::UnknownHandle,
        Self::ValueCut,
        Self::WriteTimeout,
        Self::Writer,
        Self::WriterFactory,
    ];

    /// The code as users see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BlockCorrupt => "ERR_BLOCK_CORRUPT",
            Self::BucketWindow => "ERR_BUCKET_WINDOW",
            Self::Closed => "ERR_CLOSED",
            Self::DataLost => "ERR_DATA_LOST",
            Self::DatasetNotFound => "ERR_DATASET_NOT_FOUND",
            Self::Internal => "ERR_INTERNAL",
            Self::InvalidData => "ERR_INVALID_DATA",
            Self::InvalidTimestamp => "ERR_INVALID_TIMESTAMP",
            Self::MessageTooLarge => "ERR_MESSAGE_TOO_LARGE",
            Self::MissingDatasetId => "ERR_MISSING_DATASET_ID",
            Self::NoSegment => "ERR_NO_SEGMENT",
            Self::NotAlive => "ERR_NOT_ALIVE",
            Self::PartlyRejected => "ERR_PARTLY_REJECTED",
            Self::Thread => "ERR_THREAD",
            Self::TooManyColumns => "ERR_TOO_MANY_COLUMNS",
            Self::TooManyDatasets => "ERR_TOO_MANY_DATASETS",
            Self::TooManySegments => "ERR_TOO_MANY_SEGMENTS",
            Self::UdfNeedsRows => "ERR_UDF_NEEDS_ROWS",
            Self::Unauthorized => "ERR_UNAUTHORIZED",
            Self::UnknownHandle => "ERR_UNKNOWN_HANDLE",
            Self::ValueCut => "ERR_VALUE_CUT",
            Self::WriteTimeout => "ERR_WRITE_TIMEOUT",
            Self::Writer => "ERR_WRITER",
            Self::WriterFactory => "ERR_WRITER_FACTORY",
        }
    }
}

/// A failure: a code to act on and a sentence to read. Never holds a logged value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What happened, for people.
    pub message: String,
    /// Which row of its message it is about, from 0, where it is about one.
    pub row: Option<u64>,
    /// Of a writer: what to think of when it is tried again.
    pub advice: Advice,
    /// Of a message of which a part counts: what became of its lines.
    pub lines: Option<Box<Lines>>,
    /// What the operating system said, where it is what failed.
    pub system: Option<Box<SystemFailure>>,
    /// Of a writer outside of the engine: the number by which it knows what failed there; 0: none.
    pub cause: u32,
}

/// What the system said, without the number that Rust puts behind it.
pub(crate) fn said_by(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" (os error ").map_or(text.as_str(), |(said, _)| said).to_owned()
}

/// A failed call of the operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemFailure {
    /// The system's number of the failure.
    pub errno: Option<i32>,
    /// What was called.
    pub syscall: String,
    /// The file that it was about.
    pub path: String,
}

/// What became of the lines of a message that counts in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// Rows that were tracked.
    pub tracked: u64,
    /// Rows that were left out.
    pub rejected: u64,
    /// The first of these, by line from 1.
    pub first: Vec<(u64, ErrorCode)>,
}

/// What a writer knows of a failure that matters for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Advice {
    /// Not sooner than after so many milliseconds.
    pub after_ms: Option<u64>,
    /// It will not pass by itself: as seldom as there is.
    pub is_permanent: bool,
    /// The next attempt may count the profile twice.
    pub may_duplicate: bool,
}

impl From<IngestErrorKind> for ErrorCode {
    fn from(kind: IngestErrorKind) -> Self {
        match kind {
            IngestErrorKind::BucketWindow => Self::BucketWindow,
            IngestErrorKind::InvalidData => Self::InvalidData,
            IngestErrorKind::InvalidTimestamp => Self::InvalidTimestamp,
            IngestErrorKind::MissingDatasetId => Self::MissingDatasetId,
            IngestErrorKind::TooManyColumns => Self::TooManyColumns,
        }
    }
}

impl From<IngestError> for EngineError {
    fn from(error: IngestError) -> Self {
        Self { row: error.row, ..Self::new(error.kind.into(), error.message) }
    }
}

impl EngineError {
    /// A failure of kind `code`, told as `message`.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            row: None,
            advice: Advice::default(),
            lines: None,
            system: None,
            cause: 0,
        }
    }

    /// The same failure, with advice for the next attempt.
    #[must_use]
    pub fn advising(self, advice: Advice) -> Self {
        Self { advice, ..self }
    }

    /// The same failure, with the number of what was its cause outside of the engine.
    #[must_use]
    pub fn caused_by(self, cause: u32) -> Self {
        Self { cause, ..self }
    }

    /// The same failure, with what the operating system said. A message that ends with a colon and a space is completed by what Node says of the
    /// system's number.
    #[must_use]
    pub fn of_system(self, system: SystemFailure) -> Self {
        Self { system: Some(Box::new(system)), ..self }
    }

    pub(crate) fn corrupt(what: &str) -> Self {
        Self::new(ErrorCode::BlockCorrupt, format!("a block of rows does not follow its layout: {what}"))
    }
}

/// What is told of a message of which so many rows were tracked; `None`: no line was bad.
pub(crate) fn partly_rejected(bad: &BadLines, tracked: u64) -> Option<EngineError> {
    let (line, IngestError { message: reason, row, .. }) = bad.first.first()?;
    let message = format!("{} of {} rows were left out; line {line}: {reason}", bad.count, tracked + bad.count);
    let first = bad.first.iter().map(|(line, error)| (*line, error.kind.into())).collect();
    let lines = Lines { tracked, rejected: bad.count, first };
    Some(EngineError {
        row: *row,
        lines: Some(Box::new(lines)),
        ..EngineError::new(ErrorCode::PartlyRejected, message)
    })
}

/// A message would give a profile more columns than it may have.
pub(crate) fn too_many_columns(most: usize) -> EngineError {
    let message = format!("a profile would have more than {most} columns (limits.maxColumns)");
    EngineError::new(ErrorCode::TooManyColumns, message)
}

/// A dataset takes no bytes.
pub(crate) fn needs_rows(dataset_id: &str) -> EngineError {
    let message = format!("dataset {dataset_id:?} has functions over rows: it takes rows, and no bytes");
    EngineError::new(ErrorCode::UdfNeedsRows, message)
}

/// Nothing is taken any more.
pub(crate) fn not_alive() -> EngineError {
    EngineError::new(ErrorCode::NotAlive, "the engine has stopped")
}
