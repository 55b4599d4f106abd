//! Buffers of a record batch that are compressed one by one: the length as i64, −1 for bytes left as they were, then the bytes.
//!
//! Buffers may lie on top of each other, so that those as they are count as well against what a message may come to.

use std::borrow::Cow;
use std::io::Read;

use arrow_ipc::CompressionType;
use lz4_flex::frame::FrameDecoder;

use super::bytes::{Bytes, fixed};
use crate::error::{IngestError, invalid};

/// What all buffers of a message may be together, once they are unpacked: so many times the message's bytes, and this much more.
const EXPANSION: usize = 32;
const SPARE_BYTES: usize = 1 << 20;
/// What they may be at the least where the bytes are those of a file.
const FILE_BYTES: usize = 512 << 20;

pub(super) struct Unpacker {
    room: usize,
}

impl Unpacker {
    pub fn new(message_bytes: usize) -> Self {
        Self { room: message_bytes.saturating_mul(EXPANSION).saturating_add(SPARE_BYTES) }
    }

    /// The same for a batch of a file, which may be packed better.
    pub fn of_file(self) -> Self {
        Self { room: self.room.max(FILE_BYTES) }
    }

    /// # Errors
    /// `InvalidData`.
    pub fn unpack<'a>(&mut self, packed: &'a [u8], codec: Option<CompressionType>) -> Result<Bytes<'a>, IngestError> {
        let Some(codec) = codec.filter(|_| !packed.is_empty()) else { return self.as_it_is(packed) };
        let damaged = || invalid("a compressed buffer is damaged");
        let length = i64::from_le_bytes(fixed(packed, 0).ok_or_else(damaged)?);
        let rest = packed.get(8..).ok_or_else(damaged)?;
        if length == -1 {
            return self.as_it_is(rest);
        }
        let decoder: Box<dyn Read + 'a> = match codec {
            CompressionType::LZ4_FRAME => Box::new(FrameDecoder::new(rest)),
            #[cfg(feature = "zstd")]
            CompressionType::ZSTD => Box::new(zstd::stream::read::Decoder::with_buffer(rest).map_err(|_| damaged())?),
            _ => return Err(invalid("it is compressed by a method that is not read")),
        };
        let length = usize::try_from(length).map_err(|_| damaged())?;
        self.take(length)?;
        let mut bytes = Vec::new();
        let most = (length as u64).saturating_add(1);
        decoder.take(most).read_to_end(&mut bytes).map_err(|_| damaged())?;
        if bytes.len() == length { Ok(Cow::Owned(bytes)) } else { Err(damaged()) }
    }

    fn as_it_is<'a>(&mut self, bytes: &'a [u8]) -> Result<Bytes<'a>, IngestError> {
        self.take(bytes.len())?;
        Ok(Cow::Borrowed(bytes))
    }

    fn take(&mut self, bytes: usize) -> Result<(), IngestError> {
        let left = self.room.checked_sub(bytes);
        self.room = left.ok_or_else(|| invalid("it unpacks to too much for its size"))?;
        Ok(())
    }
}
