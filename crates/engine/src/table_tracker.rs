//! Tables of rows into partial profiles: told apart by bucket and segment, as far as there is room for them.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rolling_profiles_ingest::{
    Cells, Granularity, IngestError, IngestErrorKind, IngestLimits, Reading, Rows, Table, TimeWindow,
};

use crate::dataset::{Dataset, Key};
use crate::error::{EngineError, ErrorCode, too_many_columns};
use crate::event::Event;
use crate::failure::report_panic;
use crate::open_set::{Arrival, OpenSet, Place};
use crate::plan::{Helper, Plan};
use crate::segment::{OfSegment, Split};
use crate::shared::Shared;
use crate::stats::add;
use crate::track_block::BlockTracker;

/// Rows that can be read, and read again in another way.
pub(crate) trait Source {
    /// Reads them all.
    fn read(&self, reading: Reading<'_>) -> Result<Rows, EngineError>;

    /// Whether rows that there is no room for are left out one by one; otherwise there is room for all, or for none.
    fn leaves_out_rows(&self) -> bool;
}

/// Where rows go.
pub(crate) struct Target<'a> {
    pub number: u64,
    pub owner: &'a Arc<Dataset>,
    pub sequence: u64,
    /// Which times are usual now.
    pub window: TimeWindow,
}

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

/// What rows of one bucket that there was room for have brought.
#[derive(Default)]
struct Gate {
    names: BTreeSet<String>,
    /// As they are told apart: there may be no room for some of them.
    segments: BTreeSet<OfSegment>,
}

impl Gate {
    /// Takes in a row, if there is room. A row lacks a value in each column that it does not name: so each segment
    /// gets all columns.
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

/// See the module.
#[derive(Clone)]
pub(crate) struct TableTracker {
    shared: Arc<Shared>,
    pub limits: IngestLimits,
}

impl TableTracker {
    pub const fn new(shared: Arc<Shared>, limits: IngestLimits) -> Self {
        Self { shared, limits }
    }

    /// Reads a source, row by row in the form that segments are told apart in where there are some.
    pub fn read(
        &self,
        source: &dyn Source,
        width: Granularity,
        keeps_rows: bool,
        spare: &mut Table,
    ) -> Result<Rows, EngineError> {
        let limits = IngestLimits { keeps_rows, ..self.limits };
        let read = AssertUnwindSafe(|| source.read(Reading { limits: &limits, width, spare, admits: None }));
        catch_unwind(read).unwrap_or_else(|panic| Err(report_panic(&self.shared, None, &*panic)))
    }

    /// Tracks all rows, or none. Those that a source leaves out since there is no room for them are in `rows` then.
    pub fn track(
        &self,
        target: &Target<'_>,
        source: &dyn Source,
        rows: &mut Rows,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) -> Result<(), EngineError> {
        self.look_at_times(&target.window, rows)?;
        let placed = self.place(target, source, rows, open)?;
        self.track_tables(&placed, target.sequence, rows, open, tracker)?;
        self.shared.tell_cut(rows.cut(), self.limits.max_value_bytes);
        Ok(())
    }

    /// Counts and tells of rows whose time is far from now, or refuses them.
    fn look_at_times(&self, window: &TimeWindow, rows: &Rows) -> Result<(), EngineError> {
        let far = || rows.tables.iter().filter(|(time, _)| !window.holds(*time));
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

    /// Finds where the rows of each table go, and whether there is room for them.
    fn place(
        &self,
        target: &Target<'_>,
        source: &dyn Source,
        rows: &mut Rows,
        open: &mut OpenSet,
    ) -> Result<Vec<Placed>, EngineError> {
        let mut placed = self.tell_apart(target, &rows.tables)?;
        if admit(open, &mut placed, &rows.tables) {
            return Ok(placed);
        }
        if source.leaves_out_rows() {
            *rows = self.read_fitting(target, source, open)?;
            if let Some(error) = rows.bad.error().cloned().filter(|_| rows.tables.is_empty()) {
                return Err(error.into());
            }
            placed = self.tell_apart(target, &rows.tables)?;
            if admit(open, &mut placed, &rows.tables) {
                return Ok(placed);
            }
        }
        Err(too_many_columns(self.limits.max_columns))
    }

    /// Reads a source again, without the rows that there is no room for.
    fn read_fitting(&self, target: &Target<'_>, source: &dyn Source, open: &mut OpenSet) -> Result<Rows, EngineError> {
        let &Target { number, owner, .. } = target;
        let limits = IngestLimits { keeps_rows: !owner.plan.partitions.is_empty(), ..self.limits };
        let mut gates: HashMap<u64, Gate> = HashMap::new();
        let mut failed = None;
        let mut admits = |time_ms: i64, row: &Table| {
            let key = self.shared.registry.key_of(number, owner, owner.width.bucket(time_ms)?);
            let parts = self.parts(&key, row).map_or_else(
                |error| {
                    failed = Some(error);
                    Vec::new()
                },
                |placed| placed.parts,
            );
            let segments = parts.into_iter().map(|part| part.segment).collect();
            let gate = gates.entry(key.number).or_default();
            let fits = gate.admit(open, &key, segments, names_of(row, &owner.plan));
            if fits { Ok(()) } else { Err(no_room(self.limits.max_columns)) }
        };
        let mut spare = Table::default();
        let reading = Reading { limits: &limits, width: owner.width, spare: &mut spare, admits: Some(&mut admits) };
        let read = catch_unwind(AssertUnwindSafe(|| source.read(reading)));
        let read = read.map_err(|panic| report_panic(&self.shared, None, &*panic))?;
        failed.map_or(read, Err)
    }

    fn tell_apart(&self, target: &Target<'_>, tables: &[(i64, Table)]) -> Result<Vec<Placed>, EngineError> {
        let &Target { number, owner, .. } = target;
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

    /// Brings the tables to their partials. A message is tracked whole: if one of them fails, the others' partials
    /// are doubtful as well.
    fn track_tables(
        &self,
        placed: &[Placed],
        sequence: u64,
        rows: &Rows,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) -> Result<(), EngineError> {
        let mut changed = Changes::new();
        for (placed, (_, whole)) in placed.iter().zip(&rows.tables) {
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

/// Of a row that would give a profile more columns than it may have.
fn no_room(most: usize) -> IngestError {
    IngestError::new(IngestErrorKind::TooManyColumns, too_many_columns(most).message)
}
