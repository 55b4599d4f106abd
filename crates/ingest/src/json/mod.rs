//! The forms of JSON.
//!
//! Floors: `context` (a parse) → `nested` (shapes) → `cell` (values into cells), `refuse` → `record` (an object into a row), `plain` (values that need no
//! parser) → `likely` (records that are written as those before), `field` → `multiple`, `embeddings`, `request`, `envelope` → [`request()`], `ndjson` → `values`.

mod cell;
mod context;
mod embeddings;
mod envelope;
mod field;
mod likely;
mod multiple;
mod ndjson;
mod nested;
mod plain;
mod record;
mod refuse;
mod request;
mod values;

pub(crate) use ndjson::read as ndjson;
pub use ndjson::{BYTE_ORDER_MARK, Lines};
pub use record::Names;
pub use values::Span;

use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;
use crate::message::{RawKind, RawMessage};
use crate::parsed::Parsed;

/// A request, by itself or in an envelope.
///
/// # Errors
/// `InvalidData`, `InvalidTimestamp`, `MissingDatasetId`, `TooManyColumns`.
pub(crate) fn request(kind: RawKind, message: &RawMessage, limits: &IngestLimits) -> Result<Parsed, IngestError> {
    let text = simdutf8::basic::from_utf8(&message.bytes).map_err(|_| invalid("it is no UTF-8"))?;
    match kind {
        RawKind::LogRequest => request::log_request(text, message, limits),
        RawKind::EmbeddingsRequest => request::embeddings_request(text, message, limits),
        RawKind::PubSub => request::log_request(&envelope::open(text, limits)?, message, limits),
        RawKind::PubSubEmbeddings => request::embeddings_request(&envelope::open(text, limits)?, message, limits),
        RawKind::Ndjson | RawKind::Columns | RawKind::Arrow => Err(invalid("it is no JSON")),
    }
}
