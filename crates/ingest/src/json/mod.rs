//! The forms of JSON.
//!
//! Floors: `context` (a parse) → `nested` (shapes) → `cell` (values into cells), `refuse` → `record` (an object into a row), `field` → `multiple`, `embeddings`,
//! `request`, `envelope`, `ndjson` → [`read`].

mod cell;
mod context;
mod embeddings;
mod envelope;
mod field;
mod multiple;
pub(crate) mod ndjson;
mod nested;
mod record;
mod refuse;
mod request;

use crate::bucket::Granularity;
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;
use crate::message::{RawKind, RawMessage};
use crate::parsed::Parsed;
use crate::table::Table;

pub(crate) fn read(
    kind: RawKind,
    message: &RawMessage,
    limits: &IngestLimits,
    width: Granularity,
    spare: &mut Table,
) -> Result<Parsed, IngestError> {
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
