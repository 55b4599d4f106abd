//! `MurmurHash3`, the x64 variant of 128 bits, with the seed whylogs' sketches use.
//!
//! Algorithm: Austin Appleby, `MurmurHash3_x64_128`. The two seeds of the state are both 9001.

const SEED: u64 = 9001;
const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

/// The hash of eight bytes, as their little-endian word.
#[inline]
pub(crate) fn hash_word(word: u64) -> (u64, u64) {
    finish(SEED ^ mix_first(word), SEED, 8)
}

/// The hash of any bytes.
#[inline]
pub(crate) fn hash_bytes(bytes: &[u8]) -> (u64, u64) {
    let (mut h1, mut h2) = (SEED, SEED);
    let (blocks, tail) = bytes.as_chunks::<16>();
    for block in blocks {
        let word = u128::from_le_bytes(*block);
        h1 ^= mix_first(word as u64);
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= mix_second((word >> 64) as u64);
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    if tail.len() > 8 {
        h2 ^= mix_second(tail_word(&tail[8..]));
        h1 ^= mix_first(tail_word(&tail[..8]));
    } else if !tail.is_empty() {
        h1 ^= mix_first(tail_word(tail));
    }
    finish(h1, h2, bytes.len() as u64)
}

/// Up to eight bytes as a little-endian word, in two overlapping loads instead of a loop over bytes.
#[inline]
pub(crate) fn tail_word(tail: &[u8]) -> u64 {
    let len = tail.len();
    if let (Some(head), Some(last)) = (tail.first_chunk::<4>(), tail.last_chunk::<4>()) {
        let (head, last) = (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*last)));
        return head | last << ((len - 4) * 8);
    }
    match *tail {
        [] => 0,
        [a] => u64::from(a),
        [a, b] => u64::from(a) | u64::from(b) << 8,
        [a, b, c, ..] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
    }
}

#[inline]
fn mix_first(word: u64) -> u64 {
    word.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

#[inline]
fn mix_second(word: u64) -> u64 {
    word.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

#[inline]
fn finish(mut h1: u64, mut h2: u64, len: u64) -> (u64, u64) {
    h1 ^= len;
    h2 ^= len;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = finalise(h1);
    h2 = finalise(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    (h1, h2)
}

/// The finaliser of Murmur-3, which spreads every bit over the word.
#[inline]
pub(crate) fn finalise(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ word >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_hashes_as_its_eight_bytes() {
        for word in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
            assert_eq!(hash_word(word), hash_bytes(&word.to_le_bytes()));
        }
    }

    #[test]
    fn a_tail_is_its_bytes_in_little_endian() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        for len in 0..=8 {
            let mut padded = [0; 8];
            padded[..len].copy_from_slice(&bytes[..len]);
            assert_eq!(tail_word(&bytes[..len]), u64::from_le_bytes(padded), "length {len}");
        }
    }
}
