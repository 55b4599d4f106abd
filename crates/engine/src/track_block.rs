//! Tracks a block: decodes it, groups its rows by key, and brings each group to its partial profile.
//!
//! A failure of this program (a panic) while a partial is changed costs the rows that were being brought to it, and makes the partial doubtful: it
//! is written as a part of its own, and later rows open a fresh one. So no row is brought twice to what made it fail, and all others are
//! tracked as ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::accounting::Rejections;
use crate::arrivals::{Group, Part, admit_parts, admit_rows};
use crate::block::{Block, Exception, Keys, MessageEntry};
use crate::error::{EngineError, too_many_columns};
use crate::failure::{Site, report_panic};
use crate::open_set::{OpenSet, Place};
use crate::partial::{Columns, OpenPartial, Partial, Rows, Scratch, ValueLimits};
use crate::segment::split;
use crate::shared::Shared;
use crate::staged::Form;

pub(crate) struct BlockTracker {
    shared: Arc<Shared>,
    limits: ValueLimits,
    scratch: Scratch,
    by_key: Vec<u32>,
    /// Partials that are to be written as they are, and take no more.
    doubtful: Vec<OpenPartial>,
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
    pub fn take_doubtful(&mut self) -> Vec<OpenPartial> {
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
        self.track_groups(open, &content, entries, &mut rejections);
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

    /// Looks at all rows before it tracks one: a message counts whole or not at all.
    fn track_groups(
        &mut self,
        open: &mut OpenSet,
        content: &Content<'_>,
        entries: &[MessageEntry],
        rejections: &mut Rejections,
    ) {
        let by_key = std::mem::take(&mut self.by_key);
        let mut exceptions = content.exceptions;
        let mut judged = Vec::new();
        let mut unfit = Vec::new();
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
            let Some(key) = open.get(&(number, None)).map(|partial| Arc::clone(&partial.key)) else { continue };
            let group = Group { key, rows, exceptions: of_group };
            match self.judge(open, content, &group, entries, &mut unfit) {
                Ok(parts) => judged.push((group, parts)),
                Err(error) => reject(content, &group.rows, error, rejections),
            }
        }
        reject_unfit(content, unfit, entries, self.shared.caps.columns, rejections);
        for (group, parts) in judged {
            let fit = (!rejections.is_empty()).then(|| fit_rows(content, &group.rows, rejections));
            let some = fit.as_deref().map(Rows::Some);
            let rows = some.as_ref().unwrap_or(&group.rows);
            if rows.count(content.rows) == 0 {
                continue;
            }
            let tracked = match parts {
                None => self.track_whole(open, content, &group, rows),
                Some(parts) => self.track_parts(open, content, &group, rows, parts),
            };
            if let Err(error) = tracked {
                reject(content, rows, error, rejections);
            }
        }
        self.by_key = by_key;
    }

    /// Tells the rows of a group apart, where it has segments, and adds those that there is no room for to `unfit`.
    fn judge(
        &self,
        open: &mut OpenSet,
        content: &Content<'_>,
        group: &Group<'_>,
        entries: &[MessageEntry],
        unfit: &mut Vec<u32>,
    ) -> Result<Option<Vec<Part>>, EngineError> {
        if !group.key.has_segments() {
            unfit.extend(admit_rows(open, content, group, entries));
            return Ok(None);
        }
        let judge = AssertUnwindSafe(|| {
            let mut parts = parts_of(content, group);
            unfit.extend(admit_parts(open, content, group, entries, &mut parts));
            Some(parts)
        });
        catch_unwind(judge).map_err(|panic| report_panic(&self.shared, Some(&group.key), &*panic))
    }

    fn track_whole(
        &mut self,
        open: &mut OpenSet,
        content: &Content<'_>,
        group: &Group<'_>,
        rows: &Rows<'_>,
    ) -> Result<(), EngineError> {
        let place = (group.key.number, None);
        self.change(open, &place, content.sequence, |partial, limits, scratch| {
            partial.track_columns(&content.columns, rows, rows.count(content.rows), limits, scratch);
            partial.track_exceptions(&content.columns, group.exceptions, rows, limits);
        })
    }

    /// Each partition's segments get all rows that it takes.
    fn track_parts(
        &mut self,
        open: &mut OpenSet,
        content: &Content<'_>,
        group: &Group<'_>,
        fit: &Rows<'_>,
        parts: Vec<Part>,
    ) -> Result<(), EngineError> {
        let mut is_taken = vec![false; content.rows];
        let mut outcome = Ok(());
        for Part { segment, mut rows } in parts {
            rows.retain(|&row| fit.contains(row as usize));
            if rows.is_empty() {
                continue;
            }
            let mut repeated = 0;
            for &row in &rows {
                repeated += u64::from(is_taken[row as usize]);
                is_taken[row as usize] = true;
            }
            // A failure may have closed it.
            open.open(&group.key, &segment);
            let place = (group.key.number, segment);
            let tracked = self.change(open, &place, content.sequence, |partial, limits, scratch| {
                let rows = Rows::Some(&rows);
                partial.track_columns(&content.columns, &rows, rows.count(content.rows), limits, scratch);
                partial.track_exceptions(&content.columns, group.exceptions, &rows, limits);
                partial.repeated_rows += repeated;
            });
            if tracked.is_ok() && place.1.is_some_and(|segment| segment.is_overflow()) {
                self.shared.tell_overflow(&group.key, rows.len() as u64);
            }
            outcome = outcome.and(tracked);
        }
        let taken = is_taken.iter().filter(|&&taken| taken).count();
        self.shared.tell_unsegmented(&group.key, (fit.count(content.rows) - taken) as u64);
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
        let is_it = |partial: &&mut OpenPartial| partial.key.number == place.0 && partial.segment == place.1;
        if let Some(partial) = self.doubtful.iter_mut().rev().find(is_it) {
            partial.rows -= rows;
            partial.repeated_rows -= repeated;
        }
    }
}

/// The rows of a group, told apart by each partition.
fn parts_of(content: &Content<'_>, group: &Group<'_>) -> Vec<Part> {
    let Columns { shape, views, .. } = content.columns;
    let (plan, exceptions) = (&group.key.owner.plan, group.exceptions);
    let mut parts = Vec::new();
    for partition in 0..plan.partitions.len() {
        let groups = match &group.rows {
            Rows::All => split(plan, partition, shape, views, exceptions, 0..content.rows as u32),
            Rows::Some(rows) => split(plan, partition, shape, views, exceptions, rows.iter().copied()),
        };
        parts.extend(groups.into_iter().map(|(segment, rows)| Part { segment: Some(segment), rows }));
    }
    parts
}

/// Rejects the messages of rows that there is no room for.
fn reject_unfit(
    content: &Content<'_>,
    mut unfit: Vec<u32>,
    entries: &[MessageEntry],
    most: usize,
    rejections: &mut Rejections,
) {
    if unfit.is_empty() {
        return;
    }
    unfit.sort_unstable();
    let mut rows: Vec<usize> = unfit.iter().map(|&row| row as usize).collect();
    for entry in entries {
        let of_entry = entry.first_row..entry.first_row + entry.rows;
        let first = unfit.partition_point(|&row| (row as usize) < of_entry.start);
        if unfit.get(first).is_some_and(|&row| of_entry.contains(&(row as usize))) {
            rows.extend(of_entry);
        }
    }
    rejections.add(content.rows, rows.into_iter(), too_many_columns(most));
}

fn fit_rows(content: &Content<'_>, rows: &Rows<'_>, rejections: &Rejections) -> Vec<u32> {
    let is_fit = |row: &u32| !rejections.has(*row as usize);
    match rows {
        Rows::All => (0..content.rows as u32).filter(is_fit).collect(),
        Rows::Some(rows) => rows.iter().copied().filter(is_fit).collect(),
    }
}

fn reject(content: &Content<'_>, rows: &Rows<'_>, error: EngineError, rejections: &mut Rejections) {
    match rows {
        Rows::All => rejections.add(content.rows, 0..content.rows, error),
        Rows::Some(rows) => rejections.add(content.rows, rows.iter().map(|&row| row as usize), error),
    }
}
