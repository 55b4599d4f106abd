//! The frequent-items sketch over texts: a table of counters that is purged by its median when it is full.
//!
//! The count of an item in the stream lies between its counter and its counter plus `offset`, which is what all purges together took
//! from a counter. An item that is not in the table occurred at most `offset` times.

mod hash;
mod image;
mod integers;
mod table;

use integers::KnownIntegers;
pub(crate) use table::LG_START;
use table::Table;

use crate::SketchError;
use crate::sketch::Sketch;

/// A text that occurred often, with bounds of how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrequentItem {
    /// The text, cut to the length the profile was made with.
    pub value: String,
    /// How often it occurred, at most.
    pub estimate: u64,
    /// How often it occurred, at least.
    pub lower: u64,
    /// How often it occurred, at most. Equal to the estimate.
    pub upper: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Frequent {
    table: Table,
    total: u64,
    offset: u64,
    integers: KnownIntegers,
}

impl Frequent {
    /// An empty sketch whose table grows to 2^`lg_max` slots.
    pub(crate) fn new(lg_max: u8) -> Self {
        Self::of(Table::new(LG_START, lg_max.max(LG_START)), 0, 0)
    }

    fn of(table: Table, total: u64, offset: u64) -> Self {
        Self { table, total, offset, integers: KnownIntegers::default() }
    }

    /// How many texts it has counted.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Counts a text so many times.
    #[inline]
    pub(crate) fn add(&mut self, text: &str, count: u64) {
        self.add_hashed(hash::hash(text.as_bytes()), text.as_bytes(), count);
    }

    /// Counts a text once and marks its item; `true`: it was marked already, which it stays for as long as it has a counter. So whoever does something for each
    /// *different* text can leave it out for the frequent ones.
    #[inline]
    pub(crate) fn add_marked(&mut self, text: &str) -> bool {
        match self.add_hashed(hash::hash(text.as_bytes()), text.as_bytes(), 1) {
            Some(number) => self.table.mark(number),
            None => false,
        }
    }

    /// Counts whole numbers, each so many times, by their decimal text. `is_new` hears of each number, though not always of one that it has heard of before.
    pub(crate) fn add_integers(&mut self, values: impl Iterator<Item = (i64, u64)>, mut is_new: impl FnMut(i64)) {
        let mut text = itoa::Buffer::new();
        for (value, times) in values {
            if let Some(number) = self.integers.get(value) {
                self.table.count(number, times);
                self.total = self.total.saturating_add(times);
                continue;
            }
            is_new(value);
            let text = text.format(value).as_bytes();
            if let Some(number) = self.add_hashed(hash::hash(text), text, times) {
                self.integers.note(value, number, self.total);
            }
        }
    }

    /// Gives the number of the item's entry, unless a purge followed.
    #[inline]
    fn add_hashed(&mut self, hash: u32, text: &[u8], count: u64) -> Option<u32> {
        if count == 0 {
            return None;
        }
        self.total = self.total.saturating_add(count);
        match self.table.find(hash, text) {
            Ok(number) => {
                self.table.count(number, count);
                Some(number)
            }
            Err(slot) => {
                let purged = self.table.insert(slot, hash, text, count);
                if purged == 0 {
                    return Some(self.table.active() as u32);
                }
                self.offset = self.offset.saturating_add(purged);
                self.integers.forget();
                None
            }
        }
    }

    /// The items that are certain to have occurred more often than any item that is missing (no false positives); or all that may have (no false
    /// negatives). Most frequent first; equals stay in the order of the image.
    pub(crate) fn items(&self, all: bool) -> Vec<FrequentItem> {
        let mut items: Vec<FrequentItem> = self
            .table
            .items()
            .filter(|&(_, _, count)| all || count > self.offset)
            .map(|(_, text, count)| {
                let upper = count.saturating_add(self.offset);
                FrequentItem { value: String::from_utf8_lossy(text).into_owned(), estimate: upper, lower: count, upper }
            })
            .collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.estimate));
        items
    }
}

impl Sketch for Frequent {
    const FIELD: u32 = 4;

    /// Adds what another sketch holds. The result keeps this sketch's largest size.
    fn merge(&mut self, other: &Self) {
        let total = self.total.saturating_add(other.total);
        // The reference merges into a copy it has read from this sketch's image.
        self.table.place_in_image_order();
        for (hash, text, count) in other.table.items() {
            self.add_hashed(hash, text, count);
        }
        self.offset = self.offset.saturating_add(other.offset);
        self.total = total;
    }

    fn write_image(&self, out: &mut Vec<u8>) {
        self.append_image(out);
    }

    fn from_image(image: &[u8], _seed: u64) -> Result<Self, SketchError> {
        Self::read_image(image)
    }

    /// What its table takes of memory, in bytes.
    fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.table.heap_bytes() + self.integers.heap_bytes()
    }
}

#[cfg(test)]
mod tests;
