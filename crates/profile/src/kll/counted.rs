//! Values with how often each occurs. Sorted as they are, they need neither be copied out nor sorted before they are halved.

use super::capacity::level_capacity;
use super::{Kll, MAX_LEVELS, insert_copies, key, merge_sorted};

impl Kll {
    /// Adds values, each as often as is said: ascending, and none of them NaN.
    ///
    /// What becomes of them is what would become of a sorted block of all of them. Halving a block `j` times keeps every 2^j-th item from a random
    /// start, and what is left over of an odd block is the last item that the halvings before have kept: all of these are found by their place.
    pub(crate) fn extend_counted(&mut self, values: &[(f64, u64)]) {
        let n = values.iter().map(|&(_, count)| count).fold(0, u64::saturating_add);
        let (Some(&(min, _)), Some(&(max, _))) = (values.first(), values.last()) else { return };
        if self.levels.is_empty() {
            if self.n.saturating_add(n) <= u64::from(self.k) {
                for &(value, count) in values {
                    self.extend(std::iter::repeat_n(value, count as usize));
                }
                return;
            }
            self.fold();
        }
        let (mut level, mut kept, mut start) = (0, n, 0);
        // By their levels, which is from the last place to the first.
        let mut left_over: Vec<(usize, u64)> = Vec::new();
        while kept > u64::from(level_capacity(self.k, self.levels.len(), level)) && level + 1 < MAX_LEVELS {
            let second = u64::from(self.random.bit());
            if kept % 2 == 1 {
                kept -= 1;
                left_over.push((level, (kept << level) + start));
            }
            kept /= 2;
            start |= second << level;
            level += 1;
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
        }
        let last = start.saturating_add(kept << level);
        let mut block: Vec<i64> = Vec::with_capacity(kept as usize);
        let (mut next, mut end) = (start, 0_u64);
        for &(value, count) in values {
            end = end.saturating_add(count);
            while next < end.min(last) {
                block.push(key(value));
                next += 1 << level;
            }
            while let Some((level, _)) = left_over.pop_if(|(_, place)| *place < end) {
                insert_copies(&mut self.levels[level], key(value), 1);
            }
        }
        merge_sorted(&mut self.levels[level], &block);
        self.see(min, max, n);
        self.compress();
    }
}
