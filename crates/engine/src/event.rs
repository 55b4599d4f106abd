//! What the engine says, and to whom.

use crate::dataset::Dataset;
use crate::error::EngineError;
use crate::loss::Loss;
use crate::watermark::Settled;
use rolling_profiles_ingest::DatasetName;

/// Takes events; called from engine threads, must not block.
pub trait EventSink: Send + Sync {
    /// Something happened.
    fn emit(&self, event: Event);
}

/// Something happened. Never holds a logged value.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// These waiters' messages are tracked, or rejected.
    Settled(Vec<Settled>),
    /// A flush has been answered.
    Flushed {
        /// Who asked.
        waiter: u64,
        /// Profiles that every writer has acknowledged.
        written: u64,
        /// Profiles that wait for at least one writer, of this flush or earlier.
        pending: u64,
    },
    /// A close has been answered; [`Event::Stopped`] follows.
    Closed {
        /// Who asked.
        waiter: u64,
        /// Profiles that every writer has acknowledged, of this close.
        written: u64,
        /// Profiles that not every writer has acknowledged. They are lost.
        pending: u64,
        /// All accepted rows that are lost, since the start.
        lost: Vec<Loss>,
    },
    /// A status has been answered.
    Status {
        /// Who asked.
        waiter: u64,
        /// An entry a dataset that has something open or pending, or writers.
        datasets: Vec<DatasetStatus>,
    },
    /// Accepted rows were found unfit.
    Rejected {
        /// The dataset, when it is known.
        dataset: Option<String>,
        /// Its organisation.
        org: Option<String>,
        /// Why.
        error: EngineError,
        /// How many messages.
        messages: u64,
        /// How many rows.
        rows: u64,
    },
    /// Every writer has acknowledged a profile.
    Written {
        /// The dataset.
        dataset: String,
        /// Its organisation.
        org: Option<String>,
        /// The profile's name.
        file_name: String,
        /// How many rows it counts.
        rows: u64,
    },
    /// An attempt to write a profile failed; it will be made again.
    WriteFailed {
        /// The dataset.
        dataset: String,
        /// Its organisation.
        org: Option<String>,
        /// What the writer said.
        error: EngineError,
        /// How many attempts were made.
        attempts: u64,
        /// Milliseconds until the next one.
        retry_in_ms: u64,
    },
    /// A raw message names a dataset that is not open; its messages wait for [`Engine::answer_dataset`](crate::Engine::answer_dataset).
    DatasetWanted(DatasetName),
    /// The lanes hold no more than the mark that was armed.
    Drained,
    /// Something a user should know.
    Warning(EngineError),
    /// A profile is lost: it could not be made. The engine goes on.
    Lost {
        /// Whose it is.
        loss: Loss,
        /// Why.
        error: EngineError,
    },
    /// Something failed inside; the engine goes on.
    Error(EngineError),
    /// The engine's threads have ended. An error says that they were stopped, or failed.
    Stopped(Option<EngineError>),
}

/// What one dataset has open and pending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatasetStatus {
    /// The dataset.
    pub dataset_id: String,
    /// Its organisation.
    pub org_id: Option<String>,
    /// Bucket starts of the open profiles, ascending, each once, ms since the epoch.
    pub timestamps_ms: Vec<i64>,
    /// How many of these buckets have segments.
    pub segmented: u64,
    /// How many writers it has.
    pub writers: u64,
    /// Profiles that wait for at least one writer.
    pub pending_writables: u64,
    /// Those profiles.
    pub pending_views: Vec<Vec<u8>>,
    /// The open profiles, in the order of `timestamps_ms`; of a bucket with segments one a segment.
    pub views: Vec<Vec<u8>>,
}

impl DatasetStatus {
    /// Of a dataset that has nothing open or pending.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        Self {
            dataset_id: dataset.id.clone(),
            org_id: dataset.org.clone(),
            writers: dataset.writers.len() as u64,
            ..Self::default()
        }
    }
}
