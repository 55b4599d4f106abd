//! Fields of a request that hold one value.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::context::Context;
use super::refuse::{refuse_lists_and_maps, refuse_others};
use crate::error::{IngestError, IngestErrorKind, invalid};

/// A text, or null.
pub(super) struct Name<'a, 'l> {
    pub context: &'a Context<'l>,
    pub what: &'static str,
}

impl Name<'_, '_> {
    fn refuse<E: serde::de::Error>(&self) -> E {
        self.context.fail(invalid(&format!("its {} is no text", self.what)))
    }
}

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = Option<String>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Name<'_, '_> {
    type Value = Option<String>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value.to_owned()))
    }

    refuse_others! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64 }
    refuse_lists_and_maps! {}
}

/// A time in milliseconds, or null.
pub(super) struct Time<'a, 'l> {
    pub context: &'a Context<'l>,
}

impl Time<'_, '_> {
    fn refuse<E: serde::de::Error>(&self) -> E {
        let message = "the message was rejected: its timestamp is no number of milliseconds";
        self.context.fail(IngestError::new(IngestErrorKind::InvalidTimestamp, message))
    }
}

impl<'de> DeserializeSeed<'de> for Time<'_, '_> {
    type Value = Option<f64>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Time<'_, '_> {
    type Value = Option<f64>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a time")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    refuse_others! { visit_bool: bool, visit_str: &str }
    refuse_lists_and_maps! {}
}
