//! Which value of a column is which row's.

use std::borrow::Cow;

use rolling_profiles_profile::ValueType;

use super::{Cells, Last};
use crate::key_text::{text_of_double, text_of_number};

/// The kind of each value with its row, from 1, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    slots: Vec<(u32, Last)>,
    /// Nulls are kept as well; otherwise a row that has nothing here has one.
    keeps_nulls: bool,
}

impl Order {
    pub const fn new(keeps_nulls: bool) -> Self {
        Self { slots: Vec::new(), keeps_nulls }
    }

    /// Without slots.
    pub const fn emptied(&self) -> Self {
        Self::new(self.keeps_nulls)
    }

    const fn keeps(&self, kind: Last) -> bool {
        self.keeps_nulls || !matches!(kind, Last::Null)
    }

    pub fn note(&mut self, row: u64, kind: Last) {
        if self.keeps(kind) {
            self.slots.push((u32::try_from(row).unwrap_or(u32::MAX), kind));
        }
    }

    /// Takes back the last value, which was of this kind.
    pub fn undo(&mut self, kind: Last) {
        if self.keeps(kind) {
            self.slots.pop();
        }
    }
}

/// Stands for a row that goes to no part.
pub const NOWHERE: u32 = u32::MAX;

/// A column's values in the order of the parts that their rows go to: each with its part, and where it is among those of its kind.
#[derive(Debug, Default)]
pub struct Dealt {
    values: Vec<(u32, Last, u32)>,
}

impl Dealt {
    fn of_part(&self, part: u32) -> &[(u32, Last, u32)] {
        let start = self.values.partition_point(|(of, ..)| *of < part);
        let end = self.values.partition_point(|(of, ..)| *of <= part);
        self.values.get(start..end).unwrap_or_default()
    }

    /// Whether `part` has anything.
    #[must_use]
    pub fn has_any(&self, part: u32) -> bool {
        !self.of_part(part).is_empty()
    }

    /// Whether `part` has a value that is true.
    #[must_use]
    pub fn has_true(&self, part: u32) -> bool {
        self.of_part(part).iter().any(|(_, kind, _)| *kind == Last::Bool(true))
    }

    /// How many parts have a value.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.values.chunk_by(|(one, ..), (other, ..)| one == other).count()
    }
}

/// A value of a row.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(&'a str),
}

impl Cells {
    /// The values in the order of their rows, which are counted from 0; each with its kind and its place among those of its kind. Nothing, unless
    /// rows were kept.
    fn kept(&self) -> impl Iterator<Item = (usize, Last, u32)> {
        let (mut integers, mut doubles, mut texts) = (0_u32, 0_u32, 0_u32);
        let slots = self.order.iter().flat_map(|order| &order.slots);
        slots.map(move |&(row, kind)| {
            let mut none = 0;
            let next = match kind {
                Last::Integer => &mut integers,
                Last::Double => &mut doubles,
                Last::Text => &mut texts,
                Last::Nothing | Last::Null | Last::Bool(_) | Last::CountedText | Last::Object | Last::Tensor => {
                    &mut none
                }
            };
            let at = *next;
            *next = at.saturating_add(1);
            ((row as usize).saturating_sub(1), kind, at)
        })
    }

    /// A value, where it is more than its kind.
    fn value(&self, kind: Last, at: u32) -> Option<Value<'_>> {
        let at = at as usize;
        match kind {
            Last::Bool(truth) => Some(Value::Bool(truth)),
            Last::Integer => self.integers.single.get(at).copied().map(Value::Integer),
            Last::Double => self.doubles.single.get(at).copied().map(Value::Double),
            Last::Text => Some(Value::Text(self.texts.get(at))),
            Last::Nothing | Last::Null | Last::CountedText | Last::Object | Last::Tensor => None,
        }
    }

    /// The value of each of `rows` rows as the key of a segment has it; none for nulls, and for what has no such text.
    #[must_use]
    pub fn key_texts(&self, rows: usize, declared: Option<ValueType>) -> Vec<Option<Cow<'_, str>>> {
        let mut found = vec![None; rows];
        for (row, kind, at) in self.kept() {
            let (Some(place), Some(value)) = (found.get_mut(row), self.value(kind, at)) else { continue };
            *place = match value {
                Value::Bool(true) => Some("True".into()),
                Value::Bool(false) => Some("False".into()),
                Value::Integer(integer) if declared == Some(ValueType::Fractional) => {
                    text_of_number(integer as f64, declared)
                }
                Value::Integer(integer) => Some(integer.to_string().into()),
                Value::Double(double) => text_of_double(double),
                Value::Text(text) => Some(text.into()),
            };
        }
        found
    }

    /// Deals the values out: that of row `i` goes to the part `places[i]`.
    #[must_use]
    pub fn deal(&self, places: &[u32]) -> Dealt {
        let place = |(row, kind, at)| Some((*places.get(row)?, kind, at));
        let mut values: Vec<_> = self.kept().filter_map(place).filter(|(part, ..)| *part != NOWHERE).collect();
        values.sort_by_key(|(part, ..)| *part);
        Dealt { values }
    }

    /// Takes over the values of a part, in place of its own; `source` is what was dealt out. A part without any has so many nulls.
    pub fn take_part(&mut self, source: &Self, dealt: &Dealt, part: u32, nulls: u64) {
        self.clear();
        for &(_, kind, at) in dealt.of_part(part) {
            match source.value(kind, at) {
                Some(Value::Bool(truth)) => self.boolean(0, truth),
                Some(Value::Integer(integer)) => self.integer(0, integer),
                Some(Value::Double(double)) => self.double(0, double),
                Some(Value::Text(text)) => self.text(0, text),
                None if kind == Last::Tensor => self.tensor(0),
                None if kind == Last::Null => self.null(0),
                None => self.object(0),
            }
        }
        if self.slots == 0 {
            self.nulls(nulls);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_their_rows_go() {
        let mut cells = Cells::keeping_rows(true);
        cells.text(1, "a");
        cells.integer(2, 5);
        cells.double(3, 0.5);
        cells.undo();
        cells.double(4, 2.0);
        cells.boolean(5, true);
        cells.object(6);
        let texts = cells.key_texts(7, None);
        let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        assert_eq!(texts, [Some("a"), Some("5"), None, Some("2.0"), Some("True"), None, None]);
        let dealt = cells.deal(&[0, 1, 1, 0, NOWHERE, 1, 2]);
        assert_eq!(dealt.parts(), 2);
        let part = |part, rows| {
            let mut taken = Cells::default();
            taken.take_part(&cells, &dealt, part, rows);
            taken
        };
        let (first, second, third) = (part(0, 2), part(1, 3), part(2, 1));
        assert_eq!((first.slots, first.doubles.single.as_slice(), first.nulls), (2, &[2.0][..], 0));
        assert_eq!(first.texts().collect::<Vec<_>>(), ["a"]);
        assert_eq!((second.slots, second.integers.single.as_slice(), second.objects), (2, &[5][..], 1));
        assert_eq!((third.slots, third.nulls), (1, 1));
    }
}
