//! Slices of a message read as bits, offsets and numbers. Little endian, at any alignment; nothing here trusts a length.

use std::borrow::Cow;

/// Bytes of the message, or what was decompressed from them.
pub(super) type Bytes<'a> = Cow<'a, [u8]>;

/// Bits from `offset`, least significant first.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    pub bytes: Bytes<'a>,
    pub offset: usize,
}

impl Bits<'_> {
    /// Whether bit `index` is set; false past the end.
    pub fn get(&self, index: usize) -> bool {
        let at = self.offset.saturating_add(index);
        self.bytes.get(at / 8).is_some_and(|byte| byte & (1 << (at % 8)) != 0)
    }

    pub fn holds(&self, length: usize) -> bool {
        self.offset.checked_add(length).is_some_and(|bits| bits.div_ceil(8) <= self.bytes.len())
    }

    /// How many of the first `length` are set.
    pub fn ones(&self, length: usize) -> usize {
        (0..length).filter(|&index| self.get(index)).count()
    }
}

/// `length + 1` offsets, of 4 bytes or of 8, counted from `base` in what they point to.
#[derive(Debug, Clone)]
pub(super) struct Offsets<'a> {
    pub bytes: Bytes<'a>,
    pub wide: bool,
    pub base: usize,
}

impl Offsets<'_> {
    pub fn get(&self, index: usize) -> Option<usize> {
        let offset = if self.wide {
            i64::from_le_bytes(fixed(&self.bytes, index)?)
        } else {
            i32::from_le_bytes(fixed(&self.bytes, index)?).into()
        };
        usize::try_from(offset).ok()?.checked_sub(self.base)
    }

    /// Where element `index` begins and ends.
    pub fn range(&self, index: usize) -> Option<(usize, usize)> {
        Some((self.get(index)?, self.get(index.checked_add(1)?)?))
    }

    /// Whether there are offsets for `length` elements, none smaller than the one before or larger than `most`. Elements that do not overlap
    /// take no more time together than their bytes.
    pub fn ascend(&self, length: usize, most: usize) -> bool {
        // Of an array without elements the one offset may be missing.
        if length == 0 {
            return true;
        }
        let mut last = 0;
        for index in 0..=length {
            match self.get(index) {
                Some(offset) if (last..=most).contains(&offset) => last = offset,
                _ => return false,
            }
        }
        true
    }
}

/// Element `index` of elements of `N` bytes.
pub(super) fn fixed<const N: usize>(bytes: &[u8], index: usize) -> Option<[u8; N]> {
    bytes.as_chunks::<N>().0.get(index).copied()
}

/// A number of 16 bits in IEEE 754's form.
#[must_use]
pub fn half(bits: u16) -> f64 {
    let magnitude = f64::from(bits & 0x3ff);
    let exponent = i32::from((bits >> 10) & 0x1f);
    let value = match exponent {
        0 => magnitude * 2f64.powi(-24),
        31 if magnitude == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + magnitude / 1024.0) * 2f64.powi(exponent.saturating_sub(15)),
    };
    if bits >> 15 == 1 { -value } else { value }
}

/// A decimal of 4, 8, 16 or 32 bytes as the nearest double.
#[must_use]
pub fn decimal(bytes: &[u8], width: usize, scale: i32, index: usize) -> Option<f64> {
    let unscaled = match width {
        4 => i128::from(i32::from_le_bytes(fixed(bytes, index)?)),
        8 => i128::from(i64::from_le_bytes(fixed(bytes, index)?)),
        16 => i128::from_le_bytes(fixed(bytes, index)?),
        32 => {
            let (low, high) = (index.checked_mul(2)?, index.checked_mul(2)?.checked_add(1)?);
            let low = u128::from_le_bytes(fixed(bytes, low)?);
            let high = i128::from_le_bytes(fixed(bytes, high)?);
            if high != (low as i128) >> 127 {
                let value = high as f64 * 2f64.powi(128) + low as f64;
                return Some(value / 10f64.powi(scale));
            }
            low as i128
        }
        _ => return None,
    };
    // Both are exact, so that the quotient is the nearest double; elsewhere the text is, by way of a parser that rounds correctly.
    if unscaled.unsigned_abs() < 1 << 53 && (0..=22).contains(&scale) {
        return Some(unscaled as f64 / 10f64.powi(scale));
    }
    format!("{unscaled}e{}", 0_i32.saturating_sub(scale)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_doubles() {
        let cases = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 2f64.powi(-24)),
            (0x7bff, 65504.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits).to_bits(), f64::to_bits(value), "{bits:x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn decimals_are_the_nearest_doubles() {
        let wide = |value: i128| {
            let mut bytes = value.to_le_bytes().to_vec();
            bytes.extend((value >> 127).to_le_bytes());
            bytes
        };
        assert_eq!(decimal(&150_i32.to_le_bytes(), 4, 2, 0), Some(1.5));
        assert_eq!(decimal(&(-1_i64).to_le_bytes(), 8, 1, 0), Some(-0.1));
        assert_eq!(decimal(&12_345_678_901_234_567_890_i128.to_le_bytes(), 16, 19, 0), Some(1.234_567_890_123_456_8));
        assert_eq!(decimal(&7_i128.to_le_bytes(), 16, -3, 0), Some(7000.0));
        assert_eq!(decimal(&wide(-25), 32, 1, 0), Some(-2.5));
        let mut huge = 0_u128.to_le_bytes().to_vec();
        huge.extend(1_i128.to_le_bytes());
        assert_eq!(decimal(&huge, 32, 0, 0), Some(2f64.powi(128)));
        assert_eq!(decimal(&[0; 3], 4, 0, 0), None);
    }

    #[test]
    fn offsets_must_ascend_within_what_they_point_to() {
        let offsets = |values: &[i32]| Offsets {
            bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into(),
            wide: false,
            base: 0,
        };
        assert!(offsets(&[0, 2, 2, 5]).ascend(3, 5));
        assert!(offsets(&[]).ascend(0, 0));
        for wrong in [&[0, 2][..], &[0, 2, 1, 5], &[0, 2, 2, 6], &[-1, 0, 0, 0]] {
            assert!(!offsets(wrong).ascend(3, 5), "{wrong:?}");
        }
    }
}
