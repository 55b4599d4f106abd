//! The sketch's bytes.
//!
//! ```text
//!  empty  01 01 0a lg_max lg 01 00 00
//!  else   04 01 0a lg_max lg 00 00 00  items: u32  0: u32  total: u64  offset: u64
//!         counts: u64 × items   then per item  length: u32, UTF-8 bytes
//! ```

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::table::{LG_START, Table};
use super::{Frequent, hash};
use crate::SketchError;
use crate::sketch::take;

const FAMILY: u8 = 10;
const EMPTY: u8 = 1;
/// Java and newer versions set this one for an empty sketch as well.
const ALSO_EMPTY: u8 = 4;
const LG_LARGEST: u8 = 26;
/// A table that says it has more slots an item than this is read into a smaller one, so that a short image cannot ask for much memory.
const SLOTS_PER_ITEM: usize = 8;

impl Frequent {
    pub(super) fn append_image(&self, out: &mut Vec<u8>) {
        let items: Vec<_> = self.table.items().collect();
        let (lg_max, lg) = (self.table.lg_max(), self.table.lg());
        if items.is_empty() {
            out.extend([1, 1, FAMILY, lg_max, lg, EMPTY, 0, 0]);
            return;
        }
        out.extend([4, 1, FAMILY, lg_max, lg, 0, 0, 0]);
        for word in [items.len() as u64, self.total, self.offset] {
            out.extend(word.to_le_bytes());
        }
        for (_, _, count) in &items {
            out.extend(count.to_le_bytes());
        }
        for (_, key, _) in &items {
            out.extend((key.len() as u32).to_le_bytes());
            out.extend(*key);
        }
    }

    pub(super) fn read_image(image: &[u8]) -> Result<Self, SketchError> {
        let mut rest = image;
        let [preamble, version, family, lg_max, lg, flags, _, _] = take::<8>(&mut rest)?;
        if family != FAMILY || version != 1 {
            return Err(SketchError::Preamble("sketch family or version"));
        }
        if !(LG_START..=LG_LARGEST).contains(&lg_max) || !(LG_START..=lg_max).contains(&lg) {
            return Err(SketchError::Preamble("table size"));
        }
        match (preamble, flags & (EMPTY | ALSO_EMPTY) != 0) {
            (1, true) => Ok(Self::new(lg_max)),
            (4, false) => Self::read_items(rest, lg_max, lg),
            _ => Err(SketchError::Preamble("preamble size or flags")),
        }
    }

    fn read_items(mut rest: &[u8], lg_max: u8, mut lg: u8) -> Result<Self, SketchError> {
        let items = u32::from_le_bytes(take(&mut rest)?) as usize;
        let _ = take::<4>(&mut rest)?;
        let total = u64::from_le_bytes(take(&mut rest)?);
        let offset = u64::from_le_bytes(take(&mut rest)?);
        let (counts, mut texts) = rest.split_at_checked(items.saturating_mul(8)).ok_or(SketchError::Truncated)?;
        let slots = |lg: u8| 1_usize << lg;
        if items == 0 || items.saturating_mul(4) > slots(lg).saturating_mul(3) {
            return Err(SketchError::Inconsistent("the items do not fit the table"));
        }
        while lg > LG_START && slots(lg) > items.saturating_mul(SLOTS_PER_ITEM) {
            lg = lg.saturating_sub(1);
        }
        let mut table = Table::new(lg, lg_max);
        for count in counts.as_chunks().0 {
            let len = u32::from_le_bytes(take(&mut texts)?) as usize;
            let (text, tail) = texts.split_at_checked(len).ok_or(SketchError::Truncated)?;
            texts = tail;
            if std::str::from_utf8(text).is_err() {
                return Err(SketchError::Inconsistent("an item is not UTF-8"));
            }
            let count = u64::from_le_bytes(*count);
            if count == 0 {
                return Err(SketchError::Inconsistent("an item has no count"));
            }
            let hash = hash::hash(text);
            let Err(slot) = table.find(hash, text) else {
                return Err(SketchError::Inconsistent("an item occurs twice"));
            };
            table.insert(slot, hash, text, count);
        }
        Ok(Self::of(table, total, offset))
    }
}
