//! JSON objects as rows of a table.

use std::fmt;

use rustc_hash::FxHashSet;
use serde::de::{DeserializeSeed, MapAccess, Visitor};

use super::cell::Cell;
use super::context::Context;
use super::nested::{Nested, Shape};
use crate::cells::Cells;
use crate::table::Table;

/// Names of columns.
pub type Names = FxHashSet<Box<str>>;

/// One object into a row of a table.
pub(crate) struct Record<'a, 'l> {
    pub context: &'a Context<'l>,
    pub table: &'a mut Table,
    /// The columns that are read; `None`: all. The others are passed over.
    pub only: Option<&'a Names>,
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
        let Self { context, table, only } = self;
        let row = table.begin_row();
        while let Some(found) = map.next_key_seed(Name { context, table, only })? {
            match found {
                Some(cells) => map.next_value_seed(Cell { context, cells, row })?,
                None => map.next_value_seed(Nested { context, shape: &mut Shape::default(), depth: 0 })?,
            }
        }
        Ok(())
    }
}

/// A column name into the column it names, if that is read.
struct Name<'a, 'l, 't> {
    context: &'a Context<'l>,
    table: &'t mut Table,
    only: Option<&'a Names>,
}

impl<'de, 't> DeserializeSeed<'de> for Name<'_, '_, 't> {
    type Value = Option<&'t mut Cells>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'_> for Name<'_, '_, 't> {
    type Value = Option<&'t mut Cells>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a column name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        if self.only.is_some_and(|only| !only.contains(name)) {
            return Ok(None);
        }
        self.table.column(name, self.context.limits).map(Some).map_err(|error| self.context.fail(error))
    }
}
