//! The sketch's bytes, in whylogs' form.
//!
//! ```text
//!  empty    02 01 0f 01 k:u16 08 00
//!  one      02 02 0f 04 k:u16 08 00  f64
//!  else     06 01 0f flags k:u16 08 00  n:u64  min k:u16  levels:u8 00  00 00 00 00
//!           level starts: u32 × levels  min:f64  max:f64  items: f64, level 0 first
//! ```
//!
//! Starts are indices into an array as large as the capacity of all levels, filled from its end: the first is capacity less items. Flag 2:
//! level 0 is sorted. Level 0 lies newest first.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::capacity::{MIN_CAPACITY, total_capacity};
use super::{Kll, MAX_LEVELS, key, value, weight};
use crate::SketchError;
use crate::sketch::take;

const FAMILY: u8 = 15;
const EMPTY: u8 = 1;
const LEVEL_ZERO_SORTED: u8 = 2;
const SINGLE: u8 = 4;

impl Kll {
    pub(super) fn append_image(&self, out: &mut Vec<u8>) {
        let header = |preamble, version, flags| {
            let [low, high] = self.k.to_le_bytes();
            [preamble, version, FAMILY, flags, low, high, MIN_CAPACITY as u8, 0]
        };
        if self.n == 0 {
            out.extend(header(2, 1, EMPTY));
            return;
        }
        if let (1, [only]) = (self.n, self.recent.as_slice()) {
            out.extend(header(2, 2, SINGLE));
            out.extend(only.to_le_bytes());
            return;
        }
        let levels = self.levels.len().max(1);
        let upper = self.levels.iter().map(Vec::len).fold(0, usize::saturating_add);
        let capacity = total_capacity(self.k, levels);
        let Some(free) = capacity.checked_sub(upper.saturating_add(self.recent.len())) else {
            let mut folded = self.clone();
            folded.fold();
            folded.append_image(out);
            return;
        };
        out.extend(header(6, 1, if self.recent_sorted { LEVEL_ZERO_SORTED } else { 0 }));
        out.extend(self.n.to_le_bytes());
        out.extend(self.min_k.to_le_bytes());
        out.extend([levels as u8, 0, 0, 0, 0, 0]);
        let mut start = free;
        for level in 0..levels {
            out.extend((start as u32).to_le_bytes());
            let recent = if level == 0 { self.recent.len() } else { 0 };
            start = start.saturating_add(recent).saturating_add(self.levels.get(level).map_or(0, Vec::len));
        }
        append_doubles(out, [self.min, self.max].into_iter());
        append_doubles(out, self.recent.iter().rev().copied());
        for level in &self.levels {
            append_doubles(out, level.iter().map(|&item| value(item)));
        }
    }

    /// Reads an image. The seed starts the sketch's later random choices.
    pub(super) fn read_image(image: &[u8], seed: u64) -> Result<Self, SketchError> {
        let mut rest = image;
        let [preamble, version, family, flags, k_low, k_high, m, _] = take::<8>(&mut rest)?;
        let k = u16::from_le_bytes([k_low, k_high]);
        if family != FAMILY {
            return Err(SketchError::Preamble("sketch family"));
        }
        if u32::from(m) != MIN_CAPACITY || u32::from(k) < MIN_CAPACITY {
            return Err(SketchError::Preamble("size parameters"));
        }
        let mut sketch = Self::new(k, seed);
        match (preamble, version) {
            (2, 1) if flags & EMPTY != 0 => {}
            (2, 2) if flags & SINGLE != 0 => {
                let only = f64::from_le_bytes(take(&mut rest)?);
                if only.is_nan() {
                    return Err(SketchError::Inconsistent("an item is not a number"));
                }
                sketch.extend(std::iter::once(only));
            }
            (6, 1) if flags & (EMPTY | SINGLE) == 0 => sketch.read_levels(rest, flags)?,
            _ => return Err(SketchError::Preamble("preamble size, version or flags")),
        }
        Ok(sketch)
    }

    fn read_levels(&mut self, mut rest: &[u8], flags: u8) -> Result<(), SketchError> {
        self.n = u64::from_le_bytes(take(&mut rest)?);
        self.min_k = u16::from_le_bytes(take(&mut rest)?);
        // The error of ranks is told by it.
        if !(MIN_CAPACITY..=u32::from(self.k)).contains(&u32::from(self.min_k)) {
            return Err(SketchError::Preamble("size parameters"));
        }
        let [levels, _, _, _, _, _] = take::<6>(&mut rest)?;
        let levels = usize::from(levels);
        if !(1..=MAX_LEVELS).contains(&levels) {
            return Err(SketchError::Preamble("number of levels"));
        }
        let mut starts = Vec::with_capacity(levels);
        for _ in 0..levels {
            starts.push(u32::from_le_bytes(take(&mut rest)?) as usize);
        }
        starts.push(total_capacity(self.k, levels));
        self.min = f64::from_le_bytes(take(&mut rest)?);
        self.max = f64::from_le_bytes(take(&mut rest)?);
        let mut total = 0_u64;
        for (level, bounds) in starts.windows(2).enumerate() {
            let &[start, end] = bounds else { continue };
            let len = end.checked_sub(start).ok_or(SketchError::Inconsistent("level starts descend"))?;
            let (items, tail) = rest.split_at_checked(len.saturating_mul(8)).ok_or(SketchError::Truncated)?;
            rest = tail;
            self.read_level(level, items.as_chunks().0)?;
            total = weight(level)
                .checked_mul(len as u64)
                .and_then(|weight| weight.checked_add(total))
                .ok_or(SketchError::Inconsistent("the items' weights overflow"))?;
        }
        if total != self.n {
            return Err(SketchError::Inconsistent("the items' weights do not add up to the number of values"));
        }
        if self.n == 0 || self.min.is_nan() || self.max.is_nan() {
            return Err(SketchError::Inconsistent("there is no smallest or largest value"));
        }
        self.recent_sorted = flags & LEVEL_ZERO_SORTED != 0;
        Ok(())
    }

    fn read_level(&mut self, level: usize, items: &[[u8; 8]]) -> Result<(), SketchError> {
        let items = items.iter().map(|bytes| f64::from_le_bytes(*bytes));
        if items.clone().any(f64::is_nan) {
            return Err(SketchError::Inconsistent("an item is not a number"));
        }
        if items.clone().any(|item| item < self.min || item > self.max) {
            return Err(SketchError::Inconsistent("an item is below the smallest or above the largest value"));
        }
        if level == 0 {
            self.recent = items.rev().collect();
            return Ok(());
        }
        if !items.clone().is_sorted() {
            return Err(SketchError::Inconsistent("a level is not sorted"));
        }
        let mut keys: Vec<i64> = items.map(key).collect();
        // −0 and +0 are equal as doubles but not as keys.
        keys.sort_unstable();
        self.levels.resize_with(level, Vec::new);
        self.levels.push(keys);
        Ok(())
    }
}

/// All at once: byte after byte takes several times as long.
fn append_doubles(out: &mut Vec<u8>, doubles: impl ExactSizeIterator<Item = f64>) {
    let start = out.len();
    out.resize(start.saturating_add(doubles.len().saturating_mul(8)), 0);
    let places = out.get_mut(start..).unwrap_or_default().as_chunks_mut().0;
    for (place, double) in places.iter_mut().zip(doubles) {
        *place = double.to_le_bytes();
    }
}
