//! A sketching thread: decodes blocks, tracks their rows in partial profiles, and answers barriers.
//!
//! A worker owns its partials; nothing here is shared but counters, the budget and the watermark. A panic while a block is handled rejects that
//! block's rows and is reported; the worker goes on with the next one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use rustc_hash::FxBuildHasher;

use crate::block::{Block, BlockView, ColumnView, Exception, Keys, MessageEntry};
use crate::budget::Charge;
use crate::coordinator::Command;
use crate::error::{EngineError, ErrorCode};
use crate::event::Event;
use crate::lane::{HandOver, LaneMessage, Takes};
use crate::open_set::OpenSet;
use crate::partial::{Columns, Partial, Rows, Scratch, ValueLimits, touches};
use crate::raw_lane::RawLane;
use crate::registry::{Retiring, Shape};
use crate::segment::split;
use crate::shared::Shared;
use crate::staged::Form;
use crate::stats::add;

pub(crate) struct Worker {
    lane: usize,
    shared: Arc<Shared>,
    commands: Sender<Command>,
    limits: ValueLimits,
    /// By key number, which the engine itself gives.
    partials: OpenSet<u32, FxBuildHasher>,
    /// Partials whose key number went back before they were taken.
    orphans: Vec<Partial>,
    scratch: Scratch,
    by_key: Vec<u32>,
    raw: RawLane,
    /// The most that open profiles of this lane may take of memory, about.
    max_open_bytes: u64,
    /// What stands behind a barrier that waits for parked raw messages, with the barrier itself.
    held: VecDeque<LaneMessage>,
}

/// Rows that will not be tracked, and why.
struct Rejection {
    rows: Vec<bool>,
    error: EngineError,
}

impl Worker {
    pub fn new(
        lane: usize,
        shared: Arc<Shared>,
        commands: Sender<Command>,
        limits: ValueLimits,
        raw: RawLane,
        max_open_bytes: u64,
    ) -> Self {
        Self {
            lane,
            shared,
            commands,
            limits,
            partials: OpenSet::default(),
            orphans: Vec::new(),
            scratch: Scratch::default(),
            by_key: Vec::new(),
            raw,
            max_open_bytes,
            held: VecDeque::new(),
        }
    }

    /// Works until the stop flag is raised or the lane's other end is gone.
    pub fn run(mut self, lane: &Receiver<LaneMessage>) {
        for message in lane {
            if self.shared.stop.is_raised() {
                return;
            }
            match message {
                LaneMessage::Answer(answer) => {
                    self.raw.answer(&answer);
                    self.go_on();
                }
                LaneMessage::Wake => {}
                message if self.held.is_empty() => self.take(message),
                message => self.hold(message),
            }
        }
    }

    fn take(&mut self, message: LaneMessage) {
        match message {
            LaneMessage::Block { block, sequence, bytes, messages, rows } => {
                self.block(&block, sequence, rows, messages);
                self.shared.recycle(block);
                self.write_early();
                if self.shared.budget.give(Charge { bytes, messages }) {
                    self.shared.sink.emit(Event::Drained);
                }
            }
            LaneMessage::Raw(ticket, message) => {
                self.raw.take(*ticket, message);
                self.write_early();
            }
            LaneMessage::Barrier { .. } if self.raw.waits() => self.hold(message),
            LaneMessage::Barrier { number, takes } => self.hand_over(number, takes),
            LaneMessage::Retire(retired) => self.retire(retired.what),
            LaneMessage::Answer(_) | LaneMessage::Wake => {}
        }
    }

    /// A barrier waits for what is parked before it, and everything behind waits for the barrier.
    fn hold(&mut self, message: LaneMessage) {
        self.shared.budget.stick(message.charge());
        self.held.push_back(message);
    }

    /// Takes what was held, up to a barrier that has to wait for what was parked meanwhile.
    fn go_on(&mut self) {
        loop {
            match self.held.front() {
                None => return,
                Some(LaneMessage::Barrier { .. }) if self.raw.waits() => return,
                Some(_) => {}
            }
            let Some(message) = self.held.pop_front() else { return };
            self.shared.budget.unstick(message.charge());
            self.take(message);
        }
    }

    fn block(&mut self, block: &Block, sequence: u64, rows: u64, messages: u64) {
        let entries = block.view().and_then(|view| view.messages()).unwrap_or_default();
        let outcome = catch_unwind(AssertUnwindSafe(|| self.track(block, sequence, &entries)));
        let rejection = match outcome {
            Ok(Ok(rejection)) => rejection,
            Ok(Err(error)) => Some(Rejection { rows: Vec::new(), error }),
            Err(panic) => Some(Rejection { rows: Vec::new(), error: self.tell_panic(&*panic) }),
        };
        let waiters =
            entries.iter().filter(|entry| !entry.continues && entry.waiter != 0).map(|entry| entry.waiter).collect();
        let failed = self.count(&entries, rows, messages, rejection, block);
        let settled = self.shared.watermark.complete(sequence, waiters, failed);
        if !settled.is_empty() {
            self.shared.sink.emit(Event::Settled(settled));
        }
    }

    fn tell_panic(&self, panic: &(dyn std::any::Any + Send)) -> EngineError {
        let error = EngineError::new(ErrorCode::Internal, format!("a worker failed: {}", panic_text(panic)));
        self.shared.sink.emit(Event::Error(error.clone()));
        error
    }

    /// Books rows and messages as tracked or rejected; gives the waiters of rejected ones.
    fn count(
        &self,
        entries: &[MessageEntry],
        rows: u64,
        messages: u64,
        rejection: Option<Rejection>,
        block: &Block,
    ) -> Vec<(u64, EngineError)> {
        let counters = &self.shared.counters;
        let Some(Rejection { rows: unfit, error }) = rejection else {
            add(&counters.tracked_rows, rows);
            add(&counters.tracked_messages, messages);
            return Vec::new();
        };
        // An empty list stands for the whole block.
        let is_unfit = |row: usize| unfit.is_empty() || unfit.get(row).copied().unwrap_or(false);
        let unfit_rows = (0..rows as usize).filter(|&row| is_unfit(row)).count() as u64;
        let mut unfit_messages = 0;
        let mut alone = unfit_rows;
        let mut failed = Vec::new();
        for entry in entries {
            let inside = (entry.first_row..entry.first_row + entry.rows).filter(|&row| is_unfit(row)).count() as u64;
            alone -= inside;
            if inside > 0 {
                unfit_messages += u64::from(!entry.continues);
                if entry.waiter != 0 {
                    failed.push((entry.waiter, error.clone()));
                }
            }
        }
        unfit_messages += alone;
        add(&counters.rejected_rows, unfit_rows);
        add(&counters.rejected_messages, unfit_messages);
        add(&counters.tracked_rows, rows - unfit_rows);
        add(&counters.tracked_messages, messages - unfit_messages);
        let owner = self.owner_of(block);
        self.shared.sink.emit(Event::Rejected {
            dataset: owner.as_ref().map(|(dataset, _)| dataset.clone()),
            org: owner.and_then(|(_, org)| org),
            error,
            messages: unfit_messages,
            rows: unfit_rows,
        });
        failed
    }

    fn owner_of(&self, block: &Block) -> Option<(String, Option<String>)> {
        let Keys::Single(number) = block.view().ok()?.keys().ok()? else { return None };
        let key = self.shared.registry.key(number).ok()?;
        Some((key.owner.id.clone(), key.owner.org.clone()))
    }

    fn track(
        &mut self,
        block: &Block,
        sequence: u64,
        entries: &[MessageEntry],
    ) -> Result<Option<Rejection>, EngineError> {
        let view = block.view()?;
        let number = view.shape()?;
        let shape = self.shared.registry.shape(number)?;
        if shape.len() != view.columns() {
            return Err(EngineError::corrupt("it does not have its shape's columns"));
        }
        let columns = (0..view.columns()).map(|index| view.column(index)).collect::<Result<Vec<_>, _>>()?;
        let exceptions = view.exceptions()?;
        let keys = view.keys()?;
        self.order_by_key(&view, keys)?;
        let unfit = self.over_column_limit(&view, keys, &shape, &columns, &exceptions, entries);
        let content = Content {
            sequence,
            rows: view.rows(),
            columns: Columns { number, shape: &shape, views: &columns, form: Form::of(&columns) },
            exceptions: &exceptions,
            keys,
        };
        self.track_groups(&content, unfit.as_ref().map(|rejection| rejection.rows.as_slice()));
        Ok(unfit)
    }

    /// Fills `by_key` with row numbers grouped by key, in row order inside a group, and opens each key's partial.
    fn order_by_key(&mut self, view: &BlockView<'_>, keys: Keys<'_>) -> Result<(), EngineError> {
        self.by_key.clear();
        match keys {
            Keys::Single(key) => self.open(key),
            Keys::Each(keys) => {
                self.by_key.extend(0..view.rows() as u32);
                self.by_key.sort_by_key(|&row| keys[row as usize]);
                let mut last = None;
                for &key in keys {
                    if last != Some(key) {
                        self.open(key)?;
                        last = Some(key);
                    }
                }
                Ok(())
            }
        }
    }

    fn open(&mut self, number: u32) -> Result<(), EngineError> {
        let place = (number, None);
        if self.partials.contains(&place) {
            return Ok(());
        }
        let key = self.shared.registry.key(number)?;
        let seed = self.shared.seed_for(&key, self.lane);
        self.partials.insert(place, Partial::new(key, None, self.shared.clock.now_ms(), seed));
        Ok(())
    }

    /// Rows of messages that would give their profile more columns than the limit: rare, so looked for only when a shape might.
    fn over_column_limit(
        &self,
        view: &BlockView<'_>,
        keys: Keys<'_>,
        shape: &Shape,
        columns: &[ColumnView<'_>],
        exceptions: &[Exception<'_>],
        entries: &[MessageEntry],
    ) -> Option<Rejection> {
        let may_exceed = |key: u32| {
            self.partials.get(&(key, None)).is_some_and(|partial| {
                partial.profile.column_count() + shape.len() > self.limits.max_columns
                    && partial.columns_with(shape) > self.limits.max_columns
            })
        };
        let suspects: HashSet<u32> = match keys {
            Keys::Single(key) => HashSet::from_iter(may_exceed(key).then_some(key)),
            Keys::Each(keys) => {
                let groups = self.by_key.chunk_by(|&left, &right| keys[left as usize] == keys[right as usize]);
                groups.map(|group| keys[group[0] as usize]).filter(|&key| may_exceed(key)).collect()
            }
        };
        if suspects.is_empty() {
            return None;
        }
        let key_of = |row: usize| match keys {
            Keys::Single(key) => key,
            Keys::Each(keys) => keys[row],
        };
        let mut unfit = vec![false; view.rows()];
        // Columns of this shape that earlier rows of this block bring to a key's profile.
        let mut coming: HashMap<u32, Vec<usize>> = HashMap::new();
        for (row, unfit) in unfit.iter_mut().enumerate() {
            let key = key_of(row);
            if !suspects.contains(&key) {
                continue;
            }
            let Some(partial) = self.partials.get(&(key, None)) else { continue };
            let known = partial.profile.column_count();
            let coming = coming.entry(key).or_default();
            let is_exception = |index| exceptions.iter().any(|entry| entry.row == row && entry.column == index);
            let is_new = |index: usize| {
                (touches(&columns[index], row) || is_exception(index))
                    && !coming.contains(&index)
                    && partial.profile.get(&shape[index]).is_none()
            };
            let new: Vec<usize> = (0..shape.len()).filter(|&index| is_new(index)).collect();
            if !new.is_empty() && known + coming.len() + new.len() > self.limits.max_columns {
                *unfit = true;
            } else {
                coming.extend(new);
            }
        }
        if !unfit.contains(&true) {
            return None;
        }
        for entry in entries {
            let part = &mut unfit[entry.first_row..entry.first_row + entry.rows];
            if part.contains(&true) {
                part.fill(true);
            }
        }
        let limit = self.limits.max_columns;
        let message = format!("a profile would have more than {limit} columns (limits.maxColumns)");
        Some(Rejection { rows: unfit, error: EngineError::new(ErrorCode::TooManyColumns, message) })
    }

    fn track_groups(&mut self, content: &Content<'_>, unfit: Option<&[bool]>) {
        let mut by_key = std::mem::take(&mut self.by_key);
        match (content.keys, unfit) {
            (Keys::Single(key), None) => {
                self.track_group(content, key, &Rows::All, content.rows);
            }
            (Keys::Single(key), Some(unfit)) => {
                by_key.extend((0..unfit.len() as u32).filter(|&row| !unfit[row as usize]));
                self.track_group(content, key, &Rows::Some(&by_key), by_key.len());
            }
            (Keys::Each(keys), unfit) => {
                if let Some(unfit) = unfit {
                    by_key.retain(|&row| !unfit[row as usize]);
                }
                for group in by_key.chunk_by(|&left, &right| keys[left as usize] == keys[right as usize]) {
                    self.track_group(content, keys[group[0] as usize], &Rows::Some(group), group.len());
                }
            }
        }
        self.by_key = by_key;
        for exception in content.exceptions {
            if unfit.is_some_and(|unfit| unfit[exception.row]) {
                continue;
            }
            let key = match content.keys {
                Keys::Single(key) => key,
                Keys::Each(keys) => keys[exception.row],
            };
            if let Some(partial) = self.partials.get_mut(&(key, None))
                && partial.key.owner.plan.partitions.is_empty()
            {
                let Columns { number, shape, .. } = content.columns;
                let place = partial.prepare(number, shape.len());
                partial.track_exception(place, &shape[exception.column], exception, &self.limits);
            }
        }
    }

    fn track_group(&mut self, content: &Content<'_>, key: u32, rows: &Rows<'_>, count: usize) {
        if count == 0 {
            return;
        }
        let place = (key, None);
        let Some(partial) = self.partials.get_mut(&place) else { return };
        if !partial.key.owner.plan.partitions.is_empty() {
            let known = partial.prepare(content.columns.number, content.columns.shape.len());
            partial.note(known, &content.columns, rows);
            self.track_segments(content, key, rows, count);
            return;
        }
        partial.track_columns(&content.columns, rows, count, &self.limits, &mut self.scratch);
        self.partials.touch(&place, content.sequence);
    }

    /// Each partition's segments get all rows that it takes.
    fn track_segments(&mut self, content: &Content<'_>, number: u32, rows: &Rows<'_>, count: usize) {
        let Some(key) = self.partials.get(&(number, None)).map(|partial| Arc::clone(&partial.key)) else { return };
        let (Columns { shape, views: columns, .. }, exceptions) = (content.columns, content.exceptions);
        let mut is_taken = vec![false; content.rows];
        for partition in 0..key.owner.plan.partitions.len() {
            let groups = match rows {
                Rows::All => split(&key.owner.plan, partition, shape, columns, exceptions, 0..content.rows as u32),
                Rows::Some(rows) => split(&key.owner.plan, partition, shape, columns, exceptions, rows.iter().copied()),
            };
            for (segment, rows) in groups {
                for &row in &rows {
                    is_taken[row as usize] = true;
                }
                let place = (number, Some(segment));
                if !self.partials.contains(&place) {
                    let seed = self.shared.seed_for(&key, self.lane);
                    let now_ms = self.shared.clock.now_ms();
                    let partial = Partial::new(Arc::clone(&key), place.1.clone(), now_ms, seed);
                    self.partials.insert(place.clone(), partial);
                }
                let Some(partial) = self.partials.get_mut(&place) else { continue };
                partial.track_rows(&content.columns, exceptions, &rows, &self.limits, &mut self.scratch);
                self.partials.touch(&place, content.sequence);
            }
        }
        let taken = is_taken.iter().filter(|&&taken| taken).count();
        self.shared.tell_unsegmented(&key, (count - taken) as u64);
    }

    /// Hands over the least recently used profiles where all of them take too much memory: they are written now, as parts.
    fn write_early(&mut self) {
        let (blocks, raw) = (self.partials.bytes(), self.raw.open_bytes());
        if blocks + raw <= self.max_open_bytes {
            return;
        }
        // A quarter at a time, so that the search is rare.
        let excess = blocks + raw - self.max_open_bytes / 4 * 3;
        let mut partials = if blocks >= raw { self.partials.evict(excess) } else { self.raw.evict(excess) };
        self.settle(&mut partials);
        self.commands.send(Command::Early(partials)).ok();
    }

    fn hand_over(&mut self, barrier: u64, takes: Takes) {
        let mut partials: Vec<Partial> = if takes.copies() {
            let open = self.partials.values().chain(&self.orphans);
            open.filter(|partial| takes.concerns(&partial.key)).cloned().collect()
        } else {
            self.partials
                .take(takes)
                .into_iter()
                .chain(self.orphans.extract_if(.., |partial| takes.concerns(&partial.key)))
                .collect()
        };
        // Behind the others, where the sort finds them alike.
        partials.extend(self.raw.hand_over(takes));
        // Hash order means nothing; the coordinator merges in an order that does not depend on it.
        partials.sort_by_cached_key(|partial| {
            (partial.key.dataset, partial.key.bucket, partial.segment.clone(), partial.rows)
        });
        partials.retain(|partial| partial.rows > 0);
        self.settle(&mut partials);
        let hand_over = HandOver { barrier, lane: self.lane, partials };
        // The coordinator is gone only when the engine stops; then nobody waits for this.
        self.commands.send(Command::HandOver(hand_over)).ok();
    }

    /// Completes profiles that leave this lane.
    fn settle(&mut self, partials: &mut [Partial]) {
        for partial in partials {
            let settled = catch_unwind(AssertUnwindSafe(|| partial.settle(&self.limits, &mut self.scratch)));
            if let Err(panic) = settled {
                self.tell_panic(&*panic);
            }
        }
    }

    fn retire(&mut self, what: Retiring) {
        match what {
            Retiring::Key(number) => self.orphans.extend(self.partials.remove(number)),
            Retiring::Shape(number) => {
                self.partials.values_mut().chain(&mut self.orphans).for_each(|partial| partial.forget_shape(number));
            }
        }
    }
}

/// A decoded block.
struct Content<'a> {
    sequence: u64,
    rows: usize,
    columns: Columns<'a>,
    exceptions: &'a [Exception<'a>],
    keys: Keys<'a>,
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown panic")
}
