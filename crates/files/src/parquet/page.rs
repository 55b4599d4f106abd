//! One page: its header, and its bytes unpacked.

use std::ops::Range;

use crate::positioned::Positioned;

use super::codec;
use super::damage::{Damage, Fallible, bad};
use super::footer::Chunk;
use super::hybrid::width_of;
use super::thrift::{Kind, Thrift};

/// A page that is larger unpacked is refused.
const MAX_BYTES: u64 = 256 << 20;
/// One that is larger than its whole column says it is, but no larger than this, is not: some writers count amiss.
const MISCOUNTED_BYTES: u64 = 16 << 20;
/// A header is mostly shorter than the first, and never longer than the last of so many bytes.
const HEADER_BYTES: [usize; 4] = [256, 4 << 10, 256 << 10, 16 << 20];

/// What a page says of itself.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub kind: PageKind,
    /// Where its bytes begin.
    pub body_at: u64,
    packed: u64,
    unpacked: u64,
    crc: Option<u32>,
}

#[derive(Debug, Clone)]
pub(super) enum PageKind {
    Data {
        values: u64,
        encoding: i64,
        definition: i64,
        repetition: i64,
    },
    DataV2 {
        values: u64,
        nulls: u64,
        rows: u64,
        encoding: i64,
        definition: u64,
        repetition: u64,
        is_packed: bool,
    },
    Dictionary {
        values: u64,
        encoding: i64,
    },
    /// An index, or what is not known.
    Other,
}

impl Header {
    /// Reads the header at `at`, of a chunk that ends before `end`.
    pub fn read(file: &Positioned, at: u64, end: u64) -> Fallible<Self> {
        let most = end.checked_sub(at).filter(|most| *most > 0).ok_or(Damage::Short)?;
        for size in HEADER_BYTES {
            let len = most.min(size as u64);
            let bytes = file.read(at, len as usize)?;
            match Self::parse(&bytes, at) {
                Err(Damage::Short) if len < most => {}
                Ok(header) if header.next_at() > end => return Err(Damage::Short),
                outcome => return outcome,
            }
        }
        Err(bad("the header of a page is too long"))
    }

    fn parse(bytes: &[u8], at: u64) -> Fallible<Self> {
        let (mut kind, mut data, mut second, mut dictionary) = (None, [0; 4], [0; 7], [0; 2]);
        second[6] = 1;
        let (mut packed, mut unpacked, mut crc) = (None, None, None);
        let mut thrift = Thrift::new(bytes);
        thrift.structure(|thrift, id, form| {
            match id {
                1 => kind = Some(thrift.integer(form)?),
                2 => unpacked = Some(thrift.size(form)?),
                3 => packed = Some(thrift.size(form)?),
                4 => crc = Some(thrift.integer(form)? as u32),
                5 if form == Kind::STRUCT => numbers(thrift, &mut data)?,
                7 if form == Kind::STRUCT => numbers(thrift, &mut dictionary)?,
                8 if form == Kind::STRUCT => numbers(thrift, &mut second)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let body_at = at + (bytes.len() - thrift.left()) as u64;
        let (Some(packed), Some(unpacked)) = (packed, unpacked) else { return Err(damaged()) };
        let size = |value: i64| u64::try_from(value).map_err(|_| damaged());
        let kind = match kind {
            Some(0) => {
                let [values, encoding, definition, repetition] = data;
                PageKind::Data { values: size(values)?, encoding, definition, repetition }
            }
            Some(2) => PageKind::Dictionary { values: size(dictionary[0])?, encoding: dictionary[1] },
            Some(3) => {
                let [values, nulls, rows, encoding, definition, repetition, is_packed] = second;
                PageKind::DataV2 {
                    values: size(values)?,
                    nulls: size(nulls)?,
                    rows: size(rows)?,
                    encoding,
                    definition: size(definition)?,
                    repetition: size(repetition)?,
                    is_packed: is_packed != 0,
                }
            }
            _ => PageKind::Other,
        };
        Ok(Self { kind, body_at, packed, unpacked, crc })
    }

    /// How many values it has, nulls among them.
    pub const fn values(&self) -> u64 {
        match self.kind {
            PageKind::Data { values, .. } | PageKind::DataV2 { values, .. } => values,
            PageKind::Dictionary { .. } | PageKind::Other => 0,
        }
    }

    /// Where the next page begins.
    pub fn next_at(&self) -> u64 {
        self.body_at.saturating_add(self.packed)
    }
}

/// The first fields of a structure, as far as they are numbers or bools.
fn numbers<const N: usize>(thrift: &mut Thrift<'_>, into: &mut [i64; N]) -> Fallible<()> {
    thrift.structure(|thrift, id, form| {
        let place = usize::try_from(id - 1).ok().and_then(|at| into.get_mut(at));
        let Some(place) = place else { return Ok(false) };
        match Thrift::truth(form) {
            Ok(truth) => *place = truth.into(),
            Err(_) => *place = thrift.integer(form)?,
        }
        Ok(true)
    })
}

/// How levels are written.
#[derive(Debug, Clone)]
pub(super) enum LevelForm {
    /// All are 0.
    None,
    Hybrid(Range<usize>),
    /// Bits, the highest first.
    Packed(Range<usize>),
}

/// A page of values.
#[derive(Debug)]
pub(super) struct DataPage {
    bytes: Vec<u8>,
    pub repetition: LevelForm,
    pub definition: LevelForm,
    values_at: usize,
    pub encoding: i64,
    /// Values, nulls among them.
    pub values: usize,
}

impl DataPage {
    pub fn values(&self) -> &[u8] {
        self.bytes.get(self.values_at..).unwrap_or_default()
    }

    pub fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Reads the page that `header` is of, if it has values.
    pub fn read(file: &Positioned, chunk: &Chunk, header: &Header, levels: (u16, u16)) -> Fallible<Self> {
        let (max_definition, max_repetition) = levels;
        match header.kind {
            PageKind::Data { values, encoding, definition, repetition } => {
                let bytes = body(file, chunk, header, 0, true)?;
                let values = usize::try_from(values).map_err(|_| damaged())?;
                let mut at = 0;
                let repetition = level_form(&bytes, &mut at, max_repetition, repetition, values)?;
                let definition = level_form(&bytes, &mut at, max_definition, definition, values)?;
                Ok(Self { bytes, repetition, definition, values_at: at, encoding, values })
            }
            PageKind::DataV2 { values, encoding, definition, repetition, is_packed, nulls, .. } => {
                let levels = definition.checked_add(repetition).filter(|levels| *levels <= header.packed);
                let levels = levels.ok_or_else(damaged)?;
                let bytes = body(file, chunk, header, levels, is_packed)?;
                if nulls > values {
                    return Err(damaged());
                }
                let form = |max: u16, range| if max == 0 { LevelForm::None } else { LevelForm::Hybrid(range) };
                let (repetition, levels) = (repetition as usize, levels as usize);
                Ok(Self {
                    bytes,
                    repetition: form(max_repetition, 0..repetition),
                    definition: form(max_definition, repetition..levels),
                    values_at: levels,
                    encoding,
                    values: usize::try_from(values).map_err(|_| damaged())?,
                })
            }
            PageKind::Dictionary { .. } | PageKind::Other => Err(damaged()),
        }
    }
}

/// The entries of a dictionary page, and how many these are.
pub(super) fn dictionary(file: &Positioned, chunk: &Chunk, header: &Header) -> Fallible<(Vec<u8>, usize)> {
    let PageKind::Dictionary { values, encoding } = header.kind else { return Err(damaged()) };
    if !matches!(encoding, 0 | 2) {
        return Err(bad("a dictionary is written in a way that is not known"));
    }
    Ok((body(file, chunk, header, 0, true)?, usize::try_from(values).map_err(|_| damaged())?))
}

/// The bytes of a page; `plain` of them, at the start, are not packed.
fn body(file: &Positioned, chunk: &Chunk, header: &Header, plain: u64, is_packed: bool) -> Fallible<Vec<u8>> {
    let most = chunk.unpacked.clamp(MISCOUNTED_BYTES, MAX_BYTES);
    if header.unpacked > most || header.packed > MAX_BYTES {
        return Err(bad("a page claims more bytes than it may have"));
    }
    let packed = file.read(header.body_at, header.packed as usize)?;
    if header.crc.is_some_and(|crc| crc != crc32fast::hash(&packed)) {
        return Err(bad("the checksum of a page is wrong"));
    }
    if chunk.codec == 0 || !is_packed {
        return Ok(packed);
    }
    let (plain, rest) = packed.split_at_checked(plain as usize).ok_or_else(damaged)?;
    let size = header.unpacked.checked_sub(plain.len() as u64).ok_or_else(damaged)?;
    let mut bytes = plain.to_vec();
    codec::unpack(chunk.codec, rest, size as usize, &mut bytes)?;
    Ok(bytes)
}

/// Where the levels from `at` on are; `at` is behind them then.
fn level_form(bytes: &[u8], at: &mut usize, max: u16, encoding: i64, values: usize) -> Fallible<LevelForm> {
    if max == 0 {
        return Ok(LevelForm::None);
    }
    let rest = bytes.get(*at..).ok_or(Damage::Short)?;
    let (start, length, is_hybrid) = match encoding {
        3 => {
            let length = rest.first_chunk::<4>().ok_or_else(damaged)?;
            (*at + 4, u32::from_le_bytes(*length) as usize, true)
        }
        4 => {
            let bits = values.checked_mul(width_of(max) as usize).ok_or_else(damaged)?;
            (*at, bits.div_ceil(8), false)
        }
        _ => return Err(bad("the levels of a page are written in a way that is not known")),
    };
    let end = start.checked_add(length).filter(|end| *end <= bytes.len()).ok_or_else(damaged)?;
    *at = end;
    Ok(if is_hybrid { LevelForm::Hybrid(start..end) } else { LevelForm::Packed(start..end) })
}

const fn damaged() -> Damage {
    bad("a page is damaged")
}
