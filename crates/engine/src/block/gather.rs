//! From an arena and its text to one compact block: the only copy between the encoder and a worker.

use super::layout::{self, column, header, padded, read_u8, read_u32, section};
use super::{Block, FLAG_EXCEPTIONS, FLAG_MESSAGES, FLAG_SINGLE_KEY, MAGIC};
use crate::error::EngineError;

/// Copies the used part of `arena` and `text` into a compact block numbered `sequence`. `spare` is memory to reuse.
///
/// # Errors
/// `ERR_BLOCK_CORRUPT` when a section lies outside its buffer; nothing is kept then.
pub fn gather(arena: &[u8], text: &[u8], sequence: u64, spare: Vec<u64>) -> Result<Block, EngineError> {
    if read_u32(arena, 0)? != MAGIC {
        return Err(EngineError::corrupt("its magic or version is wrong"));
    }
    let rows = read_u32(arena, header::ROWS)? as usize;
    let columns = read_u32(arena, header::COLUMNS)? as usize;
    let flags = read_u32(arena, header::FLAGS)?;
    let head_bytes = layout::extent(columns, layout::DIRECTORY_ENTRY_BYTES)?.saturating_add(layout::HEADER_BYTES);
    let head = section(arena, 0, head_bytes, "the column directory")?;

    let mut words = spare;
    words.clear();
    let mut out = Gathering { words };
    out.append(head)?;
    if flags & FLAG_SINGLE_KEY == 0 {
        let keys = section(
            arena,
            read_u32(arena, header::KEYS)? as usize,
            layout::extent(rows, layout::KEY_BYTES)?,
            "the key column",
        )?;
        let at = out.append(keys)?;
        out.set_u32(header::KEYS, at)?;
    }
    for index in 0..columns {
        out.column(arena, text, rows, index)?;
    }
    if flags & FLAG_MESSAGES != 0 {
        let from = read_u32(arena, header::MESSAGES)? as usize;
        let length = layout::extent(read_u32(text, from)? as usize, super::messages::ENTRY_BYTES)?.saturating_add(8);
        let at = out.append(section(text, from, length, "the message section")?)?;
        out.set_u32(header::MESSAGES, at)?;
    }
    if flags & FLAG_EXCEPTIONS != 0 {
        let from = read_u32(arena, header::EXCEPTIONS)? as usize;
        let length = (read_u32(text, from.saturating_add(4))? as usize).saturating_add(8);
        let at = out.append(section(text, from, length, "the exception section")?)?;
        out.set_u32(header::EXCEPTIONS, at)?;
    }
    out.finish(sequence)
}

struct Gathering {
    words: Vec<u64>,
}

impl Gathering {
    /// Appends a section, padded; gives its offset.
    fn append(&mut self, bytes: &[u8]) -> Result<u32, EngineError> {
        let at = self.words.len();
        if let Ok(words) = bytemuck::try_cast_slice(bytes) {
            // Nearly every section: aligned in the arena, and a whole number of words.
            self.words.extend_from_slice(words);
            return offset_of(at);
        }
        let length = padded(bytes.len())?;
        self.words.resize(at.saturating_add(length / 8), 0);
        let target = self.words.get_mut(at..).map(bytemuck::cast_slice_mut::<u64, u8>);
        if let Some(target) = target.and_then(|target| target.get_mut(..bytes.len())) {
            target.copy_from_slice(bytes);
        }
        offset_of(at)
    }

    fn set_u32(&mut self, offset: usize, value: u32) -> Result<(), EngineError> {
        let bytes = bytemuck::cast_slice_mut::<u64, u8>(&mut self.words);
        let target = offset.checked_add(4).and_then(|end| bytes.get_mut(offset..end));
        target.ok_or_else(|| EngineError::corrupt("it is cut"))?.copy_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn column(&mut self, arena: &[u8], text: &[u8], rows: usize, index: usize) -> Result<(), EngineError> {
        let entry = layout::extent(index, layout::DIRECTORY_ENTRY_BYTES)?.saturating_add(layout::HEADER_BYTES);
        let field = |offset: usize| read_u32(arena, entry.saturating_add(offset)).map(|value| value as usize);
        let kind = read_u8(arena, entry.saturating_add(column::KIND))?;
        let width = layout::data_width(kind).ok_or_else(|| EngineError::corrupt("a column's kind is unknown"))?;
        if width > 0 {
            let at = self.append(section(arena, field(column::DATA)?, layout::extent(rows, width)?, "a column")?)?;
            self.set_u32(entry.saturating_add(column::DATA), at)?;
        }
        if read_u8(arena, entry.saturating_add(column::FLAGS))? & column::HAS_VALIDITY != 0 {
            let at = self.append(section(arena, field(column::VALIDITY)?, rows, "a column's validity")?)?;
            self.set_u32(entry.saturating_add(column::VALIDITY), at)?;
        }
        if kind == layout::KIND_TEXT {
            let at =
                self.append(section(text, field(column::TEXT)?, field(column::TEXT_BYTES)?, "a column's text")?)?;
            self.set_u32(entry.saturating_add(column::TEXT), at)?;
        }
        Ok(())
    }

    fn finish(mut self, sequence: u64) -> Result<Block, EngineError> {
        let total = u32::try_from(self.words.len().saturating_mul(8));
        self.set_u32(header::TOTAL_BYTES, total.map_err(|_| EngineError::corrupt("it is longer than 4 GiB"))?)?;
        if let Some(word) = self.words.get_mut(header::SEQUENCE / 8) {
            *word = sequence;
        }
        Ok(Block { words: self.words })
    }
}

/// The byte offset of a word.
fn offset_of(word: usize) -> Result<u32, EngineError> {
    u32::try_from(word.saturating_mul(8)).map_err(|_| EngineError::corrupt("it is longer than 4 GiB"))
}
