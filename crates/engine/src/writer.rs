//! What a writer is to the engine: something that takes a sealed profile and says, some time later, how it went.

use std::fmt;

use crate::error::EngineError;
use crate::segment::SegmentName;

/// A sealed profile. Its bytes never change, so writing it twice under its name is writing it once.
#[derive(Clone, PartialEq, Eq)]
pub struct Writable {
    /// The profile, in whylogs' container.
    pub bytes: Vec<u8>,
    /// Unique, safe on every file system; carries dataset id, bucket and part.
    pub file_name: String,
    /// The dataset.
    pub dataset_id: String,
    /// The organisation, when one was named.
    pub org_id: Option<String>,
    /// Start of the bucket, ms since the epoch.
    pub dataset_timestamp_ms: i64,
    /// Its segment, where the dataset has any.
    pub segment: Option<SegmentName>,
    /// The same for every attempt to write this profile, and for no other.
    pub idempotency_key: String,
    /// How many rows it counts.
    pub rows: u64,
}

impl fmt::Debug for Writable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Writable({}, {} bytes, {} rows)", self.file_name, self.bytes.len(), self.rows)
    }
}

/// Where sealed profiles go. Called on a writer thread, which it may block.
pub trait Writer: Send + Sync {
    /// A name for events and messages.
    fn name(&self) -> &str;

    /// Writes `item` and calls `done` with the outcome, now or later, from any thread.
    fn write(&self, item: &std::sync::Arc<Writable>, done: Done);
}

/// The outcome of one attempt, to be told exactly once. Dropping it untold tells a failure.
pub struct Done {
    tell: Option<Tell>,
}

type Tell = Box<dyn FnOnce(Result<(), EngineError>) + Send>;

impl Done {
    /// Calls `tell` with the outcome.
    pub fn new(tell: impl FnOnce(Result<(), EngineError>) + Send + 'static) -> Self {
        Self { tell: Some(Box::new(tell)) }
    }

    /// The attempt is over.
    pub fn tell(mut self, outcome: Result<(), EngineError>) {
        if let Some(tell) = self.tell.take() {
            tell(outcome);
        }
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            let code = crate::error::ErrorCode::Writer;
            tell(Err(EngineError::new(code, "the writer gave up without saying how it went")));
        }
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Done")
    }
}
