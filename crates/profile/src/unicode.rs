//! The `unicode_range` metric: how many characters of each text lie in which ranges of code points.
//!
//! A text is decomposed (NFD) and then lower-cased before its code points are counted, unless that is switched off; its length is that of the text as it
//! came. Every range is a column of its own, fed with one count a text.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use unicode_normalization::UnicodeNormalization;

use crate::ProfileSettings;
use crate::column::Column;
use crate::schema::{ColumnSchema, MetricSet, MetricSets, ValueType};

/// The range of what lies in no other; also U+0000.
const UNKNOWN: &str = "UNKNOWN";
/// The name under which lengths are kept.
const STRING_LENGTH: &str = "string_length";

/// Ranges of code points by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnicodeRanges {
    ranges: Vec<(String, u32, u32)>,
    lower_case: bool,
    normalize: bool,
}

impl Default for UnicodeRanges {
    /// The reference's.
    fn default() -> Self {
        let ranges = [
            ("emoticon", 0x1F600, 0x1F64F),
            ("control", 0x00, 0x1F),
            ("digits", 0x30, 0x39),
            ("latin-upper", 0x41, 0x5A),
            ("latin-lower", 0x61, 0x7A),
            ("basic-latin", 0x00, 0x7F),
            ("extended-latin", 0x0080, 0x02AF),
        ];
        Self::new(ranges.map(|(name, first, last)| (name.to_owned(), first, last)).to_vec(), true, true)
    }
}

impl UnicodeRanges {
    /// Ranges with both ends included. What is in none counts as `UNKNOWN`.
    #[must_use]
    pub fn new(mut ranges: Vec<(String, u32, u32)>, lower_case: bool, normalize: bool) -> Self {
        ranges.retain(|(name, _, _)| name != UNKNOWN && name != STRING_LENGTH);
        ranges.push((UNKNOWN.to_owned(), 0, 0));
        Self { ranges, lower_case, normalize }
    }

    /// The number of characters in each range.
    fn count(&self, text: &str, counts: &mut [i64]) {
        counts.fill(0);
        if text.is_ascii() {
            for byte in text.bytes() {
                let byte = if self.lower_case { byte.to_ascii_lowercase() } else { byte };
                self.sort_in(u32::from(byte), counts);
            }
            return;
        }
        let mut decomposed = if self.normalize { text.nfd().collect() } else { text.to_owned() };
        if self.lower_case {
            decomposed = decomposed.to_lowercase();
        }
        for character in decomposed.chars() {
            self.sort_in(u32::from(character), counts);
        }
    }

    fn sort_in(&self, code: u32, counts: &mut [i64]) {
        let mut is_known = false;
        for ((_, first, last), count) in self.ranges.iter().zip(&mut *counts) {
            if (*first..=*last).contains(&code) {
                *count += 1;
                is_known = true;
            }
        }
        if let Some(unknown) = counts.last_mut().filter(|_| !is_known) {
            *unknown += 1;
        }
    }
}

/// How the columns of the ranges are made.
static PART: LazyLock<Arc<ColumnSchema>> = LazyLock::new(|| {
    let settings = ProfileSettings { kll_k: 256, frequent_items: false, ..ProfileSettings::default() };
    let integral = MetricSet::DISTRIBUTION.and(MetricSet::INTS).and(MetricSet::CARDINALITY);
    let metrics = MetricSets { integral, ..MetricSets::default() };
    Arc::new(ColumnSchema { settings, metrics, declared: Some(ValueType::Integral), ..ColumnSchema::default() })
});

/// The metric's state: a column a range, and one for the lengths.
#[derive(Debug, Clone)]
pub(crate) struct UnicodeState {
    /// In boxes, since a map has room for eleven from its first entry on.
    parts: BTreeMap<String, Box<Column>>,
}

impl UnicodeState {
    pub fn new(ranges: &UnicodeRanges, seed: u64) -> Self {
        let names = ranges.ranges.iter().map(|(name, _, _)| name.as_str()).chain([STRING_LENGTH]);
        let part = |name: &str| (name.to_owned(), Box::new(Column::new(Arc::clone(&PART), part_seed(seed, name))));
        Self { parts: names.map(part).collect() }
    }

    /// Takes in a part that was read.
    pub fn from_parts(parts: BTreeMap<String, Box<Column>>) -> Self {
        Self { parts }
    }

    /// By name, ascending.
    pub fn parts(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.parts.iter().map(|(name, column)| (name.as_str(), &**column))
    }

    /// The column of a range.
    pub fn part(&self, name: &str) -> Option<&Column> {
        self.parts.get(name).map(|part| &**part)
    }

    /// Adds texts.
    pub fn add<'a>(&mut self, ranges: &UnicodeRanges, texts: impl Iterator<Item = &'a str>) {
        let mut counts = vec![0; ranges.ranges.len()];
        let mut gathered = vec![Vec::new(); ranges.ranges.len()];
        let mut lengths = Vec::new();
        for text in texts {
            lengths.push(text.chars().count() as i64);
            ranges.count(text, &mut counts);
            for (column, &count) in gathered.iter_mut().zip(&counts) {
                column.push(count);
            }
        }
        let names = ranges.ranges.iter().map(|(name, _, _)| name.as_str());
        for (name, values) in names.zip(&gathered).chain([(STRING_LENGTH, &lengths)]) {
            if let Some(part) = self.parts.get_mut(name) {
                part.add_integral(values);
            }
        }
    }

    /// Adds what another holds; a range that one lacks is taken over from the other.
    pub fn merge(&mut self, other: &Self) {
        for (name, theirs) in &other.parts {
            match self.parts.get_mut(name) {
                Some(mine) => mine.merge(theirs),
                None => drop(self.parts.insert(name.clone(), theirs.clone())),
            }
        }
    }

    pub fn heap_bytes(&self) -> usize {
        self.parts.iter().map(|(name, part)| name.len() + 64 + part.memory_bytes()).sum()
    }
}

/// The settings with which parts are read.
pub(crate) fn part_schema() -> Arc<ColumnSchema> {
    Arc::clone(&PART)
}

pub(crate) fn part_seed(seed: u64, name: &str) -> u64 {
    crate::kll::mix(seed ^ crate::murmur::hash_bytes(name.as_bytes()).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(ranges: &UnicodeRanges, text: &str) -> Vec<i64> {
        let mut counts = vec![0; ranges.ranges.len()];
        ranges.count(text, &mut counts);
        counts
    }

    #[test]
    fn characters_may_lie_in_several_ranges_or_in_none() {
        let usual = UnicodeRanges::default();
        // emoticon, control, digits, upper, lower, basic, extended, unknown
        assert_eq!(counts(&usual, "Ab1\n"), [0, 1, 1, 0, 2, 4, 0, 0]);
        assert_eq!(counts(&usual, "é"), [0, 0, 0, 0, 1, 1, 0, 1], "an e and a combining accent");
        assert_eq!(counts(&usual, "😀漢"), [1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(counts(&usual, "\0"), [0, 1, 0, 0, 0, 1, 0, 1]);
        let raw = UnicodeRanges::new(vec![("upper".into(), 0x41, 0x5A)], false, false);
        assert_eq!(counts(&raw, "AÉ"), [1, 1]);
    }
}
