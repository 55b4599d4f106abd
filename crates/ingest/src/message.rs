//! Messages that are still bytes.

use crate::error::{IngestError, IngestErrorKind};

/// What the bytes of a [`RawMessage`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawKind {
    /// JSON: `{ datasetId, timestamp, multiple: { columns, data }, orgId? }`.
    LogRequest,
    /// JSON: `{ datasetId, timestamp, embeddings: { column: nested list }, orgId? }`.
    EmbeddingsRequest,
    /// JSON: `{ message: { data } }` with a log request in base64.
    PubSub,
    /// The same with an embeddings request.
    PubSubEmbeddings,
    /// A JSON object a line.
    Ndjson,
    /// Arrays by column, in a form of our own: see `columnar/frame.rs`.
    Columns,
    /// Arrow IPC, a stream or a file.
    Arrow,
}

impl RawKind {
    /// The kind numbered `index`, in the order of their declaration.
    #[must_use]
    pub const fn from_index(index: u32) -> Option<Self> {
        Some(match index {
            0 => Self::LogRequest,
            1 => Self::EmbeddingsRequest,
            2 => Self::PubSub,
            3 => Self::PubSubEmbeddings,
            4 => Self::Ndjson,
            5 => Self::Columns,
            6 => Self::Arrow,
            _ => return None,
        })
    }
}

/// A dataset's name: organisation and dataset id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatasetName {
    /// The organisation, when one was named.
    pub org: Option<String>,
    /// The dataset id.
    pub id: String,
}

/// One message that is still bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct RawMessage {
    /// What `bytes` are.
    pub kind: RawKind,
    /// Not yet checked in any way.
    pub bytes: Vec<u8>,
    /// Where rows go whose message names no dataset.
    pub dataset_id: Option<String>,
    /// The organisation of such messages.
    pub org_id: Option<String>,
    /// The time of rows that name none, ms since the epoch.
    pub timestamp_ms: f64,
    /// The column that holds each row's time: milliseconds since the epoch, or an ISO 8601 date or date-time. Newline-delimited JSON alone.
    pub timestamp_column: Option<String>,
    /// Which times are usual now.
    pub window: TimeWindow,
    /// Who waits; 0: nobody.
    pub waiter: u64,
}

impl RawMessage {
    /// One of 1970 that names no dataset and that nobody waits for.
    #[must_use]
    pub fn new(kind: RawKind, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            bytes: bytes.into(),
            dataset_id: None,
            org_id: None,
            timestamp_ms: 0.0,
            timestamp_column: None,
            window: TimeWindow::ANY,
            waiter: 0,
        }
    }
}

/// Times, ms since the epoch, outside of which rows are counted as late, or refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeWindow {
    /// The earliest.
    pub earliest_ms: f64,
    /// The latest.
    pub latest_ms: f64,
    /// Whether rows outside are refused.
    pub refuses: bool,
}

impl TimeWindow {
    /// All times.
    pub const ANY: Self = Self { earliest_ms: f64::NEG_INFINITY, latest_ms: f64::INFINITY, refuses: false };

    /// Whether a time is one of them.
    #[must_use]
    pub fn holds(&self, time_ms: i64) -> bool {
        (self.earliest_ms..=self.latest_ms).contains(&(time_ms as f64))
    }

    /// A row's time, unless it is outside and such rows are refused.
    ///
    /// # Errors
    /// `BucketWindow`.
    pub fn admit(&self, time_ms: i64) -> Result<i64, IngestError> {
        if self.refuses && !self.holds(time_ms) {
            let what = "the row was rejected: its time is outside of limits.bucketWindow";
            return Err(IngestError::new(IngestErrorKind::BucketWindow, what));
        }
        Ok(time_ms)
    }
}

/// The dataset of a message that names none itself.
///
/// # Errors
/// `MissingDatasetId`.
pub fn named_outside(message: &RawMessage) -> Result<DatasetName, IngestError> {
    match &message.dataset_id {
        Some(id) => Ok(DatasetName { org: message.org_id.clone(), id: id.clone() }),
        None => {
            Err(IngestError::new(IngestErrorKind::MissingDatasetId, "the message was rejected: it names no dataset id"))
        }
    }
}
