//! Thrift's compact protocol, as far as Parquet's footer and page headers need it. Nothing here trusts a length.

use super::damage::{Damage, Fallible, bad};

/// How deep structures that nobody asks for may lie in each other.
const MAX_DEPTH: usize = 32;

/// What a field's value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(u8);

impl Kind {
    pub const BINARY: Self = Self(8);
    pub const LIST: Self = Self(9);
    pub const STRUCT: Self = Self(12);
}

/// Bytes from the front of which values are taken.
#[derive(Debug)]
pub(super) struct Thrift<'a> {
    rest: &'a [u8],
}

impl<'a> Thrift<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes have not been taken.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Takes a structure; shows each of its fields to `take`, which says whether it took the value. Others are passed over.
    pub fn structure(&mut self, mut take: impl FnMut(&mut Self, i16, Kind) -> Fallible<bool>) -> Fallible<()> {
        let mut id = 0_i16;
        loop {
            let Some(kind) = self.field(&mut id)? else { return Ok(()) };
            if !take(self, id, kind)? {
                self.skip(kind, 0)?;
            }
        }
    }

    /// The next field's kind; `None`: there is none. `id` is that of the field before.
    fn field(&mut self, id: &mut i16) -> Fallible<Option<Kind>> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        let step = i16::from(head >> 4);
        *id = match step {
            0 => i16::try_from(self.signed()?).map_err(|_| damaged())?,
            _ => id.checked_add(step).ok_or_else(damaged)?,
        };
        Ok(Some(Kind(head & 0x0f)))
    }

    /// How many elements a list has, and their kind.
    pub fn list(&mut self) -> Fallible<(usize, Kind)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => usize::try_from(self.varint()?).map_err(|_| damaged())?,
            count => count.into(),
        };
        // Each takes a byte at the least.
        if count > self.rest.len() { Err(Damage::Short) } else { Ok((count, Kind(head & 0x0f))) }
    }

    /// Takes a list of structures, by `take`.
    pub fn structures(&mut self, mut take: impl FnMut(&mut Self) -> Fallible<()>) -> Fallible<()> {
        let (count, kind) = self.list()?;
        if count > 0 && kind != Kind::STRUCT {
            return Err(damaged());
        }
        (0..count).try_for_each(|_| take(self))
    }

    /// An integer of any width.
    pub fn integer(&mut self, kind: Kind) -> Fallible<i64> {
        match kind.0 {
            3 => self.byte().map(|byte| i64::from(byte.cast_signed())),
            4..=6 => self.signed(),
            _ => Err(damaged()),
        }
    }

    /// An integer that is a size or a place.
    pub fn size(&mut self, kind: Kind) -> Fallible<u64> {
        u64::try_from(self.integer(kind)?).map_err(|_| bad("a size or place in it is negative"))
    }

    /// A bool that is a field.
    pub fn truth(kind: Kind) -> Fallible<bool> {
        match kind.0 {
            1 => Ok(true),
            2 => Ok(false),
            _ => Err(damaged()),
        }
    }

    pub fn binary(&mut self) -> Fallible<&'a [u8]> {
        let len = usize::try_from(self.varint()?).map_err(|_| damaged())?;
        self.rest.split_off(..len).ok_or(Damage::Short)
    }

    fn skip(&mut self, kind: Kind, depth: usize) -> Fallible<()> {
        if depth > MAX_DEPTH {
            return Err(damaged());
        }
        match kind.0 {
            1 | 2 => Ok(()),
            3 => self.byte().map(drop),
            4..=6 => self.varint().map(drop),
            7 => self.pass(8),
            8 => self.binary().map(drop),
            9 | 10 => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(kind, depth + 1))
            }
            11 => {
                let count = usize::try_from(self.varint()?).map_err(|_| damaged())?;
                if count == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.skip_element(Kind(kinds >> 4), depth + 1)?;
                    self.skip_element(Kind(kinds & 0x0f), depth + 1)
                })
            }
            12 => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            13 => self.pass(16),
            _ => Err(damaged()),
        }
    }

    /// In a list a bool takes a byte.
    fn skip_element(&mut self, kind: Kind, depth: usize) -> Fallible<()> {
        if matches!(kind.0, 1 | 2) { self.byte().map(drop) } else { self.skip(kind, depth) }
    }

    fn pass(&mut self, bytes: usize) -> Fallible<()> {
        self.rest.split_off(..bytes).map(drop).ok_or(Damage::Short)
    }

    fn byte(&mut self) -> Fallible<u8> {
        self.rest.split_off_first().copied().ok_or(Damage::Short)
    }

    fn signed(&mut self) -> Fallible<i64> {
        self.varint().map(unzigzag)
    }

    fn varint(&mut self) -> Fallible<u64> {
        varint(&mut self.rest)
    }
}

/// Takes an integer of 7 bits a byte, the lowest first.
pub(super) fn varint(bytes: &mut &[u8]) -> Fallible<u64> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = bytes.split_off_first().copied().ok_or(Damage::Short)?;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(damaged())
}

/// A signed integer, whose lowest bit is the sign.
pub(super) const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

const fn damaged() -> Damage {
    bad("a structure in it is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_or_passed_over() {
        // 1: i32 −3; 2: a list of two bools; 3: a map of a binary to a structure; 20: true.
        let bytes =
            [0x15, 0x05, 0x19, 0x21, 0x01, 0x02, 0x1b, 0x01, 0x8c, 0x01, b'a', 0x15, 0x02, 0x00, 0x01, 0x28, 0x00, 9];
        let mut thrift = Thrift::new(&bytes);
        let mut found = Vec::new();
        let taken = thrift.structure(|thrift, id, kind| {
            match id {
                1 => found.push(thrift.integer(kind)?),
                20 => found.push(Thrift::truth(kind)?.into()),
                _ => return Ok(false),
            }
            Ok(true)
        });
        taken.unwrap();
        assert_eq!((found, thrift.left()), (vec![-3, 1], 1));
        for end in 0..bytes.len() - 1 {
            assert!(Thrift::new(&bytes[..end]).structure(|_, _, _| Ok(false)).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn lengths_and_depths_are_not_trusted() {
        let endless = [0x1c; 1000];
        assert!(matches!(Thrift::new(&endless).structure(|_, _, _| Ok(false)), Err(Damage::Bad(_))));
        assert!(matches!(Thrift::new(&[0xf8, 0xff, 0xff, 0xff, 0x07]).list(), Err(Damage::Short)));
        assert!(matches!(Thrift::new(&[0xff; 5]).binary(), Err(Damage::Short)));
        assert!(matches!(varint(&mut &[0xff; 20][..]), Err(Damage::Bad(_))));
        assert_eq!(varint(&mut &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1][..]).unwrap(), u64::MAX);
    }
}
