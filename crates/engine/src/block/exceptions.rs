//! The exception section: values that do not fit the kind their column has in this block.

use super::layout::{extent, padded, read_u8, read_u32, read_u64, section};
use crate::error::EngineError;

const ENTRY_BYTES: usize = 16;

/// One value outside its column's kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exception<'a> {
    /// Its row.
    pub row: usize,
    /// Its column's place in the shape.
    pub column: usize,
    /// The value.
    pub value: ExceptionValue<'a>,
}

/// What such a value can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExceptionValue<'a> {
    /// A number.
    Number(f64),
    /// A boolean.
    Bool(bool),
    /// Text.
    Text(&'a str),
    /// An integer that a double may not hold.
    Integer(i64),
    /// A date, a plain object, a list that is no tensor: counted as an object.
    Object,
    /// A regular array of numbers: counted as a tensor.
    Tensor,
}

pub(super) fn read(
    bytes: &[u8],
    offset: usize,
    rows: usize,
    columns: usize,
) -> Result<Vec<Exception<'_>>, EngineError> {
    let count = read_u32(bytes, offset)? as usize;
    let length = read_u32(bytes, offset.saturating_add(4))? as usize;
    let mut rest = section(bytes, offset.saturating_add(8), length, "the exception section")?;
    if extent(count, ENTRY_BYTES)? > rest.len() {
        return Err(EngineError::corrupt("there are fewer exceptions than it says"));
    }
    let mut exceptions: Vec<Exception<'_>> = Vec::with_capacity(count);
    for _ in 0..count {
        let (exception, used) = read_one(rest)?;
        let ascends = exceptions.last().is_none_or(|last| (last.row, last.column) < (exception.row, exception.column));
        if exception.row >= rows || exception.column >= columns || !ascends {
            return Err(EngineError::corrupt("an exception's place is not there, or out of order"));
        }
        exceptions.push(exception);
        rest = rest.get(used..).unwrap_or_default();
    }
    Ok(exceptions)
}

fn read_one(entry: &[u8]) -> Result<(Exception<'_>, usize), EngineError> {
    let row = read_u32(entry, 0)? as usize;
    let column = usize::from(read_u8(entry, 4)?) | usize::from(read_u8(entry, 5)?) << 8;
    let length = read_u32(entry, 8)? as usize;
    let value = section(entry, ENTRY_BYTES, length, "an exception's value")?;
    let wrong = || EngineError::corrupt("an exception's value is damaged");
    let value = match (read_u8(entry, 6)?, length) {
        (0, 8) => ExceptionValue::Number(f64::from_bits(read_u64(value, 0)?)),
        (1, 1) => ExceptionValue::Bool(read_u8(value, 0)? != 0),
        (2, _) => ExceptionValue::Text(std::str::from_utf8(value).map_err(|_| wrong())?),
        (3, 8) => ExceptionValue::Integer(read_u64(value, 0)?.cast_signed()),
        (4, 0) => ExceptionValue::Object,
        (5, 0) => ExceptionValue::Tensor,
        _ => return Err(wrong()),
    };
    Ok((Exception { row, column, value }, ENTRY_BYTES.saturating_add(padded(length)?)))
}
