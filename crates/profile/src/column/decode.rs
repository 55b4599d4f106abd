//! Reading a column from its components; `encode` says what they look like.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use super::encode::{CONDITIONS, D, FREQUENT_PATH, HLL_PATH, KLL_PATH, N, UNICODE};
use super::others::Others;
use super::{Column, DistributionState};
use crate::FormatError;
use crate::condition::{ConditionCounts, TOTAL};
use crate::kll::Kll;
use crate::moments::Moments;
use crate::schema::ColumnSchema;
use crate::sketch::Sketch;
use crate::unicode::{UnicodeState, part_schema, part_seed};
use crate::wire::{Message, Value, WireError};

/// Encoded components by path.
pub(crate) type Parts<'a> = BTreeMap<&'a str, &'a [u8]>;

impl Column {
    /// Reads a column from its components. Counters that are missing are 0; a sketch that is missing takes its metric with it.
    pub(crate) fn from_parts(
        name: &str,
        mut parts: Parts<'_>,
        schema: Arc<ColumnSchema>,
        seed: u64,
    ) -> Result<Self, FormatError> {
        let mut column = Self::empty(schema, seed);
        let reader = Reader { column: name };
        for (path, target) in column.counters_mut() {
            if let Some(component) = parts.remove(path) {
                *target = reader.counter(path, component)?;
            }
        }
        let (max, min) = (parts.remove("ints/max"), parts.remove("ints/min"));
        if max.is_some() || min.is_some() {
            let ints = column.ints_mut();
            if let Some(component) = max {
                ints.max = reader.integer("ints/max", component)?;
            }
            if let Some(component) = min {
                ints.min = reader.integer("ints/min", component)?;
            }
        }
        let mean =
            parts.remove("distribution/mean").map(|part| reader.double("distribution/mean", part)).transpose()?;
        let m2 = parts.remove("distribution/m2").map(|part| reader.double("distribution/m2", part)).transpose()?;
        if let Some(component) = parts.remove(KLL_PATH) {
            let kll: Kll = reader.sketch(KLL_PATH, component, seed)?;
            let moments = Moments { mean: mean.unwrap_or(0.0), m2: m2.unwrap_or(0.0) };
            column.distribution = Some(Box::new(DistributionState { kll, moments }));
        } else if mean.is_some() || m2.is_some() {
            return Err(reader.error(KLL_PATH, "the sketch is missing, but its moments are there"));
        }
        if let Some(component) = parts.remove(HLL_PATH) {
            column.cardinality = Some(Box::new(reader.sketch(HLL_PATH, component, seed)?));
        }
        if let Some(component) = parts.remove(FREQUENT_PATH) {
            column.frequent = Some(Box::new(reader.sketch(FREQUENT_PATH, component, seed)?));
        }
        column.conditions = reader.conditions(&mut parts)?.map(Box::new);
        // A range has no ranges: what nests is a metric that nobody knows.
        if !Arc::ptr_eq(&column.schema, &part_schema()) {
            column.unicode = unicode(name, &mut parts, seed)?.map(Box::new);
        }
        if !parts.is_empty() {
            let others = parts.into_iter().map(|(path, component)| (path.to_owned(), component.to_vec())).collect();
            column.others = Some(Box::new(Others::new(others)));
        }
        Ok(column)
    }
}

/// The components whose paths begin with `prefix`, with the rest of their paths.
fn take<'a>(parts: &mut Parts<'a>, prefix: &'static str) -> Vec<(&'a str, &'a [u8])> {
    let paths: Vec<&str> =
        parts.range(prefix..).map(|(path, _)| *path).take_while(|path| path.starts_with(prefix)).collect();
    let found = |path: &'a str| Some((path.strip_prefix(prefix)?, parts.remove(path)?));
    paths.into_iter().filter_map(found).collect()
}

/// Every range's part is a column of its own.
fn unicode(column: &str, parts: &mut Parts<'_>, seed: u64) -> Result<Option<UnicodeState>, FormatError> {
    let mut ranges: BTreeMap<&str, Parts<'_>> = BTreeMap::new();
    for (path, component) in take(parts, UNICODE) {
        let Some((range, path)) = path.split_once(':') else {
            return Err(Reader { column }.error(&format!("{UNICODE}{path}"), "the path names no range"));
        };
        ranges.entry(range).or_default().insert(path, component);
    }
    let mut columns = BTreeMap::new();
    for (range, parts) in ranges {
        let part = Column::from_parts(column, parts, part_schema(), part_seed(seed, range))?;
        columns.insert(range.to_owned(), Box::new(part));
    }
    Ok((!columns.is_empty()).then(|| UnicodeState::from_parts(columns)))
}

/// Reads components, and puts the column's name to what is wrong with them.
struct Reader<'a> {
    column: &'a str,
}

impl Reader<'_> {
    fn error(&self, path: &str, reason: &'static str) -> FormatError {
        FormatError::Component { column: self.column.to_owned(), path: path.to_owned(), reason }
    }

    /// The value of a component, which must be of the kind that `field` says.
    fn value<'a>(&self, path: &str, field: u32, component: &'a [u8]) -> Result<Value<'a>, FormatError> {
        let wire = |error| match error {
            WireError::Truncated => self.error(path, "the component ends too early"),
            WireError::Malformed(reason) => self.error(path, reason),
        };
        let mut message = Message::new(component);
        let mut value = None;
        while let Some(next) = message.next_field().map_err(wire)? {
            if next.number > 1 {
                value = Some(next);
            }
        }
        match value {
            Some(found) if found.number == field => Ok(found.value),
            Some(_) => Err(self.error(path, "the component holds another kind of value")),
            None => Err(self.error(path, "the component holds no value")),
        }
    }

    fn integer(&self, path: &str, component: &[u8]) -> Result<i64, FormatError> {
        let value = self.value(path, N, component)?.varint();
        value.map(|value| value as i64).map_err(|_| self.error(path, "the component holds no whole number"))
    }

    fn counter(&self, path: &str, component: &[u8]) -> Result<u64, FormatError> {
        u64::try_from(self.integer(path, component)?).map_err(|_| self.error(path, "a counter is negative"))
    }

    fn conditions(&self, parts: &mut Parts<'_>) -> Result<Option<ConditionCounts>, FormatError> {
        let mut counts = ConditionCounts::default();
        let found = take(parts, CONDITIONS);
        for &(name, component) in &found {
            let count = self.counter(&format!("{CONDITIONS}{name}"), component)?;
            if name == TOTAL {
                counts.total = count;
            } else {
                counts.matches.push((name.to_owned(), count));
            }
        }
        Ok((!found.is_empty()).then_some(counts))
    }

    fn double(&self, path: &str, component: &[u8]) -> Result<f64, FormatError> {
        self.value(path, D, component)?.double().map_err(|_| self.error(path, "the component holds no double"))
    }

    fn sketch<S: Sketch>(&self, path: &'static str, component: &[u8], seed: u64) -> Result<S, FormatError> {
        let malformed = |_| self.error(path, "the sketch's message is malformed");
        let mut message = Message::new(self.value(path, S::FIELD, component)?.bytes().map_err(malformed)?);
        let mut image: &[u8] = &[];
        while let Some(next) = message.next_field().map_err(malformed)? {
            if next.number == 1 {
                image = next.value.bytes().map_err(malformed)?;
            }
        }
        S::from_image(image, seed).map_err(|source| FormatError::Sketch {
            column: self.column.to_owned(),
            path,
            source,
        })
    }
}
