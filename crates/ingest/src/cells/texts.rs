//! The texts of one column: a list of them, and a count of each where they repeat.

use super::FIRST;

/// Slots for different texts that are counted.
const SLOTS: usize = 8192;
const SLOT_BITS: u32 = SLOTS.trailing_zeros();
/// So many slots may be taken: beyond that, finding one takes long.
const MOST_COUNTED: usize = SLOTS / 2;
/// Looks at so many slots for a text, at most: texts may be made to have one slot.
const MOST_PROBES: usize = 64;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
const OTHER_MIX: u64 = 0xd6e8_feb8_6659_fd93;

/// Texts one behind the other.
#[derive(Debug, Clone, Default)]
pub(super) struct TextList {
    joined: String,
    /// Byte offset behind each text.
    ends: Vec<usize>,
}

impl TextList {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn clear(&mut self) {
        self.joined.clear();
        self.ends.clear();
    }

    pub fn reserved_bytes(&self) -> usize {
        self.ends.capacity().saturating_mul(8).saturating_add(self.joined.capacity())
    }

    pub fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
    }

    pub fn pop(&mut self) {
        self.ends.pop();
        self.joined.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// The text of a number; empty where there is none.
    pub fn get(&self, number: usize) -> &str {
        self.ends.get(number).map_or("", |&end| self.between(number, end))
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.ends.iter().enumerate().map(|(number, &end)| self.between(number, end))
    }

    fn between(&self, number: usize, end: usize) -> &str {
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.joined.get(start..end).unwrap_or_default()
    }
}

/// What says whether two texts may be one: of up to 16 bytes, whether they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Key {
    len: usize,
    head: u64,
    tail: u64,
}

impl Key {
    #[inline]
    fn of(text: &[u8]) -> Self {
        let long = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        let short = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        let len = text.len();
        if let (Some(head), Some(tail)) = (text.first_chunk(), text.last_chunk()) {
            return Self { len, head: long(head), tail: long(tail) };
        }
        if let (Some(head), Some(tail)) = (text.first_chunk(), text.last_chunk()) {
            return Self { len, head: short(head), tail: short(tail) };
        }
        let byte = |at: usize| u64::from(text.get(at).copied().unwrap_or_default());
        Self { len, head: byte(0) | byte(1) << 8, tail: byte(2) }
    }

    /// Whether it is all that there is to know of its text.
    fn is_whole(self) -> bool {
        self.len <= 16
    }

    #[inline]
    fn slot(self, text: &[u8]) -> usize {
        let mut hash = folded(self.head ^ MIX, self.tail ^ (self.len as u64).wrapping_mul(OTHER_MIX));
        if !self.is_whole() {
            let (words, _) = text.as_chunks::<8>();
            hash = words.iter().fold(hash, |hash, word| folded(hash ^ u64::from_le_bytes(*word), MIX));
        }
        (hash.wrapping_mul(MIX) >> (64_u32.wrapping_sub(SLOT_BITS))) as usize
    }
}

/// Both halves of a product.
#[inline]
fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one).wrapping_mul(u128::from(other));
    (product >> 64) as u64 ^ product as u64
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    key: Key,
    /// How often it came.
    times: u64,
}

/// Different texts, each with how often it came, in the order in which they came first.
#[derive(Debug, Clone, Default)]
pub(super) struct TextCounts {
    texts: TextList,
    counted: Vec<Counted>,
    /// By a text's hash, its number from 1; 0: free. Empty before the first text.
    slots: Vec<u32>,
    last: usize,
}

impl TextCounts {
    /// Those of a column that begins with `list`, if it is worth it: half of them at least repeat.
    pub fn of(&mut self, list: &TextList) -> bool {
        let is_worth_it = list.iter().all(|text| self.add(text)) && self.counted.len() <= FIRST / 2;
        if !is_worth_it {
            self.clear();
        }
        is_worth_it
    }

    pub fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.texts.clear();
            self.counted.clear();
            self.slots.fill(0);
        }
    }

    pub fn reserved_bytes(&self) -> usize {
        let counted = self.counted.capacity().saturating_mul(size_of::<Counted>());
        let slots = self.slots.capacity().saturating_mul(4);
        self.texts.reserved_bytes().saturating_add(counted).saturating_add(slots)
    }

    /// Counts a text. `false`: there is no room for another one.
    #[inline]
    pub fn add(&mut self, text: &str) -> bool {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, 0);
        }
        let key = Key::of(text.as_bytes());
        let mut place = key.slot(text.as_bytes());
        for _ in 0..MOST_PROBES {
            let Some(slot) = self.slots.get_mut(place % SLOTS) else { return false };
            let Some(number) = (*slot as usize).checked_sub(1) else {
                if self.counted.len() >= MOST_COUNTED {
                    return false;
                }
                self.last = self.counted.len();
                self.counted.push(Counted { key, times: 1 });
                self.texts.push(text);
                *slot = self.counted.len() as u32;
                return true;
            };
            let Some(known) = self.counted.get_mut(number) else { return false };
            if known.key == key && (key.is_whole() || self.texts.get(number) == text) {
                known.times = known.times.wrapping_add(1);
                self.last = number;
                return true;
            }
            place = place.wrapping_add(1);
        }
        false
    }

    /// Takes back the text that came last. One that is left with no count stays known.
    pub fn undo(&mut self) {
        if let Some(last) = self.counted.get_mut(self.last) {
            last.times = last.times.saturating_sub(1);
        }
    }

    /// The text that came last.
    pub fn last(&self) -> &str {
        self.texts.get(self.last)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let counted = self.texts.iter().zip(&self.counted).map(|(text, counted)| (text, counted.times));
        counted.filter(|(_, times)| *times > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Texts of all lengths about those at which they are looked at in another way, which differ in one byte alone.
        #[test]
        fn every_text_is_counted_once(
            texts in prop::collection::vec(("[ab]{0,3}", 0..40_usize, 0..40_usize, any::<bool>()), 0..400),
        ) {
            let mut counts = TextCounts::default();
            let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
            for (start, len, at, is_undone) in texts {
                let mut text = format!("{start}{}", "x".repeat(len));
                if at < text.len() {
                    text.replace_range(at..=at, "y");
                }
                prop_assert!(counts.add(&text));
                prop_assert_eq!(counts.last(), &text);
                if is_undone {
                    counts.undo();
                } else {
                    *wanted.entry(text).or_default() += 1;
                }
            }
            prop_assert_eq!(counts.iter().count(), wanted.len());
            prop_assert_eq!(counts.iter().map(|(text, times)| (text.to_owned(), times)).collect::<BTreeMap<_, _>>(), wanted);
        }
    }

    #[test]
    fn there_is_an_end_to_how_many_are_counted() {
        let mut counts = TextCounts::default();
        let added = (0..3 * SLOTS).filter(|number| counts.add(&number.to_string())).count();
        assert_eq!(added, MOST_COUNTED);
        assert!(counts.add("17"), "one that is known");
        assert_eq!(counts.iter().map(|(_, times)| times).sum::<u64>(), MOST_COUNTED as u64 + 1);
        counts.clear();
        assert!(counts.add("other") && counts.iter().eq([("other", 1)]));
    }

    #[test]
    fn texts_that_hardly_repeat_are_not_counted() {
        let list = |different: usize| {
            let mut list = TextList::default();
            (0..FIRST).for_each(|number| list.push(&(number % different).to_string()));
            list
        };
        assert!(TextCounts::default().of(&list(FIRST / 2)));
        let mut counts = TextCounts::default();
        assert!(!counts.of(&list(FIRST / 2 + 1)));
        assert!(counts.is_empty());
    }
}
