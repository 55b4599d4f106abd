//! The quantile sketch: KLL over doubles (Karnin, Lang and Liberty, 2016), seedable and fed in blocks.
//!
//! Invariants:
//!
//! * An item of `levels[l]` stands for 2^l values. Every level is sorted; the sum of all weights, `recent` included, is `n`.
//! * `recent` holds values of weight 1 in the order of their arrival, fewer than `k` while there are levels. While `n ≤ k` there are no
//!   levels: the sketch is exact, and its image is the reference's byte for byte.
//! * After [`Kll::fold`] all levels together hold at most the total capacity of that many levels.
//!
//! ```text
//!  values ──► recent (≤ k, unsorted) ──sort──► block ──halved while too wide for its level──► levels[j]
//!                                                                                      │ too full: every other item
//!                                                                                      ▼
//!                                                                                   levels[j+1] …
//! ```
//!
//! Halving a sorted run keeps every other item from a random start, so that ranks stay right on average. An item left over from a run of
//! odd length stays on its level. Items are held as [`key`]s, whole numbers in the order of the doubles, which sort and merge faster.

mod capacity;
mod counted;
mod image;
mod quantiles;
mod random;

use capacity::{level_capacity, total_capacity};
use random::RandomBits;
pub(crate) use random::mix;

use crate::SketchError;
use crate::sketch::Sketch;

/// Weights are powers of two of at most this, so that they fit a `u64` with room for a sum.
const MAX_LEVELS: usize = 61;

#[derive(Debug, Clone)]
pub(crate) struct Kll {
    k: u16,
    /// Smallest `k` of all sketches in estimation mode that were merged in: it bounds the error.
    min_k: u16,
    n: u64,
    min: f64,
    max: f64,
    recent: Vec<f64>,
    /// Whether an image said that level 0 is sorted; kept so that reading and writing change nothing.
    recent_sorted: bool,
    levels: Vec<Vec<i64>>,
    random: RandomBits,
}

impl Kll {
    pub(crate) fn new(k: u16, seed: u64) -> Self {
        Self {
            k,
            min_k: k,
            n: 0,
            min: f64::NAN,
            max: f64::NAN,
            recent: Vec::new(),
            recent_sorted: false,
            levels: Vec::new(),
            random: RandomBits::new(seed),
        }
    }

    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// The smallest value, NaN when there is none.
    pub(crate) fn min(&self) -> f64 {
        self.min
    }

    /// The largest value, NaN when there is none.
    pub(crate) fn max(&self) -> f64 {
        self.max
    }

    /// Adds values, none of which may be NaN.
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = f64>) {
        let mut values = values;
        while values.len() > 0 {
            self.make_room();
            let room = usize::from(self.k) - self.recent.len();
            let start = self.recent.len();
            self.recent.extend(values.by_ref().take(room));
            self.n += (self.recent.len() - start) as u64;
            let (mut min, mut max) =
                if self.min.is_nan() { (f64::INFINITY, f64::NEG_INFINITY) } else { (self.min, self.max) };
            for &value in &self.recent[start..] {
                min = if value < min { value } else { min };
                max = if value > max { value } else { max };
            }
            (self.min, self.max) = (min, max);
        }
    }

    /// Adds one value as often as `count` says, in time that grows with the logarithm of it.
    pub(crate) fn add_equal(&mut self, value: f64, count: u64) {
        let room = u64::from(self.k).saturating_sub(self.recent.len() as u64);
        if self.levels.is_empty() && count <= room {
            self.extend(std::iter::repeat_n(value, count as usize));
            return;
        }
        if count == 0 {
            return;
        }
        self.fold();
        // Levels are added only as far as the value's own weight needs them: more would narrow all others.
        while count >> (self.levels.len() - 1) > u64::from(self.k) && self.levels.len() < MAX_LEVELS {
            self.levels.push(Vec::new());
        }
        let top = self.levels.len() - 1;
        for (level, items) in self.levels.iter_mut().enumerate() {
            let copies = if level == top { count >> level } else { count >> level & 1 };
            insert_copies(items, key(value), copies as usize);
        }
        self.see(value, value, count);
        self.compress();
    }

    fn see(&mut self, min: f64, max: f64, count: u64) {
        self.n = self.n.saturating_add(count);
        self.min = self.min.min(min);
        self.max = self.max.max(max);
    }

    fn make_room(&mut self) {
        if self.recent.len() >= usize::from(self.k) {
            self.fold();
        }
        self.recent_sorted = false;
    }

    /// Moves the recent values to the levels.
    fn fold(&mut self) {
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        let mut block: Vec<i64> = self.recent.drain(..).map(key).collect();
        block.sort_unstable();
        self.add_block(block);
    }

    /// Takes a sorted block of items of weight 1; there is a level.
    fn add_block(&mut self, mut block: Vec<i64>) {
        let mut level = 0;
        while block.len() > level_capacity(self.k, self.levels.len(), level) as usize {
            let rest = halve(&mut block, self.random.bit());
            if let Some(rest) = rest {
                insert_copies(&mut self.levels[level], rest, 1);
            }
            level += 1;
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
        }
        merge_sorted(&mut self.levels[level], &block);
        self.compress();
    }

    /// Halves full levels, lowest first, until all fit.
    fn compress(&mut self) {
        loop {
            let levels = self.levels.len();
            if self.levels.iter().map(Vec::len).sum::<usize>() <= total_capacity(self.k, levels) {
                return;
            }
            let over = |level: &usize| self.levels[*level].len() > level_capacity(self.k, levels, *level) as usize;
            let Some(level) = (0..levels).find(over) else { return };
            let mut block = std::mem::take(&mut self.levels[level]);
            if let Some(rest) = halve(&mut block, self.random.bit()) {
                self.levels[level].push(rest);
            }
            if level + 1 == levels {
                self.levels.push(block);
            } else {
                merge_sorted(&mut self.levels[level + 1], &block);
            }
        }
    }
}

impl Sketch for Kll {
    const FIELD: u32 = 6;

    /// Adds what another sketch holds. The result keeps this sketch's `k`.
    fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        if !other.levels.is_empty() {
            self.min_k = self.min_k.min(other.min_k);
        }
        // The reference walks the other's level 0 as it lies in memory: newest first.
        let upper = other.n - other.recent.len() as u64;
        self.extend(other.recent.iter().rev().copied());
        if upper > 0 {
            while self.levels.len() < other.levels.len() {
                self.levels.push(Vec::new());
            }
            for (mine, theirs) in self.levels.iter_mut().zip(&other.levels) {
                merge_sorted(mine, theirs);
            }
            self.see(other.min, other.max, upper);
            self.compress();
        }
    }

    fn write_image(&self, out: &mut Vec<u8>) {
        self.append_image(out);
    }

    fn from_image(image: &[u8], seed: u64) -> Result<Self, SketchError> {
        Self::read_image(image, seed)
    }

    /// What its levels take of memory, in bytes.
    fn heap_bytes(&self) -> usize {
        8 * (self.recent.capacity() + self.levels.iter().map(Vec::capacity).sum::<usize>())
    }
}

/// What one item of a level stands for.
fn weight(level: usize) -> u64 {
    1_u64.checked_shl(level as u32).unwrap_or(u64::MAX)
}

/// A whole number in the order of the doubles; −0 is next below +0.
#[inline]
fn key(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// The double of a [`key`].
#[inline]
fn value(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) as u64 >> 1) as i64) as u64)
}

/// Keeps every other item, starting with the second when `second` is set. Of an odd number of items the last is returned instead.
fn halve(block: &mut Vec<i64>, second: bool) -> Option<i64> {
    let rest = if block.len() % 2 == 1 { block.pop() } else { None };
    let half = block.len() / 2;
    for i in 0..half {
        block[i] = block[2 * i + usize::from(second)];
    }
    block.truncate(half);
    rest
}

fn insert_copies(items: &mut Vec<i64>, item: i64, copies: usize) {
    let at = items.partition_point(|&other| other < item);
    items.splice(at..at, std::iter::repeat_n(item, copies));
}

/// Merges a sorted run into another from the back, in place.
fn merge_sorted(into: &mut Vec<i64>, run: &[i64]) {
    let mut left = into.len();
    let mut right = run.len();
    into.resize(left + right, 0);
    while right > 0 {
        let (mine, theirs) = (left.checked_sub(1).map(|i| into[i]), run[right - 1]);
        match mine {
            Some(mine) if mine > theirs => {
                into[left + right - 1] = mine;
                left -= 1;
            }
            _ => {
                into[left + right - 1] = theirs;
                right -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
