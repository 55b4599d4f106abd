//! The form in which JavaScript hands over columns: a description in words, and buffers as they are. `ts/columns/frame.ts` writes it.
//!
//! ```text
//!  0  u32  magic 0x01435052: bytes 'R' 'P' 'C', version 1
//!  4  u32  rows
//!  8  u32  columns
//! 12  u32  words of the description
//! 16  u32  buffers
//! 20  u32  bytes of all names, UTF-8 back to back
//! 24  u32 × words, then u32 × buffers (the bytes of each), then the names; then the buffers, each at a multiple of 8
//! ```
//!
//! The description, column by column: `bytes of the name, chunks`, then each chunk. A chunk is a node, or a list of values. "Buffer" is a buffer's
//! number; as validity, the number plus one, 0 where nothing is null.
//!
//! ```text
//! node    kind, length, validity, its first bit, then
//!         0 nulls
//!         1 bools       buffer, first bit
//!         2 integers    buffer, bytes of one, signed (0 or 1)
//!         3 floats      buffer, bytes of one
//!         4 decimals    buffer, bytes of one, scale (i32)
//!         5 texts       offsets, buffer
//!         6 dictionary  node (integers), chunks of the entries, nodes
//!         7 lists       offsets, node
//!         8 arrays      size, node
//!         9 objects
//!         11 views      buffer, buffers of text, each
//! offsets buffer, offsets of 8 bytes (0 or 1), the offset of the first byte or element handed over (low and high half)
//! values  10, nulls, trues, falses, objects, tensors, buffer of the numbers (f64, typed by value), buffer of the integers (i64),
//!         buffer of the texts' lengths (u32, UTF-16 units), buffer of the texts (UTF-8), texts are ASCII (0 or 1), buffer of the kinds (u8)
//! kinds   of the values in their order: 0 null, 1 true, 2 false, 3 number, 4 integer, 5 text, 6 object, 7 tensor
//! ```

use std::borrow::Cow;
use std::rc::Rc;

use super::bytes::{Bits, Bytes, Offsets};
use super::feed::Feed;
use super::node::{Dictionary, Node, Values};
use super::table_of;
use crate::cells::Cells;
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;
use crate::table::Table;
use crate::table::too_many;
use crate::texts::Texts;

const MAGIC: u32 = 0x0143_5052;
const HEADER_WORDS: usize = 6;
const VALUES: u32 = 10;
/// 2⁶³: whole doubles below it in magnitude are integral.
const INTEGRAL_BOUND: f64 = 9_223_372_036_854_775_808.0;

/// # Errors
/// `InvalidData`, `TooManyColumns`.
pub(super) fn read(message: &[u8], limits: &IngestLimits) -> Result<Table, IngestError> {
    let words = message.as_chunks::<4>().0;
    let header = words.get(..HEADER_WORDS).ok_or_else(broken)?;
    let [magic, rows, columns, described, buffers, name_bytes] =
        <[[u8; 4]; HEADER_WORDS]>::try_from(header).map_err(|_| broken())?.map(u32::from_le_bytes);
    if magic != MAGIC {
        return Err(broken());
    }
    if columns as usize > limits.max_columns {
        return Err(too_many(limits));
    }
    let lengths_at = HEADER_WORDS.saturating_add(described as usize);
    let names_at = lengths_at.saturating_add(buffers as usize);
    let description = words.get(HEADER_WORDS..lengths_at).ok_or_else(broken)?;
    let lengths = words.get(lengths_at..names_at).ok_or_else(broken)?;
    let mut rest = message.get(names_at.saturating_mul(4)..).ok_or_else(broken)?;
    let names = rest.split_off(..name_bytes as usize).ok_or_else(broken)?;
    let mut at = names_at.saturating_mul(4).saturating_add(name_bytes as usize);
    let buffers = lengths.iter().map(|length| {
        let start = at.next_multiple_of(8);
        at = start.saturating_add(u32::from_le_bytes(*length) as usize);
        message.get(start..at).ok_or_else(broken)
    });
    let buffers = buffers.collect::<Result<Vec<_>, _>>()?;
    let mut reader = Reader { description: description.iter(), buffers, names, max_depth: limits.max_depth };
    let mut feed = Feed::new(limits, message.len());
    feed.rows(rows as usize)?;
    let columns = (0..columns).map(|_| reader.column(&mut feed, limits)).collect::<Result<Vec<_>, _>>()?;
    table_of(columns.into_iter(), rows.into(), limits)
}

struct Reader<'a> {
    description: std::slice::Iter<'a, [u8; 4]>,
    buffers: Vec<&'a [u8]>,
    names: &'a [u8],
    max_depth: usize,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> Result<u32, IngestError> {
        self.description.next().map(|word| u32::from_le_bytes(*word)).ok_or_else(broken)
    }

    fn size(&mut self) -> Result<usize, IngestError> {
        Ok(self.word()? as usize)
    }

    fn slice(&mut self) -> Result<&'a [u8], IngestError> {
        let number = self.size()?;
        self.buffers.get(number).copied().ok_or_else(broken)
    }

    fn bytes(&mut self) -> Result<Bytes<'a>, IngestError> {
        self.slice().map(Cow::Borrowed)
    }

    fn column(&mut self, feed: &mut Feed<'_>, limits: &IngestLimits) -> Result<(String, Cells), IngestError> {
        let length = self.size()?;
        let name = self.names.split_off(..length).ok_or_else(broken)?;
        let name = std::str::from_utf8(name).map_err(|_| broken())?.to_owned();
        let mut cells = Cells::keeping_rows(limits.keeps_rows);
        for _ in 0..self.word()? {
            match self.word()? {
                VALUES => self.values(&mut cells, limits)?,
                kind => {
                    let node = self.node(kind, 0)?;
                    node.check()?;
                    feed.all(&node, &mut cells)?;
                }
            }
        }
        Ok((name, cells))
    }

    fn node(&mut self, kind: u32, depth: usize) -> Result<Node<'a>, IngestError> {
        // A list is one value: its elements are as deep as one nested array.
        if depth > self.max_depth {
            return Err(invalid("a column is nested deeper than limits.maxDepth allows"));
        }
        let length = self.size()?;
        let (validity, first) = (self.size()?, self.size()?);
        let validity = match validity.checked_sub(1) {
            None => None,
            Some(number) => {
                let bytes = self.buffers.get(number).copied().map(Cow::Borrowed).ok_or_else(broken)?;
                Some(Bits { bytes, offset: first })
            }
        };
        let inner = depth.saturating_add(1);
        let values = match kind {
            0 => Values::Nulls,
            1 => Values::Bools(Bits { bytes: self.bytes()?, offset: self.size()? }),
            2 => Values::Integers { bytes: self.bytes()?, width: self.size()?, signed: self.word()? == 1 },
            3 => Values::Floats { bytes: self.bytes()?, width: self.size()? },
            4 => Values::Decimals { bytes: self.bytes()?, width: self.size()?, scale: self.word()? as i32 },
            5 => Values::Texts { offsets: self.offsets()?, bytes: self.bytes()? },
            6 => {
                let indices = Box::new(self.child(inner)?);
                let mut entries = Dictionary::default();
                for _ in 0..self.word()? {
                    let piece = self.child(inner)?;
                    piece.check()?;
                    entries.add(piece);
                }
                Values::Dictionary { indices, entries: Rc::new(entries) }
            }
            7 => Values::Lists { offsets: self.offsets()?, child: Box::new(self.child(inner)?) },
            8 => Values::Arrays { size: self.size()?, child: Box::new(self.child(inner)?) },
            9 => Values::Objects,
            11 => {
                let views = self.bytes()?;
                let data = (0..self.word()?).map(|_| self.bytes()).collect::<Result<_, _>>()?;
                Values::Views { views, data }
            }
            _ => return Err(broken()),
        };
        Ok(Node { length, validity, values })
    }

    fn child(&mut self, depth: usize) -> Result<Node<'a>, IngestError> {
        let kind = self.word()?;
        self.node(kind, depth)
    }

    fn offsets(&mut self) -> Result<Offsets<'a>, IngestError> {
        let (bytes, wide) = (self.bytes()?, self.word()? == 1);
        let (low, high) = (u64::from(self.word()?), u64::from(self.word()?));
        let base = usize::try_from(low | (high << 32)).map_err(|_| broken())?;
        Ok(Offsets { bytes, wide, base })
    }

    /// A list of values, gathered by type.
    fn values(&mut self, cells: &mut Cells, limits: &IngestLimits) -> Result<(), IngestError> {
        let (nulls, trues, falses) = (self.word()?, self.word()?, self.word()?);
        let (objects, tensors) = (self.word()?, self.word()?);
        let numbers = self.slice()?.as_chunks::<8>().0.iter().map(|value| f64::from_le_bytes(*value));
        let integers = self.slice()?.as_chunks::<8>().0.iter().map(|value| i64::from_le_bytes(*value));
        let units = self.slice()?.as_chunks::<4>().0;
        let units = units.iter().map(|length| u32::from_le_bytes(*length)).collect::<Vec<_>>();
        let (joined, ascii) = (self.slice()?, self.word()? == 1);
        let texts = Texts::new(joined, &units, ascii).map_err(|_| broken())?;
        let texts = (0..texts.len()).map(|index| {
            let text = texts.get(index);
            text.get(..text.floor_char_boundary(limits.max_value_bytes)).unwrap_or_default()
        });
        let order = self.slice()?;
        if limits.keeps_rows {
            return values_in_order(cells, order, numbers, integers, texts);
        }
        cells.nulls(nulls.into());
        cells.booleans(trues.into(), falses.into());
        cells.objects(objects.into());
        cells.tensors(tensors.into());
        cells.integers(numbers.clone().filter(|&value| is_integral(value)).map(|value| value as i64));
        cells.doubles(numbers.filter(|&value| !is_integral(value)));
        cells.integers(integers);
        texts.for_each(|text| cells.text(0, text));
        Ok(())
    }
}

/// Values one by one, each of the kind that `order` says.
fn values_in_order<'t>(
    cells: &mut Cells,
    order: &[u8],
    mut numbers: impl Iterator<Item = f64>,
    mut integers: impl Iterator<Item = i64>,
    mut texts: impl Iterator<Item = &'t str>,
) -> Result<(), IngestError> {
    for kind in order {
        match kind {
            0 => cells.null(0),
            1 => cells.boolean(0, true),
            2 => cells.boolean(0, false),
            3 => match numbers.next().ok_or_else(broken)? {
                value if is_integral(value) => cells.integer(0, value as i64),
                value => cells.double(0, value),
            },
            4 => cells.integer(0, integers.next().ok_or_else(broken)?),
            5 => cells.text(0, texts.next().ok_or_else(broken)?),
            6 => cells.object(0),
            7 => cells.tensor(0),
            _ => return Err(broken()),
        }
    }
    Ok(())
}

fn is_integral(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() < INTEGRAL_BOUND
}

fn broken() -> IngestError {
    invalid("its columns do not follow their layout")
}
