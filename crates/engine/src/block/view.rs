//! A block as a worker reads it, every section checked once.

use super::exceptions::{self, Exception};
use super::layout::{self, column, header, number_of, read_number, read_u8, read_u32, read_u64, section};
use super::messages::{self, MessageEntry};
use super::{FLAG_EXCEPTIONS, FLAG_MESSAGES, FLAG_SINGLE_KEY, MAGIC};
use crate::error::EngineError;
use rolling_profiles_ingest::{Texts, UnfitTexts};

/// A checked block.
#[derive(Debug, Clone, Copy)]
pub struct BlockView<'a> {
    bytes: &'a [u8],
    rows: usize,
    columns: usize,
    flags: u32,
}

/// To which keys the rows belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys<'a> {
    /// All rows to this one.
    Single(u64),
    /// Row `i` to the `i`-th.
    Each(KeyColumn<'a>),
}

/// The keys of a block's rows, each the bits of a whole double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyColumn<'a>(&'a [u64]);

impl KeyColumn<'_> {
    /// The key of a row.
    #[must_use]
    pub fn number(&self, row: usize) -> u64 {
        self.0.get(row).map_or(0, |&bits| f64::from_bits(bits) as u64)
    }

    /// Stands for the key of a row: equal for equal keys, and ordered as they are.
    #[must_use]
    pub fn bits(&self, row: usize) -> u64 {
        self.0.get(row).copied().unwrap_or(0)
    }

    /// The same of all rows.
    #[must_use]
    pub const fn all_bits(&self) -> &[u64] {
        self.0
    }
}

/// What the user said of a column's numbers; without a word each number is typed by its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// Typed value by value.
    Nothing,
    /// All are doubles.
    Fractional,
    /// All are integers.
    Integral,
}

/// The values of a column, a slot a row; a slot means something only where validity says so.
#[derive(Debug)]
pub enum ColumnData<'a> {
    /// Doubles.
    Numbers(&'a [f64]),
    /// 0 or 1.
    Bools(&'a [u8]),
    /// Text.
    Texts(Texts<'a>),
    /// Nulls and absent slots alone.
    Nothing,
}

/// One column of a block.
#[derive(Debug)]
pub struct ColumnView<'a> {
    /// Its values.
    pub data: ColumnData<'a>,
    /// 0 absent, 1 value, 2 null, a byte a row; `None`: all are values.
    pub validity: Option<&'a [u8]>,
    /// What the user said of its numbers.
    pub declared: Declared,
}

impl<'a> BlockView<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, EngineError> {
        if read_u32(bytes, 0)? != MAGIC {
            return Err(EngineError::corrupt("its magic or version is wrong"));
        }
        if read_u32(bytes, header::TOTAL_BYTES)? as usize != bytes.len() {
            return Err(EngineError::corrupt("it is not as long as it says"));
        }
        let rows = read_u32(bytes, header::ROWS)? as usize;
        let columns = read_u32(bytes, header::COLUMNS)? as usize;
        if rows == 0 {
            return Err(EngineError::corrupt("it has no rows"));
        }
        section(
            bytes,
            layout::HEADER_BYTES,
            layout::extent(columns, layout::DIRECTORY_ENTRY_BYTES)?,
            "the column directory",
        )?;
        Ok(Self { bytes, rows, columns, flags: read_u32(bytes, header::FLAGS)? })
    }

    /// How many rows it holds; at least one.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns its shape has.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// The number of its shape.
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT` when it is no whole number.
    pub fn shape(&self) -> Result<u64, EngineError> {
        read_number(self.bytes, header::SHAPE)
    }

    /// Its place among all blocks of its engine.
    ///
    /// # Errors
    /// None in a block that has a view; the header was read already.
    pub fn sequence(&self) -> Result<u64, EngineError> {
        read_u64(self.bytes, header::SEQUENCE)
    }

    /// The rows' keys.
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT` when they lie outside the block, or one is no whole number.
    pub fn keys(&self) -> Result<Keys<'a>, EngineError> {
        if self.flags & FLAG_SINGLE_KEY != 0 {
            return Ok(Keys::Single(read_number(self.bytes, header::KEY)?));
        }
        let offset = read_u32(self.bytes, header::KEYS)? as usize;
        let length = layout::extent(self.rows, layout::KEY_BYTES)?;
        let keys: &[u64] = cast(section(self.bytes, offset, length, "the key column")?)?;
        if keys.iter().any(|&bits| number_of(bits).is_none()) {
            return Err(EngineError::corrupt("a key is no whole number"));
        }
        Ok(Keys::Each(KeyColumn(keys)))
    }

    /// Column `index`, in the order of its shape.
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT` when a section lies outside the block, or its text is no UTF-8 of the lengths it names.
    pub fn column(&self, index: usize) -> Result<ColumnView<'a>, EngineError> {
        if index >= self.columns {
            return Err(EngineError::corrupt("it has fewer columns"));
        }
        let entry = layout::extent(index, layout::DIRECTORY_ENTRY_BYTES)?.saturating_add(layout::HEADER_BYTES);
        let field = |offset: usize| read_u32(self.bytes, entry.saturating_add(offset)).map(|value| value as usize);
        let kind = read_u8(self.bytes, entry.saturating_add(column::KIND))?;
        let flags = read_u8(self.bytes, entry.saturating_add(column::FLAGS))?;
        let data =
            |width: usize| section(self.bytes, field(column::DATA)?, layout::extent(self.rows, width)?, "a column");
        let data = match kind {
            layout::KIND_NUMBER => ColumnData::Numbers(cast(data(8)?)?),
            layout::KIND_BOOL => ColumnData::Bools(data(1)?),
            layout::KIND_TEXT => {
                let text = section(self.bytes, field(column::TEXT)?, field(column::TEXT_BYTES)?, "a column's text")?;
                let texts = Texts::new(text, cast(data(4)?)?, flags & column::ASCII != 0);
                ColumnData::Texts(texts.map_err(|UnfitTexts(why)| EngineError::corrupt(why))?)
            }
            layout::KIND_NOTHING => ColumnData::Nothing,
            _ => return Err(EngineError::corrupt("a column's kind is unknown")),
        };
        let validity = match flags & column::HAS_VALIDITY {
            0 if kind == layout::KIND_NOTHING => return Err(EngineError::corrupt("a column of nulls has no validity")),
            0 => None,
            _ => Some(section(self.bytes, field(column::VALIDITY)?, self.rows, "a column's validity")?),
        };
        let declared = if flags & column::DECLARED_FRACTIONAL != 0 {
            Declared::Fractional
        } else if flags & column::DECLARED_INTEGRAL != 0 {
            Declared::Integral
        } else {
            Declared::Nothing
        };
        Ok(ColumnView { data, validity, declared })
    }

    /// The messages of more than one row, or with somebody waiting, ascending by row.
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT` when entries overlap or leave the block.
    pub fn messages(&self) -> Result<Vec<MessageEntry>, EngineError> {
        if self.flags & FLAG_MESSAGES == 0 {
            return Ok(Vec::new());
        }
        messages::read(self.bytes, read_u32(self.bytes, header::MESSAGES)? as usize, self.rows)
    }

    /// The values that did not fit their column's kind, ascending by (row, column).
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT` when an entry names a row or column that is not there, or a value of the wrong length.
    pub fn exceptions(&self) -> Result<Vec<Exception<'a>>, EngineError> {
        if self.flags & FLAG_EXCEPTIONS == 0 {
            return Ok(Vec::new());
        }
        exceptions::read(self.bytes, read_u32(self.bytes, header::EXCEPTIONS)? as usize, self.rows, self.columns)
    }
}

fn cast<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Result<&[T], EngineError> {
    bytemuck::try_cast_slice(bytes).map_err(|_| EngineError::corrupt("a section is not aligned"))
}
