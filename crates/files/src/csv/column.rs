//! One column of some rows, into its cells. What the values before were is tried first.

use std::borrow::Cow;

use rolling_profiles_ingest::{Cells, Number, short_integer, short_number, short_whole_double};

use super::field::{Value, unquoted, value};
use super::marks::Marks;

/// The rows of a table, or some of them.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub text: &'a str,
    pub marks: &'a Marks,
    /// The number of the mark before each row's first field.
    pub rows: &'a [u32],
    /// The number of the first of them in its table, from 1.
    pub first_row: u64,
    /// How many fields a record has.
    pub fields: usize,
    pub max_value_bytes: usize,
}

/// What most values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// Whole numbers of few digits.
    #[default]
    Integer,
    /// The same, as doubles are written: 517.0.
    WholeDouble,
    Number,
    Text,
}

impl Kind {
    /// Of so many rows that are these numbers and texts; `self` where they do not say.
    fn next(self, rows: usize, Numbers { integers, doubles }: &Numbers, texts: usize) -> Self {
        let is_short = |value: i64| value.unsigned_abs() < 100_000_000;
        let is_whole = |value: f64| value.abs() < 1e8 && value.fract() == 0.0;
        match [texts, integers.len(), doubles.len()].map(|count| count > rows / 2) {
            [true, ..] => Self::Text,
            [_, true, _] => {
                if integers.last().copied().is_some_and(is_short) {
                    Self::Integer
                } else {
                    Self::Number
                }
            }
            [.., true] => {
                if doubles.last().copied().is_some_and(is_whole) {
                    Self::WholeDouble
                } else {
                    Self::Number
                }
            }
            _ if self == Self::Text && texts == 0 => Self::Number,
            _ => self,
        }
    }
}

/// Numbers that wait to be added at once.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    integers: Vec<i64>,
    doubles: Vec<f64>,
}

impl<'a> Block<'a> {
    /// Adds field `field` of each row to `cells`; gives what most of the values are.
    pub fn read(&self, field: usize, kind: Kind, numbers: &mut Numbers, cells: &mut Cells) -> Kind {
        if cells.keeps_rows() {
            self.read_in_order(field, cells);
            return kind;
        }
        numbers.integers.clear();
        numbers.doubles.clear();
        let (mut nulls, mut texts) = (0_u64, Vec::with_capacity(if kind == Kind::Text { self.rows.len() } else { 0 }));
        let bytes = self.text.as_bytes();
        let is_last = field.saturating_add(1) == self.fields;
        for &first in self.rows {
            let (start, mut end) = self.marks.bounds(first, field);
            if is_last && end > start && bytes.get(end.wrapping_sub(1)) == Some(&b'\r') {
                end = end.wrapping_sub(1);
            }
            if start >= end {
                nulls = nulls.wrapping_add(1);
                continue;
            }
            let likely = match kind {
                Kind::Integer => short_integer(bytes, start, end).map(Number::Integer),
                Kind::WholeDouble => short_whole_double(bytes, start, end).map(Number::Double),
                Kind::Number | Kind::Text => None,
            };
            match likely.or_else(|| if kind == Kind::Text { None } else { short_number(bytes, start, end) }) {
                Some(Number::Integer(value)) => {
                    numbers.integers.push(value);
                    continue;
                }
                Some(Number::Double(value)) => {
                    numbers.doubles.push(value);
                    continue;
                }
                None => {}
            }
            let field: &'a str = self.text.get(start..end).unwrap_or_default();
            let field = if bytes.get(start) == Some(&b'"') { unquoted(field) } else { Cow::Borrowed(field) };
            let Cow::Borrowed(field) = field else {
                // There are quotes in it.
                cells.text_within(0, &field, self.max_value_bytes);
                continue;
            };
            match value(field) {
                Value::Null => nulls = nulls.wrapping_add(1),
                Value::Bool(truth) => cells.boolean(0, truth),
                Value::Integer(value) => numbers.integers.push(value),
                Value::Double(value) => numbers.doubles.push(value),
                Value::Text(text) => texts.push(text),
            }
        }
        let kind = kind.next(self.rows.len(), numbers, texts.len());
        cells.nulls(nulls);
        cells.integers(numbers.integers.iter().copied());
        cells.doubles(numbers.doubles.iter().copied());
        cells.texts_within(texts.into_iter(), self.max_value_bytes);
        kind
    }

    /// The same, one value after the other, of cells that keep which is which row's.
    fn read_in_order(&self, field: usize, cells: &mut Cells) {
        for (row, &first) in (self.first_row..).zip(self.rows) {
            let field = unquoted(self.marks.field(self.text, first, field, self.fields));
            match value(&field) {
                Value::Null => cells.null(row),
                Value::Bool(truth) => cells.boolean(row, truth),
                Value::Integer(value) => cells.integer(row, value),
                Value::Double(value) => cells.double(row, value),
                Value::Text(text) => cells.text_within(row, text, self.max_value_bytes),
            }
        }
    }
}
