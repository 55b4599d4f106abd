//! Integers written as their differences, in blocks of packed numbers.

use super::damage::{Damage, Fallible, bad};
use super::hybrid::unpack;
use super::thrift::{unzigzag, varint};

/// Takes integers from the front.
#[derive(Debug)]
pub(super) struct Deltas<'a> {
    rest: &'a [u8],
    /// Numbers of a block, and of a part of it.
    block: u64,
    part: u64,
    /// Integers that were not taken.
    left: u64,
    /// The last one, and whether it was taken.
    last: i64,
    is_fresh: bool,
    least: i64,
    /// The widths of the parts of this block that were not begun.
    widths: &'a [u8],
    packed: &'a [u8],
    width: u32,
    at: u64,
}

impl<'a> Deltas<'a> {
    pub fn new(mut bytes: &'a [u8]) -> Fallible<Self> {
        let block = varint(&mut bytes)?;
        let parts = varint(&mut bytes)?;
        let left = varint(&mut bytes)?;
        let last = unzigzag(varint(&mut bytes)?);
        let part = block.checked_div(parts).filter(|size| *size > 0 && size * parts == block && size % 8 == 0);
        let part = part.ok_or_else(|| bad("a page of differences is damaged"))?;
        Ok(Self {
            rest: bytes,
            block,
            part,
            left,
            last,
            is_fresh: true,
            least: 0,
            widths: &[],
            packed: &[],
            width: 0,
            at: part,
        })
    }

    /// The next one.
    pub fn next(&mut self) -> Fallible<i64> {
        self.left = self.left.checked_sub(1).ok_or(Damage::Short)?;
        if std::mem::take(&mut self.is_fresh) {
            return Ok(self.last);
        }
        if self.at == self.part {
            self.next_part()?;
        }
        let step = unpack(self.packed, self.at, self.width).ok_or(Damage::Short)?;
        self.at += 1;
        self.last = self.last.wrapping_add(self.least).wrapping_add(step.cast_signed());
        Ok(self.last)
    }

    /// What lies behind all integers.
    pub fn behind(mut self) -> Fallible<&'a [u8]> {
        // Of the first there is no difference; those of this part lie behind no more.
        let mut left = self.left.saturating_sub(u64::from(self.is_fresh)).saturating_sub(self.part - self.at);
        while left > 0 {
            self.next_part()?;
            left = left.saturating_sub(self.part);
        }
        Ok(self.rest)
    }

    fn next_part(&mut self) -> Fallible<()> {
        if self.widths.is_empty() {
            self.least = unzigzag(varint(&mut self.rest)?);
            let parts = usize::try_from(self.block / self.part).unwrap_or(usize::MAX);
            self.widths = self.rest.split_off(..parts).ok_or(Damage::Short)?;
        }
        self.width = self.widths.split_off_first().copied().unwrap_or(0).into();
        if self.width > 64 {
            return Err(bad("a page of differences is damaged"));
        }
        // The last part may be cut where its numbers are not needed.
        let len = (self.part / 8).checked_mul(self.width.into()).and_then(|len| usize::try_from(len).ok());
        let len = len.unwrap_or(usize::MAX).min(self.rest.len());
        self.packed = self.rest.split_off(..len).ok_or(Damage::Short)?;
        self.at = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_what_lies_behind_them_are_found() {
        // The format's own example: 7, 5, 3, 1, 2, 3, 4, 5 as differences −2, −2, −2, 1, 1, 1, 1.
        let bytes = [&[128, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111][..], &[0; 6], b"rest"].concat();
        let mut deltas = Deltas::new(&bytes).unwrap();
        let found: Vec<i64> = (0..8).map(|_| deltas.next().unwrap()).collect();
        assert_eq!(found, [7, 5, 3, 1, 2, 3, 4, 5]);
        assert!(deltas.next().is_err());
        assert_eq!(deltas.behind().unwrap(), b"rest");
        for taken in 0..8 {
            let mut deltas = Deltas::new(&bytes).unwrap();
            (0..taken).for_each(|_| _ = deltas.next().unwrap());
            assert_eq!(deltas.behind().unwrap(), b"rest", "behind {taken}");
        }
        assert!(Deltas::new(&[0, 0, 1, 2]).is_err());
        assert!(Deltas::new(&[128, 1, 0, 1, 2]).is_err());
    }
}
