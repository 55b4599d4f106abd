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

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::accounting::{settle, tell_rejected};
use crate::dataset::{Dataset, Key};
use crate::error::{EngineError, ErrorCode, partly_rejected, too_many_columns};
use crate::event::Event;
use crate::failure::report_panic;
use crate::lane::{DatasetAnswer, RawTicket};
use crate::open_set::{Arrival, OpenSet, Place};
use crate::plan::{Helper, Plan};
use crate::registry::Lookup;
use crate::segment::{OfSegment, Split};
use crate::shared::Shared;
use crate::stats::add;
use crate::track_block::BlockTracker;
use rolling_profiles_ingest::Granularity;
use rolling_profiles_ingest::{
    BadLines, Cells, DatasetName, IngestError, IngestErrorKind, IngestLimits, Parsed, RawKind, RawMessage, Table,
    TimeWindow, named_outside, parse, parse_fitting,
};

/// The rows of a table, told apart.
struct Placed {
    key: Arc<Key>,
    parts: Vec<Part>,
    /// One a partition.
    splits: Vec<Split>,
    /// Rows of no segment.
    unsegmented: u64,
}

struct Part {
    segment: OfSegment,
    /// Which split it is of, and which group there. None: all of the table.
    group: Option<(usize, usize)>,
    /// Rows that an earlier partition counts too.
    repeated: u64,
}

impl Part {
    fn arrival<'t>(&self, splits: &[Split], whole: &'t Table, plan: &'t Plan) -> Arrival<'t> {
        let group = self.group.and_then(|(split, at)| Some((splits.get(split)?, at)));
        let names = group.map_or_else(|| names_of(whole, plan), |(split, at)| split.names(whole, plan, at));
        Arrival { segment: self.segment.clone(), names }
    }
}

/// What lines of one bucket that had room have brought.
#[derive(Default)]
struct Gate {
    names: BTreeSet<String>,
    /// As they are told apart: there may be no room for some of them.
    segments: BTreeSet<OfSegment>,
}

impl Gate {
    /// Takes in a line, if there is room. A row lacks a value in each column that it does not name: so each segment gets all columns.
    fn admit(&mut self, open: &mut OpenSet, key: &Arc<Key>, segments: Vec<OfSegment>, names: Vec<&str>) -> bool {
        let mut new_names: Vec<&str> = names.into_iter().filter(|name| !self.names.contains(*name)).collect();
        let new_segments: Vec<OfSegment> =
            segments.into_iter().filter(|segment| !self.segments.contains(segment)).collect();
        if new_names.is_empty() && new_segments.is_empty() {
            return true;
        }
        let known = self.segments.iter().map(|segment| Arrival { segment: segment.clone(), names: new_names.clone() });
        let all = || self.names.iter().map(String::as_str).chain(new_names.iter().copied()).collect();
        let new = new_segments.iter().map(|segment| Arrival { segment: segment.clone(), names: all() });
        let mut arrivals: Vec<_> = known.chain(new).collect();
        if !open.admit(key, &mut arrivals) {
            return false;
        }
        self.names.extend(new_names.drain(..).map(str::to_owned));
        self.segments.extend(new_segments);
        true
    }
}

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
            let error = parsed.bad.error.clone().map(EngineError::from);
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
            match &answer.outcome {
                Ok((number, dataset)) => self.track(&ticket, (*number, dataset), &message, parsed, open, tracker),
                Err(error) => {
                    self.done(&ticket, parsed.rows(), Some(&answer.name), Some(error.clone()), &parsed.bad);
                }
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
            Ok(parse(message, &limits, width, spare)?)
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
            .and_then(|()| self.place((number, owner), message, &mut parsed, open))
            .and_then(|placed| self.track_tables(&placed, ticket.sequence, &parsed, open, tracker));
        if outcome.is_ok() {
            let cut = parsed.tables.iter().map(|(_, table)| table.cut()).fold(0, u64::saturating_add);
            self.shared.tell_cut(cut, self.limits.max_value_bytes);
        }
        self.done(ticket, parsed.rows(), Some(&parsed.dataset), outcome.err(), &parsed.bad);
        if let Some((_, mut table)) = parsed.tables.into_iter().next().filter(|(_, table)| !table.keeps_rows()) {
            table.clear();
            self.spare = table;
        }
    }

    /// Counts and tells of rows whose time is far from now, or refuses them.
    fn look_at_times(&self, window: &TimeWindow, parsed: &Parsed) -> Result<(), EngineError> {
        let far = || parsed.tables.iter().filter(|(time, _)| !window.holds(*time));
        if far().next().is_none() {
            return Ok(());
        }
        let what = "a row's time is far from now: check the clock, and that times are milliseconds";
        let error = EngineError::new(ErrorCode::BucketWindow, what);
        if window.refuses {
            return Err(error);
        }
        add(&self.shared.counters.late_rows, far().map(|(_, table)| table.rows()).sum());
        if !self.shared.told_late.swap(true, Ordering::Relaxed) {
            self.shared.sink.emit(Event::Warning(error));
        }
        Ok(())
    }

    /// Finds where the rows of each table go, and whether there is room for them. Of newline-delimited JSON the lines are left out that there is none for.
    fn place(
        &mut self,
        (number, owner): (u64, &Arc<Dataset>),
        message: &RawMessage,
        parsed: &mut Parsed,
        open: &mut OpenSet,
    ) -> Result<Vec<Placed>, EngineError> {
        let mut placed = self.tell_apart(number, owner, &parsed.tables)?;
        if admit(open, &mut placed, &parsed.tables) {
            return Ok(placed);
        }
        if message.kind == RawKind::Ndjson {
            *parsed = self.read_fitting((number, owner), message, open)?;
            if let Some(error) = parsed.bad.error.clone().filter(|_| parsed.tables.is_empty()) {
                return Err(error.into());
            }
            placed = self.tell_apart(number, owner, &parsed.tables)?;
            if admit(open, &mut placed, &parsed.tables) {
                return Ok(placed);
            }
        }
        Err(too_many_columns(self.limits.max_columns))
    }

    /// Reads newline-delimited JSON again, without the lines that there is no room for.
    fn read_fitting(
        &self,
        (number, owner): (u64, &Arc<Dataset>),
        message: &RawMessage,
        open: &mut OpenSet,
    ) -> Result<Parsed, EngineError> {
        let limits = IngestLimits { keeps_rows: !owner.plan.partitions.is_empty(), ..self.limits };
        let mut gates: HashMap<u64, Gate> = HashMap::new();
        let mut failed = None;
        let mut admits = |time_ms: i64, line: &Table| {
            let key = self.shared.registry.key_of(number, owner, owner.width.bucket(time_ms)?);
            let parts = self.parts(&key, line).map_or_else(
                |error| {
                    failed = Some(error);
                    Vec::new()
                },
                |placed| placed.parts,
            );
            let segments = parts.into_iter().map(|part| part.segment).collect();
            let gate = gates.entry(key.number).or_default();
            let fits = gate.admit(open, &key, segments, names_of(line, &owner.plan));
            if fits { Ok(()) } else { Err(no_room(self.limits.max_columns)) }
        };
        let read = AssertUnwindSafe(|| parse_fitting(message, &limits, owner.width, &mut admits));
        let read = catch_unwind(read).map_err(|panic| report_panic(&self.shared, None, &*panic))?;
        failed.map_or(Ok(read?), Err)
    }

    fn tell_apart(
        &self,
        number: u64,
        owner: &Arc<Dataset>,
        tables: &[(i64, Table)],
    ) -> Result<Vec<Placed>, EngineError> {
        let place = |(time_ms, table): &(i64, Table)| {
            self.parts(&self.shared.registry.key_of(number, owner, owner.width.bucket(*time_ms)?), table)
        };
        let placed = tables.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let splits = placed.iter().flat_map(|placed| &placed.splits);
        let filled = splits.map(Split::filled_bytes).fold(0, u64::saturating_add);
        let most = self.limits.max_message_bytes as u64;
        if filled > most {
            let message = format!(
                "the columns that its segments lack would take about {filled} bytes, and may take {most} \
                 (limits.maxMessageBytes): log it in parts"
            );
            return Err(EngineError::new(ErrorCode::MessageTooLarge, message));
        }
        Ok(placed)
    }

    /// Tells the rows of a table apart.
    fn parts(&self, key: &Arc<Key>, table: &Table) -> Result<Placed, EngineError> {
        let key = Arc::clone(key);
        if !key.has_segments() {
            let parts = vec![Part { segment: None, group: None, repeated: 0 }];
            return Ok(Placed { key, parts, splits: Vec::new(), unsegmented: 0 });
        }
        let mut taken = vec![false; table.rows() as usize];
        let (mut parts, mut splits) = (Vec::new(), Vec::new());
        for partition in 0..key.owner.plan.partitions.len() {
            let split = AssertUnwindSafe(|| Split::new(table, &key.owner.plan, partition, &mut taken));
            let split = catch_unwind(split).map_err(|panic| report_panic(&self.shared, Some(&key), &*panic))?;
            let Some(split) = split else { continue };
            let number = splits.len();
            parts.extend(split.groups.iter().enumerate().map(|(at, group)| Part {
                segment: Some(Arc::clone(&group.segment)),
                group: Some((number, at)),
                repeated: group.repeated,
            }));
            splits.push(split);
        }
        let unsegmented = taken.iter().filter(|&&taken| !taken).count() as u64;
        Ok(Placed { key, parts, splits, unsegmented })
    }

    /// Brings the tables to their partials. A message is tracked whole: if one of them fails, the others' partials are doubtful as well.
    fn track_tables(
        &self,
        placed: &[Placed],
        sequence: u64,
        parsed: &Parsed,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) -> Result<(), EngineError> {
        let mut changed = Changes::new();
        for (placed, (_, whole)) in placed.iter().zip(&parsed.tables) {
            // One after the other has its rows here.
            let mut of_part = placed.splits.first().map_or_else(Table::default, |_| whole.like());
            for part in &placed.parts {
                let group = part.group.and_then(|(split, at)| Some((placed.splits.get(split)?, at)));
                let rows = group.and_then(|(split, at)| split.groups.get(at)).map_or(whole.rows(), |group| group.rows);
                // Two tables of a message may have one bucket, whose partial a failure has closed.
                open.open(&placed.key, &part.segment);
                let place = (placed.key.number, part.segment.clone());
                let outcome = tracker.change(open, &place, sequence, |partial, _, _| {
                    if let Some((split, at)) = group {
                        split.put(whole, at, &mut of_part);
                    }
                    partial.track_table(if group.is_some() { &of_part } else { whole });
                    partial.repeated_rows += part.repeated;
                });
                if let Err(error) = outcome {
                    for (place, rows, repeated) in &changed {
                        tracker.doubt(open, place, *rows, *repeated);
                    }
                    return Err(error);
                }
                if part.segment.as_ref().is_some_and(|segment| segment.is_overflow()) {
                    self.shared.tell_overflow(&placed.key, rows);
                }
                changed.push((place, rows, part.repeated));
            }
            self.shared.tell_unsegmented(&placed.key, placed.unsegmented);
        }
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

/// Whether there is room for the rows of all tables. Where there is none for a segment, it becomes the overflow.
fn admit(open: &mut OpenSet, placed: &mut [Placed], tables: &[(i64, Table)]) -> bool {
    placed.iter_mut().zip(tables).all(|(Placed { key, parts, splits, .. }, (_, whole))| {
        let plan = &key.owner.plan;
        let mut arrivals: Vec<_> = parts.iter().map(|part| part.arrival(splits, whole, plan)).collect();
        if !open.admit(key, &mut arrivals) {
            return false;
        }
        let segments: Vec<OfSegment> = arrivals.into_iter().map(|arrival| arrival.segment).collect();
        for (part, segment) in parts.iter_mut().zip(segments) {
            part.segment = segment;
        }
        true
    })
}

/// The columns that a table brings to a profile.
fn names_of<'t>(table: &'t Table, plan: &'t Plan) -> Vec<&'t str> {
    let brought = |(name, cells, _): (&'t str, &'t Cells, u64)| match plan.helpers.get(name) {
        None => Some(name),
        Some(Helper::Condition { column, .. }) if cells.trues() > 0 => Some(column.as_str()),
        Some(_) => None,
    };
    table.columns().filter_map(brought).collect()
}

/// Of a line that would give a profile more columns than it may have.
fn no_room(most: usize) -> IngestError {
    IngestError::new(IngestErrorKind::TooManyColumns, too_many_columns(most).message)
}

fn needs_rows(dataset: &Dataset) -> EngineError {
    let message = format!("dataset {:?} has functions over rows: it takes rows, and no bytes", dataset.id);
    EngineError::new(ErrorCode::UdfNeedsRows, message)
}
