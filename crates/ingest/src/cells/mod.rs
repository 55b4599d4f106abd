//! The values of one column, gathered by type.
//!
//! Metrics depend on the values and their order within a type, never on how types alternate. So a column keeps a list a type instead of a
//! slot a row, and feeding it is a handful of calls.

mod bulk;
mod counting;
mod ordered;

use rolling_profiles_profile::Column;

use bulk::Repeated;
pub use ordered::{Dealt, NOWHERE};

use ordered::Order;

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
    integers: Vec<i64>,
    doubles: Vec<f64>,
    text: String,
    /// Byte offset behind each text.
    ends: Vec<usize>,
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
        let words =
            self.integers.capacity().saturating_add(self.doubles.capacity()).saturating_add(self.ends.capacity());
        let text = self.text.capacity().saturating_add(self.repeated.reserved_bytes());
        words.saturating_mul(8).saturating_add(text)
    }

    /// Forgets the values; keeps the memory.
    pub fn clear(&mut self) {
        let (mut integers, mut doubles) = (std::mem::take(&mut self.integers), std::mem::take(&mut self.doubles));
        let (mut text, mut ends) = (std::mem::take(&mut self.text), std::mem::take(&mut self.ends));
        integers.clear();
        doubles.clear();
        text.clear();
        ends.clear();
        let mut repeated = std::mem::take(&mut self.repeated);
        repeated.clear();
        let order = self.order.as_ref().map(Order::emptied);
        *self = Self { integers, doubles, text, ends, repeated, order, ..Self::default() };
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
        self.integers.push(value);
        self.note(row, Last::Integer);
    }

    /// Adds a double.
    pub fn double(&mut self, row: u64, value: f64) {
        self.doubles.push(value);
        self.note(row, Last::Double);
    }

    /// Adds a text.
    pub fn text(&mut self, row: u64, value: &str) {
        self.text.push_str(value);
        self.ends.push(self.text.len());
        self.note(row, Last::Text);
    }

    /// As much of a text as `most` bytes hold, at a character's border.
    pub fn text_within(&mut self, row: u64, value: &str, most: usize) {
        let used = value.get(..value.floor_char_boundary(most)).unwrap_or_default();
        self.text(row, used);
        if used.len() < value.len() {
            self.cut = self.cut.saturating_add(1);
            self.last_cut = true;
        }
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
            Last::Integer => drop(self.integers.pop()),
            Last::Double => drop(self.doubles.pop()),
            Last::Text => {
                self.ends.pop();
                self.text.truncate(self.ends.last().copied().unwrap_or(0));
            }
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
            Last::Integer => self.integers.last().map_or(Moment::None, |&value| Moment::Number(value as f64)),
            Last::Double => self.doubles.last().map_or(Moment::None, |&value| Moment::Number(value)),
            Last::Text => Moment::Text(self.single_texts().next_back().unwrap_or_default()),
            Last::Bool(_) | Last::Object | Last::Tensor => Moment::Unfit,
        }
    }

    /// Its texts; one that was added with how often it occurs comes once.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.single_texts().chain(self.repeated.iter().map(|(text, _)| text))
    }

    fn single_texts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.ends.iter().enumerate().map(|(index, &end)| self.text_to(index, end))
    }

    fn text_at(&self, index: usize) -> &str {
        self.ends.get(index).map_or("", |&end| self.text_to(index, end))
    }

    fn text_to(&self, index: usize, end: usize) -> &str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Adds everything to `column`, and `missing` nulls.
    pub fn feed(&self, column: &mut Column, missing: u64) {
        column.add_nulls(self.nulls.saturating_add(missing));
        match counting::doubles(&self.doubles) {
            Some(counting::CountedDoubles { counted, others }) => {
                column.add_counted_fractional(&counted);
                column.add_fractional(&others);
            }
            None => column.add_fractional(&self.doubles),
        }
        match counting::integers(&self.integers) {
            Some(counting::Counted { counted, others }) => {
                column.add_counted_integers(&counted);
                column.add_integral(&others);
            }
            None => column.add_integral(&self.integers),
        }
        match counting::texts(self.ends.len(), |at| self.text_at(at)) {
            Some(counted) => column.add_repeated_texts(counted.into_iter()),
            None => column.add_texts(self.single_texts()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undone_values_leave_nothing() {
        let mut cells = Cells::default();
        cells.text(1, "kept");
        let adds: [fn(&mut Cells); 8] = [
            |cells| cells.null(2),
            |cells| cells.boolean(2, true),
            |cells| cells.boolean(2, false),
            |cells| cells.integer(2, 7),
            |cells| cells.double(2, 0.5),
            |cells| cells.text(2, "gone"),
            |cells| cells.object(2),
            |cells| cells.tensor(2),
        ];
        for add in adds {
            add(&mut cells);
            assert_eq!((cells.slots(), cells.last_row()), (2, 2));
            cells.undo();
            cells.undo();
            assert_eq!(cells.slots(), 1);
            assert_eq!(cells.texts().collect::<Vec<_>>(), ["kept"]);
        }
        assert_eq!(cells.integers.len() + cells.doubles.len(), 0);
        assert_eq!(cells.nulls + cells.trues + cells.falses + cells.objects + cells.tensors, 0);
    }
}
