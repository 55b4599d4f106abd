//! The engine's closed list of failures, each with the stable code that users see.

/// A stable code; the documented table and the TypeScript classes list the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// A block does not follow its layout: a bug in the encoder, or damaged memory.
    BlockCorrupt,
    /// The logger is closing or closed.
    Closed,
    /// A worker failed while it handled these rows.
    Internal,
    /// A time that no calendar date between the years 1 and 9999 stands for.
    InvalidTimestamp,
    /// The engine's threads have ended.
    NotAlive,
    /// The operating system refused a thread.
    Thread,
    /// A row would give its profile more columns than the limit allows.
    TooManyColumns,
    /// A handle, dataset, key, lane or shape that was never given out, or was given back.
    UnknownHandle,
    /// A writer could not write.
    Writer,
}

impl ErrorCode {
    /// All codes.
    pub const ALL: [Self; 9] = [
        Self::BlockCorrupt,
        Self::Closed,
        Self::Internal,
        Self::InvalidTimestamp,
        Self::NotAlive,
        Self::Thread,
        Self::TooManyColumns,
        Self::UnknownHandle,
        Self::Writer,
    ];

    /// The code as users see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BlockCorrupt => "ERR_BLOCK_CORRUPT",
            Self::Closed => "ERR_CLOSED",
            Self::Internal => "ERR_INTERNAL",
            Self::InvalidTimestamp => "ERR_INVALID_TIMESTAMP",
            Self::NotAlive => "ERR_NOT_ALIVE",
            Self::Thread => "ERR_THREAD",
            Self::TooManyColumns => "ERR_TOO_MANY_COLUMNS",
            Self::UnknownHandle => "ERR_UNKNOWN_HANDLE",
            Self::Writer => "ERR_WRITER",
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
}

impl EngineError {
    /// A failure of kind `code`, told as `message`.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn corrupt(what: &str) -> Self {
        Self::new(ErrorCode::BlockCorrupt, format!("the block is corrupt: {what}"))
    }
}
