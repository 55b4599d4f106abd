//! The message section: which rows came in one call of `log`, and who waits for them.

use super::layout::{extent, read_u32, read_u64, section};
use crate::error::EngineError;

pub(super) const ENTRY_BYTES: usize = 24;
const CONTINUES: u32 = 1;

/// A message of several rows, or one that somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageEntry {
    /// Its first row in this block.
    pub first_row: usize,
    /// How many rows of this block it has; at least one.
    pub rows: usize,
    /// Whether more of its rows come in a later block: only the last part counts as a message.
    pub continues: bool,
    /// Who waits; 0: nobody.
    pub waiter: u64,
}

pub(super) fn read(bytes: &[u8], offset: usize, rows: usize) -> Result<Vec<MessageEntry>, EngineError> {
    let count = read_u32(bytes, offset)? as usize;
    let entries = section(bytes, offset.saturating_add(8), extent(count, ENTRY_BYTES)?, "the message section")?;
    let mut messages = Vec::with_capacity(count);
    let mut free_from = 0;
    for entry in entries.chunks_exact(ENTRY_BYTES) {
        let message = MessageEntry {
            first_row: read_u32(entry, 0)? as usize,
            rows: read_u32(entry, 4)? as usize,
            continues: read_u32(entry, 8)? & CONTINUES != 0,
            waiter: read_u64(entry, 16)?,
        };
        let end = message.first_row.saturating_add(message.rows);
        if message.rows == 0 || message.first_row < free_from || end > rows {
            return Err(EngineError::corrupt("a message's rows overlap or are not there"));
        }
        free_from = end;
        messages.push(message);
    }
    Ok(messages)
}
