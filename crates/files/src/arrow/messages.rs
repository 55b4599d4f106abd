//! Arrow IPC cut into messages. No length is trusted: memory is claimed as bytes come.

use std::io::{ErrorKind, Read};

use rolling_profiles_ingest::{ArrowHead, IngestError};

use crate::SourceError;

const CONTINUATION: [u8; 4] = [0xff; 4];
/// What a message says of itself is refused where it takes more.
const MAX_HEAD_BYTES: u32 = 256 << 20;

/// A message: all of its bytes, and what it is.
#[derive(Debug)]
pub(super) struct Message {
    pub bytes: Vec<u8>,
    pub head: ArrowHead,
}

/// Why there is no further message.
#[derive(Debug)]
pub(super) enum Fault {
    Io(std::io::Error),
    /// It ends within one.
    CutOff,
    Damaged(IngestError),
}

impl Fault {
    /// As an error at a row, from 1, or of the whole.
    pub fn at(self, place: Option<u64>) -> SourceError {
        let reason = match self {
            Self::Io(error) => return SourceError::Io(error),
            Self::CutOff => "the file is cut off".to_owned(),
            Self::Damaged(error) => plain(&error),
        };
        SourceError::Unreadable { place, reason }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof { Self::CutOff } else { Self::Io(error) }
    }
}

/// What is wrong, without that it was a message.
pub(super) fn plain(error: &IngestError) -> String {
    error.message.strip_prefix("the message was rejected: ").unwrap_or(&error.message).to_owned()
}

/// Reads the next message; `None`: that was all, and so many bytes told so.
pub(super) fn next(source: &mut dyn Read) -> Result<Result<Message, u64>, Fault> {
    let mut bytes = Vec::new();
    match read(source, 4, &mut bytes)? {
        0 => return Ok(Err(0)),
        4 => {}
        _ => return Err(Fault::CutOff),
    }
    // Before version 0.15 of the format the length came first.
    if bytes == CONTINUATION {
        exactly(source, 4, &mut bytes)?;
    }
    let length = bytes.last_chunk::<4>().copied().map_or(0, u32::from_le_bytes);
    if length == 0 {
        return Ok(Err(bytes.len() as u64));
    }
    if length > MAX_HEAD_BYTES {
        return Err(Fault::CutOff);
    }
    let start = bytes.len();
    exactly(source, length.into(), &mut bytes)?;
    let head = ArrowHead::of(bytes.get(start..).unwrap_or_default()).map_err(Fault::Damaged)?;
    exactly(source, head.body_bytes, &mut bytes)?;
    Ok(Ok(Message { bytes, head }))
}

fn exactly(source: &mut dyn Read, wanted: u64, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    if read(source, wanted, bytes)? == wanted { Ok(()) } else { Err(Fault::CutOff) }
}

/// Reads so many bytes, or as many as there are.
fn read(source: &mut dyn Read, wanted: u64, bytes: &mut Vec<u8>) -> Result<u64, Fault> {
    Ok(source.take(wanted).read_to_end(bytes)? as u64)
}
