//! JSON values straight into [`Cells`], without a tree in between.
//!
//! Numbers keep the type that they are written with: `1` is integral, `1.0` and `1e2` are fractional, an integer beyond 64 bits is the nearest
//! double. Of a nested value only its kind counts: a regular array of numbers is a tensor, anything else an object.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::context::Context;
use super::nested::{Shape, walk_map};
use crate::cells::Cells;

/// One value into a column.
pub(crate) struct Cell<'a, 'l> {
    pub context: &'a Context<'l>,
    pub cells: &'a mut Cells,
    pub row: u64,
}

impl<'de> DeserializeSeed<'de> for Cell<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.cells.null(self.row);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.cells.boolean(self.row, value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.cells.integer(self.row, value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(integer) => self.cells.integer(self.row, integer),
            Err(_) => self.cells.double(self.row, value as f64),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.cells.double(self.row, value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.cells.text_within(self.row, value, self.context.limits.max_value_bytes);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let mut shape = Shape::default();
        if shape.walk(self.context, seq, 0)? && shape.is_tensor() {
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
}
