//! What a writer is to the engine: something that takes a sealed profile and says, some time later, how it went.

use std::fmt;
use std::sync::Arc;

use crate::claim::Claim;
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

impl Writable {
    /// What it takes of memory, about.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        let texts = [&self.file_name, &self.dataset_id, &self.idempotency_key].map(String::capacity);
        let segment = self.segment.as_ref().map_or(0, |segment| {
            let tags: usize = segment.tags.iter().map(|(column, value)| column.len() + value.len() + 96).sum();
            segment.partition.len() + segment.partition_id.len() + tags
        });
        let own = size_of::<Self>() + self.bytes.capacity() + self.org_id.as_ref().map_or(0, String::capacity);
        (own + texts.iter().sum::<usize>() + segment) as u64
    }
}

impl fmt::Debug for Writable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Writable({}, {} bytes, {} rows)", self.file_name, self.bytes.len(), self.rows)
    }
}

/// Where sealed profiles go. One that may block is called on threads of its own; one that hangs there holds up nobody else.
///
/// An attempt that takes too long counts as failed, and another may be made while it still hangs: a writer may get a profile again, with the same
/// `idempotency_key`, before it has told how the last attempt went.
pub trait Writer: Send + Sync {
    /// A name for events and messages.
    fn name(&self) -> &str;

    /// Whether `write` may block. One that says no returns at once, and calls [`Done::begin`] itself just before it writes.
    fn blocks(&self) -> bool {
        true
    }

    /// Writes `item` and calls `done` with the outcome, now or later, from any thread.
    fn write(&self, item: &Arc<Writable>, done: Done);
}

/// The outcome of one attempt, to be told exactly once. Dropping it untold tells a failure.
pub struct Done {
    tell: Option<Tell>,
    claim: Option<Arc<Claim>>,
}

type Tell = Box<dyn FnOnce(Result<(), EngineError>) + Send>;

impl Done {
    /// Calls `tell` with the outcome.
    pub fn new(tell: impl FnOnce(Result<(), EngineError>) + Send + 'static) -> Self {
        Self { tell: Some(Box::new(tell)), claim: None }
    }

    /// The same, of an attempt that can be withdrawn until it begins.
    pub(crate) fn claiming(claim: Arc<Claim>, tell: impl FnOnce(Result<(), EngineError>) + Send + 'static) -> Self {
        Self { tell: Some(Box::new(tell)), claim: Some(claim) }
    }

    /// To be asked once, just before something is written. False: nothing may be, since nobody waits for it any more.
    #[must_use]
    pub fn begin(&self) -> bool {
        self.claim.as_ref().is_none_or(|claim| claim.begin())
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
