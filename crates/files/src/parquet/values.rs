//! The values of a page, by the encoding they are written in.

use super::damage::{Damage, Fallible, bad};
use super::data::Data;
use super::delta::Deltas;
use super::hybrid::Hybrid;
use super::schema::{Kind, Physical};

/// Which values of a page are read, and as what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portion {
    pub physical: Physical,
    pub kind: Kind,
    /// How many are passed over, and how many then read.
    pub skip: usize,
    pub take: usize,
}

const PLAIN: i64 = 0;
const RLE: i64 = 3;
const DELTA_INTEGERS: i64 = 5;
const DELTA_LENGTHS: i64 = 6;
const DELTA_BYTES: i64 = 7;
const SPLIT: i64 = 9;

/// The encodings that are read, those of levels among them, bit by bit.
pub(super) const KNOWN: u32 = 0b11_1111_1101;

/// Whether values are entries of a dictionary.
pub(super) const fn is_coded(encoding: i64) -> bool {
    matches!(encoding, 2 | 8)
}

/// Reads values that are no entries of a dictionary.
///
/// # Errors
/// `Short`, `Bad`; `TooMuch` where texts take more than `room`.
pub(super) fn read(bytes: &[u8], encoding: i64, portion: Portion, into: &mut Data, room: &mut usize) -> Fallible<()> {
    match (encoding, portion.physical) {
        (PLAIN, _) => plain(bytes, portion, into, room),
        (RLE, Physical::Bool) => {
            // Behind its length.
            let mut truths = Hybrid::new(bytes.get(4..).ok_or(Damage::Short)?, 1)?;
            truths.skip(portion.skip)?;
            truths.take(portion.take, |truth, times| {
                into.add_bool(truth == 1, times);
                Ok(())
            })
        }
        (DELTA_INTEGERS, Physical::Int32 | Physical::Int64) => {
            let mut deltas = Deltas::new(bytes)?;
            (0..portion.skip).try_for_each(|_| deltas.next().map(drop))?;
            (0..portion.take).try_for_each(|_| {
                let value = deltas.next()?;
                let is_wide = portion.physical == Physical::Int64;
                into.add_integer(portion.kind, if is_wide { value } else { (value as i32).into() })
            })
        }
        (DELTA_LENGTHS, Physical::Bytes) => lengths(bytes, portion, into, room),
        (DELTA_BYTES, Physical::Bytes | Physical::Fixed(_)) => prefixes(bytes, portion, into, room),
        (SPLIT, _) => {
            let joined = join(bytes, width(portion.physical).unwrap_or(0), portion)?;
            plain(&joined, Portion { skip: 0, ..portion }, into, room)
        }
        _ => Err(bad("a page is written in a way that is not known")),
    }
}

/// Reads values that are entries of a dictionary.
///
/// # Errors
/// `Short`, `Bad`.
pub(super) fn read_coded(bytes: &[u8], dictionary: &Data, portion: Portion, into: &mut Data) -> Fallible<()> {
    if portion.take == 0 {
        return Ok(());
    }
    let (width, rest) = bytes.split_first().ok_or(Damage::Short)?;
    let mut indices = Hybrid::new(rest, (*width).into())?;
    indices.skip(portion.skip)?;
    indices.take(portion.take, |index, times| into.add_entry(dictionary, index, times))
}

/// How many bytes a value has, if all have as many.
const fn width(physical: Physical) -> Option<usize> {
    match physical {
        Physical::Bool | Physical::Bytes => None,
        Physical::Int32 | Physical::Float => Some(4),
        Physical::Int64 | Physical::Double => Some(8),
        Physical::Int96 => Some(12),
        Physical::Fixed(width) => Some(width),
    }
}

fn plain(bytes: &[u8], portion: Portion, into: &mut Data, room: &mut usize) -> Fallible<()> {
    let Portion { physical, kind, skip, take } = portion;
    let bytes = match width(physical) {
        Some(width) => {
            let (start, length) = (skip.checked_mul(width), take.checked_mul(width));
            let end = start.zip(length).and_then(|(start, length)| start.checked_add(length));
            start.zip(end).and_then(|(start, end)| bytes.get(start..end)).ok_or(Damage::Short)?
        }
        None => bytes,
    };
    match physical {
        Physical::Bool => (skip..skip + take).try_for_each(|at| {
            let byte = bytes.get(at / 8).ok_or(Damage::Short)?;
            into.add_bool(byte >> (at % 8) & 1 == 1, 1);
            Ok(())
        }),
        Physical::Int32 => {
            let mut values = bytes.as_chunks::<4>().0.iter().map(|value| i32::from_le_bytes(*value));
            values.try_for_each(|value| into.add_integer(kind, value.into()))
        }
        Physical::Int64 => {
            let mut values = bytes.as_chunks::<8>().0.iter().map(|value| i64::from_le_bytes(*value));
            match (kind, &mut *into) {
                (Kind::Signed(64), Data::Integers(into)) => {
                    into.extend(values);
                    Ok(())
                }
                _ => values.try_for_each(|value| into.add_integer(kind, value)),
            }
        }
        Physical::Float => {
            let values = bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value).into());
            values.for_each(|value| into.add_double(value));
            Ok(())
        }
        Physical::Double => {
            let values = bytes.as_chunks::<8>().0.iter().map(|value| f64::from_le_bytes(*value));
            values.for_each(|value| into.add_double(value));
            Ok(())
        }
        Physical::Fixed(0) => (0..take).try_for_each(|_| into.add_bytes(kind, &[], room)),
        Physical::Int96 | Physical::Fixed(_) => {
            let width = width(physical).unwrap_or(1);
            bytes.chunks_exact(width).try_for_each(|value| into.add_bytes(kind, value, room))
        }
        Physical::Bytes => {
            let mut rest = bytes;
            for at in 0..skip + take {
                let length = rest.split_off(..4).and_then(|length| length.first_chunk::<4>()).ok_or(Damage::Short)?;
                let length = u32::from_le_bytes(*length) as usize;
                let value = rest.split_off(..length).ok_or(Damage::Short)?;
                if at >= skip {
                    into.add_bytes(kind, value, room)?;
                }
            }
            Ok(())
        }
    }
}

/// All lengths, then all bytes.
fn lengths(bytes: &[u8], portion: Portion, into: &mut Data, room: &mut usize) -> Fallible<()> {
    let mut rest = Deltas::new(bytes)?.behind()?;
    let mut lengths = Deltas::new(bytes)?;
    for at in 0..portion.skip + portion.take {
        let length = usize::try_from(lengths.next()? as i32).map_err(|_| Damage::Short)?;
        let value = rest.split_off(..length).ok_or(Damage::Short)?;
        if at >= portion.skip {
            into.add_bytes(portion.kind, value, room)?;
        }
    }
    Ok(())
}

/// How much each value has in common with the one before, and the rest of it.
fn prefixes(bytes: &[u8], portion: Portion, into: &mut Data, room: &mut usize) -> Fallible<()> {
    let mut prefixes = Deltas::new(bytes)?;
    let suffixes = Deltas::new(bytes)?.behind()?;
    let mut lengths = Deltas::new(suffixes)?;
    let mut rest = Deltas::new(suffixes)?.behind()?;
    let mut value = Vec::new();
    for at in 0..portion.skip + portion.take {
        let prefix = usize::try_from(prefixes.next()? as i32).ok().filter(|prefix| *prefix <= value.len());
        value.truncate(prefix.ok_or_else(|| bad("a page of prefixes is damaged"))?);
        let length = usize::try_from(lengths.next()? as i32).map_err(|_| Damage::Short)?;
        value.extend_from_slice(rest.split_off(..length).ok_or(Damage::Short)?);
        if at >= portion.skip {
            into.add_bytes(portion.kind, &value, room)?;
        }
    }
    Ok(())
}

/// Puts the bytes of values together, which are written as all first ones, all second ones, and so on.
fn join(bytes: &[u8], width: usize, portion: Portion) -> Fallible<Vec<u8>> {
    let count = bytes.len().checked_div(width).ok_or_else(|| bad("a page is written in a way that is not known"))?;
    let Portion { skip, take, .. } = portion;
    if skip.checked_add(take).is_none_or(|end| end > count) {
        return Err(Damage::Short);
    }
    let mut joined = vec![0; take * width];
    for (number, stream) in bytes.chunks_exact(count.max(1)).take(width).enumerate() {
        let values = stream.get(skip..skip + take).unwrap_or_default();
        joined.iter_mut().skip(number).step_by(width).zip(values).for_each(|(into, byte)| *into = *byte);
    }
    Ok(joined)
}
