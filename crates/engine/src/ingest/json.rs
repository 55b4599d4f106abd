//! JSON values straight into [`Cells`], without a tree in between.
//!
//! Numbers keep the type that they are written with: `1` is integral, `1.0` and `1e2` are fractional, an integer beyond 64 bits is the nearest
//! double. Of a nested value only its kind counts: a regular array of numbers is a tensor, anything else an object.
//!
//! The parser's own errors quote the input, so none of them is passed on: where it stopped is.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sonic_rs::{Deserializer, Read};

use super::cells::Cells;
use super::table::Table;
use super::{IngestLimits, invalid};
use crate::error::EngineError;

/// What a parse needs besides its input: the limits, and a place for an error of ours, which the parser's would only quote.
pub(crate) struct Context<'l> {
    pub limits: &'l IngestLimits,
    problem: RefCell<Option<EngineError>>,
}

impl<'l> Context<'l> {
    pub fn new(limits: &'l IngestLimits) -> Self {
        Self { limits, problem: RefCell::default() }
    }

    /// Gives up with an error of ours.
    pub fn fail<E: serde::de::Error>(&self, error: EngineError) -> E {
        self.problem.replace(Some(error));
        E::custom("refused")
    }

    /// Reads the one value of `text`.
    ///
    /// # Errors
    /// What `seed` failed with, or `ERR_INVALID_DATA` where the text is no JSON.
    pub fn read<'de, S: DeserializeSeed<'de>>(&self, text: &'de str, seed: S) -> Result<S::Value, EngineError> {
        let mut parser = Deserializer::new(Read::from(text)).utf8_lossy();
        let outcome = seed.deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
        outcome.map_err(|error| {
            let ours = self.problem.take();
            ours.unwrap_or_else(|| invalid(&format!("it is no JSON of the form asked for, at byte {}", error.offset())))
        })
    }
}

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

/// The lengths found in each dimension of an array, and at which depth its numbers lie.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    lengths: Vec<Option<usize>>,
    leaf_depth: Option<usize>,
    /// Arrays of one dimension differ in length, or numbers and arrays stand side by side.
    pub ragged: bool,
    /// There is something besides numbers and arrays.
    pub mixed: bool,
}

impl Shape {
    /// A regular, non-empty array of numbers.
    pub fn is_tensor(&self) -> bool {
        !self.ragged && !self.mixed && self.leaf_depth.is_some()
    }

    /// Reads an array to its end; false when it is no part of a tensor.
    pub fn walk<'de, A: SeqAccess<'de>>(
        &mut self,
        context: &Context<'_>,
        mut seq: A,
        depth: usize,
    ) -> Result<bool, A::Error> {
        check_depth(context, depth)?;
        let mut length = 0usize;
        let inner = depth.saturating_add(1);
        while seq.next_element_seed(Nested { context, shape: self, depth: inner })?.is_some() {
            length = length.saturating_add(1);
        }
        // An inner array ends before the one around it.
        if self.lengths.len() <= depth {
            self.lengths.resize(inner, None);
        }
        if let Some(known) = self.lengths.get_mut(depth) {
            self.ragged |= *known.get_or_insert(length) != length;
        }
        Ok(!self.ragged && !self.mixed && length > 0)
    }

    fn leaf(&mut self, depth: usize, is_number: bool) {
        self.mixed |= !is_number;
        self.ragged |= *self.leaf_depth.get_or_insert(depth) != depth;
    }
}

fn check_depth<E: serde::de::Error>(context: &Context<'_>, depth: usize) -> Result<(), E> {
    if depth < context.limits.max_depth {
        return Ok(());
    }
    Err(context.fail(invalid("a value is nested deeper than limits.maxDepth allows")))
}

/// Reads an object to its end.
pub(crate) fn walk_map<'de, A: MapAccess<'de>>(
    context: &Context<'_>,
    mut map: A,
    depth: usize,
) -> Result<(), A::Error> {
    check_depth(context, depth)?;
    let shape = &mut Shape::default();
    while map.next_key::<IgnoredAny>()?.is_some() {
        map.next_value_seed(Nested { context, shape, depth: depth.saturating_add(1) })?;
    }
    Ok(())
}

/// A value whose content does not matter but for its shape. Checked all the same.
pub(crate) struct Nested<'a, 'l> {
    pub context: &'a Context<'l>,
    pub shape: &'a mut Shape,
    /// How many arrays and objects it lies in.
    pub depth: usize,
}

impl<'de> DeserializeSeed<'de> for Nested<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.shape.leaf(self.depth, false);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.shape.leaf(self.depth, false);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.shape.leaf(self.depth, true);
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.shape.leaf(self.depth, true);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.shape.leaf(self.depth, true);
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.shape.leaf(self.depth, false);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        self.shape.walk(self.context, seq, self.depth).map(|_| ())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.shape.leaf(self.depth, false);
        walk_map(self.context, map, self.depth)
    }
}

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
