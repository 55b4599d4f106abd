//! Offsets, flags and kinds of layout version 2, and checked reads of little-endian numbers.

use crate::error::EngineError;

/// First word: `R P B`, version 2.
pub const MAGIC: u32 = 0x0242_5052;

pub(super) const HEADER_BYTES: usize = 56;
/// A key in the key column.
pub(super) const KEY_BYTES: usize = 8;
pub(super) const DIRECTORY_ENTRY_BYTES: usize = 24;

/// The largest number of a key or shape: every whole double up to it is exact.
const MAX_NUMBER: u64 = 1 << 53;

/// All rows have the key that the header names.
pub const FLAG_SINGLE_KEY: u32 = 1;
/// There is an exception section.
pub const FLAG_EXCEPTIONS: u32 = 2;
/// There is a message section.
pub const FLAG_MESSAGES: u32 = 4;

/// A slot's validity: its row does not have the column.
pub const ABSENT: u8 = 0;
/// A slot's validity: it is a value.
pub const VALUE: u8 = 1;
/// A slot's validity: it is null.
pub const NULL: u8 = 2;

pub(super) mod header {
    pub const ROWS: usize = 4;
    pub const FLAGS: usize = 8;
    pub const COLUMNS: usize = 12;
    pub const SEQUENCE: usize = 16;
    pub const SHAPE: usize = 24;
    pub const KEY: usize = 32;
    pub const TOTAL_BYTES: usize = 40;
    pub const KEYS: usize = 44;
    pub const MESSAGES: usize = 48;
    pub const EXCEPTIONS: usize = 52;
}

pub(super) mod column {
    pub const KIND: usize = 0;
    pub const FLAGS: usize = 1;
    pub const DATA: usize = 4;
    pub const VALIDITY: usize = 8;
    pub const TEXT: usize = 12;
    pub const TEXT_BYTES: usize = 16;

    pub const HAS_VALIDITY: u8 = 1;
    pub const ASCII: u8 = 2;
    pub const DECLARED_FRACTIONAL: u8 = 4;
    pub const DECLARED_INTEGRAL: u8 = 8;
}

pub(super) const KIND_NUMBER: u8 = 0;
pub(super) const KIND_BOOL: u8 = 1;
pub(super) const KIND_TEXT: u8 = 2;
pub(super) const KIND_NOTHING: u8 = 3;

/// Bytes a row takes in the data section of a column of `kind`; `None` for a kind that does not exist.
pub(super) const fn data_width(kind: u8) -> Option<usize> {
    match kind {
        KIND_NUMBER => Some(8),
        KIND_BOOL => Some(1),
        KIND_TEXT => Some(4),
        KIND_NOTHING => Some(0),
        _ => None,
    }
}

pub(super) fn section<'a>(bytes: &'a [u8], offset: usize, length: usize, what: &str) -> Result<&'a [u8], EngineError> {
    offset
        .checked_add(length)
        .and_then(|end| bytes.get(offset..end))
        .ok_or_else(|| EngineError::corrupt(&format!("{what} lies outside of it")))
}

pub(super) fn read_u8(bytes: &[u8], offset: usize) -> Result<u8, EngineError> {
    bytes.get(offset).copied().ok_or_else(|| EngineError::corrupt("it is cut"))
}

pub(super) fn read_u32(bytes: &[u8], offset: usize) -> Result<u32, EngineError> {
    match section(bytes, offset, 4, "a number")?.try_into() {
        Ok(four) => Ok(u32::from_le_bytes(four)),
        Err(_) => Err(EngineError::corrupt("it is cut")),
    }
}

pub(super) fn read_u64(bytes: &[u8], offset: usize) -> Result<u64, EngineError> {
    match section(bytes, offset, 8, "a number")?.try_into() {
        Ok(eight) => Ok(u64::from_le_bytes(eight)),
        Err(_) => Err(EngineError::corrupt("it is cut")),
    }
}

/// The number of a key or shape. It crosses as a double, which JavaScript writes at once and which
/// is exact to 2^53; `None` where the bits are no such number.
pub(super) fn number_of(bits: u64) -> Option<u64> {
    let number = f64::from_bits(bits) as u64;
    (number <= MAX_NUMBER && (number as f64).to_bits() == bits).then_some(number)
}

pub(super) fn read_number(bytes: &[u8], offset: usize) -> Result<u64, EngineError> {
    number_of(read_u64(bytes, offset)?).ok_or_else(|| EngineError::corrupt("a number is no whole number"))
}

/// `rows * width`, checked.
pub(super) fn extent(rows: usize, width: usize) -> Result<usize, EngineError> {
    rows.checked_mul(width).ok_or_else(|| EngineError::corrupt("a section is too long"))
}

/// `length` rounded up to a multiple of 8.
pub(super) fn padded(length: usize) -> Result<usize, EngineError> {
    length.checked_next_multiple_of(8).ok_or_else(|| EngineError::corrupt("a section is too long"))
}
