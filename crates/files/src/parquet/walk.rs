//! The way through the pages of a column in a row group: to the page where a row begins, without reading those before.

use crate::positioned::Positioned;

use super::damage::{Damage, Fallible, bad};
use super::footer::Chunk;
use super::levels::rows_that_begin;
use super::page::{DataPage, Header, PageKind};

/// What a chunk may be longer than it says, since an old writer forgot the header of the dictionary.
const FORGOTTEN_BYTES: u64 = 100;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    at: u64,
    end: u64,
    /// Rows that begin before this page.
    row: u64,
    /// Values from this page on.
    values_left: u64,
    /// The header of the chunk's dictionary.
    pub dictionary: Option<Header>,
    /// That of the page here, and how many rows begin in it, where that was asked for.
    here: Option<(Header, Option<u64>)>,
}

impl Walk {
    /// To the start of a chunk, of a file whose pages end before `limit`.
    pub fn new(chunk: &Chunk, limit: u64) -> Fallible<Self> {
        // Some writers say that it is at 0 where there is none.
        let dictionary_at = chunk.dictionary_at.filter(|at| (4..chunk.data_at).contains(at));
        let at = dictionary_at.unwrap_or(chunk.data_at);
        let end = at.checked_add(chunk.packed).filter(|end| at >= 4 && *end <= limit);
        let end = end.ok_or_else(|| bad("its pages lie outside of the file"))?;
        let end = limit.min(end + FORGOTTEN_BYTES);
        Ok(Self { at, end, row: 0, values_left: chunk.values, dictionary: None, here: None })
    }

    /// Goes to the page in which row `row` begins; gives the row that begins first in it.
    ///
    /// # Errors
    /// `Short` where there is none; those of pages on the way.
    pub fn go_to(&mut self, file: &Positioned, chunk: &Chunk, levels: (u16, u16), row: u64) -> Fallible<u64> {
        loop {
            let Some(header) = self.find(file)? else { return Err(Damage::Short) };
            let rows = match (&self.here, &header.kind) {
                (Some((_, Some(rows))), _) => *rows,
                (_, PageKind::DataV2 { rows, .. }) if levels.1 > 0 => *rows,
                _ if levels.1 > 0 => rows_that_begin(&DataPage::read(file, chunk, &header, levels)?, levels.1)?,
                _ => header.values(),
            };
            self.here = Some((header, Some(rows)));
            if row < self.row.saturating_add(rows) {
                return Ok(self.row);
            }
            self.step();
        }
    }

    /// Reads the page here, and goes behind it; `None`: that was all.
    pub fn next(&mut self, file: &Positioned, chunk: &Chunk, levels: (u16, u16)) -> Fallible<Option<DataPage>> {
        let Some(header) = self.find(file)? else { return Ok(None) };
        let page = DataPage::read(file, chunk, &header, levels)?;
        self.step();
        Ok(Some(page))
    }

    fn step(&mut self) {
        if let Some((header, rows)) = self.here.take() {
            self.at = header.next_at();
            self.row = self.row.saturating_add(rows.unwrap_or(0));
            self.values_left = self.values_left.saturating_sub(header.values());
        }
    }

    /// The header of the page of values that is here; `None`: that was all.
    fn find(&mut self, file: &Positioned) -> Fallible<Option<Header>> {
        if let Some((header, _)) = &self.here {
            return Ok(Some(header.clone()));
        }
        if self.values_left == 0 {
            return Ok(None);
        }
        loop {
            let header = Header::read(file, self.at, self.end)?;
            match &header.kind {
                PageKind::Data { .. } | PageKind::DataV2 { .. } => {
                    self.here = Some((header.clone(), None));
                    return Ok(Some(header));
                }
                PageKind::Dictionary { .. } if self.dictionary.is_some() => {
                    return Err(bad("it has more than one dictionary"));
                }
                PageKind::Dictionary { .. } => {
                    self.at = header.next_at();
                    self.dictionary = Some(header);
                }
                PageKind::Other => self.at = header.next_at(),
            }
        }
    }
}
