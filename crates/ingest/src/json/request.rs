//! The requests of the wire: rows as `multiple: { columns, data }`, or `embeddings` by column. Fields come in any order; of a field that comes
//! twice the last one counts; unknown fields are passed over.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use super::context::Context;
use super::embeddings::Embeddings;
use super::field::{Name, Time};
use super::multiple::Multiple;
use super::nested::{Nested, Shape};
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;
use crate::message::{DatasetName, RawMessage, named_outside};
use crate::moment;
use crate::parsed::{Parsed, Rows};
use crate::table::Table;

/// # Errors
/// `InvalidData`, `InvalidTimestamp`, `MissingDatasetId`, `TooManyColumns`.
pub(super) fn log_request(text: &str, message: &RawMessage, limits: &IngestLimits) -> Result<Parsed, IngestError> {
    read(text, message, limits, "multiple")
}

/// # Errors
/// As [`log_request`].
pub(super) fn embeddings_request(
    text: &str,
    message: &RawMessage,
    limits: &IngestLimits,
) -> Result<Parsed, IngestError> {
    read(text, message, limits, "embeddings")
}

fn read(text: &str, message: &RawMessage, limits: &IngestLimits, body: &'static str) -> Result<Parsed, IngestError> {
    let context = Context::new(limits);
    let request = context.read(text, Request { context: &context, body })?;
    let dataset = match request.dataset_id {
        Some(id) => DatasetName { org: request.org_id.or_else(|| message.org_id.clone()), id },
        None => DatasetName { org: request.org_id.or_else(|| message.org_id.clone()), ..named_outside(message)? },
    };
    let time = moment::millis(request.timestamp.unwrap_or(message.timestamp_ms))?;
    let table = request.table.ok_or_else(|| invalid(&format!("it has no field {body:?}")))?;
    Ok(Parsed { dataset, rows: Rows::of(time, table) })
}

#[derive(Default)]
struct Fields {
    dataset_id: Option<String>,
    org_id: Option<String>,
    timestamp: Option<f64>,
    table: Option<Table>,
}

struct Request<'a, 'l> {
    context: &'a Context<'l>,
    /// The field that holds the rows.
    body: &'static str,
}

impl<'de> DeserializeSeed<'de> for Request<'_, '_> {
    type Value = Fields;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Fields, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Request<'_, '_> {
    type Value = Fields;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let context = self.context;
        let mut fields = Fields::default();
        while let Some(field) = map.next_key_seed(Field(self.body))? {
            match field {
                // What is empty is none, of either.
                Known::DatasetId => {
                    let id = map.next_value_seed(Name { context, what: "datasetId" })?;
                    fields.dataset_id = id.filter(|id| !id.is_empty());
                }
                Known::OrgId => {
                    let org = map.next_value_seed(Name { context, what: "orgId" })?;
                    fields.org_id = org.filter(|org| !org.is_empty());
                }
                Known::Timestamp => fields.timestamp = map.next_value_seed(Time { context })?,
                Known::Body if self.body == "multiple" => fields.table = map.next_value_seed(Multiple { context })?,
                Known::Body => fields.table = map.next_value_seed(Embeddings { context })?,
                Known::Other => {
                    map.next_value_seed(Nested { context, shape: &mut Shape::default(), depth: 0 })?;
                }
            }
        }
        Ok(fields)
    }
}

enum Known {
    DatasetId,
    OrgId,
    Timestamp,
    Body,
    Other,
}

struct Field(&'static str);

impl<'de> DeserializeSeed<'de> for Field {
    type Value = Known;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Known, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Field {
    type Value = Known;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a field's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Known, E> {
        Ok(match name {
            "datasetId" => Known::DatasetId,
            "orgId" => Known::OrgId,
            "timestamp" => Known::Timestamp,
            name if name == self.0 => Known::Body,
            _ => Known::Other,
        })
    }
}
