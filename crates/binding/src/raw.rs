//! Messages that cross as bytes, and datasets that are opened because of them. The functions of `NativeRaw` in `ts/native.ts`, in its order.

use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;
use rolling_profiles_engine::{DatasetName, EngineError, ErrorCode, RawKind, RawMessage, TimeWindow};

use crate::calls::{count, number};
use crate::engines;
use crate::fault::{Fault, Result, from_engine, guard};

/// See `NativeRawMessage` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_to_js = false)]
pub struct NativeRawMessage {
    pub kind: u32,
    pub dataset_id: Option<String>,
    pub org_id: Option<String>,
    pub timestamp_ms: f64,
    pub timestamp_column: Option<String>,
    pub earliest_ms: f64,
    pub latest_ms: f64,
    pub refuses: bool,
    pub waiter: f64,
}

#[napi]
pub fn submit_raw(engine: u32, message: NativeRawMessage, bytes: &[u8]) -> Result<f64> {
    guard(|| submit_bytes(engine, message, bytes.to_vec()))
}

#[napi]
pub fn submit_parts(
    engine: u32,
    message: NativeRawMessage,
    head: &[u8],
    buffers: Vec<Uint8ArraySlice<'_>>,
) -> Result<f64> {
    guard(|| {
        let most = buffers.iter().fold(head.len(), |bytes, buffer| bytes + buffer.len() + 8);
        let mut bytes = Vec::with_capacity(most);
        bytes.extend_from_slice(head);
        for buffer in buffers {
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            bytes.extend_from_slice(&buffer);
        }
        submit_bytes(engine, message, bytes)
    })
}

fn submit_bytes(engine: u32, message: NativeRawMessage, bytes: Vec<u8>) -> Result<f64> {
    let kind = RawKind::from_index(message.kind);
    let message = RawMessage {
        kind: kind.ok_or_else(|| Fault::new("ERR_INVALID_OPTION", "no such kind of message".to_owned()))?,
        bytes,
        dataset_id: message.dataset_id,
        org_id: message.org_id,
        timestamp_ms: message.timestamp_ms,
        timestamp_column: message.timestamp_column,
        window: TimeWindow { earliest_ms: message.earliest_ms, latest_ms: message.latest_ms, refuses: message.refuses },
        waiter: count(message.waiter, "waiter")?,
    };
    Ok(engines::get(engine)?.engine.submit_raw(message).map_err(from_engine)? as f64)
}

#[napi]
pub fn answer_dataset(
    engine: u32,
    dataset_id: String,
    org_id: Option<String>,
    dataset: Option<f64>,
    refusal: Option<String>,
    is_full: bool,
) -> Result<()> {
    guard(|| {
        let name = DatasetName { org: org_id, id: dataset_id };
        let code = if is_full { ErrorCode::TooManyDatasets } else { ErrorCode::WriterFactory };
        let refused = || EngineError::new(code, refusal.unwrap_or_default());
        let dataset = dataset.map(number).transpose()?.ok_or_else(refused);
        engines::get(engine)?.engine.answer_dataset(name, dataset).map_err(from_engine)
    })
}
