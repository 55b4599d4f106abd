//! Small numbers in runs and packed groups, as levels, indices of dictionaries and bools are written; and numbers packed bit by bit.

use super::damage::{Damage, Fallible, bad};
use super::thrift::varint;

/// Runs of one number, and groups of numbers of so many bits.
#[derive(Debug)]
pub(super) struct Hybrid<'a> {
    rest: &'a [u8],
    width: u32,
    run: Run<'a>,
}

#[derive(Debug)]
enum Run<'a> {
    Of(u32, u64),
    Packed { bytes: &'a [u8], at: u64, left: u64 },
}

impl<'a> Hybrid<'a> {
    /// # Errors
    /// Where numbers would be wider than 32 bits.
    pub fn new(bytes: &'a [u8], width: u32) -> Fallible<Self> {
        if width > 32 {
            return Err(bad("its numbers have more than 32 bits"));
        }
        Ok(Self { rest: bytes, width, run: Run::Of(0, 0) })
    }

    /// Takes `count` numbers; shows each, or many that are the same, to `each`.
    ///
    /// # Errors
    /// `Short`, and those of `each`.
    pub fn take(&mut self, count: usize, mut each: impl FnMut(u32, usize) -> Fallible<()>) -> Fallible<()> {
        let mut wanted = count as u64;
        while wanted > 0 {
            let width = self.width;
            match &mut self.run {
                Run::Of(_, 0) | Run::Packed { left: 0, .. } => self.next_run()?,
                Run::Of(value, left) => {
                    let taken = wanted.min(*left);
                    *left -= taken;
                    wanted -= taken;
                    each(*value, taken as usize)?;
                }
                Run::Packed { bytes, at, left } => {
                    let taken = wanted.min(*left);
                    for index in *at..*at + taken {
                        each(unpack(bytes, index, width).ok_or(Damage::Short)? as u32, 1)?;
                    }
                    *at += taken;
                    *left -= taken;
                    wanted -= taken;
                }
            }
        }
        Ok(())
    }

    /// Passes over `count` numbers.
    pub fn skip(&mut self, count: usize) -> Fallible<()> {
        let mut wanted = count as u64;
        while wanted > 0 {
            let (taken, left) = match &mut self.run {
                Run::Of(_, left) => (wanted.min(*left), left),
                Run::Packed { at, left, .. } => {
                    let taken = wanted.min(*left);
                    *at += taken;
                    (taken, left)
                }
            };
            *left -= taken;
            wanted -= taken;
            if wanted > 0 {
                self.next_run()?;
            }
        }
        Ok(())
    }

    fn next_run(&mut self) -> Fallible<()> {
        let head = varint(&mut self.rest)?;
        let count = head >> 1;
        if head & 1 == 0 {
            let bytes = self.rest.split_off(..self.width.div_ceil(8) as usize).ok_or(Damage::Short)?;
            let value = bytes.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
            self.run = Run::Of(value, count);
            return Ok(());
        }
        // Groups of eight; the last may be cut where its numbers are not needed.
        let needed = count.checked_mul(u64::from(self.width)).ok_or(Damage::Short)?;
        let len = usize::try_from(needed).unwrap_or(usize::MAX).min(self.rest.len());
        let bytes = self.rest.split_off(..len).ok_or(Damage::Short)?;
        self.run = Run::Packed { bytes, at: 0, left: count.checked_mul(8).ok_or(Damage::Short)? };
        Ok(())
    }
}

/// Number `index` of numbers of `width` bits, at most 64, the lowest bits first; `None`: the bytes do not hold it.
pub(super) fn unpack(bytes: &[u8], index: u64, width: u32) -> Option<u64> {
    if width == 0 {
        return Some(0);
    }
    let bit = index.checked_mul(width.into())?;
    let (at, shift) = (usize::try_from(bit / 8).ok()?, (bit % 8) as u32);
    let mask = u64::MAX >> (64 - width);
    let rest = bytes.get(at..)?;
    if let Some(word) = rest.first_chunk::<8>().filter(|_| shift + width <= 64) {
        return Some(u64::from_le_bytes(*word) >> shift & mask);
    }
    let needed = (shift + width).div_ceil(8) as usize;
    let word = rest.get(..needed)?.iter().rev().fold(0_u128, |word, &byte| word << 8 | u128::from(byte));
    Some((word >> shift) as u64 & mask)
}

/// The same with the highest bits first, as levels were once written.
pub(super) fn unpack_high(bytes: &[u8], index: u64, width: u32) -> Option<u32> {
    (0..u64::from(width)).try_fold(0, |value, bit| {
        let bit = index.checked_mul(width.into())?.checked_add(bit)?;
        let byte = bytes.get(usize::try_from(bit / 8).ok()?)?;
        Some(value << 1 | u32::from(byte >> (7 - bit % 8) & 1))
    })
}

/// How many bits levels up to `most` have.
pub(super) const fn width_of(most: u16) -> u32 {
    u16::BITS - most.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], width: u32, count: usize) -> Fallible<Vec<u32>> {
        let mut found = Vec::new();
        Hybrid::new(bytes, width)?.take(count, |value, times| {
            found.extend(std::iter::repeat_n(value, times));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn runs_and_groups_follow_each_other() {
        // Five times 6, then the numbers 0 … 7 as the format's own example packs them.
        let bytes = [10, 6, 3, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        let expected = [6, 6, 6, 6, 6, 0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(all(&bytes, 3, 13).unwrap(), expected);
        assert!(matches!(all(&bytes, 3, 14), Err(Damage::Short)));
        for (skipped, value) in expected.into_iter().enumerate() {
            let mut hybrid = Hybrid::new(&bytes, 3).unwrap();
            hybrid.skip(skipped).unwrap();
            let mut next = Vec::new();
            let outcome = hybrid.take(1, |value, _| {
                next.push(value);
                Ok(())
            });
            assert!(outcome.is_ok() && next == [value]);
        }
        assert!(all(&[], 0, 0).unwrap().is_empty());
        assert_eq!(all(&[200, 1], 0, 100).unwrap(), [0; 100]);
    }

    #[test]
    fn packed_numbers_have_any_width() {
        for width in 1..=64_u32 {
            let value = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - width);
            let mut bits = Vec::new();
            for at in 0..20 {
                bits.extend((0..width).map(|bit| value(at) >> bit & 1 == 1));
            }
            let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
            let bytes: Vec<u8> = bits.chunks(8).map(byte).collect();
            for at in 0..20 {
                assert_eq!(unpack(&bytes, at, width), Some(value(at)), "{width} bits");
            }
            assert_eq!(unpack(&bytes, 20 + 8 / u64::from(width), width), None);
        }
        assert_eq!(
            (0..8).map(|at| unpack_high(&[0b0000_0101, 0b0011_1001, 0b0111_0111], at, 3).unwrap()).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4, 5, 6, 7]
        );
        assert_eq!([0, 1, 2, 3, 4, u16::MAX].map(width_of), [0, 1, 2, 2, 3, 16]);
    }
}
