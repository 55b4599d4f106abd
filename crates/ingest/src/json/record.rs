//! JSON objects as rows of a table.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use super::cell::Cell;
use super::context::Context;
use crate::cells::Cells;
use crate::table::Table;

/// One object into a row of a table.
pub(crate) struct Record<'a, 'l> {
    pub context: &'a Context<'l>,
    pub table: &'a mut Table,
}

impl<'de> DeserializeSeed<'de> for Record<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Record<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { context, table } = self;
        let row = table.begin_row();
        while let Some(cells) = map.next_key_seed(Name { context, table })? {
            map.next_value_seed(Cell { context, cells, row })?;
        }
        Ok(())
    }
}

/// A column name into the column it names.
struct Name<'a, 'l, 't> {
    context: &'a Context<'l>,
    table: &'t mut Table,
}

impl<'de, 't> DeserializeSeed<'de> for Name<'_, '_, 't> {
    type Value = &'t mut Cells;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'_> for Name<'_, '_, 't> {
    type Value = &'t mut Cells;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a column name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        self.table.column(name, self.context.limits).map_err(|error| self.context.fail(error))
    }
}
