//! The envelope of a publish-subscribe service's push request: JSON whose `message.data` holds the payload in base64.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{DeserializeSeed, MapAccess, Visitor};

use super::context::Context;
use super::nested::{Nested, Shape};
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The payload as text.
///
/// # Errors
/// `InvalidData`.
pub(super) fn open(text: &str, limits: &IngestLimits) -> Result<String, IngestError> {
    let context = Context::new(limits);
    let data = context.read(text, Fields { context: &context, names: &["message", "data"] })?;
    let data = data.ok_or_else(|| invalid("the envelope has no message with data"))?;
    let bytes = LENIENT.decode(data.trim()).map_err(|_| invalid("the envelope's data is no base64"))?;
    String::from_utf8(bytes).map_err(|_| invalid("the envelope's data is no UTF-8"))
}

/// The text found by following `names` down nested objects.
struct Fields<'a, 'l> {
    context: &'a Context<'l>,
    names: &'a [&'a str],
}

impl<'de> DeserializeSeed<'de> for Fields<'_, '_> {
    type Value = Option<String>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_, '_> {
    type Value = Option<String>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an envelope")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        if self.names.is_empty() {
            return Ok(Some(value.to_owned()));
        }
        Err(self.context.fail(invalid("the envelope is no object")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((name, inner)) = self.names.split_first() else {
            return Err(self.context.fail(invalid("the envelope's data is no text")));
        };
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == *name {
                found = map.next_value_seed(Fields { context: self.context, names: inner })?;
            } else {
                map.next_value_seed(Nested { context: self.context, shape: &mut Shape::default(), depth: 0 })?;
            }
        }
        Ok(found)
    }
}
