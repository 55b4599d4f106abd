//! What the engine says, as JavaScript objects. Field for field `NativeSignal` of `ts/native.ts`.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use rolling_profiles_engine::{DatasetStatus, EngineError, Event, Loss, Writable};

use crate::system::NativeSystemFailure;

/// One signal; `null` where a field says nothing.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeSignal {
    pub kind: &'static str,
    pub id: f64,
    pub code: Option<&'static str>,
    pub message: Option<String>,
    pub dataset: Option<String>,
    pub org: Option<String>,
    pub first: f64,
    pub second: f64,
    pub row: Option<f64>,
    pub lines: Option<NativeLines>,
    pub system: Option<NativeSystemFailure>,
    pub writable: Option<NativeWritable>,
    pub status: Option<Vec<NativeDatasetStatus>>,
    pub lost: Option<Vec<NativeLoss>>,
}

/// Profiles of one dataset that are lost; without a dataset: rows that no worker came to.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeLoss {
    pub dataset_id: Option<String>,
    pub org_id: Option<String>,
    pub profiles: f64,
    pub rows: f64,
    pub unanswered: f64,
}

/// What became of the lines of a message that counts in part.
#[napi(object, object_from_js = false)]
pub struct NativeLines {
    pub tracked: f64,
    pub rejected: f64,
    pub lines: Vec<f64>,
    pub codes: Vec<&'static str>,
}

/// A sealed profile for a JavaScript writer.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeWritable {
    pub ticket: f64,
    pub writer: f64,
    pub bytes: Uint8Array,
    pub file_name: String,
    pub dataset_id: String,
    pub org_id: Option<String>,
    pub dataset_timestamp_ms: f64,
    pub idempotency_key: String,
    pub segment: Option<NativeSegment>,
}

/// Which segment a profile is of.
#[napi(object, object_from_js = false)]
pub struct NativeSegment {
    pub partition: String,
    pub partition_id: String,
    /// Column and value, by turns.
    pub tags: Vec<String>,
    pub is_overflow: bool,
}

/// What one dataset has open and pending.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeDatasetStatus {
    pub dataset_id: String,
    pub org_id: Option<String>,
    pub timestamps: Vec<f64>,
    pub segmented: f64,
    pub writers: f64,
    pub pending_writables: f64,
    pub pending_views: Vec<Uint8Array>,
    pub views: Vec<Uint8Array>,
}

impl NativeSignal {
    fn of(kind: &'static str) -> Self {
        Self {
            kind,
            id: 0.0,
            code: None,
            message: None,
            dataset: None,
            org: None,
            first: 0.0,
            second: 0.0,
            row: None,
            lines: None,
            system: None,
            writable: None,
            status: None,
            lost: None,
        }
    }

    fn failing(kind: &'static str, error: EngineError) -> Self {
        let row = error.row.map(|row| row as f64);
        let lines = error.lines.map(|lines| NativeLines {
            tracked: lines.tracked as f64,
            rejected: lines.rejected as f64,
            lines: lines.first.iter().map(|(line, _)| *line as f64).collect(),
            codes: lines.first.iter().map(|(_, code)| code.as_str()).collect(),
        });
        let system = error.system.map(|failure| NativeSystemFailure::from(*failure));
        Self { code: Some(error.code.as_str()), message: Some(error.message), row, lines, system, ..Self::of(kind) }
    }

    /// A profile that a JavaScript writer should write.
    #[must_use]
    pub fn write(ticket: u64, writer: u32, item: &Writable) -> Self {
        let writable = NativeWritable {
            ticket: ticket as f64,
            writer: f64::from(writer),
            bytes: item.bytes.clone().into(),
            file_name: item.file_name.clone(),
            dataset_id: item.dataset_id.clone(),
            org_id: item.org_id.clone(),
            dataset_timestamp_ms: item.dataset_timestamp_ms as f64,
            idempotency_key: item.idempotency_key.clone(),
            segment: item.segment.as_ref().map(|segment| NativeSegment {
                partition: segment.partition.clone(),
                partition_id: segment.partition_id.clone(),
                tags: segment.tags.iter().flat_map(|(column, value)| [column.clone(), value.clone()]).collect(),
                is_overflow: segment.is_overflow,
            }),
        };
        Self { writable: Some(writable), ..Self::of("write") }
    }

    /// Appends what `event` means to JavaScript; settling many waiters is many signals in one wake-up.
    pub fn append(event: Event, signals: &mut Vec<Self>) {
        let signal = match event {
            Event::Settled(settled) => {
                signals.extend(settled.into_iter().map(|(waiter, outcome)| {
                    let signal =
                        outcome.err().map_or_else(|| Self::of("settled"), |error| Self::failing("settled", error));
                    Self { id: waiter as f64, ..signal }
                }));
                return;
            }
            Event::Flushed { waiter, written, pending } => {
                Self { id: waiter as f64, first: written as f64, second: pending as f64, ..Self::of("flushed") }
            }
            Event::Closed { waiter, written, pending, lost } => Self {
                id: waiter as f64,
                first: written as f64,
                second: pending as f64,
                lost: Some(lost.into_iter().map(NativeLoss::from).collect()),
                ..Self::of("closed")
            },
            Event::Lost { loss, error } => Self { lost: Some(vec![loss.into()]), ..Self::failing("lost", error) },
            Event::Status { waiter, datasets } => {
                let status = datasets.into_iter().map(NativeDatasetStatus::from).collect();
                Self { id: waiter as f64, status: Some(status), ..Self::of("status") }
            }
            Event::Rejected { dataset, org, error, messages, rows } => {
                Self { dataset, org, first: messages as f64, second: rows as f64, ..Self::failing("rejected", error) }
            }
            Event::Written { dataset, org, file_name, rows } => Self {
                dataset: Some(dataset),
                org,
                message: Some(file_name),
                first: rows as f64,
                ..Self::of("written")
            },
            Event::WriteFailed { dataset, org, error, attempts, retry_in_ms } => Self {
                id: error.cause.into(),
                dataset: Some(dataset),
                org,
                first: attempts as f64,
                second: retry_in_ms as f64,
                ..Self::failing("writeFailed", error)
            },
            Event::DatasetWanted(name) => Self { dataset: Some(name.id), org: name.org, ..Self::of("datasetWanted") },
            Event::Drained => Self::of("drained"),
            Event::Warning(error) => Self::failing("warning", error),
            Event::Error(error) => Self::failing("error", error),
            Event::Stopped(reason) => {
                reason.map_or_else(|| Self::of("stopped"), |error| Self::failing("stopped", error))
            }
        };
        signals.push(signal);
    }
}

impl From<Loss> for NativeLoss {
    fn from(loss: Loss) -> Self {
        Self {
            dataset_id: loss.dataset,
            org_id: loss.org,
            profiles: loss.profiles as f64,
            rows: loss.rows as f64,
            unanswered: loss.unanswered as f64,
        }
    }
}

impl From<DatasetStatus> for NativeDatasetStatus {
    fn from(status: DatasetStatus) -> Self {
        let bytes = |views: Vec<Vec<u8>>| views.into_iter().map(Uint8Array::from).collect();
        Self {
            dataset_id: status.dataset_id,
            org_id: status.org_id,
            timestamps: status.timestamps_ms.into_iter().map(|ms| ms as f64).collect(),
            segmented: status.segmented as f64,
            writers: status.writers as f64,
            pending_writables: status.pending_writables as f64,
            pending_views: bytes(status.pending_views),
            views: bytes(status.views),
        }
    }
}
