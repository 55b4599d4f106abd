//! The values of one column, gathered by type.
//!
//! Metrics depend on the values and their order within a type, never on how types alternate. So a column keeps a list
//! a type instead of a slot a row, and feeding it is a handful of calls.

mod bulk;
mod numbers;
mod ordered;
mod texts;

use rolling_profiles_profile::Column;

use bulk::Repeated;
use numbers::Numbers;
use ordered::Order;
pub use ordered::{Dealt, NOWHERE};
use texts::{TextCounts, TextList};

/// So many values of a kind are not counted: a column's sketch keeps as many as they are, in their order. Of more
/// they decide whether the others are.
const FIRST: usize = 1024;

/// What was added last, for [`Cells::undo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Nothing,
    Null,
    Bool(bool),
    Integer,
    Double,
    Text,
    /// One that is counted.
    CountedText,
    Object,
    Tensor,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    /// Values and nulls.
    slots: u64,
    nulls: u64,
    trues: u64,
    falses: u64,
    objects: u64,
    tensors: u64,
    integers: Numbers<i64>,
    doubles: Numbers<f64>,
    /// Texts that are not counted.
    texts: TextList,
    text_counts: TextCounts,
    /// Whether it was looked into if texts are worth counting.
    are_texts_tried: bool,
    repeated: Repeated,
    /// Which value is which row's, where that is kept.
    order: Option<Order>,
    /// Texts that were cut, and whether the last one was.
    cut: u64,
    last_cut: bool,
    last: Last,
    /// Number of the row that `last` belongs to, from 1.
    last_row: u64,
}

/// A value as a time, where one is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment<'a> {
    /// There is none.
    None,
    /// A number.
    Number(f64),
    /// A time by its declared type: ms since the epoch.
    Time(i64),
    /// A text.
    Text(&'a str),
    /// A value that is no time.
    Unfit,
}

impl Cells {
    /// None, of a column that keeps which value is which row's, if it is to.
    pub fn keeping_rows(keeps_rows: bool) -> Self {
        Self { order: keeps_rows.then(Order::default), ..Self::default() }
    }

    /// The same, and which null is which row's: of a column whose rows count nothing where they do not name it.
    #[must_use]
    pub fn keeping_nulls(keeps_rows: bool) -> Self {
        Self { order: keeps_rows.then(|| Order::new(true)), ..Self::default() }
    }

    /// Bools that are true.
    #[must_use]
    pub fn trues(&self) -> u64 {
        self.trues
    }

    /// Whether it is kept which value is which row's.
    #[must_use]
    pub fn keeps_rows(&self) -> bool {
        self.order.is_some()
    }

    /// How many values and nulls there are.
    #[must_use]
    pub fn slots(&self) -> u64 {
        self.slots
    }

    /// Number of the row that the last value belongs to; 0 before the first.
    #[must_use]
    pub fn last_row(&self) -> u64 {
        self.last_row
    }

    /// Memory that stays reserved.
    #[must_use]
    pub fn reserved_bytes(&self) -> usize {
        let numbers = self.integers.reserved_bytes().saturating_add(self.doubles.reserved_bytes());
        let texts = self.texts.reserved_bytes().saturating_add(self.text_counts.reserved_bytes());
        numbers.saturating_add(texts).saturating_add(self.repeated.reserved_bytes())
    }

    /// Forgets the values; keeps the memory.
    pub fn clear(&mut self) {
        let Self { integers, doubles, texts, text_counts, repeated, order, .. } = std::mem::take(self);
        *self = Self { integers, doubles, texts, text_counts, repeated, ..Self::default() };
        self.order = order.as_ref().map(Order::emptied);
        self.integers.clear();
        self.doubles.clear();
        self.texts.clear();
        self.text_counts.clear();
        self.repeated.clear();
    }

    fn note(&mut self, row: u64, last: Last) {
        self.slots = self.slots.saturating_add(1);
        self.last = last;
        self.last_row = row;
        self.last_cut = false;
        if let Some(order) = &mut self.order {
            order.note(if row == 0 { self.slots } else { row }, last);
        }
    }

    /// Adds a null, of row `row`, counted from 1.
    pub fn null(&mut self, row: u64) {
        self.nulls = self.nulls.saturating_add(1);
        self.note(row, Last::Null);
    }

    /// Adds a bool.
    pub fn boolean(&mut self, row: u64, value: bool) {
        let counter = if value { &mut self.trues } else { &mut self.falses };
        *counter = counter.saturating_add(1);
        self.note(row, Last::Bool(value));
    }

    /// Adds an integer.
    pub fn integer(&mut self, row: u64, value: i64) {
        self.integers.push(value, self.order.is_none());
        self.note(row, Last::Integer);
    }

    /// Adds a double.
    pub fn double(&mut self, row: u64, value: f64) {
        self.doubles.push(value, self.order.is_none());
        self.note(row, Last::Double);
    }

    /// Adds a text.
    pub fn text(&mut self, row: u64, value: &str) {
        let kind = self.add_text(value);
        self.note(row, kind);
    }

    #[inline]
    fn add_text(&mut self, value: &str) -> Last {
        if self.texts.len() == FIRST && self.order.is_none() && !self.are_texts_tried {
            self.are_texts_tried = true;
            if self.text_counts.of(&self.texts) {
                self.texts.clear();
            }
        }
        if !self.text_counts.is_empty() && self.text_counts.add(value) {
            return Last::CountedText;
        }
        self.texts.push(value);
        Last::Text
    }

    /// As much of a text as `most` bytes hold, at a character's border.
    pub fn text_within(&mut self, row: u64, value: &str, most: usize) {
        let (used, is_cut) = within(value, most);
        self.text(row, used);
        self.cut = self.cut.saturating_add(u64::from(is_cut));
        self.last_cut = is_cut;
    }

    /// How many texts were cut.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// Adds an object.
    pub fn object(&mut self, row: u64) {
        self.objects = self.objects.saturating_add(1);
        self.note(row, Last::Object);
    }

    /// Adds a tensor.
    pub fn tensor(&mut self, row: u64) {
        self.tensors = self.tensors.saturating_add(1);
        self.note(row, Last::Tensor);
    }

    /// Takes the last value back; once after each.
    pub fn undo(&mut self) {
        let one_less = |counter: &mut u64| *counter = counter.saturating_sub(1);
        let last = std::mem::take(&mut self.last);
        match last {
            Last::Nothing => return,
            Last::Null => one_less(&mut self.nulls),
            Last::Bool(true) => one_less(&mut self.trues),
            Last::Bool(false) => one_less(&mut self.falses),
            Last::Object => one_less(&mut self.objects),
            Last::Tensor => one_less(&mut self.tensors),
            Last::Integer => self.integers.undo(),
            Last::Double => self.doubles.undo(),
            Last::Text => self.texts.pop(),
            Last::CountedText => self.text_counts.undo(),
        }
        if std::mem::take(&mut self.last_cut) {
            one_less(&mut self.cut);
        }
        one_less(&mut self.slots);
        self.last_row = 0;
        if let Some(order) = &mut self.order {
            order.undo(last);
        }
    }

    /// The last value as a time.
    pub(crate) fn moment(&self) -> Moment<'_> {
        match self.last {
            Last::Nothing | Last::Null => Moment::None,
            Last::Integer => self.integers.last().map_or(Moment::None, |value| Moment::Number(value as f64)),
            Last::Double => self.doubles.last().map_or(Moment::None, Moment::Number),
            Last::Text => Moment::Text(self.texts.iter().next_back().unwrap_or_default()),
            Last::CountedText => Moment::Text(self.text_counts.last()),
            Last::Bool(_) | Last::Object | Last::Tensor => Moment::Unfit,
        }
    }

    /// Its texts; one that was counted, or added with how often it occurs, comes once.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().chain(self.text_counts.iter().chain(self.repeated.iter()).map(|(text, _)| text))
    }

    /// Adds everything to `column`, and `missing` nulls.
    pub fn feed(&self, column: &mut Column, missing: u64) {
        column.add_nulls(self.nulls.saturating_add(missing));
        column.add_counted_fractional(&self.doubles.counted());
        column.add_fractional(&self.doubles.single);
        column.add_counted_integers(&self.integers.counted());
        column.add_integral(&self.integers.single);
        column.add_texts(self.texts.iter());
        column.add_repeated_texts(self.text_counts.iter());
        column.add_repeated_texts(self.repeated.iter());
        column.add_bools(self.trues, self.falses);
        if self.objects > 0 {
            column.add_objects(self.objects);
        }
        if self.tensors > 0 {
            column.add_tensors(self.tensors);
        }
    }
}

/// As much of a text as `most` bytes hold, at a character's border, and whether that is not all.
#[inline]
fn within(value: &str, most: usize) -> (&str, bool) {
    if value.len() <= most {
        return (value, false);
    }
    (value.get(..value.floor_char_boundary(most)).unwrap_or_default(), true)
}

#[cfg(test)]
mod tests;
