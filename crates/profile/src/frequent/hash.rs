//! The hash that places items: the 64-bit byte hash of GNU's C++ library (a variant of `MurmurHash64A`, Austin Appleby), spread by Murmur-3's
//! finaliser, of which the low half is enough for any table. The reference uses it through `std::hash`, so equal images need it.

use crate::murmur::{finalise, tail_word};

const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
const SEED: u64 = 0xc70f_6907;

#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let mixed = shift(u64::from_le_bytes(*word).wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER);
        hash = (hash ^ mixed).wrapping_mul(MULTIPLIER);
    }
    if !tail.is_empty() {
        hash = (hash ^ tail_word(tail)).wrapping_mul(MULTIPLIER);
    }
    finalise(shift(shift(hash).wrapping_mul(MULTIPLIER))) as u32
}

#[inline]
fn shift(word: u64) -> u64 {
    word ^ word >> 47
}
