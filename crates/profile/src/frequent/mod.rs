//! The frequent-items sketch over texts: a table of counters that is purged by its median when it is full.
//!
//! The count of an item in the stream lies between its counter and its counter plus `offset`, which is what all purges together took
//! from a counter. An item that is not in the table occurred at most `offset` times.

mod hash;
mod image;
mod table;

pub(crate) use table::LG_START;
use table::Table;

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
}

impl Frequent {
    /// What its table takes of memory, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.table.heap_bytes()
    }

    /// An empty sketch whose table grows to 2^`lg_max` slots.
    pub(crate) fn new(lg_max: u8) -> Self {
        Self { table: Table::new(LG_START, lg_max.max(LG_START)), total: 0, offset: 0 }
    }

    /// Counts a text so many times.
    #[inline]
    pub(crate) fn add(&mut self, text: &str, count: u64) {
        self.add_hashed(hash::hash(text.as_bytes()), text, count);
    }

    #[inline]
    fn add_hashed(&mut self, hash: u32, text: &str, count: u64) {
        if count == 0 {
            return;
        }
        self.total = self.total.saturating_add(count);
        let purged = self.table.add(hash, text, count);
        self.offset = self.offset.saturating_add(purged);
    }

    /// Adds what another sketch holds. The result keeps this sketch's largest size.
    pub(crate) fn merge(&mut self, other: &Self) {
        let total = self.total.saturating_add(other.total);
        // The reference merges into a copy it has read from this sketch's image.
        self.table.place_in_image_order();
        for (hash, text, count) in other.table.items() {
            self.add_hashed(hash, text, count);
        }
        self.offset = self.offset.saturating_add(other.offset);
        self.total = total;
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
                FrequentItem { value: text.to_owned(), estimate: upper, lower: count, upper }
            })
            .collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.estimate));
        items
    }
}

#[cfg(test)]
mod tests;
