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

use rolling_profiles_ingest::{
    BadLines, DatasetName, Granularity, Parsed, RawKind, RawMessage, Reading, Rows, Table, named_outside, parse,
};

use crate::accounting::{settle, tell_rejected};
use crate::dataset::Dataset;
use crate::error::{EngineError, ErrorCode, needs_rows, partly_rejected};
use crate::event::Event;
use crate::failure::report_panic;
use crate::lane::{DatasetAnswer, RawTicket};
use crate::open_set::OpenSet;
use crate::registry::Lookup;
use crate::shared::Shared;
use crate::stats::add;
use crate::table_tracker::{Source, TableTracker, Target};
use crate::track_block::BlockTracker;

pub(crate) struct RawLane {
    shared: Arc<Shared>,
    tables: TableTracker,
    parked: HashMap<DatasetName, Vec<(RawTicket, RawMessage, Parsed)>>,
    spare: Table,
}

impl RawLane {
    pub fn new(shared: Arc<Shared>, tables: TableTracker) -> Self {
        Self { shared, tables, parked: HashMap::new(), spare: Table::default() }
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
        let parsed = match self.read(&message) {
            Ok(parsed) => parsed,
            Err(error) => return self.done(&ticket, 0, None, Some(error), &BadLines::default()),
        };
        if parsed.rows.tables.is_empty() {
            // Nothing but blank lines is no fault, nothing but bad ones is. Neither has anything to wait for.
            let error = parsed.rows.bad.error().cloned().map(EngineError::from);
            return self.done(&ticket, 0, Some(&parsed.dataset), error, &parsed.rows.bad);
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
            match &answer.outcome {
                Ok((number, dataset)) => self.track(&ticket, (*number, dataset), &message, parsed, open, tracker),
                Err(error) => {
                    let rows = parsed.rows;
                    self.done(&ticket, rows.count(), Some(&answer.name), Some(error.clone()), &rows.bad);
                }
            }
        }
    }

    /// Reads a message for the first time: whose it is, is known only then.
    fn read(&mut self, message: &RawMessage) -> Result<Parsed, EngineError> {
        let read = AssertUnwindSafe(|| {
            // Rows are told apart by bucket while they are read, where each has its own time.
            let width = message.timestamp_column.as_ref().map_or(Ok(Granularity::Year), |_| self.width_for(message))?;
            let reading = Reading { limits: &self.tables.limits, width, spare: &mut self.spare, admits: None };
            Ok(parse(message, reading)?)
        });
        catch_unwind(read).unwrap_or_else(|panic| Err(report_panic(&self.shared, None, &*panic)))
    }

    /// A message for a dataset that is open. One with segments has it read once more: their rows have to be known.
    fn track(
        &mut self,
        ticket: &RawTicket,
        (number, owner): (u64, &Arc<Dataset>),
        message: &RawMessage,
        Parsed { dataset, mut rows }: Parsed,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) {
        // Columns have been looked at on their way here.
        let again = if owner.plan.needs_rows && message.kind != RawKind::Columns {
            Err(needs_rows(&owner.id))
        } else if owner.plan.partitions.is_empty() {
            Ok(())
        } else {
            let read = self.tables.read(message, owner.width, true, &mut Table::default());
            read.map(|again| rows = again)
        };
        let target = Target { number, owner, sequence: ticket.sequence, window: ticket.window };
        let outcome = again.and_then(|()| self.tables.track(&target, message, &mut rows, open, tracker));
        self.done(ticket, rows.count(), Some(&dataset), outcome.err(), &rows.bad);
        if let Some(spare) = rows.into_spare() {
            self.spare = spare;
        }
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
                if let Some(error) = partly_rejected(bad, rows) {
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

impl Source for RawMessage {
    fn read(&self, reading: Reading<'_>) -> Result<Rows, EngineError> {
        Ok(parse(self, reading)?.rows)
    }

    fn leaves_out_rows(&self) -> bool {
        self.kind == RawKind::Ndjson
    }
}
