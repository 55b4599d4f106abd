//! Nested values, of which only the shape counts.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::context::Context;
use crate::error::invalid;

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
