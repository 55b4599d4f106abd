//! Raw messages on one lane: read, tracked in partial profiles of their own, or parked until their dataset is open.
//!
//! ```text
//!            ┌── read ──┬── dataset open ──────────────► tracked ──► done
//! message ───┤          └── not open ──► parked ──answer──┤
//!            └── unfit ─────────────────────────────────► rejected ──► done
//! ```
//!
//! Invariants: messages of one dataset keep their order, so one that finds another parked is parked behind it. A parked message is not done: its
//! sequence number holds the watermark, its bytes count, and what stands behind it and is about its dataset waits (see `worker`).

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::accounting::{settle, tell_rejected};
use crate::bucket::Granularity;
use crate::dataset::{Dataset, Key};
use crate::error::{EngineError, ErrorCode};
use crate::event::Event;
use crate::failure::report_panic;
use crate::ingest::{
    BadLines, DatasetName, IngestLimits, Parsed, RawKind, RawMessage, Table, TimeWindow, named_outside, parse,
    split_table,
};
use crate::lane::{DatasetAnswer, RawTicket};
use crate::open_set::{OpenSet, Place};
use crate::registry::Lookup;
use crate::shared::Shared;
use crate::stats::add;
use crate::track_block::BlockTracker;

/// Partials that a message has changed, each with its rows, and how many of these an earlier partition counts too.
type Changes = Vec<(Place, u64, u64)>;

pub(crate) struct RawLane {
    shared: Arc<Shared>,
    limits: IngestLimits,
    parked: HashMap<DatasetName, Vec<(RawTicket, RawMessage, Parsed)>>,
    spare: Table,
}

impl RawLane {
    pub fn new(shared: Arc<Shared>, limits: IngestLimits) -> Self {
        Self { shared, limits, parked: HashMap::new(), spare: Table::default() }
    }

    /// Whether messages wait for their dataset.
    pub fn waits(&self) -> bool {
        !self.parked.is_empty()
    }

    /// Whether messages of this dataset do.
    pub fn has_parked(&self, dataset: &Dataset) -> bool {
        self.parked.contains_key(&dataset.name())
    }

    /// Takes one message.
    pub fn take(&mut self, ticket: RawTicket, message: RawMessage, open: &mut OpenSet, tracker: &mut BlockTracker) {
        let parsed = match self.read(&message, false) {
            Ok(parsed) => parsed,
            Err(error) => return self.done(&ticket, 0, None, Some(error), &BadLines::default()),
        };
        if parsed.tables.is_empty() {
            // Nothing but blank lines is no fault, nothing but bad ones is. Neither has anything to wait for.
            let error = parsed.bad.error.clone();
            return self.done(&ticket, 0, Some(&parsed.dataset), error, &parsed.bad);
        }
        if let Some(parked) = self.parked.get_mut(&parsed.dataset) {
            self.shared.budget.stick(ticket.charge());
            parked.push((ticket, message, parsed));
            return;
        }
        let is_new = match self.shared.registry.lookup_or_request(&parsed.dataset) {
            Lookup::Open(number, dataset) => {
                return self.track(&ticket, (number, &dataset), &message, parsed, open, tracker);
            }
            Lookup::Requested => false,
            Lookup::New => true,
        };
        let name = parsed.dataset.clone();
        self.shared.budget.stick(ticket.charge());
        self.parked.insert(name.clone(), vec![(ticket, message, parsed)]);
        if is_new {
            self.shared.sink.emit(Event::DatasetWanted(name));
        }
    }

    /// Tracks or rejects what was parked for a dataset.
    pub fn answer(&mut self, answer: &DatasetAnswer, open: &mut OpenSet, tracker: &mut BlockTracker) {
        for (ticket, message, parsed) in self.parked.remove(&answer.name).unwrap_or_default() {
            self.shared.budget.unstick(ticket.charge());
            let dataset = answer.outcome.clone().and_then(|number| Ok((number, self.shared.registry.dataset(number)?)));
            match dataset {
                Ok((number, dataset)) => self.track(&ticket, (number, &dataset), &message, parsed, open, tracker),
                Err(error) => self.done(&ticket, parsed.rows(), Some(&answer.name), Some(error), &parsed.bad),
            }
        }
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
        catch_unwind(read).unwrap_or_else(|panic| Err(report_panic(&self.shared, None, &*panic)))
    }

    /// A message for a dataset that is open. One with segments has it read once more: their rows have to be known, and whose the message is, is
    /// known only once it is read.
    fn track(
        &mut self,
        ticket: &RawTicket,
        (number, owner): (u64, &Arc<Dataset>),
        message: &RawMessage,
        mut parsed: Parsed,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) {
        let rows = parsed.rows();
        // Columns have been looked at on their way here.
        let again = if owner.plan.needs_rows && message.kind != RawKind::Columns {
            Err(needs_rows(owner))
        } else if owner.plan.partitions.is_empty() {
            Ok(())
        } else {
            self.read(message, true).map(|again| parsed = again)
        };
        let outcome = again
            .and_then(|()| self.look_at_times(&ticket.window, &parsed))
            .and_then(|()| self.open_tables(number, owner, &parsed, open))
            .and_then(|keys| self.track_tables(&keys, ticket.sequence, &parsed, open, tracker));
        if outcome.is_ok() {
            let cut = parsed.tables.iter().map(|(_, table)| table.cut()).fold(0, u64::saturating_add);
            self.shared.tell_cut(cut, self.limits.max_value_bytes);
        }
        self.done(ticket, rows, Some(&parsed.dataset), outcome.err(), &parsed.bad);
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

    /// Opens the partial of each table's bucket, where the table fits.
    fn open_tables(
        &self,
        number: u64,
        owner: &Arc<Dataset>,
        parsed: &Parsed,
        open: &mut OpenSet,
    ) -> Result<Vec<Arc<Key>>, EngineError> {
        let most = self.limits.max_columns;
        let mut keys = Vec::with_capacity(parsed.tables.len());
        for (timestamp_ms, table) in &parsed.tables {
            let key = self.shared.registry.key_of(number, owner, owner.width.bucket(*timestamp_ms)?);
            open.open(&key, &None);
            if open.get(&(key.number, None)).is_some_and(|partial| partial.columns_with_table(table) > most) {
                let message = format!("a profile would have more than {most} columns (limits.maxColumns)");
                return Err(EngineError::new(ErrorCode::TooManyColumns, message));
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// Brings the tables to their partials. A message is tracked whole: if one of them fails, the others' partials are doubtful as well.
    fn track_tables(
        &self,
        keys: &[Arc<Key>],
        sequence: u64,
        parsed: &Parsed,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) -> Result<(), EngineError> {
        let mut changed = Changes::new();
        for (key, (_, table)) in keys.iter().zip(&parsed.tables) {
            let outcome = self.track_table(key, table, sequence, open, tracker, &mut changed);
            if let Err(error) = outcome {
                for (place, rows, repeated) in &changed {
                    tracker.doubt(open, place, *rows, *repeated);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn track_table(
        &self,
        key: &Arc<Key>,
        table: &Table,
        sequence: u64,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
        changed: &mut Changes,
    ) -> Result<(), EngineError> {
        let place = (key.number, None);
        // Two tables of a message may have one bucket, whose partial a failure has closed.
        open.open(key, &None);
        if key.owner.plan.partitions.is_empty() {
            tracker.change(open, &place, sequence, |partial, _, _| partial.track_table(table))?;
            changed.push((place, table.rows(), 0));
            return Ok(());
        }
        tracker.change(open, &place, sequence, |partial, _, _| partial.note_table(table))?;
        let mut taken = vec![false; table.rows() as usize];
        for partition in 0..key.owner.plan.partitions.len() {
            let split = AssertUnwindSafe(|| split_table(table, &key.owner.plan, partition, &mut taken));
            let parts = catch_unwind(split).map_err(|panic| report_panic(&self.shared, Some(key), &*panic))?;
            for (segment, part, repeated) in parts {
                let segment = Some(segment);
                open.open(key, &segment);
                let place = (key.number, segment);
                tracker.change(open, &place, sequence, |partial, _, _| {
                    partial.track_table(&part);
                    partial.repeated_rows += repeated;
                })?;
                changed.push((place, part.rows(), repeated));
            }
        }
        self.shared.tell_unsegmented(key, taken.iter().filter(|&&taken| !taken).count() as u64);
        Ok(())
    }

    /// The width of the buckets of a dataset that the caller named.
    fn width_for(&self, message: &RawMessage) -> Result<Granularity, EngineError> {
        let name = named_outside(message)?;
        let missing = || EngineError::new(ErrorCode::UnknownHandle, "the message names a dataset that is not open");
        self.shared.registry.width_of(&name).ok_or_else(missing)
    }

    /// Books the message as tracked or rejected, and tells who has to know.
    fn done(
        &self,
        ticket: &RawTicket,
        rows: u64,
        name: Option<&DatasetName>,
        error: Option<EngineError>,
        bad: &BadLines,
    ) {
        let counters = &self.shared.counters;
        let all = rows.saturating_add(bad.count);
        add(&counters.raw_rows, all);
        add(&counters.accepted_rows, all);
        let mut failed = Vec::new();
        match error {
            None => {
                add(&counters.tracked_messages, 1);
                add(&counters.tracked_rows, rows);
                if let Some(error) = bad.of_message(rows) {
                    if ticket.waiter != 0 {
                        failed.push((ticket.waiter, error.clone()));
                    }
                    tell_rejected(&self.shared, name, error, 0, bad.count);
                }
            }
            Some(error) => {
                if ticket.waiter != 0 {
                    failed.push((ticket.waiter, error.clone()));
                }
                tell_rejected(&self.shared, name, error, 1, all);
            }
        }
        // Before anybody hears of the end: who then looks finds the bytes given back.
        if self.shared.budget.give(ticket.charge()) {
            self.shared.sink.emit(Event::Drained);
        }
        let waiters = if ticket.waiter == 0 { Vec::new() } else { vec![ticket.waiter] };
        settle(&self.shared, ticket.sequence, waiters, failed);
    }
}

fn needs_rows(dataset: &Dataset) -> EngineError {
    let message = format!("dataset {:?} has functions over rows: it takes rows, and no bytes", dataset.id);
    EngineError::new(ErrorCode::UdfNeedsRows, message)
}
