//! Pages unpacked. No codec is trusted with the size of what it makes.

use std::io::Read;

use super::damage::{Damage, Fallible, bad};

/// Whether pages of this codec can be read.
pub(super) const fn is_known(codec: i64) -> bool {
    matches!(codec, 0..=2 | 4..=7)
}

/// Unpacks a page into `size` bytes, behind those that `into` has.
///
/// # Errors
/// Where it is damaged, or comes to another size.
pub(super) fn unpack(codec: i64, packed: &[u8], size: usize, into: &mut Vec<u8>) -> Fallible<()> {
    let start = into.len();
    match codec {
        0 => into.extend_from_slice(packed),
        _ if size == 0 => {}
        1 => {
            if snap::raw::decompress_len(packed).map_err(|_| damaged())? != size {
                return Err(other_size());
            }
            into.resize(start + size, 0);
            let rest = into.get_mut(start..).unwrap_or_default();
            snap::raw::Decoder::new().decompress(packed, rest).map_err(|_| damaged())?;
        }
        2 => read(flate2::read::MultiGzDecoder::new(packed), size, into)?,
        4 => read(brotli_decompressor::Decompressor::new(packed, 1 << 12), size, into)?,
        5 => lz4(packed, size, into)?,
        6 => read(zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| damaged())?, size, into)?,
        7 => lz4_block(packed, size, into)?,
        _ => return Err(bad("a page is compressed by a method that is not known")),
    }
    if into.len() - start == size { Ok(()) } else { Err(other_size()) }
}

/// Reads what a decoder gives: at most one byte more than there should be.
fn read(decoder: impl Read, size: usize, into: &mut Vec<u8>) -> Fallible<()> {
    decoder.take(size as u64 + 1).read_to_end(into).map(drop).map_err(|_| damaged())
}

fn lz4_block(packed: &[u8], size: usize, into: &mut Vec<u8>) -> Fallible<()> {
    let start = into.len();
    into.resize(start + size, 0);
    let filled = lz4_flex::block::decompress_into(packed, into.get_mut(start..).unwrap_or_default());
    into.truncate(start + filled.map_err(|_| damaged())?);
    Ok(())
}

/// What was called LZ4 first: Hadoop's blocks, each with its sizes; but other writers took it for frames, or for one bare block.
fn lz4(packed: &[u8], size: usize, into: &mut Vec<u8>) -> Fallible<()> {
    let start = into.len();
    let as_frame = |into: &mut Vec<u8>| read(lz4_flex::frame::FrameDecoder::new(packed), size, into);
    for attempt in 0..3 {
        into.truncate(start);
        let outcome = match attempt {
            0 => lz4_hadoop(packed, start + size, into),
            1 => as_frame(into),
            _ => lz4_block(packed, size, into),
        };
        if outcome.is_ok() && into.len() == start + size {
            return Ok(());
        }
    }
    Err(damaged())
}

fn lz4_hadoop(mut packed: &[u8], end: usize, into: &mut Vec<u8>) -> Fallible<()> {
    while !packed.is_empty() {
        let mut size = || packed.split_off(..4)?.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes) as usize);
        let (unpacked, length) = (size().ok_or(Damage::Short)?, size().ok_or(Damage::Short)?);
        let block = packed.split_off(..length).ok_or(Damage::Short)?;
        if unpacked > end.saturating_sub(into.len()) {
            return Err(other_size());
        }
        lz4_block(block, unpacked, into)?;
    }
    Ok(())
}

const fn damaged() -> Damage {
    bad("a page cannot be unpacked")
}

const fn other_size() -> Damage {
    bad("a page unpacks to another size than it says")
}
