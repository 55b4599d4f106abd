//! Embeddings: `{ column: nested list }`. A message counts one tensor a column, whatever its dimensions, as the reference does with one that comes alone.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::context::Context;
use super::nested::{Shape, walk_map};
use super::refuse::refuse_others;
use crate::cells::Cells;
use crate::error::invalid;
use crate::table::Table;

/// `{ column: nested list }`, or null: one tensor a column.
pub(super) struct Embeddings<'a, 'l> {
    pub context: &'a Context<'l>,
}

impl Embeddings<'_, '_> {
    fn refuse<E: serde::de::Error>(&self) -> E {
        self.context.fail(invalid("its field \"embeddings\" is not { column: list }"))
    }
}

impl<'de> DeserializeSeed<'de> for Embeddings<'_, '_> {
    type Value = Option<Table>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Embeddings<'_, '_> {
    type Value = Option<Table>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("embeddings")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let context = self.context;
        let mut table = Table::default();
        let row = table.begin_row();
        while let Some(name) = map.next_key::<String>()? {
            let cells = table.column(&name, context.limits).map_err(|error| context.fail(error))?;
            map.next_value_seed(Embedding { context, cells, row, name: &name })?;
        }
        Ok(Some(table))
    }

    refuse_others! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.refuse())
    }
}

/// One column's list. A list that is no regular array of numbers, a text and an object count as objects; a ragged list and a lone number are refused.
struct Embedding<'a, 'l> {
    context: &'a Context<'l>,
    cells: &'a mut Cells,
    row: u64,
    name: &'a str,
}

impl Embedding<'_, '_> {
    fn refuse<E: serde::de::Error>(&self) -> E {
        self.context.fail(invalid(&format!("the embedding of column {:?} is ragged, or no list", self.name)))
    }
}

impl<'de> DeserializeSeed<'de> for Embedding<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Embedding<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.cells.object(self.row);
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(self.refuse())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let mut shape = Shape::default();
        shape.walk(self.context, seq, 0)?;
        if shape.ragged {
            return Err(self.refuse());
        }
        if shape.is_tensor() {
            self.cells.tensor(self.row);
        } else {
            self.cells.object(self.row);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        walk_map(self.context, map, 0)?;
        self.cells.object(self.row);
        Ok(())
    }

    refuse_others! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64 }
}
