//! Raw messages on one lane: read, tracked in partial profiles of their own, or parked until their dataset is open.
//!
//! ```text
//!            ┌── read ──┬── dataset open ──────────────► tracked ──► done
//! message ───┤          └── not open ──► parked ──answer──┤
//!            └── unfit ─────────────────────────────────► rejected ──► done
//! ```
//!
//! Invariants: messages of one dataset keep their order, so one that finds another parked is parked behind it. A parked message is not done: its
//! sequence number holds the watermark, its bytes count, and a barrier behind it waits (see `worker`). What is parked depends on timing, what is
//! tracked and in which order does not: raw rows have partials of their own, which no block's rows go to.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::bucket::Granularity;
use crate::error::{EngineError, ErrorCode};
use crate::event::Event;
use crate::ingest::{
    DatasetName, IngestLimits, Parsed, RawKind, RawMessage, Table, TimeWindow, named_outside, parse, split_table,
};
use crate::lane::{DatasetAnswer, RawTicket, Takes};
use crate::open_set::{OpenSet, Place};
use crate::partial::Partial;
use crate::registry::{Dataset, Key};
use crate::segment::OfSegment;
use crate::shared::Shared;
use crate::stats::add;

pub(crate) struct RawLane {
    lane: usize,
    shared: Arc<Shared>,
    limits: IngestLimits,
    /// By dataset number and bucket start.
    partials: OpenSet<(u32, i64)>,
    parked: HashMap<DatasetName, Vec<(RawTicket, RawMessage, Parsed)>>,
    spare: Table,
}

impl RawLane {
    pub fn new(lane: usize, shared: Arc<Shared>, limits: IngestLimits) -> Self {
        Self { lane, shared, limits, partials: OpenSet::default(), parked: HashMap::new(), spare: Table::default() }
    }

    /// Whether messages wait for their dataset.
    pub fn waits(&self) -> bool {
        !self.parked.is_empty()
    }

    /// Takes one message.
    pub fn take(&mut self, ticket: RawTicket, message: RawMessage) {
        let parsed = match self.read(&message, false) {
            Ok(parsed) => parsed,
            Err(error) => return self.done(&ticket, 0, None, Some(error)),
        };
        if let Some(parked) = self.parked.get_mut(&parsed.dataset) {
            self.shared.budget.stick(ticket.charge());
            parked.push((ticket, message, parsed));
            return;
        }
        if parsed.tables.is_empty() {
            return self.done(&ticket, 0, None, None);
        }
        match self.shared.registry.named_or_wanted(&parsed.dataset) {
            Ok(dataset) => self.track(&ticket, dataset, &message, parsed),
            Err(is_new) => {
                let name = parsed.dataset.clone();
                self.shared.budget.stick(ticket.charge());
                self.parked.insert(name.clone(), vec![(ticket, message, parsed)]);
                if is_new {
                    self.shared.sink.emit(Event::DatasetWanted(name));
                }
            }
        }
    }

    /// Tracks or rejects what was parked for a dataset.
    pub fn answer(&mut self, answer: &DatasetAnswer) {
        for (ticket, message, parsed) in self.parked.remove(&answer.name).unwrap_or_default() {
            self.shared.budget.unstick(ticket.charge());
            match &answer.outcome {
                Ok(dataset) => self.track(&ticket, *dataset, &message, parsed),
                Err(error) => self.done(&ticket, parsed.rows(), Some(&answer.name), Some(error.clone())),
            }
        }
    }

    /// Hands over the partials: takes or copies them.
    pub fn hand_over(&mut self, takes: Takes) -> Vec<Partial> {
        if takes.copies() {
            return self.partials.values().filter(|partial| takes.concerns(&partial.key)).cloned().collect();
        }
        self.partials.take(takes)
    }

    /// What its open profiles take of memory, about.
    pub fn open_bytes(&self) -> u64 {
        self.partials.bytes()
    }

    /// Takes out the least recently used ones, until `bytes` are free.
    pub fn evict(&mut self, bytes: u64) -> Vec<Partial> {
        self.partials.evict(bytes)
    }

    /// Reads a message; with `keeps_rows` in the form that segments are told apart in.
    fn read(&mut self, message: &RawMessage, keeps_rows: bool) -> Result<Parsed, EngineError> {
        let read = AssertUnwindSafe(|| {
            // Rows are told apart by bucket while they are read, where each has its own time.
            let width = message.timestamp_column.as_ref().map_or(Ok(Granularity::Year), |_| self.width_for(message))?;
            let limits = IngestLimits { keeps_rows, ..self.limits };
            let mut fresh = Table::default();
            let spare = if keeps_rows { &mut fresh } else { &mut self.spare };
            parse(message, &limits, width, spare)
        });
        catch_unwind(read).unwrap_or_else(|_| Err(failed()))
    }

    /// A message for a dataset that is open. One with segments has it read once more: their rows have to be known, and whose the message is, is
    /// known only once it is read.
    fn track(&mut self, ticket: &RawTicket, dataset: u32, message: &RawMessage, mut parsed: Parsed) {
        let rows = parsed.rows();
        let again = match self.shared.registry.dataset(dataset) {
            // Columns have been looked at on their way here.
            Ok(owner) if owner.plan.needs_rows && message.kind != RawKind::Columns => Err(needs_rows(&owner)),
            Ok(owner) if !owner.plan.partitions.is_empty() => self.read(message, true).map(|again| parsed = again),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = again {
            return self.done(ticket, rows, Some(&parsed.dataset), Some(error));
        }
        let tracked = catch_unwind(AssertUnwindSafe(|| {
            self.look_at_times(&ticket.window, &parsed)?;
            self.track_tables(dataset, ticket.sequence, &parsed)
        }));
        let error = match tracked {
            Ok(Ok(())) => {
                let cut = parsed.tables.iter().map(|(_, table)| table.cut()).fold(0, u64::saturating_add);
                self.shared.tell_cut(cut, self.limits.max_value_bytes);
                None
            }
            Ok(Err(error)) => Some(error),
            Err(_) => Some(failed()),
        };
        self.done(ticket, rows, Some(&parsed.dataset), error);
        if let Some((_, mut table)) = parsed.tables.into_iter().next().filter(|(_, table)| !table.keeps_rows()) {
            table.clear();
            self.spare = table;
        }
    }

    /// Counts and tells of rows whose time is far from now, or refuses them.
    fn look_at_times(&self, window: &TimeWindow, parsed: &Parsed) -> Result<(), EngineError> {
        let far = || parsed.tables.iter().filter(|(time, _)| !window.holds(*time));
        let Some((time, _)) = far().next() else { return Ok(()) };
        let error = EngineError::new(ErrorCode::BucketWindow, format!("a row's time ({time} ms) is far from now"));
        if window.refuses {
            return Err(error);
        }
        add(&self.shared.counters.late_rows, far().map(|(_, table)| table.rows()).sum());
        if !self.shared.told_late.swap(true, Ordering::Relaxed) {
            self.shared.sink.emit(Event::Warning(error));
        }
        Ok(())
    }

    fn track_tables(&mut self, dataset: u32, sequence: u64, parsed: &Parsed) -> Result<(), EngineError> {
        let mut places = Vec::with_capacity(parsed.tables.len());
        for (timestamp_ms, table) in &parsed.tables {
            let place = (self.open(dataset, *timestamp_ms)?, None);
            let most = self.limits.max_columns;
            if self.partials.get(&place).is_some_and(|partial| partial.columns_with_table(table) > most) {
                let message = format!("a profile would have more than {most} columns (limits.maxColumns)");
                return Err(EngineError::new(ErrorCode::TooManyColumns, message));
            }
            places.push(place);
        }
        for (place, (_, table)) in places.iter().zip(&parsed.tables) {
            let Some(partial) = self.partials.get_mut(place) else { continue };
            if partial.key.owner.plan.partitions.is_empty() {
                partial.track_table(table);
            } else {
                partial.note_table(table);
                let key = Arc::clone(&partial.key);
                self.track_segments(place.0, &key, table, sequence);
            }
            self.partials.touch(place, sequence);
        }
        Ok(())
    }

    fn track_segments(&mut self, place: (u32, i64), key: &Arc<Key>, table: &Table, sequence: u64) {
        let mut taken = vec![false; table.rows() as usize];
        for partition in 0..key.owner.plan.partitions.len() {
            for (segment, part) in split_table(table, &key.owner.plan, partition, &mut taken) {
                let place = (place, Some(segment));
                if !self.partials.contains(&place) {
                    self.insert(place.clone(), Arc::clone(key));
                }
                if let Some(partial) = self.partials.get_mut(&place) {
                    partial.track_table(&part);
                }
                self.partials.touch(&place, sequence);
            }
        }
        self.shared.tell_unsegmented(key, taken.iter().filter(|&&taken| !taken).count() as u64);
    }

    /// The width of the buckets of a dataset that the caller named.
    fn width_for(&self, message: &RawMessage) -> Result<Granularity, EngineError> {
        let name = named_outside(message)?;
        let missing = || EngineError::new(ErrorCode::UnknownHandle, "the message names a dataset that is not open");
        self.shared.registry.width_of(&name).ok_or_else(missing)
    }

    fn open(&mut self, dataset: u32, timestamp_ms: i64) -> Result<(u32, i64), EngineError> {
        let owner = self.shared.registry.dataset(dataset)?;
        let bucket = owner.width.bucket(timestamp_ms)?;
        let place = (dataset, bucket.start_ms);
        if !self.partials.contains(&(place, None)) {
            self.insert((place, None), Arc::new(Key { dataset, owner, bucket }));
        }
        Ok(place)
    }

    fn insert(&mut self, place: Place<(u32, i64)>, key: Arc<Key>) {
        let seed = self.shared.raw_seed_for(&key, self.lane);
        let segment: OfSegment = place.1.clone();
        self.partials.insert(place, Partial::new(key, segment, self.shared.clock.now_ms(), seed));
    }

    /// Books the message as tracked or rejected, and tells who has to know.
    fn done(&self, ticket: &RawTicket, rows: u64, name: Option<&DatasetName>, error: Option<EngineError>) {
        let counters = &self.shared.counters;
        add(&counters.raw_rows, rows);
        add(&counters.accepted_rows, rows);
        if error.is_some() {
            add(&counters.rejected_messages, 1);
            add(&counters.rejected_rows, rows);
        } else {
            add(&counters.tracked_messages, 1);
            add(&counters.tracked_rows, rows);
        }
        let mut failed = Vec::new();
        if let Some(error) = error {
            if ticket.waiter != 0 {
                failed.push((ticket.waiter, error.clone()));
            }
            let (dataset, org) = name.map_or((None, None), |name| (Some(name.id.clone()), name.org.clone()));
            self.shared.sink.emit(Event::Rejected { dataset, org, error, messages: 1, rows });
        }
        // Before anybody hears of the end: who then looks finds the bytes given back.
        if self.shared.budget.give(ticket.charge()) {
            self.shared.sink.emit(Event::Drained);
        }
        let waiters = if ticket.waiter == 0 { Vec::new() } else { vec![ticket.waiter] };
        let settled = self.shared.watermark.complete(ticket.sequence, waiters, failed);
        if !settled.is_empty() {
            self.shared.sink.emit(Event::Settled(settled));
        }
    }
}

fn needs_rows(dataset: &Dataset) -> EngineError {
    let message = format!("dataset {:?} has functions over rows: it takes rows, and no bytes", dataset.id);
    EngineError::new(ErrorCode::UdfNeedsRows, message)
}

fn failed() -> EngineError {
    EngineError::new(ErrorCode::Internal, "a worker failed while it read a message")
}
