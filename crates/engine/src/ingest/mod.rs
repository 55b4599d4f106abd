//! Bytes that are parsed here, on a lane's thread, instead of rows that were encoded in JavaScript.
//!
//! Floors: `cells` (one column's values by type) → `table` (columns by name) → `json` (values into cells) → `moment` (times in data) → `multiple`,
//! `embeddings`, `request`, `ndjson`, `envelope` (the forms of JSON), `columnar` (arrays by column) → [`parse`]; and `split` (a table by segments).
//!
//! A message is read whole before anything of it is tracked: what is wrong in it rejects it alone, with a code and, where there is one, a row. Of
//! newline-delimited JSON it rejects the line alone.
//! Everything here takes hostile bytes: nothing panics, recursion ends at `limits.maxDepth`, and memory stays within a small multiple of the message.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod cells;
mod columnar;
mod embeddings;
mod envelope;
mod json;
mod moment;
mod multiple;
mod ndjson;
mod refuse;
mod request;
mod split;
mod table;

pub(crate) use cells::Cells;
pub(crate) use split::Split;
pub(crate) use table::Table;

use crate::bucket::Granularity;
use crate::error::{EngineError, ErrorCode, Lines};

/// Caps on what is taken of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestLimits {
    /// Columns, and those of the profile that they go to.
    pub max_columns: usize,
    /// Bytes of a column name.
    pub max_name_bytes: usize,
    /// Bytes of a text that are used.
    pub max_value_bytes: usize,
    /// Arrays and objects inside each other, in one value.
    pub max_depth: usize,
    /// Bytes of a message, and of the nulls that the columns of its segments are filled up with.
    pub max_message_bytes: usize,
    /// No cap: whether columns keep which value is which row's, as segments need it.
    pub keeps_rows: bool,
}

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

    pub(crate) fn holds(&self, time_ms: i64) -> bool {
        (self.earliest_ms..=self.latest_ms).contains(&(time_ms as f64))
    }
}

/// A message that was read: rows for one dataset, a table for each moment that its rows name.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub dataset: DatasetName,
    /// Times in ms since the epoch. Rows of one bucket may come in several tables.
    pub tables: Vec<(i64, Table)>,
    /// What was left out.
    pub bad: BadLines,
}

/// Lines that were left out, and how the first of them were bad.
#[derive(Debug, Default)]
pub(crate) struct BadLines {
    pub count: u64,
    /// Each with its line, from 1.
    pub first: Vec<(u64, ErrorCode)>,
    /// What was wrong with the first.
    pub error: Option<EngineError>,
}

impl BadLines {
    /// How many are told of one by one.
    const TOLD: usize = 10;

    /// What is told of a message of which so many rows were tracked; `None`: no line was bad.
    pub fn of_message(&self, tracked: u64) -> Option<EngineError> {
        let (line, _) = self.first.first()?;
        let reason = self.error.as_ref().map_or("", |error| error.message.as_str());
        let message = format!(
            "{} of {} rows were left out; line {line}: {reason}",
            self.count,
            tracked.saturating_add(self.count)
        );
        let lines = Lines { tracked, rejected: self.count, first: self.first.clone() };
        let error = EngineError::new(ErrorCode::PartlyRejected, message);
        let row = self.error.as_ref().and_then(|error| error.row);
        Some(EngineError { row, lines: Some(Box::new(lines)), ..error })
    }

    fn add(&mut self, line: u64, error: EngineError) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < Self::TOLD {
            self.first.push((line, error.code));
        }
        self.error.get_or_insert(error);
    }
}

impl Parsed {
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, table)| table.rows()).fold(0, u64::saturating_add)
    }
}

/// Reads a message for a dataset with buckets of `width`. `spare` is a table to use again.
///
/// # Errors
/// `ERR_INVALID_DATA`, `ERR_INVALID_TIMESTAMP`, `ERR_MISSING_DATASET_ID`, `ERR_TOO_MANY_COLUMNS`.
pub(crate) fn parse(
    message: &RawMessage,
    limits: &IngestLimits,
    width: Granularity,
    spare: &mut Table,
) -> Result<Parsed, EngineError> {
    match message.kind {
        RawKind::Columns => columnar::columns(message, limits),
        RawKind::Arrow => columnar::arrow(message, limits),
        kind => parse_json(kind, message, limits, width, spare),
    }
}

/// Reads newline-delimited JSON, and leaves out what `admits` says no to: it is shown each line by itself, with its time.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_fitting(
    message: &RawMessage,
    limits: &IngestLimits,
    width: Granularity,
    admits: &mut Admits<'_>,
) -> Result<Parsed, EngineError> {
    ndjson::read(message, limits, width, &mut Table::default(), Some(admits))
}

/// Says whether a line may count.
pub(crate) type Admits<'a> = dyn FnMut(i64, &Table) -> Result<(), EngineError> + 'a;

fn parse_json(
    kind: RawKind,
    message: &RawMessage,
    limits: &IngestLimits,
    width: Granularity,
    spare: &mut Table,
) -> Result<Parsed, EngineError> {
    if kind == RawKind::Ndjson {
        return ndjson::read(message, limits, width, spare, None);
    }
    let text = simdutf8::basic::from_utf8(&message.bytes).map_err(|_| invalid("it is no UTF-8"))?;
    match kind {
        RawKind::LogRequest => request::log_request(text, message, limits),
        RawKind::EmbeddingsRequest => request::embeddings_request(text, message, limits),
        RawKind::PubSub => {
            let inner = envelope::open(text, limits)?;
            request::log_request(&inner, message, limits)
        }
        RawKind::PubSubEmbeddings => {
            let inner = envelope::open(text, limits)?;
            request::embeddings_request(&inner, message, limits)
        }
        RawKind::Ndjson | RawKind::Columns | RawKind::Arrow => Err(invalid("it is no JSON")),
    }
}

pub(crate) fn invalid(what: &str) -> EngineError {
    EngineError::new(ErrorCode::InvalidData, format!("the message was rejected: {what}"))
}

/// The dataset of a message that names none itself.
pub(crate) fn named_outside(message: &RawMessage) -> Result<DatasetName, EngineError> {
    match &message.dataset_id {
        Some(id) => Ok(DatasetName { org: message.org_id.clone(), id: id.clone() }),
        None => Err(EngineError::new(ErrorCode::MissingDatasetId, "the message was rejected: it names no dataset id")),
    }
}
