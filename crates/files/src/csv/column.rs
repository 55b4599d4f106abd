//! One column of some rows, into its cells. What the values before were is tried first.

use rolling_profiles_ingest::Cells;

use super::field::{Value, unquoted, value};
use super::marks::Marks;
use super::number::{Number, short_number};

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
    #[default]
    Number,
    Text,
}

/// Numbers that wait to be added at once.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    integers: Vec<i64>,
    doubles: Vec<f64>,
}

impl Block<'_> {
    /// Adds field `field` of each row to `cells`; gives what most of the values are.
    pub fn read(&self, field: usize, kind: Kind, numbers: &mut Numbers, cells: &mut Cells) -> Kind {
        if cells.keeps_rows() {
            self.read_in_order(field, cells);
            return kind;
        }
        numbers.integers.clear();
        numbers.doubles.clear();
        let (mut nulls, mut texts) = (0_u64, 0_usize);
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
            if kind == Kind::Number {
                match short_number(bytes, start, end) {
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
            }
            let field = unquoted(self.text.get(start..end).unwrap_or_default());
            match value(&field) {
                Value::Null => nulls = nulls.wrapping_add(1),
                Value::Bool(truth) => cells.boolean(0, truth),
                Value::Integer(value) => numbers.integers.push(value),
                Value::Double(value) => numbers.doubles.push(value),
                Value::Text(text) => {
                    texts = texts.wrapping_add(1);
                    cells.text_within(0, text, self.max_value_bytes);
                }
            }
        }
        cells.nulls(nulls);
        cells.integers(numbers.integers.iter().copied());
        cells.doubles(numbers.doubles.iter().copied());
        if texts > self.rows.len() / 2 { Kind::Text } else { Kind::Number }
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
