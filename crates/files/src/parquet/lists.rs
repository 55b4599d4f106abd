//! Rows of any number of values: which are there, and which are regular arrays of numbers.

use super::data::Data;
use super::read::Values;
use super::schema::{Column, Shape};

/// See the module. Values are added in their order.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own")]
pub(super) struct Lists {
    is_tensors: bool,
    is_optional: bool,
    max_definition: u32,
    /// Rows that are passed over before the first that counts.
    skip: usize,
    rows: usize,
    present: Vec<bool>,
    tensors: Vec<bool>,
    /// Of this row: how many elements the list that is open has at each depth, and those that were closed had.
    open: Vec<u64>,
    sizes: Vec<Option<u64>>,
    is_regular: bool,
    is_in_row: bool,
    is_full: bool,
}

impl Lists {
    pub fn new(column: &Column, skip: usize, rows: usize) -> Self {
        let depth = usize::from(column.max_repetition);
        Self {
            is_tensors: column.shape == Shape::Lists,
            is_optional: column.is_optional,
            max_definition: column.max_definition.into(),
            skip,
            rows,
            present: Vec::new(),
            tensors: Vec::new(),
            open: vec![0; depth],
            sizes: vec![None; depth],
            is_regular: true,
            is_in_row: false,
            is_full: false,
        }
    }

    /// Whether no value counts any more.
    pub const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Adds values, whose levels come in runs, of as many values together.
    pub fn add_runs(&mut self, repetitions: &[(u32, usize)], definitions: &[(u32, usize)]) {
        let mut definitions = definitions.iter().copied();
        let (mut definition, mut left) = (0, 0);
        for &(repetition, mut times) in repetitions {
            while times > 0 {
                if left == 0 {
                    let Some(next) = definitions.next() else { return };
                    (definition, left) = next;
                }
                let both = left.min(times);
                (left, times) = (left - both, times - both);
                if repetition == 0 {
                    (0..both).for_each(|_| self.begin(definition));
                } else {
                    self.go_on(repetition, definition, both);
                }
            }
        }
    }

    /// Adds the first value of a row.
    fn begin(&mut self, definition: u32) {
        self.close();
        if self.is_full {
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.present.push(!self.is_optional || definition > 0);
        self.is_in_row = true;
        self.is_regular = definition == self.max_definition;
        self.open.fill(1);
        self.sizes.fill(None);
    }

    /// Adds further values of a row, all of these levels.
    fn go_on(&mut self, repetition: u32, definition: u32, times: usize) {
        if !self.is_in_row || times == 0 {
            return;
        }
        self.is_regular &= definition == self.max_definition;
        let depth = (repetition as usize).min(self.open.len());
        // Deeper lists have one element each from the second value on.
        (0..times.min(2)).for_each(|_| self.close_below(depth));
        if let Some(open) = depth.checked_sub(1).and_then(|at| self.open.get_mut(at)) {
            *open += times as u64;
        }
    }

    /// Closes the lists that lie deeper, which are to have one size each depth; others begin.
    fn close_below(&mut self, depth: usize) {
        for (open, size) in self.open.iter_mut().zip(&mut self.sizes).skip(depth) {
            self.is_regular &= *size.get_or_insert(*open) == *open;
            *open = 1;
        }
    }

    /// Closes the row.
    fn close(&mut self) {
        if !std::mem::take(&mut self.is_in_row) {
            return;
        }
        self.close_below(0);
        if self.present.last() == Some(&true) {
            self.tensors.push(self.is_tensors && self.is_regular);
        }
        self.is_full = self.present.len() == self.rows;
    }

    /// What was found; `None`: there were too few rows.
    pub fn finish(mut self) -> Option<Values> {
        self.close();
        if self.present.len() != self.rows {
            return None;
        }
        let present = self.present.contains(&false).then_some(self.present);
        Some(Values { present, data: Data::Tensors(self.tensors) })
    }
}
