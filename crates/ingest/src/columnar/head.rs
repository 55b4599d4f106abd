//! What messages of Arrow IPC say of themselves, for those who cut a stream or file into messages.

use arrow_ipc::{Block, MessageHeader, root_as_footer, root_as_message};

use super::layout::damaged;
use crate::error::IngestError;

/// A message without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrowHead {
    /// What it is.
    pub kind: ArrowKind,
    /// How many bytes follow it.
    pub body_bytes: u64,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrowKind {
    /// The schema, with the names of its fields.
    Schema(Vec<String>),
    /// Entries of a dictionary.
    Dictionary {
        /// Its number.
        id: i64,
        /// Whether they follow those that it has, rather than replace them.
        is_delta: bool,
    },
    /// So many rows.
    Batch(u64),
    /// Anything else.
    Other,
}

impl ArrowHead {
    /// Reads it from the metadata of a message.
    ///
    /// # Errors
    /// `InvalidData`.
    pub fn of(metadata: &[u8]) -> Result<Self, IngestError> {
        let message = root_as_message(metadata).map_err(|_| damaged())?;
        let body_bytes = u64::try_from(message.bodyLength()).map_err(|_| damaged())?;
        let kind = match message.header_type() {
            MessageHeader::Schema => {
                let schema = message.header_as_schema().ok_or_else(damaged)?;
                let fields = schema.fields().into_iter().flatten();
                ArrowKind::Schema(fields.map(|field| field.name().unwrap_or_default().to_owned()).collect())
            }
            MessageHeader::DictionaryBatch => {
                let batch = message.header_as_dictionary_batch().ok_or_else(damaged)?;
                ArrowKind::Dictionary { id: batch.id(), is_delta: batch.isDelta() }
            }
            MessageHeader::RecordBatch => {
                let batch = message.header_as_record_batch().ok_or_else(damaged)?;
                ArrowKind::Batch(u64::try_from(batch.length()).map_err(|_| damaged())?)
            }
            _ => ArrowKind::Other,
        };
        Ok(Self { kind, body_bytes })
    }
}

/// Where the messages of a file lie: the start and the length of each.
#[derive(Debug, Clone, Default)]
pub struct ArrowFooter {
    /// Those with entries of dictionaries.
    pub dictionaries: Vec<(u64, u64)>,
    /// Those with rows.
    pub batches: Vec<(u64, u64)>,
    /// The names of the fields.
    pub names: Vec<String>,
}

impl ArrowFooter {
    /// Reads it.
    ///
    /// # Errors
    /// `InvalidData`, also where messages overlap: an index that names one many times would make much of a short file.
    pub fn of(bytes: &[u8]) -> Result<Self, IngestError> {
        let footer = root_as_footer(bytes).map_err(|_| damaged())?;
        let places = |blocks: Vec<&Block>| blocks.into_iter().map(place).collect::<Result<Vec<_>, _>>();
        let dictionaries = places(footer.dictionaries().into_iter().flatten().collect())?;
        let batches = places(footer.recordBatches().into_iter().flatten().collect())?;
        let mut all: Vec<_> = dictionaries.iter().chain(&batches).copied().collect();
        all.sort_unstable();
        let overlaps = |((start, length), (next, _)): (&(u64, u64), &(u64, u64))| start.saturating_add(*length) > *next;
        if all.iter().zip(all.iter().skip(1)).any(overlaps) {
            return Err(damaged());
        }
        let fields = footer.schema().ok_or_else(damaged)?.fields().into_iter().flatten();
        let names = fields.map(|field| field.name().unwrap_or_default().to_owned()).collect();
        Ok(Self { dictionaries, batches, names })
    }
}

fn place(block: &Block) -> Result<(u64, u64), IngestError> {
    let size = |size: i64| u64::try_from(size).map_err(|_| damaged());
    let length = size(block.metaDataLength().into())?.checked_add(size(block.bodyLength())?).ok_or_else(damaged)?;
    Ok((size(block.offset())?, length))
}
