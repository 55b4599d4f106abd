//! The cardinality sketch: `HyperLogLog` of crate `datasketches`, fed with the hashes whylogs uses.
//!
//! A whole number is hashed as its eight bytes, a double as the eight bytes of its bits (one zero, one NaN), a text as its UTF-8 bytes; an
//! empty text is no item. So 1, 1.0 and "1" are three items.
//!
//! Once the sketch has dense registers, a *mirror* holds for every register the largest value handed to it: a value not above it cannot
//! change the sketch, and is dropped before the sketch sees it. The mirror never changes the result, only its cost.

mod image;

use datasketches::common::NumStdDev;
use datasketches::hash::value::{canonical_float, raw_bytes};
use datasketches::hll::{HllSketch, HllType, HllUnion};

use crate::sketch::Sketch;
use crate::{SketchError, murmur};

/// Width of the part of a hash that picks a register.
const ADDRESS_BITS: u32 = 26;

/// An estimate of the number of distinct values, with bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cardinality {
    /// The estimate.
    pub estimate: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

#[derive(Debug)]
pub(crate) struct Hll {
    sketch: HllSketch,
    /// Largest value handed on, by register; absent while the sketch holds single hashes.
    mirror: Option<Box<[u8]>>,
}

impl Hll {
    /// An empty sketch of 2^`lg_k` registers; `lg_k` is brought into 4 to 21.
    pub(crate) fn new(lg_k: u8) -> Self {
        Self::from(empty(lg_k, HllType::Hll4))
    }

    pub(crate) fn add_integers(&mut self, values: &[i64]) {
        self.prepare();
        for &value in values {
            self.add_integer(value);
        }
    }

    /// Adds doubles, none of which may be NaN.
    pub(crate) fn add_doubles(&mut self, values: &[f64]) {
        self.prepare();
        let Some(mirror) = &mut self.mirror else {
            for &value in values {
                self.sketch.update(canonical_float::from_f64(value));
            }
            return;
        };
        for &value in values {
            // Adding +0 turns −0 into +0 and leaves all else.
            if rises(mirror, murmur::hash_word((value + 0.0).to_bits())) {
                self.sketch.update(canonical_float::from_f64(value));
            }
        }
    }

    /// Adds one whole number; call [`prepare`](Self::prepare) now and then.
    #[inline]
    pub(crate) fn add_integer(&mut self, value: i64) {
        let passes = self.mirror.as_mut().is_none_or(|mirror| rises(mirror, murmur::hash_word(value as u64)));
        if passes {
            self.sketch.update(value);
        }
    }

    #[inline]
    pub(crate) fn add_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let passes = self.mirror.as_mut().is_none_or(|mirror| rises(mirror, murmur::hash_bytes(text.as_bytes())));
        if passes {
            self.sketch.update(raw_bytes::from_str(text));
        }
    }

    /// Called once a batch: switches the mirror on when the sketch has become dense.
    pub(crate) fn prepare(&mut self) {
        if self.mirror.is_none() && self.sketch.estimate() > self.dense_above() {
            self.mirror = Some(vec![0; 1 << self.sketch.lg_config_k()].into());
        }
    }

    /// An estimate above which the registers are dense for certain: more hashes than the largest table of single hashes holds, with a
    /// margin for the estimate's correction.
    fn dense_above(&self) -> f64 {
        let largest_table = 1_u32 << self.sketch.lg_config_k().saturating_sub(3).max(3);
        f64::from(largest_table)
    }

    /// With bounds at one, two or three standard deviations; other numbers are brought to the nearest of these.
    pub(crate) fn cardinality(&self, std_devs: u8) -> Cardinality {
        let width = match std_devs {
            0 | 1 => NumStdDev::One,
            2 => NumStdDev::Two,
            _ => NumStdDev::Three,
        };
        let estimate = self.sketch.estimate();
        // An image may tell an estimate that its registers cannot have; the bounds come from both.
        let lower = self.sketch.lower_bound(width).min(estimate);
        let upper = self.sketch.upper_bound(width).max(estimate);
        Cardinality { estimate, lower, upper }
    }
}

impl Sketch for Hll {
    const FIELD: u32 = 5;

    /// Union: at the larger number of registers of the two, in the wider of their forms.
    fn merge(&mut self, other: &Self) {
        let width = |hll: &HllSketch| hll.target_type() as u8;
        let wider = if width(&other.sketch) > width(&self.sketch) { &other.sketch } else { &self.sketch };
        let form = wider.target_type();
        let lg_k = self.sketch.lg_config_k().max(other.sketch.lg_config_k());
        let Ok(mut union) = HllUnion::new(lg_k) else { return };
        union.update(&self.sketch);
        union.update(&other.sketch);
        *self = Self::from(union.to_sketch(form));
    }

    fn write_image(&self, out: &mut Vec<u8>) {
        out.extend(self.completed_image());
    }

    fn from_image(image: &[u8], _seed: u64) -> Result<Self, SketchError> {
        Self::read_image(image)
    }

    /// What it takes of memory, about, in bytes: half a byte a register and the mirror once it is dense, a table of single hashes before.
    fn heap_bytes(&self) -> usize {
        let registers = 1_usize << self.sketch.lg_config_k();
        size_of::<Self>() + if self.mirror.is_some() { registers / 2 + registers } else { registers / 8 }
    }
}

/// A copy begins without a mirror: most are merged or written, and never see a value.
impl Clone for Hll {
    fn clone(&self) -> Self {
        Self::from(self.sketch.clone())
    }
}

impl From<HllSketch> for Hll {
    fn from(sketch: HllSketch) -> Self {
        Self { sketch, mirror: None }
    }
}

/// Whether a hash may raise its register; if so the mirror takes it.
#[inline]
fn rises(mirror: &mut [u8], (address, zeros): (u64, u64)) -> bool {
    let register = address as usize & ((1 << ADDRESS_BITS) - 1) & (mirror.len() - 1);
    let value = zeros.leading_zeros().min(62) as u8 + 1;
    let rises = mirror[register] < value;
    if rises {
        mirror[register] = value;
    }
    rises
}

fn empty(lg_k: u8, form: HllType) -> HllSketch {
    #[expect(clippy::expect_used, reason = "the range is the crate's documented one")]
    HllSketch::new(lg_k.clamp(4, 21), form).expect("4 to 21 is a valid number of registers")
}

#[cfg(test)]
mod tests;
