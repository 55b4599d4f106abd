//! The values that a column has for some rows of a row group.

use std::ops::Range;

use crate::positioned::Positioned;

use super::damage::{Damage, Fallible, bad};
use super::data::Data;
use super::footer::Chunk;
use super::levels::Levels;
use super::lists::Lists;
use super::page::{DataPage, dictionary};
use super::schema::{Column, Kind, Shape};
use super::values::{self, Portion};
use super::walk::Walk;

/// So many levels are looked at together.
const BLOCK: usize = 4096;

/// A column's values for some rows.
#[derive(Debug)]
pub(super) struct Values {
    /// Which rows have one; `None`: all.
    pub present: Option<Vec<bool>>,
    /// Those that there are.
    pub data: Data,
}

impl Values {
    /// Whether a row has one.
    pub fn has(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|present| present.get(row).is_some_and(|is| *is))
    }
}

/// Where a column's values lie, of which rows.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub file: &'a Positioned,
    pub chunk: &'a Chunk,
    pub column: &'a Column,
    /// What they count as.
    pub kind: Kind,
    /// Rows of the row group.
    pub rows: Range<u64>,
}

impl Request<'_> {
    const fn levels(&self) -> (u16, u16) {
        (self.column.max_definition, self.column.max_repetition)
    }

    const fn count(&self) -> usize {
        (self.rows.end - self.rows.start) as usize
    }

    /// Reads the values. `walk` is at the page in which the first row begins, or before. Texts take of the `room` that there is.
    ///
    /// # Errors
    /// `Short`, `Bad`, `Io`; `TooMuch`, where there is no room.
    pub fn read(&self, mut walk: Walk, room: &mut usize) -> Fallible<Values> {
        let first = walk.go_to(self.file, self.chunk, self.levels(), self.rows.start)?;
        let skip = usize::try_from(self.rows.start - first).map_err(|_| Damage::Short)?;
        if self.column.max_repetition > 0 { self.lists(walk, skip) } else { self.flat(walk, skip, room) }
    }

    /// A value, or its lack, a row.
    fn flat(&self, mut walk: Walk, mut skip: usize, room: &mut usize) -> Fallible<Values> {
        let mut data = Data::of(self.kind);
        let mut present = Vec::new();
        let mut entries = None;
        let mut left = self.count();
        while left > 0 {
            let page = walk.next(self.file, self.chunk, self.levels())?.ok_or_else(too_few)?;
            let take = page.values.saturating_sub(skip).min(left);
            let least = self.least_level();
            let (mut passed, mut taken) = (0, 0);
            let mut levels = Levels::new(&page, &page.definition, self.column.max_definition)?;
            levels.take(skip, |level, times| {
                passed += if level >= least { times } else { 0 };
                Ok(())
            })?;
            levels.take(take, |level, times| {
                taken += if level >= least { times } else { 0 };
                present.resize(present.len() + times, level >= least);
                Ok(())
            })?;
            let portion = Portion { physical: self.column.physical, kind: self.kind, skip: passed, take: taken };
            self.page(&page, portion, &walk, &mut entries, &mut data, room)?;
            left -= take;
            skip = 0;
        }
        Ok(Values { present: present.contains(&false).then_some(present), data })
    }

    /// The level from which on a value is there.
    const fn least_level(&self) -> u32 {
        match self.column.shape {
            Shape::Flat => self.column.max_definition as u32,
            // Of a group only counts whether it is there itself.
            Shape::Whole | Shape::Lists => self.column.is_optional as u32,
        }
    }

    fn page(
        &self,
        page: &DataPage,
        portion: Portion,
        walk: &Walk,
        entries: &mut Option<Data>,
        data: &mut Data,
        room: &mut usize,
    ) -> Fallible<()> {
        if let Data::Objects(count) = data {
            *count += portion.take;
            return Ok(());
        }
        if portion.take == 0 {
            return Ok(());
        }
        if !values::is_coded(page.encoding) {
            return values::read(page.values(), page.encoding, portion, data, room);
        }
        let entries = match entries {
            Some(entries) => entries,
            None => entries.insert(self.entries(walk)?),
        };
        values::read_coded(page.values(), entries, portion, data)
    }

    /// Reads the dictionary.
    fn entries(&self, walk: &Walk) -> Fallible<Data> {
        let header = walk.dictionary.as_ref().ok_or_else(|| bad("its dictionary is missing"))?;
        let (bytes, count) = dictionary(self.file, self.chunk, header)?;
        let mut data = Data::of(self.kind);
        let portion = Portion { physical: self.column.physical, kind: self.kind, skip: 0, take: count };
        // It is as large as a page, whatever the rows are that name its entries.
        values::read(&bytes, 0, portion, &mut data, &mut bytes.len().clone())?;
        Ok(data)
    }

    /// Any number of values a row.
    fn lists(&self, mut walk: Walk, skip: usize) -> Fallible<Values> {
        let mut lists = Lists::new(self.column, skip, self.count());
        while !lists.is_full() {
            let Some(page) = walk.next(self.file, self.chunk, self.levels())? else { break };
            let mut definitions = Levels::new(&page, &page.definition, self.column.max_definition)?;
            let mut repetitions = Levels::new(&page, &page.repetition, self.column.max_repetition)?;
            let mut left = page.values;
            while left > 0 && !lists.is_full() {
                let count = left.min(BLOCK);
                left -= count;
                let definitions = runs(&mut definitions, count)?;
                let repetitions = runs(&mut repetitions, count)?;
                lists.add_runs(&repetitions, &definitions);
            }
        }
        lists.finish().ok_or_else(too_few)
    }
}

/// The next levels, with how often each comes.
fn runs(levels: &mut Levels<'_>, count: usize) -> Fallible<Vec<(u32, usize)>> {
    let mut runs = Vec::new();
    levels.take(count, |level, times| {
        runs.push((level, times));
        Ok(())
    })?;
    Ok(runs)
}

const fn too_few() -> Damage {
    bad("it has fewer values than rows")
}
