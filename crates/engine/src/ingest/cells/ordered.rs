//! Which value of a column is which row's.

use std::borrow::Cow;

use rolling_profiles_profile::ValueType;

use super::{Cells, Last};
use crate::segment::{text_of_double, text_of_number};

/// The kind of each value with its row, from 1, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    slots: Vec<(u32, Last)>,
}

impl Order {
    pub fn note(&mut self, row: u64, kind: Last) {
        self.slots.push((u32::try_from(row).unwrap_or(u32::MAX), kind));
    }

    pub fn undo(&mut self) {
        self.slots.pop();
    }
}

/// A value of a row.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(&'a str),
    Object,
    Tensor,
}

impl Cells {
    /// The values in the order of their rows, which are counted from 0. Nothing, unless rows were kept.
    fn values(&self) -> impl Iterator<Item = (usize, Value<'_>)> {
        let mut integers = self.integers.iter().copied();
        let mut doubles = self.doubles.iter().copied();
        let mut texts = self.texts();
        let slots = self.order.iter().flat_map(|order| &order.slots);
        slots.map(move |&(row, kind)| {
            let value = match kind {
                Last::Nothing | Last::Null => Value::Null,
                Last::Bool(truth) => Value::Bool(truth),
                Last::Integer => integers.next().map_or(Value::Null, Value::Integer),
                Last::Double => doubles.next().map_or(Value::Null, Value::Double),
                Last::Text => texts.next().map_or(Value::Null, Value::Text),
                Last::Object => Value::Object,
                Last::Tensor => Value::Tensor,
            };
            ((row as usize).saturating_sub(1), value)
        })
    }

    /// The value of each of `rows` rows as the key of a segment has it; none for nulls, and for what has no such text.
    pub fn key_texts(&self, rows: usize, declared: Option<ValueType>) -> Vec<Option<Cow<'_, str>>> {
        let mut found = vec![None; rows];
        for (row, value) in self.values() {
            let Some(place) = found.get_mut(row) else { continue };
            *place = match value {
                Value::Null | Value::Object | Value::Tensor => None,
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

    /// Deals the values out: those of row `i` go to the part `places[i]`. A row without a value counts as one with a null.
    pub fn deal(&self, places: &[Option<usize>], parts: usize) -> Vec<Self> {
        let mut dealt = vec![Self::default(); parts];
        let mut next = 0;
        let mut nulls = |dealt: &mut Vec<Self>, until: usize| {
            for place in places.get(next..until).unwrap_or_default().iter().flatten() {
                if let Some(cells) = dealt.get_mut(*place) {
                    cells.null(0);
                }
            }
            next = until.saturating_add(1);
        };
        for (row, value) in self.values() {
            nulls(&mut dealt, row);
            let Some(cells) = places.get(row).copied().flatten().and_then(|place| dealt.get_mut(place)) else {
                continue;
            };
            match value {
                Value::Null => cells.null(0),
                Value::Bool(truth) => cells.boolean(0, truth),
                Value::Integer(integer) => cells.integer(0, integer),
                Value::Double(double) => cells.double(0, double),
                Value::Text(text) => cells.text(0, text),
                Value::Object => cells.object(0),
                Value::Tensor => cells.tensor(0),
            }
        }
        nulls(&mut dealt, places.len());
        dealt
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
        let dealt = cells.deal(&[Some(0), Some(1), Some(1), Some(0), None, Some(1), Some(1)], 2);
        assert_eq!((dealt[0].slots, dealt[0].doubles.as_slice(), dealt[0].nulls), (2, &[2.0][..], 0));
        assert_eq!(
            (dealt[1].slots, dealt[1].integers.as_slice(), dealt[1].nulls, dealt[1].objects),
            (4, &[5][..], 2, 1)
        );
        assert_eq!(dealt[0].texts().collect::<Vec<_>>(), ["a"]);
    }
}
