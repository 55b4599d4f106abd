//! A column as the components of its metrics, the form in which the file holds it.
//!
//! ```text
//! component = { 1: type id, one of { 2: n int64, 3: d double, 4: frequent items, 5: hll, 6: kll } }, a sketch = { 1: image }
//! ```
//!
//! A zero is written, because a reader tells by the field's presence which kind of value it has. Components are written where they go, without a buffer
//! of their own: most of a profile's bytes are images of sketches.

use std::borrow::Cow;

use super::{Column, Ints};
use crate::condition::TOTAL;
use crate::frequent::Frequent;
use crate::hll::Hll;
use crate::kll::Kll;
use crate::sketch::Sketch;
use crate::wire::Writer;

pub(super) const N: u32 = 2;
pub(super) const D: u32 = 3;

pub(super) const KLL_PATH: &str = "distribution/kll";
pub(super) const HLL_PATH: &str = "cardinality/hll";
pub(super) const FREQUENT_PATH: &str = "frequent_items/frequent_strings";
pub(super) const CONDITIONS: &str = "condition_count/";
pub(super) const UNICODE: &str = "unicode_range/";

/// A component that is not yet written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'a> {
    Counter(u64),
    Integer {
        type_id: u64,
        value: i64,
    },
    Double(f64),
    Kll(&'a Kll),
    Hll(&'a Hll),
    Frequent(&'a Frequent),
    /// As it was read.
    Other(&'a [u8]),
}

impl Part<'_> {
    /// Appends the component's message.
    pub(crate) fn write(self, out: &mut Writer) {
        match self {
            Self::Counter(count) => {
                out.varint(N, count.min(i64::MAX as u64));
            }
            Self::Integer { type_id, value } => {
                out.varint(1, type_id).varint(N, value as u64);
            }
            Self::Double(value) => {
                out.double(D, value);
            }
            Self::Kll(kll) => sketch(out, kll),
            Self::Hll(hll) => sketch(out, hll),
            Self::Frequent(frequent) => sketch(out, frequent),
            Self::Other(component) => {
                out.raw(component);
            }
        }
    }
}

fn sketch<S: Sketch>(out: &mut Writer, sketch: &S) {
    out.nested(S::FIELD, |message| message.nested(1, |image| image.append(|bytes| sketch.write_image(bytes))));
}

impl Column {
    /// Path and component of everything that a [settled](Self::settled) column holds, ascending by path.
    pub(crate) fn parts(&self) -> Vec<(Cow<'_, str>, Part<'_>)> {
        let mut parts: Vec<(Cow<'_, str>, Part<'_>)> =
            self.counters().map(|(path, count)| (path.into(), Part::Counter(count))).collect();
        if let Some(Ints { max, min }) = self.ints {
            parts.push(("ints/max".into(), Part::Integer { type_id: 2, value: max }));
            parts.push(("ints/min".into(), Part::Integer { type_id: 1, value: min }));
        }
        if let Some(state) = &self.distribution {
            parts.push((KLL_PATH.into(), Part::Kll(&state.kll)));
            parts.push(("distribution/m2".into(), Part::Double(state.moments.m2)));
            parts.push(("distribution/mean".into(), Part::Double(state.moments.mean)));
        }
        parts.extend(self.cardinality.iter().map(|hll| (HLL_PATH.into(), Part::Hll(hll))));
        parts.extend(self.frequent.iter().map(|frequent| (FREQUENT_PATH.into(), Part::Frequent(frequent))));
        if let Some(conditions) = &self.conditions {
            let matches = conditions.matches.iter().map(|(name, count)| (name.as_str(), *count));
            for (name, count) in [(TOTAL, conditions.total)].into_iter().chain(matches) {
                parts.push((format!("{CONDITIONS}{name}").into(), Part::Counter(count)));
            }
        }
        for (name, column) in self.unicode.iter().flat_map(|unicode| unicode.parts()) {
            // Ranges count characters, so that they have no bools to settle.
            parts.extend(
                column.parts().into_iter().map(|(path, part)| (format!("{UNICODE}{name}:{path}").into(), part)),
            );
        }
        parts.extend(
            self.components_of_others().map(|(path, component)| (path.as_str().into(), Part::Other(component))),
        );
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        parts
    }
}
