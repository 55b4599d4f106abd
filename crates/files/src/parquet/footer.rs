//! The footer: what columns there are, and where the pieces of each lie.
//!
//! Read by itself and not by the `parquet` crate, which refuses a file for one column of a kind it does not know, passes over what says that a
//! column is encrypted, and is three times as large as all of this.

use crate::positioned::Positioned;

use super::damage::{Damage, Fallible, bad};
use super::thrift::{Kind, Thrift};

const MAGIC: &[u8] = b"PAR1";
const ENCRYPTED: &[u8] = b"PARE";
/// A footer that is larger is refused.
const MAX_BYTES: u64 = 256 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Footer {
    /// The schema: each node is followed by its children.
    pub nodes: Vec<Node>,
    pub groups: Vec<Group>,
    /// Where it begins: all pages lie before.
    pub start: u64,
}

/// A node of the schema.
#[derive(Debug, Default, Clone)]
pub(super) struct Node {
    pub name: String,
    /// `None`: it is a group.
    pub physical: Option<i64>,
    /// Bytes of a value of a fixed length.
    pub length: i64,
    /// 0: required, 1: optional, 2: repeated.
    pub repetition: i64,
    pub children: u64,
    pub converted: Option<i64>,
    pub scale: i64,
    pub logical: Option<Logical>,
}

/// What a logical type says, in its own numbers.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Logical {
    /// Which type it is.
    pub id: i16,
    /// The scale of a decimal, the bits of an integer.
    pub size: i64,
    /// Whether an integer is signed.
    pub signed: bool,
    /// 1, 2, 3: ms, µs, ns.
    pub unit: i16,
}

/// A row group.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub rows: u64,
    /// One a leaf of the schema.
    pub chunks: Vec<Chunk>,
}

/// What a row group has of a column.
#[derive(Debug, Default, Clone)]
pub(super) struct Chunk {
    pub physical: i64,
    pub codec: i64,
    /// Bit by bit; the highest stands for all that have no bit.
    pub encodings: u32,
    /// Values, nulls among them.
    pub values: u64,
    pub packed: u64,
    pub unpacked: u64,
    pub data_at: u64,
    pub dictionary_at: Option<u64>,
    pub is_encrypted: bool,
    /// Whether it lies in this file, and is described at all.
    pub is_here: bool,
}

impl Footer {
    /// # Errors
    /// In words that begin a sentence.
    pub fn read(file: &Positioned) -> Fallible<Self> {
        let size = file.bytes();
        if size < 12 {
            return Err(bad("it is no Parquet file, or cut off"));
        }
        let head = file.read(0, 4)?;
        let tail = file.read(size - 8, 8)?;
        let (length, magic) = tail.split_first_chunk::<4>().ok_or(Damage::Short)?;
        if head == ENCRYPTED || magic == ENCRYPTED {
            return Err(bad("it is encrypted"));
        }
        if head != MAGIC {
            return Err(bad("it is no Parquet file"));
        }
        if magic != MAGIC {
            return Err(bad("the file is cut off: it does not end as Parquet files do"));
        }
        let length = u64::from(u32::from_le_bytes(*length));
        let start = (size - 8).checked_sub(length).filter(|start| *start >= 4);
        let start =
            start.filter(|_| length <= MAX_BYTES).ok_or_else(|| bad("the footer is damaged: its length is wrong"))?;
        let bytes = file.read(start, length as usize)?;
        let footer = Self::parse(&bytes).map_err(|damage| match damage {
            Damage::Io(error) => Damage::Io(error),
            other => Damage::Bad(format!("the footer is damaged: {other}").into()),
        })?;
        Ok(Self { start, ..footer })
    }

    fn parse(bytes: &[u8]) -> Fallible<Self> {
        let mut footer = Self::default();
        Thrift::new(bytes).structure(|thrift, id, kind| {
            match id {
                2 if kind == Kind::LIST => thrift.structures(|thrift| {
                    footer.nodes.push(node(thrift)?);
                    Ok(())
                })?,
                4 if kind == Kind::LIST => thrift.structures(|thrift| {
                    footer.groups.push(group(thrift)?);
                    Ok(())
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if footer.nodes.is_empty() { Err(bad("it has no schema")) } else { Ok(footer) }
    }
}

fn node(thrift: &mut Thrift<'_>) -> Fallible<Node> {
    let mut node = Node::default();
    thrift.structure(|thrift, id, kind| {
        match id {
            1 => node.physical = Some(thrift.integer(kind)?),
            2 => node.length = thrift.integer(kind)?,
            3 => node.repetition = thrift.integer(kind)?,
            4 if kind == Kind::BINARY => node.name = String::from_utf8_lossy(thrift.binary()?).into_owned(),
            5 => node.children = thrift.size(kind)?,
            6 => node.converted = Some(thrift.integer(kind)?),
            7 => node.scale = thrift.integer(kind)?,
            10 if kind == Kind::STRUCT => node.logical = logical(thrift)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(node)
}

fn logical(thrift: &mut Thrift<'_>) -> Fallible<Option<Logical>> {
    let mut found = None;
    thrift.structure(|thrift, id, kind| {
        let logical = found.insert(Logical { id, ..Logical::default() });
        if kind != Kind::STRUCT {
            return Ok(false);
        }
        thrift.structure(|thrift, field, kind| {
            match (id, field) {
                // Decimal: scale. Integer: bits, sign.
                (5 | 10, 1) => logical.size = thrift.integer(kind)?,
                (10, 2) => logical.signed = Thrift::truth(kind)?,
                // Time, timestamp: a union of units.
                (7 | 8, 2) if kind == Kind::STRUCT => thrift.structure(|_, unit, _| {
                    logical.unit = unit;
                    Ok(false)
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(true)
    })?;
    Ok(found)
}

fn group(thrift: &mut Thrift<'_>) -> Fallible<Group> {
    let mut group = Group::default();
    thrift.structure(|thrift, id, kind| {
        match id {
            1 if kind == Kind::LIST => thrift.structures(|thrift| {
                group.chunks.push(chunk(thrift)?);
                Ok(())
            })?,
            3 => group.rows = thrift.size(kind)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(group)
}

fn chunk(thrift: &mut Thrift<'_>) -> Fallible<Chunk> {
    let mut chunk = Chunk::default();
    let mut is_elsewhere = false;
    thrift.structure(|thrift, id, kind| {
        match id {
            1 if kind == Kind::BINARY => is_elsewhere = !thrift.binary()?.is_empty(),
            3 if kind == Kind::STRUCT => {
                chunk.is_here = true;
                described(thrift, &mut chunk)?;
            }
            8 => {
                chunk.is_encrypted = true;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    chunk.is_here &= !is_elsewhere;
    Ok(chunk)
}

fn described(thrift: &mut Thrift<'_>, chunk: &mut Chunk) -> Fallible<()> {
    thrift.structure(|thrift, id, kind| {
        match id {
            1 => chunk.physical = thrift.integer(kind)?,
            2 if kind == Kind::LIST => {
                let (count, kind) = thrift.list()?;
                for _ in 0..count {
                    let encoding = u32::try_from(thrift.integer(kind)?).unwrap_or(u32::MAX);
                    chunk.encodings |= 1 << encoding.min(31);
                }
            }
            4 => chunk.codec = thrift.integer(kind)?,
            5 => chunk.values = thrift.size(kind)?,
            6 => chunk.unpacked = thrift.size(kind)?,
            7 => chunk.packed = thrift.size(kind)?,
            9 => chunk.data_at = thrift.size(kind)?,
            11 => chunk.dictionary_at = Some(thrift.size(kind)?),
            _ => return Ok(false),
        }
        Ok(true)
    })
}
