//! Rows gathered into named columns.

use std::collections::HashMap;

use crate::cells::Cells;
use crate::error::{IngestError, IngestErrorKind, invalid};
use crate::limits::IngestLimits;

/// A table that has met more columns than this, or keeps more memory, is not used again.
const REUSED_COLUMNS: usize = 1024;
const REUSED_BYTES: usize = 4 << 20;

/// Columns by name, in the order in which they came up. One that was emptied for reuse keeps its place, and counts as absent until it
/// gets a value.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<(Box<str>, Cells)>,
    index: HashMap<Box<str>, usize>,
    rows: u64,
    /// Columns that have values.
    active: usize,
    /// Where the next name of a row is looked for first: rows mostly have their columns in one order.
    expected: usize,
    /// The columns that this row names, so that taking it back costs no more than reading it did.
    touched: Vec<usize>,
    /// How many columns there were before this row.
    known: usize,
    /// A row counts nothing in a column that it does not name, rather than a null.
    ignores_missing: bool,
}

impl Table {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The same table, whose rows count a null in each column that they do not name, or nothing.
    #[must_use]
    pub fn counting_missing(self, counts: bool) -> Self {
        Self { ignores_missing: !counts, ..self }
    }

    /// Whether a row counts a null in each column that it does not name.
    #[must_use]
    pub fn counts_missing(&self) -> bool {
        !self.ignores_missing
    }

    /// How many texts were cut.
    pub fn cut(&self) -> u64 {
        self.columns.iter().map(|(_, cells)| cells.cut()).fold(0, u64::saturating_add)
    }

    /// Whether it knows which value is which row's.
    #[must_use]
    pub fn keeps_rows(&self) -> bool {
        self.columns.iter().any(|(_, cells)| cells.keeps_rows())
    }

    /// Forgets rows and values; keeps names and memory when they are worth it.
    pub fn clear(&mut self) {
        let reserved: usize = self.columns.iter().map(|(_, cells)| cells.reserved_bytes()).sum();
        if self.columns.len() > REUSED_COLUMNS || reserved > REUSED_BYTES {
            *self = Self::default();
            return;
        }
        for (_, cells) in &mut self.columns {
            cells.clear();
        }
        self.rows = 0;
        self.active = 0;
        self.expected = 0;
    }

    /// Begins a row; gives its number, from 1.
    pub fn begin_row(&mut self) -> u64 {
        self.rows = self.rows.saturating_add(1);
        self.expected = 0;
        self.touched.clear();
        self.known = self.columns.len();
        self.rows
    }

    /// Takes the row just begun back, with its values, read to its end or not. Columns that came with it go.
    pub fn undo_row(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for at in touched.drain(..) {
            let Some((_, cells)) = self.columns.get_mut(at) else { continue };
            if cells.last_row() == self.rows {
                cells.undo();
            }
            if cells.slots() == 0 {
                self.active = self.active.saturating_sub(1);
            }
        }
        self.touched = touched;
        for (name, _) in self.columns.drain(self.known.min(self.columns.len())..) {
            self.index.remove(&name);
        }
        self.rows = self.rows.saturating_sub(1);
    }

    /// The column called `name`, ready for this row's value: of a name that comes twice in a row, the last value counts.
    ///
    /// # Errors
    /// `TooManyColumns`, `InvalidData` for a name that is too long.
    pub fn column(&mut self, name: &str, limits: &IngestLimits) -> Result<&mut Cells, IngestError> {
        let guess = self.expected;
        let known = match self.columns.get(guess) {
            Some((expected, _)) if **expected == *name => Some(guess),
            _ => self.index.get(name).copied(),
        };
        let at = match known {
            Some(at) => at,
            None => self.add(name, limits)?,
        };
        self.ready(at, limits)
    }

    /// The column at a place, ready for this row's value.
    ///
    /// # Errors
    /// `TooManyColumns`.
    #[inline]
    pub(crate) fn ready(&mut self, at: usize, limits: &IngestLimits) -> Result<&mut Cells, IngestError> {
        self.expected = at.saturating_add(1);
        self.touched.push(at);
        let Some((_, cells)) = self.columns.get_mut(at) else { return Err(invalid("a column is missing")) };
        if cells.slots() == 0 {
            self.active = self.active.saturating_add(1);
            if self.active > limits.max_columns {
                return Err(too_many(limits));
            }
        }
        if cells.last_row() == self.rows {
            cells.undo();
        }
        Ok(cells)
    }

    /// The place of a column; it stays while the table is filled, unless the row that it came with is taken back.
    pub(crate) fn place_of(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    fn add(&mut self, name: &str, limits: &IngestLimits) -> Result<usize, IngestError> {
        check_name(name, limits)?;
        let cells = if self.ignores_missing { Cells::keeping_nulls } else { Cells::keeping_rows };
        self.columns.push((name.into(), cells(limits.keeps_rows)));
        let at = self.columns.len().saturating_sub(1);
        self.index.insert(name.into(), at);
        Ok(at)
    }

    /// The value that the row just read has in column `name`, if it has one.
    #[must_use]
    pub fn of_this_row(&self, name: &str) -> Option<&Cells> {
        let (_, cells) = self.columns.get(*self.index.get(name)?)?;
        (cells.last_row() == self.rows).then_some(cells)
    }

    /// Adds a column read elsewhere; `rows` as many as it has slots.
    ///
    /// # Errors
    /// As [`Table::column`], and `InvalidData` when it is there already.
    pub fn insert(&mut self, name: &str, cells: Cells, limits: &IngestLimits) -> Result<(), IngestError> {
        if self.index.contains_key(name) {
            return Err(invalid("a column is named twice"));
        }
        self.rows = self.rows.max(cells.slots());
        *self.column(name, limits)? = cells;
        Ok(())
    }

    /// Takes a column away, which was read for another reason than to count. Whether it had values.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(at) = self.index.remove(name).filter(|&at| at < self.columns.len()) else { return false };
        let (_, cells) = self.columns.remove(at);
        for other in self.index.values_mut().filter(|other| **other > at) {
            *other = other.saturating_sub(1);
        }
        let has_values = cells.slots() > 0;
        self.active = self.active.saturating_sub(usize::from(has_values));
        self.expected = 0;
        self.touched.clear();
        has_values
    }

    /// A column, as far as the table has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Cells> {
        let (_, cells) = self.columns.get(*self.index.get(name)?)?;
        Some(cells)
    }

    /// An empty table with the columns of this one that have values, to be filled by [`Table::refill`]. Nobody looks for them by name.
    #[must_use]
    pub fn like(&self) -> Self {
        Self {
            columns: self.columns().map(|(name, ..)| (name.into(), Cells::default())).collect(),
            ..Self::default().counting_missing(self.counts_missing())
        }
    }

    /// Fills each column anew, out of that of `source`, which this one is like, and its number.
    pub fn refill(&mut self, source: &Self, rows: u64, mut fill: impl FnMut(&Cells, usize, &mut Cells)) {
        self.rows = rows;
        for (at, ((_, cells), (_, source, _))) in self.columns.iter_mut().zip(source.columns()).enumerate() {
            fill(source, at, cells);
        }
    }

    /// Says how many rows there are, where they were read elsewhere.
    pub fn set_rows(&mut self, rows: u64) {
        self.rows = rows;
    }

    /// The columns that got values, each with how many rows count a null there since they lack one.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Cells, u64)> {
        let present = self.columns.iter().filter(|(_, cells)| cells.slots() > 0);
        let missing = |cells: &Cells| if self.ignores_missing { 0 } else { self.rows.saturating_sub(cells.slots()) };
        present.map(move |(name, cells)| (&**name, cells, missing(cells)))
    }
}

/// # Errors
/// `InvalidData`.
pub(crate) fn check_name(name: &str, limits: &IngestLimits) -> Result<(), IngestError> {
    if name.len() <= limits.max_name_bytes {
        return Ok(());
    }
    Err(invalid("a column name is longer than limits.maxNameBytes allows"))
}

pub(crate) fn too_many(limits: &IngestLimits) -> IngestError {
    let message = format!("a message has more than {} columns (limits.maxColumns)", limits.max_columns);
    IngestError::new(IngestErrorKind::TooManyColumns, message)
}
