//! Merging metrics that this crate does not know: by the types of their components, as the reference's registry of aggregators does.
//!
//! | component | merged |
//! |---|---|
//! | a number without a type id | the sum |
//! | a number with type id 1, 2 | the smaller, the larger |
//! | a sketch without a type id | as the sketch merges |
//! | anything else | not at all: its meaning is known to its metric alone |
//!
//! A metric with a component of the last kind is merged by its own program in a way of its own. So it stays where both sides agree in
//! all of it, and cannot be merged otherwise. Mean and second moment of a `distribution` are no sums: they are merged with its sketch.

use std::collections::{BTreeMap, BTreeSet};

use super::encode::{D, N, Part};
use crate::frequent::Frequent;
use crate::hll::Hll;
use crate::kll::Kll;
use crate::moments::Moments;
use crate::sketch::Sketch;
use crate::unicode::part_seed;
use crate::wire::{Message, Value, Writer};

/// What a column holds of metrics that this crate does not know, and which metrics of any kind it could not merge.
#[derive(Debug, Clone, Default)]
pub(super) struct Others {
    /// Components by path, as they were read.
    pub components: BTreeMap<String, Vec<u8>>,
    /// Metrics that were left out of a merge. One that comes later is left out as well: it would stand for all rows and count some.
    left_out: BTreeSet<String>,
}

/// The type ids that the reference gives a meaning.
const PLAIN: u64 = 0;
const MIN: u64 = 1;
const MAX: u64 = 2;

/// The field of a component that holds a record of a user's own, a map in protobuf's `Struct`.
const RECORD: u32 = 11;

impl Others {
    pub fn new(components: BTreeMap<String, Vec<u8>>) -> Self {
        Self { components, left_out: BTreeSet::new() }
    }

    /// Leaves out a metric from now on.
    pub fn leave_out(&mut self, metric: &str) {
        self.left_out.insert(metric.to_owned());
    }

    /// Whether a metric was left out.
    pub fn lacks(&self, metric: &str) -> bool {
        self.left_out.contains(metric)
    }

    /// Adds another's components; gives the metrics that cannot be merged, which are then left out.
    pub fn merge(&mut self, theirs: &Self, seed: u64) -> Vec<String> {
        let (left, right) = (by_metric(&self.components), by_metric(&theirs.components));
        let mut merged = BTreeMap::new();
        let mut unmergeable = Vec::new();
        for &metric in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
            let none = BTreeMap::new();
            let (left, right) = (left.get(metric).unwrap_or(&none), right.get(metric).unwrap_or(&none));
            let name = metric.trim_end_matches('/');
            let parts =
                if self.lacks(name) || theirs.lacks(name) { None } else { merge_metric(metric, left, right, seed) };
            match parts {
                Some(parts) => merged.extend(parts),
                None => unmergeable.push(name.to_owned()),
            }
        }
        self.components = merged;
        self.left_out.extend(unmergeable.iter().chain(&theirs.left_out).cloned());
        unmergeable
    }
}

fn by_metric(components: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&str, Parts<'_>> {
    let mut metrics: BTreeMap<&str, Parts<'_>> = BTreeMap::new();
    for (path, component) in components {
        metrics.entry(metric_of(path)).or_default().insert(path, component);
    }
    metrics
}

/// The components of one metric by their paths.
type Parts<'a> = BTreeMap<&'a str, &'a [u8]>;

/// The metric of a component: `namespace/`, or `namespace/name:metric/` of one inside of another.
fn metric_of(path: &str) -> &str {
    let namespace = path.find('/').map_or(path.len(), |end| end + 1);
    let inner = path[namespace..].find('/').map_or(namespace, |end| namespace + end + 1);
    &path[..inner]
}

/// `None`: it cannot be merged.
fn merge_metric(metric: &str, left: &Parts<'_>, right: &Parts<'_>, seed: u64) -> Option<Vec<(String, Vec<u8>)>> {
    let owned = |parts: &Parts<'_>| {
        parts.iter().map(|(&path, &component)| (path.to_owned(), component.to_vec())).collect::<Vec<_>>()
    };
    if left.is_empty() || right.is_empty() {
        return Some(owned(if left.is_empty() { right } else { left }));
    }
    if metric.ends_with(":distribution/")
        && let Some(merged) = merge_distribution(metric, left, right, seed)
    {
        return Some(merged);
    }
    let paths: BTreeSet<&str> = left.keys().chain(right.keys()).copied().collect();
    let merged = paths.iter().map(|&path| {
        let component = match (left.get(path), right.get(path)) {
            (Some(left), Some(right)) => merge_component(left, right, part_seed(seed, path))?,
            (Some(one), None) | (None, Some(one)) => is_known(one).then(|| one.to_vec())?,
            (None, None) => return None,
        };
        Some((path.to_owned(), component))
    });
    let merged: Option<Vec<_>> = merged.collect();
    merged.or_else(|| is_same(left, right).then(|| owned(left)))
}

/// Whether both have the same components, entries of records in any order.
fn is_same(left: &Parts<'_>, right: &Parts<'_>) -> bool {
    left.keys().eq(right.keys()) && left.values().zip(right.values()).all(|(left, right)| sorted(left) == sorted(right))
}

/// The fields of a component, the entries of a record sorted: the reference writes them in the order of hashes.
fn sorted(component: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut message = Message::new(component);
    while let Ok(Some(field)) = message.next_field() {
        let (RECORD, Value::Bytes(bytes)) = (field.number, field.value) else { return vec![component] };
        let mut entries = Message::new(bytes);
        while let Ok(Some(entry)) = entries.next_field() {
            let Value::Bytes(entry) = entry.value else { return vec![component] };
            found.push(entry);
        }
    }
    if found.is_empty() {
        return vec![component];
    }
    found.sort_unstable();
    found
}

fn is_known(component: &[u8]) -> bool {
    Merging::read(component, 0).is_some()
}

fn merge_component(left: &[u8], right: &[u8], seed: u64) -> Option<Vec<u8>> {
    let (left, right) = (Merging::read(left, seed)?, Merging::read(right, seed)?);
    let mut out = Writer::new();
    left.merge(right)?.write(&mut out);
    Some(out.finish())
}

/// As [`Moments::merged`]; `None`: it is no distribution.
fn merge_distribution(metric: &str, left: &Parts<'_>, right: &Parts<'_>, seed: u64) -> Option<Vec<(String, Vec<u8>)>> {
    let [kll, mean, m2] = ["kll", "mean", "m2"].map(|name| format!("{metric}{name}"));
    let read = |parts: &Parts<'_>| {
        let number = |path: &str| match Merging::read(parts.get(path)?, 0)? {
            Merging { type_id: PLAIN, state: State::Double(number) } => Some(number),
            _ => None,
        };
        let Merging { type_id: PLAIN, state: State::Kll(sketch) } =
            Merging::read(parts.get(kll.as_str())?, part_seed(seed, &kll))?
        else {
            return None;
        };
        (parts.len() == 3).then_some(())?;
        Some((sketch, Moments { mean: number(&mean)?, m2: number(&m2)? }))
    };
    let ((mut mine, moments), (theirs, other)) = (read(left)?, read(right)?);
    let moments = moments.merged(mine.n(), other, theirs.n());
    mine.merge(&theirs);
    let written = |part: Part<'_>| {
        let mut out = Writer::new();
        part.write(&mut out);
        out.finish()
    };
    let parts = [(m2, Part::Double(moments.m2)), (mean, Part::Double(moments.mean)), (kll.clone(), Part::Kll(&mine))];
    Some(parts.map(|(path, part)| (path, written(part))).into())
}

/// A component whose merging is known.
struct Merging {
    type_id: u64,
    state: State,
}

enum State {
    Integer(i64),
    Double(f64),
    Frequent(Box<Frequent>),
    Hll(Box<Hll>),
    Kll(Box<Kll>),
}

impl Merging {
    /// `None`: it is of another kind, or damaged.
    fn read(component: &[u8], seed: u64) -> Option<Self> {
        let mut message = Message::new(component);
        let (mut type_id, mut state) = (PLAIN, None);
        while let Some(field) = message.next_field().ok()? {
            state = match (field.number, field.value) {
                (1, Value::Varint(id)) => {
                    type_id = id;
                    continue;
                }
                (N, Value::Varint(number)) => Some(State::Integer(number.cast_signed())),
                (D, Value::Fixed64(bits)) => Some(State::Double(f64::from_bits(bits))),
                (Frequent::FIELD, Value::Bytes(bytes)) => Some(State::Frequent(sketch(bytes, seed)?)),
                (Hll::FIELD, Value::Bytes(bytes)) => Some(State::Hll(sketch(bytes, seed)?)),
                (Kll::FIELD, Value::Bytes(bytes)) => Some(State::Kll(sketch(bytes, seed)?)),
                _ => return None,
            };
        }
        let state = state?;
        let is_number = matches!(state, State::Integer(_) | State::Double(_));
        (type_id == PLAIN || (is_number && [MIN, MAX].contains(&type_id))).then_some(Self { type_id, state })
    }

    /// `None`: they are of different kinds.
    fn merge(self, other: Self) -> Option<Self> {
        let Self { type_id, state } = self;
        (type_id == other.type_id).then_some(())?;
        let state = match (type_id, state, other.state) {
            // As Python's `min` and `max`, which keep the first of two that do not compare.
            (MIN, State::Integer(left), State::Integer(right)) => State::Integer(left.min(right)),
            (MAX, State::Integer(left), State::Integer(right)) => State::Integer(left.max(right)),
            (MIN, State::Double(left), State::Double(right)) => State::Double(if right < left { right } else { left }),
            (MAX, State::Double(left), State::Double(right)) => State::Double(if right > left { right } else { left }),
            (_, State::Integer(left), State::Integer(right)) => State::Integer(left.saturating_add(right)),
            (_, State::Double(left), State::Double(right)) => State::Double(left + right),
            (_, State::Frequent(mut left), State::Frequent(right)) => {
                left.merge(&right);
                State::Frequent(left)
            }
            (_, State::Hll(mut left), State::Hll(right)) => {
                left.merge(&right);
                State::Hll(left)
            }
            (_, State::Kll(mut left), State::Kll(right)) => {
                left.merge(&right);
                State::Kll(left)
            }
            _ => return None,
        };
        Some(Self { type_id, state })
    }

    fn write(&self, out: &mut Writer) {
        if self.type_id != PLAIN {
            out.varint(1, self.type_id);
        }
        match &self.state {
            State::Integer(number) => {
                out.varint(N, number.cast_unsigned());
            }
            State::Double(number) => {
                out.double(D, *number);
            }
            State::Frequent(sketch) => Part::Frequent(sketch).write(out),
            State::Hll(sketch) => Part::Hll(sketch).write(out),
            State::Kll(sketch) => Part::Kll(sketch).write(out),
        }
    }
}

/// The sketch in a message that holds its image.
fn sketch<S: Sketch>(message: &[u8], seed: u64) -> Option<Box<S>> {
    let mut message = Message::new(message);
    let mut image: &[u8] = &[];
    while let Some(field) = message.next_field().ok()? {
        if field.number == 1 {
            image = field.value.bytes().ok()?;
        }
    }
    S::from_image(image, seed).ok().map(Box::new)
}
