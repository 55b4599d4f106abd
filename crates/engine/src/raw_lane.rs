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
use crate::ingest::{DatasetName, IngestLimits, Parsed, RawMessage, Table, TimeWindow, named_outside, parse};
use crate::lane::{DatasetAnswer, RawTicket, Takes};
use crate::open_set::OpenSet;
use crate::partial::Partial;
use crate::registry::Key;
use crate::shared::Shared;
use crate::stats::add;

pub(crate) struct RawLane {
    lane: usize,
    shared: Arc<Shared>,
    limits: IngestLimits,
    /// By dataset number and bucket start.
    partials: OpenSet<(u32, i64)>,
    parked: HashMap<DatasetName, Vec<(RawTicket, Parsed)>>,
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
    pub fn take(&mut self, ticket: RawTicket, message: &RawMessage) {
        let read = AssertUnwindSafe(|| {
            // Rows are told apart by bucket while they are read, where each has its own time.
            let width = message.timestamp_column.as_ref().map_or(Ok(Granularity::Year), |_| self.width_for(message))?;
            parse(message, &self.limits, width, &mut self.spare)
        });
        let parsed = match catch_unwind(read) {
            Ok(Ok(parsed)) => parsed,
            Ok(Err(error)) => return self.done(&ticket, 0, None, Some(error)),
            Err(_) => return self.done(&ticket, 0, None, Some(failed())),
        };
        if let Some(parked) = self.parked.get_mut(&parsed.dataset) {
            self.shared.budget.stick(ticket.charge());
            parked.push((ticket, parsed));
            return;
        }
        if parsed.tables.is_empty() {
            return self.done(&ticket, 0, None, None);
        }
        match self.shared.registry.named_or_wanted(&parsed.dataset) {
            Ok(dataset) => self.track(&ticket, dataset, parsed),
            Err(is_new) => {
                let name = parsed.dataset.clone();
                self.shared.budget.stick(ticket.charge());
                self.parked.insert(name.clone(), vec![(ticket, parsed)]);
                if is_new {
                    self.shared.sink.emit(Event::DatasetWanted(name));
                }
            }
        }
    }

    /// Tracks or rejects what was parked for a dataset.
    pub fn answer(&mut self, answer: &DatasetAnswer) {
        for (ticket, parsed) in self.parked.remove(&answer.name).unwrap_or_default() {
            self.shared.budget.unstick(ticket.charge());
            match &answer.outcome {
                Ok(dataset) => self.track(&ticket, *dataset, parsed),
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

    fn track(&mut self, ticket: &RawTicket, dataset: u32, parsed: Parsed) {
        let rows = parsed.rows();
        let tracked = catch_unwind(AssertUnwindSafe(|| {
            self.look_at_times(&ticket.window, &parsed)?;
            self.track_tables(dataset, ticket.sequence, &parsed)
        }));
        let error = match tracked {
            Ok(outcome) => outcome.err(),
            Err(_) => Some(failed()),
        };
        self.done(ticket, rows, Some(&parsed.dataset), error);
        if let Some((_, mut table)) = parsed.tables.into_iter().next() {
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
            let place = self.open(dataset, *timestamp_ms)?;
            let most = self.limits.max_columns;
            if self.partials.get(place).is_some_and(|partial| partial.columns_with_table(table) > most) {
                let message = format!("a profile would have more than {most} columns (limits.maxColumns)");
                return Err(EngineError::new(ErrorCode::TooManyColumns, message));
            }
            places.push(place);
        }
        for (place, (_, table)) in places.iter().zip(&parsed.tables) {
            if let Some(partial) = self.partials.get_mut(*place) {
                partial.track_table(table);
            }
            self.partials.touch(*place, sequence);
        }
        Ok(())
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
        if !self.partials.contains(place) {
            let key = Arc::new(Key { dataset, owner, bucket });
            let seed = self.shared.raw_seed_for(&key, self.lane);
            self.partials.insert(place, Partial::new(key, self.shared.clock.now_ms(), seed));
        }
        Ok(place)
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

fn failed() -> EngineError {
    EngineError::new(ErrorCode::Internal, "a worker failed while it read a message")
}
