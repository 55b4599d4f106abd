//! Many values at once, where they come by column. None of them can be taken back.

use super::{Cells, Last, within};

/// Texts with how often each occurs.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeated {
    pub text: String,
    /// Byte offset behind each text, and its count.
    pub ends: Vec<(usize, u64)>,
}

impl Repeated {
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub fn reserved_bytes(&self) -> usize {
        self.ends.capacity().saturating_mul(16).saturating_add(self.text.capacity())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.ends.iter().scan(0, |start, &(end, times)| {
            let text = self.text.get(*start..end).unwrap_or_default();
            *start = end;
            Some((text, times))
        })
    }
}

impl Cells {
    fn note_many(&mut self, n: u64) {
        self.slots = self.slots.saturating_add(n);
        self.last = Last::Nothing;
        self.last_cut = false;
        self.last_row = 0;
    }

    /// Adds so many nulls.
    pub fn nulls(&mut self, n: u64) {
        self.nulls = self.nulls.saturating_add(n);
        self.note_many(n);
    }

    /// Adds bools.
    pub fn booleans(&mut self, trues: u64, falses: u64) {
        self.trues = self.trues.saturating_add(trues);
        self.falses = self.falses.saturating_add(falses);
        self.note_many(trues.saturating_add(falses));
    }

    /// Adds so many objects.
    pub fn objects(&mut self, n: u64) {
        self.objects = self.objects.saturating_add(n);
        self.note_many(n);
    }

    /// Adds so many tensors.
    pub fn tensors(&mut self, n: u64) {
        self.tensors = self.tensors.saturating_add(n);
        self.note_many(n);
    }

    /// Adds integers.
    pub fn integers(&mut self, values: impl Iterator<Item = i64>) {
        let added = self.integers.extend(values, self.order.is_none());
        self.note_many(added);
    }

    /// Adds doubles.
    pub fn doubles(&mut self, values: impl Iterator<Item = f64>) {
        let added = self.doubles.extend(values, self.order.is_none());
        self.note_many(added);
    }

    /// Adds texts, as much of each as `most` bytes hold.
    pub fn texts_within<'t>(&mut self, values: impl Iterator<Item = &'t str>, most: usize) {
        let mut added = 0_u64;
        for value in values {
            added = added.wrapping_add(1);
            let (used, is_cut) = within(value, most);
            self.add_text(used);
            self.cut = self.cut.saturating_add(u64::from(is_cut));
        }
        self.note_many(added);
    }

    /// One text that occurs `times`, as much of it as `most` bytes hold.
    pub fn repeat_text(&mut self, value: &str, times: u64, most: usize) {
        let (value, is_cut) = within(value, most);
        if is_cut {
            self.cut = self.cut.saturating_add(times);
        }
        self.repeated.text.push_str(value);
        self.repeated.ends.push((self.repeated.text.len(), times));
        self.note_many(times);
    }
}
