//! Tracks a block: decodes it, groups its rows by key, and brings each group to its partial profile.
//!
//! A failure of this program (a panic) while a partial is changed costs the rows that were being brought to it, and makes the partial doubtful: it
//! is written as a part of its own, and later rows open a fresh one. So no row is brought twice to what made it fail, and all others are
//! tracked as ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::accounting::Rejections;
use crate::block::{Block, Exception, Keys, MessageEntry};
use crate::column_limit::reject_excess_columns;
use crate::dataset::Key;
use crate::error::EngineError;
use crate::failure::{Site, report_panic};
use crate::open_set::{OpenSet, Place};
use crate::partial::{Columns, Partial, Rows, Scratch, ValueLimits};
use crate::segment::split;
use crate::shared::Shared;
use crate::staged::Form;

pub(crate) struct BlockTracker {
    shared: Arc<Shared>,
    limits: ValueLimits,
    scratch: Scratch,
    by_key: Vec<u32>,
    /// Partials that are to be written as they are, and take no more.
    doubtful: Vec<Partial>,
}

/// A decoded block.
pub(crate) struct Content<'a> {
    pub sequence: u64,
    pub rows: usize,
    pub columns: Columns<'a>,
    /// Ascending by key, row and column.
    pub exceptions: &'a [Exception<'a>],
    pub keys: Keys<'a>,
}

impl<'a> Content<'a> {
    pub fn key_of(&self, row: usize) -> u64 {
        match self.keys {
            Keys::Single(key) => key,
            Keys::Each(keys) => keys.number(row),
        }
    }

    /// The keys, each with its rows of `by_key`.
    pub fn groups<'b>(&self, by_key: &'b [u32]) -> impl Iterator<Item = (u64, Rows<'b>)> + use<'a, 'b> {
        let (single, many) = match self.keys {
            Keys::Single(key) => (Some((key, Rows::All)), None),
            Keys::Each(keys) => {
                let same = move |left: &u32, right: &u32| keys.bits(*left as usize) == keys.bits(*right as usize);
                let number = move |rows: &[u32]| rows.first().map_or(0, |&row| keys.number(row as usize));
                (None, Some(by_key.chunk_by(same).map(move |rows| (number(rows), Rows::Some(rows)))))
            }
        };
        single.into_iter().chain(many.into_iter().flatten())
    }
}

impl BlockTracker {
    pub fn new(shared: Arc<Shared>, limits: ValueLimits) -> Self {
        Self { shared, limits, scratch: Scratch::default(), by_key: Vec::new(), doubtful: Vec::new() }
    }

    /// The partials that became doubtful since this was asked last.
    pub fn take_doubtful(&mut self) -> Vec<Partial> {
        std::mem::take(&mut self.doubtful)
    }

    /// Brings the rows of a block to their partials; gives those that it could not bring.
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT`, `ERR_UNKNOWN_HANDLE`: none of its rows was tracked.
    pub fn track(
        &mut self,
        open: &mut OpenSet,
        block: &Block,
        sequence: u64,
        entries: &[MessageEntry],
    ) -> Result<Rejections, EngineError> {
        let view = block.view()?;
        let number = view.shape()?;
        let shape = self.shared.registry.shape(number)?;
        if shape.len() != view.columns() {
            return Err(EngineError::corrupt("it does not have its shape's columns"));
        }
        let columns = (0..view.columns()).map(|index| view.column(index)).collect::<Result<Vec<_>, _>>()?;
        let mut exceptions = view.exceptions()?;
        let keys = view.keys()?;
        if let Keys::Each(keys) = keys {
            exceptions.sort_by_key(|exception| keys.bits(exception.row));
        }
        let content = Content {
            sequence,
            rows: view.rows(),
            columns: Columns { number, shape: &shape, views: &columns, form: Form::of(&columns) },
            exceptions: &exceptions,
            keys,
        };
        self.order_by_key(open, &content)?;
        let mut rejections = Rejections::default();
        reject_excess_columns(open, &content, &self.by_key, entries, self.limits.max_columns, &mut rejections);
        self.track_groups(open, &content, &mut rejections);
        Ok(rejections)
    }

    /// Completes a partial that leaves this lane.
    pub fn complete(&mut self, partial: &mut Partial) {
        let completed = catch_unwind(AssertUnwindSafe(|| {
            self.shared.fail_at(Site::Complete, &partial.key);
            partial.settle(&self.limits, &mut self.scratch);
        }));
        if let Err(panic) = completed {
            self.scratch = Scratch::default();
            partial.doubtful = true;
            report_panic(&self.shared, Some(&partial.key), &*panic);
        }
    }

    /// Fills `by_key` with row numbers grouped by key, in row order inside a group, and opens each key's partial.
    fn order_by_key(&mut self, open: &mut OpenSet, content: &Content<'_>) -> Result<(), EngineError> {
        self.by_key.clear();
        if let Keys::Each(keys) = content.keys {
            self.by_key.extend(0..content.rows as u32);
            let bits = keys.all_bits();
            self.by_key.sort_by_key(|&row| bits[row as usize]);
        }
        for (number, _) in content.groups(&self.by_key) {
            if !open.has_key(number) {
                open.open(&self.shared.registry.key(number)?, &None);
            }
        }
        Ok(())
    }

    fn track_groups(&mut self, open: &mut OpenSet, content: &Content<'_>, rejections: &mut Rejections) {
        let mut by_key = std::mem::take(&mut self.by_key);
        if !rejections.is_empty() {
            if matches!(content.keys, Keys::Single(_)) {
                by_key.extend(0..content.rows as u32);
            }
            by_key.retain(|&row| !rejections.has(row as usize));
        }
        let mut exceptions = content.exceptions;
        for (number, rows) in content.groups(&by_key) {
            let of_group = match content.keys {
                Keys::Single(_) => exceptions,
                Keys::Each(_) => {
                    let first = exceptions.partition_point(|exception| content.key_of(exception.row) < number);
                    let end = exceptions.partition_point(|exception| content.key_of(exception.row) <= number);
                    let of_group = &exceptions[first..end];
                    exceptions = &exceptions[end..];
                    of_group
                }
            };
            let rows = match rows {
                Rows::All if !rejections.is_empty() => Rows::Some(&by_key),
                rows => rows,
            };
            if rows.count(content.rows) == 0 {
                continue;
            }
            let group = Group { rows: &rows, exceptions: of_group };
            if let Err(error) = self.track_group(open, content, number, &group) {
                match rows {
                    Rows::All => rejections.add(content.rows, 0..content.rows, error),
                    Rows::Some(rows) => rejections.add(content.rows, rows.iter().map(|&row| row as usize), error),
                }
            }
        }
        self.by_key = by_key;
    }

    fn track_group(
        &mut self,
        open: &mut OpenSet,
        content: &Content<'_>,
        number: u64,
        group: &Group<'_>,
    ) -> Result<(), EngineError> {
        let place = (number, None);
        let Some(partial) = open.get(&place) else { return Ok(()) };
        if partial.key.owner.plan.partitions.is_empty() {
            return self.change(open, &place, content.sequence, |partial, limits, scratch| {
                partial.track_columns(&content.columns, group.rows, group.rows.count(content.rows), limits, scratch);
                partial.track_exceptions(&content.columns, group.exceptions, group.rows, limits);
            });
        }
        let key = Arc::clone(&partial.key);
        self.change(open, &place, content.sequence, |partial, _, _| {
            let known = partial.prepare(content.columns.number, content.columns.shape.len());
            partial.note(known, &content.columns, group.rows);
            partial.note_exceptions(known, &content.columns, group.exceptions, group.rows);
        })?;
        let tracked = catch_unwind(AssertUnwindSafe(|| self.track_segments(open, content, &key, group)));
        tracked.unwrap_or_else(|panic| Err(report_panic(&self.shared, Some(&key), &*panic)))
    }

    /// Each partition's segments get all rows that it takes.
    fn track_segments(
        &mut self,
        open: &mut OpenSet,
        content: &Content<'_>,
        key: &Arc<Key>,
        group: &Group<'_>,
    ) -> Result<(), EngineError> {
        let Columns { shape, views: columns, .. } = content.columns;
        let (plan, exceptions) = (&key.owner.plan, group.exceptions);
        let mut is_taken = vec![false; content.rows];
        let mut outcome = Ok(());
        for partition in 0..plan.partitions.len() {
            let groups = match group.rows {
                Rows::All => split(plan, partition, shape, columns, exceptions, 0..content.rows as u32),
                Rows::Some(rows) => split(plan, partition, shape, columns, exceptions, rows.iter().copied()),
            };
            for (segment, rows) in groups {
                let mut repeated = 0;
                for &row in &rows {
                    repeated += u64::from(is_taken[row as usize]);
                    is_taken[row as usize] = true;
                }
                let segment = Some(segment);
                open.open(key, &segment);
                let tracked =
                    self.change(open, &(key.number, segment), content.sequence, |partial, limits, scratch| {
                        let rows = Rows::Some(&rows);
                        partial.track_columns(&content.columns, &rows, rows.count(content.rows), limits, scratch);
                        partial.track_exceptions(&content.columns, exceptions, &rows, limits);
                        partial.repeated_rows += repeated;
                    });
                outcome = outcome.and(tracked);
            }
        }
        let taken = is_taken.iter().filter(|&&taken| taken).count();
        self.shared.tell_unsegmented(key, (group.rows.count(content.rows) - taken) as u64);
        outcome
    }

    /// Changes a partial. If that fails, the partial is doubtful from now on, and without the rows that were being brought to it.
    pub fn change(
        &mut self,
        open: &mut OpenSet,
        place: &Place,
        sequence: u64,
        change: impl FnOnce(&mut Partial, &ValueLimits, &mut Scratch),
    ) -> Result<(), EngineError> {
        let Some(partial) = open.get_mut(place) else { return Ok(()) };
        let (rows, bytes) = (partial.rows, partial.bytes());
        let changed = catch_unwind(AssertUnwindSafe(|| {
            self.shared.fail_at(Site::Track, &partial.key);
            change(partial, &self.limits, &mut self.scratch);
        }));
        let Err(panic) = changed else {
            partial.touch(sequence);
            let now = partial.bytes();
            open.resized(bytes, now);
            return Ok(());
        };
        self.scratch = Scratch::default();
        let rows = partial.rows - rows;
        let error = report_panic(&self.shared, Some(&partial.key), &*panic);
        self.doubt(open, place, rows, 0);
        Err(error)
    }

    /// Makes a partial doubtful, and `rows` of it, `repeated` among them, none of its own: they are rejected.
    pub fn doubt(&mut self, open: &mut OpenSet, place: &Place, rows: u64, repeated: u64) {
        if let Some(mut partial) = open.remove(place) {
            partial.doubtful = true;
            self.doubtful.push(partial);
        }
        let is_it = |partial: &&mut Partial| partial.key.number == place.0 && partial.segment == place.1;
        if let Some(partial) = self.doubtful.iter_mut().rev().find(is_it) {
            partial.rows -= rows;
            partial.repeated_rows -= repeated;
        }
    }
}

/// The rows of a block that have one key.
struct Group<'a> {
    rows: &'a Rows<'a>,
    exceptions: &'a [Exception<'a>],
}
