//! The table of counters: open addressing with linear probing, purged by the median (Anderson, Bevan, Lang, Liberty, Rhodes and
//! Thaler, 2017). Its layout equals the reference's slot for slot, because the layout decides which counters a purge samples and in
//! which order an image lists the items.
//!
//! ```text
//!  slots    2^lg numbers: 0 free, else 1 + index of an entry
//!  entries  count, hash, place of the text        as many as slots are in use
//!  text     all texts back to back, UTF-8
//! ```
//!
//! Invariants: at most three quarters of the slots are in use; no slot between an item and its home slot (the low bits of its hash) is
//! free. A new item costs no allocation but the growth of these three, and a copy of the table is three copies of memory.

use crate::murmur::tail_word;

/// Most counters a purge looks at.
const SAMPLE: usize = 1024;

/// Log2 of the slots a table starts with.
pub(crate) const LG_START: u8 = 3;

/// Set in an entry's length: whoever counts the item has marked it.
const MARK: u32 = 1 << 31;

#[derive(Debug, Clone)]
pub(crate) struct Table {
    lg_max: u8,
    slots: Vec<u32>,
    entries: Vec<Entry>,
    text: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    count: u64,
    start: usize,
    /// Bytes of the text; [`MARK`] besides.
    len: u32,
    /// The low half of the item's hash: more than the largest table needs.
    hash: u32,
}

impl Table {
    pub(crate) fn new(lg: u8, lg_max: u8) -> Self {
        Self { lg_max, slots: vec![0; 1 << lg], entries: Vec::new(), text: Vec::new() }
    }

    /// What slots, entries and texts take of memory, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        4 * self.slots.capacity() + size_of::<Entry>() * self.entries.capacity() + self.text.capacity()
    }

    pub(crate) fn lg(&self) -> u8 {
        self.slots.len().trailing_zeros() as u8
    }

    pub(crate) fn lg_max(&self) -> u8 {
        self.lg_max
    }

    pub(crate) fn active(&self) -> usize {
        self.entries.len()
    }

    /// Finds an item: its entry's number, or the slot where it would lie.
    #[inline]
    pub(crate) fn find(&self, hash: u32, text: &[u8]) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(index) = self.slots[slot].checked_sub(1) {
            let entry = &self.entries[index as usize];
            if entry.hash == hash && equal(&self.text[entry.range()], text) {
                return Ok(index + 1);
            }
            slot = (slot + 1) & mask;
        }
        Err(slot)
    }

    /// Adds to the counter of entry `number`.
    #[inline]
    pub(crate) fn count(&mut self, number: u32, count: u64) {
        let counter = &mut self.entries[number as usize - 1].count;
        *counter = counter.saturating_add(count);
    }

    /// Marks entry `number`; gives whether it was marked before.
    #[inline]
    pub(crate) fn mark(&mut self, number: u32) -> bool {
        let len = &mut self.entries[number as usize - 1].len;
        let was_marked = *len & MARK != 0;
        *len |= MARK;
        was_marked
    }

    /// Makes an item at the slot where [`find`](Self::find) missed it; its entry is the last one. Returns how much a purge took from every counter: 0 without one;
    /// after one, entries have other numbers.
    pub(crate) fn insert(&mut self, slot: usize, hash: u32, text: &[u8], count: u64) -> u64 {
        self.entries.push(Entry { count, start: self.text.len(), len: text.len() as u32 & !MARK, hash });
        self.slots[slot] = self.entries.len() as u32;
        self.text.extend_from_slice(text);
        if self.entries.len() * 4 <= self.slots.len() * 3 {
            0
        } else if self.lg() < self.lg_max {
            let order = self.in_use().collect();
            self.place(self.slots.len() * 2, order);
            0
        } else {
            self.purge()
        }
    }

    /// Places all entries anew, in this order, into so many slots.
    fn place(&mut self, slots: usize, order: Vec<u32>) {
        self.slots = vec![0; slots];
        for number in order {
            let mut slot = self.home(number);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            self.slots[slot] = number;
        }
    }

    /// Places all items anew in the order of an image, as reading that image does.
    pub(crate) fn place_in_image_order(&mut self) {
        let order = self.image_order().collect();
        self.place(self.slots.len(), order);
    }

    /// Takes the median of a sample from every counter and drops those that reach 0.
    fn purge(&mut self) -> u64 {
        let mut sample = self.sample();
        let middle = sample.len() / 2;
        let (_, &mut median, _) = sample.select_nth_unstable(middle);
        if sample.len() == self.entries.len() && sample[middle..].iter().all(|&count| count == median) {
            // Nothing is left, as where each item came once.
            self.slots.fill(0);
            self.entries.clear();
            self.text.clear();
            return median;
        }
        // From the back of each cluster to its front, so that what a removal moves up has been reduced already. The cluster that
        // wraps around the end comes last. At most three quarters are in use, so a free slot exists.
        let free = self.slots.iter().rposition(|&number| number == 0).unwrap_or(0);
        for slot in (0..free).rev().chain((free..self.slots.len()).rev()) {
            if let Some(index) = self.slots[slot].checked_sub(1) {
                let count = &mut self.entries[index as usize].count;
                *count = count.saturating_sub(median);
                if *count == 0 {
                    self.remove(slot);
                }
            }
        }
        self.forget_removed();
        median
    }

    /// Counters, by slot where there are more than a sample takes.
    fn sample(&self) -> Vec<u64> {
        if self.entries.len() <= SAMPLE {
            return self.entries.iter().map(|entry| entry.count).collect();
        }
        self.in_use().map(|number| self.entry(number).count).take(SAMPLE).collect()
    }

    /// Frees a slot and moves up what could not lie there before. The entry itself stays.
    fn remove(&mut self, slot: usize) {
        let mask = self.slots.len() - 1;
        let (mut hole, mut next) = (slot, slot);
        self.slots[hole] = 0;
        loop {
            next = (next + 1) & mask;
            let number = self.slots[next];
            if number == 0 {
                return;
            }
            let from_home = next.wrapping_sub(self.home(number)) & mask;
            if from_home >= next.wrapping_sub(hole) & mask {
                self.slots[hole] = number;
                self.slots[next] = 0;
                hole = next;
            }
        }
    }

    /// Drops entries and texts that no slot names.
    fn forget_removed(&mut self) {
        let mut entries = Vec::with_capacity(self.entries.capacity());
        let mut text = Vec::with_capacity(self.text.capacity());
        for number in self.slots.iter_mut().filter(|number| **number != 0) {
            let entry = self.entries[*number as usize - 1];
            entries.push(Entry { start: text.len(), ..entry });
            text.extend_from_slice(&self.text[entry.range()]);
            *number = entries.len() as u32;
        }
        (self.entries, self.text) = (entries, text);
    }

    /// All items with hash and count, in the order in which an image lists them.
    pub(crate) fn items(&self) -> impl Iterator<Item = (u32, &[u8], u64)> {
        self.image_order().map(|number| {
            let entry = self.entry(number);
            (entry.hash, &self.text[entry.range()], entry.count)
        })
    }

    /// What the slots in use hold, by slot.
    fn in_use(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().copied().filter(|&number| number != 0)
    }

    /// What the slots in use hold, from the first one on in steps of about the golden section of the table.
    fn image_order(&self) -> impl Iterator<Item = u32> {
        const GOLDEN_SECTION: f64 = 0.618_033_988_749_894_9;
        let slots = self.slots.len();
        let step = (slots as f64 * GOLDEN_SECTION) as usize | 1;
        let first = self.slots.iter().position(|&number| number != 0).unwrap_or(0);
        (0..slots).map(move |i| self.slots[(first + i * step) & (slots - 1)]).filter(|&number| number != 0)
    }

    fn entry(&self, number: u32) -> &Entry {
        &self.entries[number as usize - 1]
    }

    fn home(&self, number: u32) -> usize {
        self.entry(number).hash as usize & (self.slots.len() - 1)
    }
}

impl Entry {
    fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + (self.len & !MARK) as usize
    }
}

/// Whether two texts are the same, word by word: they are short, and a call to compare memory costs more.
#[inline]
fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let (Some(left_end), Some(right_end)) = (left.last_chunk::<8>(), right.last_chunk::<8>()) else {
        return tail_word(left) == tail_word(right);
    };
    let (left_words, right_words) = (left.as_chunks::<8>().0, right.as_chunks::<8>().0);
    left_end == right_end && left_words.iter().zip(right_words).all(|(left, right)| left == right)
}
