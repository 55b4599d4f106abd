//! The sketch's bytes: the compact form of Apache `DataSketches`, and the checks an image must pass before the crate reads it.
//!
//! ```text
//!  0 preamble  1 version 1  2 family 7  3 lg k  4 lg table  5 flags  6 count or minimum  7 form << 2 | mode
//!  list   preamble 2   hashes: u32 × count
//!  set    preamble 3   count: u32   hashes: u32 × count
//!  dense  preamble 10  HIP: f64  kxq0: f64  kxq1: f64  registers at minimum: u32  exceptions: u32  registers  exceptions: u32 × count
//! ```
//!
//! The crate trusts the body of an image: registers that contradict their header make it panic later. So everything that it derives is
//! derived here as well and compared. In dense images of 4-bit registers the reference writes the size of its table of exceptions at byte 4,
//! where the crate writes 0, and in dense images of wider registers it sets flag 8: both are added on the way out.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::collections::BTreeMap;

use datasketches::hll::{HllSketch, HllUnion};

use super::Hll;
use crate::SketchError;

const COMPACT: u8 = 8;
const EMPTY: u8 = 4;
const MODE_SET: u8 = 1;
const MODE_DENSE: u8 = 2;
/// Most hashes that a list takes before it becomes a set.
const LIST_LEN: usize = 7;
/// A 4-bit register of this value stands for an entry among the exceptions.
const EXCEPTION: u8 = 15;
const MAX_REGISTER: u8 = 63;

/// Log2 of the size that the reference's table of exceptions starts with, by lg k.
const EXCEPTION_TABLE: [u8; 22] = [0, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 13];

impl Hll {
    /// What the crate writes, with what it leaves out.
    pub(super) fn completed_image(&self) -> Vec<u8> {
        let mut image = self.sketch.serialize();
        let header = image.first_chunk::<8>().copied();
        let exceptions =
            image.get(36..40).and_then(|bytes| bytes.first_chunk::<4>()).map(|bytes| u32::from_le_bytes(*bytes));
        if let (Some([_, _, _, lg_k, _, flags, _, mode]), Some(exceptions)) = (header, exceptions)
            && mode & 3 == MODE_DENSE
        {
            if let Some(byte) = image.get_mut(5) {
                *byte = flags | COMPACT;
            }
            if let Some(byte) = image.get_mut(4)
                && exceptions > 0
            {
                *byte = exception_table(lg_k, exceptions);
            }
        }
        image
    }

    pub(super) fn read_image(image: &[u8]) -> Result<Self, SketchError> {
        let read = |image: &[u8]| HllSketch::deserialize(image).map_err(|_| SketchError::Preamble("cardinality image"));
        let Body::Set { lg_k, mode, hashes } = check(image)? else {
            return read(image).map(Self::from);
        };
        // The reference lets the table of a set grow while it reads, where the crate starts with the final size: the hashes would lie in
        // another order. As lists of a few, they go through the same growth here.
        let list_image = |hashes: &[u8]| {
            let header = [2, 1, 7, lg_k, 3, COMPACT, (hashes.len() >> 2) as u8, mode & !3];
            [&header, hashes].concat()
        };
        let mut lists = hashes.chunks(LIST_LEN.saturating_mul(4)).map(|hashes| read(&list_image(hashes)));
        let first = lists.next().ok_or(SketchError::Truncated)??;
        let form = first.target_type();
        let mut union = HllUnion::new(lg_k).map_err(|_| SketchError::Preamble("number of registers"))?;
        union.update(&first);
        for list in lists {
            union.update(&list?);
        }
        Ok(Self::from(union.to_sketch(form)))
    }
}

/// What follows the header of an image that has passed the checks.
enum Body<'a> {
    Set { lg_k: u8, mode: u8, hashes: &'a [u8] },
    ListOrRegisters,
}

/// Log2 of the size of a table that holds so many exceptions, three quarters full at most.
fn exception_table(lg_k: u8, exceptions: u32) -> u8 {
    let mut lg = EXCEPTION_TABLE.get(usize::from(lg_k)).copied().unwrap_or(0);
    while u64::from(exceptions).saturating_mul(4) > 3_u64 << lg {
        lg = lg.saturating_add(1);
    }
    lg
}

fn check(image: &[u8]) -> Result<Body<'_>, SketchError> {
    let (&[preamble, version, family, lg_k, lg_table, flags, count, mode], rest) =
        image.split_first_chunk::<8>().ok_or(SketchError::Truncated)?;
    if version != 1 || family != 7 {
        return Err(SketchError::Preamble("sketch family or version"));
    }
    if !(4..=21).contains(&lg_k) {
        return Err(SketchError::Preamble("number of registers"));
    }
    let form = mode >> 2 & 3;
    match (mode & 3, preamble, form) {
        (0, 2, 0..=2) => {
            let empty = flags & EMPTY != 0;
            if empty != (count == 0) || count > 8 || flags & COMPACT == 0 {
                return Err(SketchError::Preamble("count or flags of a list"));
            }
            check_hashes(rest, usize::from(count))?;
        }
        (MODE_SET, 3, 0..=2) => {
            let (count, rest) = rest.split_first_chunk::<4>().ok_or(SketchError::Truncated)?;
            let count = u32::from_le_bytes(*count);
            let largest = lg_k.saturating_sub(3);
            let size = 1_u32.checked_shl(u32::from(lg_table)).unwrap_or(0);
            let fits = count.checked_mul(4).is_some_and(|quarters| quarters <= size.saturating_mul(3));
            if !(5..=largest).contains(&lg_table) || !fits || count == 0 || flags & COMPACT == 0 {
                return Err(SketchError::Preamble("count, table size or flags of a set"));
            }
            let hashes = check_hashes(rest, count as usize)?;
            return Ok(Body::Set { lg_k, mode, hashes });
        }
        (MODE_DENSE, 10, 0) if flags & COMPACT != 0 => check_dense4(lg_k, count, rest)?,
        (MODE_DENSE, 10, 1 | 2) if count == 0 => check_dense(lg_k, form, rest)?,
        _ => return Err(SketchError::Preamble("mode, preamble size or flags")),
    }
    Ok(Body::ListOrRegisters)
}

/// The bytes of so many hashes, which must differ and have values.
fn check_hashes(rest: &[u8], count: usize) -> Result<&[u8], SketchError> {
    let bytes = rest.get(..count.saturating_mul(4)).ok_or(SketchError::Truncated)?;
    let mut hashes: Vec<u32> = bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    hashes.sort_unstable();
    if hashes.iter().any(|hash| hash >> super::ADDRESS_BITS == 0) {
        return Err(SketchError::Inconsistent("a hash has no value"));
    }
    if hashes.is_sorted_by(|a, b| a < b) { Ok(bytes) } else { Err(SketchError::Inconsistent("a hash occurs twice")) }
}

/// The fields between the header and the registers.
struct DenseHeader {
    hip: f64,
    kxq0: f64,
    kxq1: f64,
    at_minimum: u32,
    exceptions: u32,
}

fn dense_header(rest: &[u8]) -> Result<(DenseHeader, &[u8]), SketchError> {
    let (header, registers) = rest.split_first_chunk::<32>().ok_or(SketchError::Truncated)?;
    let (words, _) = header.as_chunks::<8>();
    let &[hip, kxq0, kxq1, counts] = words else { return Err(SketchError::Truncated) };
    let counts = u64::from_le_bytes(counts);
    let header = DenseHeader {
        hip: f64::from_le_bytes(hip),
        kxq0: f64::from_le_bytes(kxq0),
        kxq1: f64::from_le_bytes(kxq1),
        at_minimum: counts as u32,
        exceptions: (counts >> 32) as u32,
    };
    Ok((header, registers))
}

fn check_dense4(lg_k: u8, minimum: u8, rest: &[u8]) -> Result<(), SketchError> {
    let (header, rest) = dense_header(rest)?;
    let size = 1_usize << lg_k;
    let (nibbles, rest) = rest.split_at_checked(size >> 1).ok_or(SketchError::Truncated)?;
    let bytes = rest.get(..(header.exceptions as usize).saturating_mul(4)).ok_or(SketchError::Truncated)?;
    let mut exceptions = BTreeMap::new();
    for bytes in bytes.as_chunks().0 {
        let entry = u32::from_le_bytes(*bytes);
        let register = entry as usize & ((1 << super::ADDRESS_BITS) - 1);
        let value = (entry >> super::ADDRESS_BITS) as u8;
        if register >= size || exceptions.insert(register, value).is_some() {
            return Err(SketchError::Inconsistent("an exception has no register of its own"));
        }
    }
    let mut sums = Sums::default();
    for (register, nibble) in nibbles.iter().flat_map(|byte| [byte & 15, byte >> 4]).enumerate() {
        let offset = if nibble == EXCEPTION {
            let value = exceptions.remove(&register).ok_or(SketchError::Inconsistent("an exception is missing"))?;
            value.checked_sub(minimum).filter(|&offset| offset >= EXCEPTION)
        } else {
            Some(nibble)
        };
        let value = offset.and_then(|offset| minimum.checked_add(offset)).filter(|&value| value <= MAX_REGISTER);
        sums.add(value.ok_or(SketchError::Inconsistent("a register has an impossible value"))?, minimum);
    }
    if !exceptions.is_empty() {
        return Err(SketchError::Inconsistent("an exception has no register of its own"));
    }
    sums.check(&header, size)
}

fn check_dense(lg_k: u8, form: u8, rest: &[u8]) -> Result<(), SketchError> {
    let (header, registers) = dense_header(rest)?;
    if header.exceptions != 0 {
        return Err(SketchError::Inconsistent("there are exceptions where none can be"));
    }
    let size = 1_usize << lg_k;
    let mut sums = Sums::default();
    if form == 2 {
        let registers = registers.get(..size).ok_or(SketchError::Truncated)?;
        for &value in registers {
            sums.add(value, 0);
        }
    } else {
        // Four registers of six bits lie in three bytes; the crate asks for one byte more than they fill.
        let packed = registers.get(..(size >> 2).saturating_mul(3).saturating_add(1)).ok_or(SketchError::Truncated)?;
        for &[a, b, c] in packed.as_chunks::<3>().0 {
            let word = u32::from_le_bytes([a, b, c, 0]);
            for shift in [0, 6, 12, 18] {
                sums.add((word >> shift) as u8 & MAX_REGISTER, 0);
            }
        }
    }
    sums.check(&header, size)
}

/// What a dense header says about its registers, counted anew.
#[derive(Default)]
struct Sums {
    kxq0: f64,
    kxq1: f64,
    at_minimum: u32,
    out_of_range: bool,
}

impl Sums {
    fn add(&mut self, value: u8, minimum: u8) {
        let inverse = (-f64::from(value)).exp2();
        if value < 32 {
            self.kxq0 += inverse;
        } else {
            self.kxq1 += inverse;
        }
        self.at_minimum = self.at_minimum.saturating_add(u32::from(value == minimum));
        self.out_of_range |= value > MAX_REGISTER;
    }

    fn check(&self, header: &DenseHeader, size: usize) -> Result<(), SketchError> {
        let near = |a: f64, b: f64| (a - b).abs() <= size as f64 * 1e-9;
        if self.out_of_range || self.at_minimum != header.at_minimum {
            return Err(SketchError::Inconsistent("the registers contradict their header"));
        }
        if !near(self.kxq0, header.kxq0) || !near(self.kxq1, header.kxq1) {
            return Err(SketchError::Inconsistent("the registers contradict their sums"));
        }
        if !(header.hip.is_finite() && header.hip >= 0.0) {
            return Err(SketchError::Inconsistent("the estimate is no number"));
        }
        Ok(())
    }
}
