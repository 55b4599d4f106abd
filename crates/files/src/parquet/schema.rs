//! The schema: which columns there are, and what the values of each count as: what the reader of Arrow IPC makes of the same.

use std::collections::HashSet;

use crate::names::own_name;

use super::damage::{Fallible, bad};
use super::footer::{Footer, Node};

/// How deep columns may be nested.
const MAX_DEPTH: usize = 64;

/// What values are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Physical {
    Bool,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    Bytes,
    /// Bytes, always as many.
    Fixed(usize),
}

/// What values count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Signed(u8),
    Unsigned(u8),
    /// Of any width.
    Float,
    /// In this scale.
    Decimal(i32),
    Text,
    /// Nothing of them counts but that they are there.
    Object,
    /// As ms since the epoch: of a column that holds the times of rows.
    Time(Unit),
}

/// What a time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Days,
    Millis,
    Micros,
    Nanos,
    /// A day and ns within it, in 12 bytes.
    Int96,
}

/// How a column's values are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One a row.
    Flat,
    /// A group or list, of which only counts whether it is there.
    Whole,
    /// Lists of numbers, or of such lists.
    Lists,
}

/// A column: a field of the schema's root.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    /// Of which leaf the levels tell of it; `None`: it has none.
    pub leaf: Option<usize>,
    pub physical: Physical,
    pub kind: Kind,
    /// Where it holds times.
    pub unit: Option<Unit>,
    pub shape: Shape,
    /// Whether a row may lack it.
    pub is_optional: bool,
    pub max_definition: u16,
    pub max_repetition: u16,
    /// A remark on it.
    pub note: Option<&'static str>,
}

/// A leaf, with the levels of its values.
struct Leaf {
    node: usize,
    definition: u16,
    repetition: u16,
}

/// The columns, in their order, under names of their own.
///
/// # Errors
/// `Bad`.
pub(super) fn columns(footer: &Footer) -> Fallible<Vec<Column>> {
    let nodes = &footer.nodes;
    let root = nodes.first().ok_or_else(|| bad("the footer is damaged: it has no schema"))?;
    let mut columns = Vec::new();
    let (mut at, mut leaves_before) = (1, 0);
    let mut names = HashSet::new();
    for _ in 0..root.children {
        let mut leaves = Vec::new();
        let start = at;
        at = walk(nodes, at, (0, 0), 0, &mut leaves)?;
        let column = column(nodes, start, leaves_before, &leaves)?;
        leaves_before += leaves.len();
        columns.push(Column { name: own_name(&column.name, &mut names), ..column });
    }
    if at != nodes.len() {
        return Err(damaged());
    }
    Ok(columns)
}

/// Finds the leaves below a node; gives the node behind them.
fn walk(
    nodes: &[Node],
    at: usize,
    (definition, repetition): (u16, u16),
    depth: usize,
    leaves: &mut Vec<Leaf>,
) -> Fallible<usize> {
    let node = nodes.get(at).filter(|_| depth <= MAX_DEPTH).ok_or_else(damaged)?;
    let definition = definition + u16::from(node.repetition != 0);
    let repetition = repetition + u16::from(node.repetition == 2);
    let mut next = at + 1;
    if node.physical.is_some() {
        leaves.push(Leaf { node: at, definition, repetition });
        return Ok(next);
    }
    for _ in 0..node.children {
        next = walk(nodes, next, (definition, repetition), depth + 1, leaves)?;
    }
    Ok(next)
}

fn column(nodes: &[Node], at: usize, leaves_before: usize, leaves: &[Leaf]) -> Fallible<Column> {
    let node = nodes.get(at).ok_or_else(damaged)?;
    let has_numbers = is_list_of_numbers(nodes, at, 0);
    // Of an object any leaf says whether it is there; one that repeats least says it in the fewest words.
    let chosen = leaves.iter().enumerate().min_by_key(|(_, leaf)| (leaf.repetition, leaf.definition));
    let (physical, kind, unit, remark) = match chosen.and_then(|(_, leaf)| nodes.get(leaf.node)) {
        Some(leaf) => type_of(leaf),
        None => (Physical::Bool, Kind::Object, None, Some("it has no fields")),
    };
    let shape = match (node.physical.is_some() && node.repetition != 2, has_numbers) {
        (true, _) => Shape::Flat,
        (false, true) => Shape::Lists,
        (false, false) => Shape::Whole,
    };
    let is_flat = shape == Shape::Flat;
    Ok(Column {
        name: node.name.clone(),
        leaf: chosen.map(|(index, _)| leaves_before + index),
        physical,
        kind: if is_flat { kind } else { Kind::Object },
        unit: unit.filter(|_| is_flat),
        shape,
        is_optional: node.repetition == 1,
        max_definition: chosen.map_or(0, |(_, leaf)| leaf.definition),
        max_repetition: chosen.map_or(0, |(_, leaf)| leaf.repetition),
        note: remark.filter(|_| is_flat || chosen.is_none()),
    })
}

/// Whether a node is a list whose elements are numbers, or such lists.
fn is_list_of_numbers(nodes: &[Node], at: usize, depth: usize) -> bool {
    let Some(node) = nodes.get(at).filter(|_| depth <= MAX_DEPTH) else { return false };
    let is_number = |node: &Node| {
        let (_, kind, ..) = type_of(node);
        matches!(kind, Kind::Signed(_) | Kind::Unsigned(_) | Kind::Float)
    };
    if node.physical.is_some() {
        return node.repetition == 2 && is_number(node);
    }
    let is_annotated = node.converted == Some(3) || node.logical.is_some_and(|logical| logical.id == 3);
    let Some(middle) = nodes.get(at + 1).filter(|middle| middle.repetition == 2) else { return false };
    if !is_annotated || node.children != 1 || node.repetition == 2 {
        return false;
    }
    if middle.physical.is_some() {
        return is_number(middle);
    }
    // Groups of these names are the elements themselves, of the time before lists had three nodes.
    if middle.children != 1 || middle.name == "array" || middle.name == format!("{}_tuple", node.name) {
        return false;
    }
    match nodes.get(at + 2) {
        Some(element) if element.repetition == 2 => false,
        Some(element) if element.physical.is_some() => is_number(element),
        _ => is_list_of_numbers(nodes, at + 2, depth + 1),
    }
}

/// What a leaf's values are stored as and count as, whether they are times, and a remark.
fn type_of(node: &Node) -> (Physical, Kind, Option<Unit>, Option<&'static str>) {
    let physical = match node.physical {
        Some(0) => Physical::Bool,
        Some(1) => Physical::Int32,
        Some(2) => Physical::Int64,
        Some(3) => Physical::Int96,
        Some(4) => Physical::Float,
        Some(5) => Physical::Double,
        Some(6) => Physical::Bytes,
        Some(7) => match usize::try_from(node.length) {
            Ok(length) => Physical::Fixed(length),
            Err(_) => return (Physical::Bytes, Kind::Object, None, Some("its values have no length")),
        },
        _ => return (Physical::Bytes, Kind::Object, None, Some("its type is not known")),
    };
    let meaning = Meaning::of(node);
    let object = (physical, Kind::Object, None, None);
    match (physical, meaning) {
        (Physical::Bool, Meaning::Plain) => (physical, Kind::Bool, None, None),
        (Physical::Int32, Meaning::Plain) => (physical, Kind::Signed(32), None, None),
        (Physical::Int64, Meaning::Plain) => (physical, Kind::Signed(64), None, None),
        (Physical::Float | Physical::Double, Meaning::Plain) | (Physical::Fixed(2), Meaning::Half) => {
            (physical, Kind::Float, None, None)
        }
        (Physical::Int32 | Physical::Int64, Meaning::Integer { bits, signed }) => {
            (physical, if signed { Kind::Signed(bits) } else { Kind::Unsigned(bits) }, None, None)
        }
        (Physical::Fixed(33..), Meaning::Decimal(_)) => {
            (physical, Kind::Object, None, Some("its decimals have more than 32 bytes"))
        }
        (Physical::Int32 | Physical::Int64 | Physical::Bytes | Physical::Fixed(_), Meaning::Decimal(scale)) => {
            (physical, Kind::Decimal(scale), None, None)
        }
        (Physical::Bytes, Meaning::Text) => (physical, Kind::Text, None, None),
        (Physical::Int32, Meaning::Time(Unit::Days)) => (physical, Kind::Object, Some(Unit::Days), None),
        (Physical::Int64, Meaning::Time(unit)) if unit != Unit::Days => (physical, Kind::Object, Some(unit), None),
        (Physical::Int96, Meaning::Plain) => (physical, Kind::Object, Some(Unit::Int96), None),
        (_, Meaning::Unread(what)) => (physical, Kind::Object, None, Some(what)),
        (_, Meaning::Unknown) => (physical, Kind::Object, None, Some("its type is not known")),
        _ => object,
    }
}

/// What a node's annotation says.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Plain,
    Text,
    Decimal(i32),
    Integer {
        bits: u8,
        signed: bool,
    },
    Half,
    Time(Unit),
    /// One that has no statistics.
    Other,
    /// One of which it is told.
    Unread(&'static str),
    Unknown,
}

impl Meaning {
    const BSON: Self = Self::Unread("its values are BSON");

    /// The logical type is the later way to say it, and holds where both are there.
    fn of(node: &Node) -> Self {
        let decimal = |scale: i64| i32::try_from(scale).map_or(Self::Unknown, Self::Decimal);
        if let Some(logical) = node.logical {
            let bits = u8::try_from(logical.size).ok().filter(|bits| matches!(bits, 8 | 16 | 32 | 64));
            return match logical.id {
                1 | 4 | 12 => Self::Text,
                5 => decimal(logical.size),
                6 => Self::Time(Unit::Days),
                8 => match logical.unit {
                    1 => Self::Time(Unit::Millis),
                    2 => Self::Time(Unit::Micros),
                    3 => Self::Time(Unit::Nanos),
                    _ => Self::Other,
                },
                10 => bits.map_or(Self::Unknown, |bits| Self::Integer { bits, signed: logical.signed }),
                15 => Self::Half,
                13 => Self::BSON,
                16 => Self::Unread("its values are variants"),
                17 | 18 => Self::Unread("its values are shapes on a map"),
                2 | 3 | 7 | 11 | 14 => Self::Other,
                _ => Self::Unknown,
            };
        }
        match node.converted {
            None => Self::Plain,
            Some(0 | 4 | 19) => Self::Text,
            Some(5) => decimal(node.scale),
            Some(6) => Self::Time(Unit::Days),
            Some(9) => Self::Time(Unit::Millis),
            Some(10) => Self::Time(Unit::Micros),
            Some(number @ 11..=14) => Self::Integer { bits: 8 << (number - 11), signed: false },
            Some(number @ 15..=18) => Self::Integer { bits: 8 << (number - 15), signed: true },
            Some(20) => Self::BSON,
            Some(21) => Self::Unread("its values are intervals"),
            Some(1..=3 | 7 | 8) => Self::Other,
            Some(_) => Self::Unknown,
        }
    }
}

fn damaged() -> super::damage::Damage {
    bad("the footer is damaged: its schema makes no sense")
}
