//! Blocks: how rows travel, columnar, from the encoder to a worker.
//!
//! `ARCHITECTURE.md` draws the layout (version 2). An *arena* is what the encoder fills: sections as wide as its capacity, text in a buffer
//! of its own. [`gather`] checks it and copies it into a compact [`Block`]; [`Block::view`] checks that and reads it. Nothing here
//! trusts an offset, a length or a count before it has been checked, and nothing panics.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod exceptions;
mod gather;
mod layout;
mod messages;
mod view;

pub use exceptions::{Exception, ExceptionValue};
pub use gather::gather;
pub use layout::{ABSENT, FLAG_EXCEPTIONS, FLAG_MESSAGES, FLAG_SINGLE_KEY, MAGIC, NULL, VALUE};
pub use messages::MessageEntry;
pub use rolling_profiles_ingest::Texts;
pub use view::{BlockView, ColumnData, ColumnView, Declared, KeyColumn, Keys};

use crate::error::EngineError;

/// One compact block. Words rather than bytes, so that sections of doubles are aligned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    words: Vec<u64>,
}

impl Block {
    /// A block from compact bytes, as [`Block::as_bytes`] gave them; the length is a multiple of 8 in every block.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut words = vec![0u64; bytes.len().div_ceil(8)];
        if let Some(target) = bytemuck::cast_slice_mut::<u64, u8>(&mut words).get_mut(..bytes.len()) {
            target.copy_from_slice(bytes);
        }
        Self { words }
    }

    /// All its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.words)
    }

    /// How many bytes it occupies.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether it has no bytes at all; such a block has no view.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Its checked view.
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT`, naming what does not hold.
    pub fn view(&self) -> Result<BlockView<'_>, EngineError> {
        BlockView::new(self.as_bytes())
    }

    /// Gives the memory back, to gather the next block into.
    #[must_use]
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }
}
