//! A stretch of rows of a row group, read by a worker.

use std::ops::Range;
use std::sync::Arc;

use rolling_profiles_engine::{Parcel, ParcelEnd};
use rolling_profiles_ingest::{
    Admits, BadLines, IngestError, IngestErrorKind, IngestLimits, Moment, Reading, RowBuckets, Rows, Table,
};

use crate::delivery::Place;

use super::damage::Damage;
use super::data::Data;
use super::fill::{self, NOWHERE};
use super::footer::Chunk;
use super::read::{Request, Values};
use super::schema::{Column, Kind};
use super::source::{Opened, place};
use super::walk::Walk;

/// What a row group has of a column, and the way to where a parcel begins.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub chunk: Arc<Chunk>,
    pub walk: Walk,
}

/// A parcel that has no place in the report yet.
#[derive(Debug)]
pub(super) struct RowsOfGroup {
    pub opened: Arc<Opened>,
    /// The row group's number.
    pub group: usize,
    pub pieces: Vec<Option<Piece>>,
    /// Rows of the row group.
    pub rows: Range<u64>,
    /// What it comes to once it is read, about.
    pub bytes: u64,
    /// Its share of the file's bytes.
    pub share: u64,
}

/// See the module.
struct ParquetParcel {
    rows: RowsOfGroup,
    place: Place,
}

impl RowsOfGroup {
    pub fn into_parcel(self, place: Place) -> Box<dyn Parcel> {
        Box::new(ParquetParcel { rows: self, place })
    }
}

impl Parcel for ParquetParcel {
    fn bytes(&self) -> u64 {
        self.rows.bytes
    }

    /// `start` counts rows.
    fn read(&self, start: usize, mut reading: Reading<'_>) -> Result<Rows, IngestError> {
        let rows = &self.rows;
        let all = (rows.rows.end - rows.rows.start) as usize;
        let mut count = all.saturating_sub(start);
        loop {
            let from = rows.rows.start + start as u64;
            let part = Part { parcel: rows, rows: from..from + count as u64 };
            match part.read(&mut reading) {
                // Rows differ in size: fewer may fit.
                Err(Failure::TooMuch) if count > 1 => count = count.div_ceil(2),
                Err(Failure::TooMuch) => return Err(invalid("a row is too large".to_owned())),
                Err(Failure::Refused(error)) => return Err(error),
                Ok((read, taken)) => {
                    let rest = (start + taken < all).then_some(taken);
                    return Ok(Rows { rest, ..read });
                }
            }
        }
    }

    fn lines_before(&self, start: usize) -> u64 {
        start as u64
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        let rows = self.rows.rows.end - self.rows.rows.start;
        self.place.end(self.rows.share, rows, Vec::new(), end);
    }
}

/// Why rows were not read.
enum Failure {
    /// They take too much memory at once.
    TooMuch,
    Refused(IngestError),
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        Self::Refused(error)
    }
}

fn invalid(message: String) -> IngestError {
    IngestError::new(IngestErrorKind::InvalidData, message)
}

/// Rows that are read together.
struct Part<'a> {
    parcel: &'a RowsOfGroup,
    rows: Range<u64>,
}

/// Where rows go.
struct Placed {
    /// The time of each table.
    times: Vec<i64>,
    /// Each row's table, or [`NOWHERE`].
    of_row: Vec<u32>,
    /// The time of each row.
    time_of_row: Vec<i64>,
    untimed: Vec<bool>,
    bad: Vec<(usize, IngestError)>,
}

impl Part<'_> {
    fn count(&self) -> usize {
        (self.rows.end - self.rows.start) as usize
    }

    /// What texts may take: they take no more than once again when they are told apart.
    fn room(&self) -> usize {
        let options = &self.parcel.opened.options;
        if self.count() == 1 { usize::MAX } else { options.parcel_bytes.saturating_mul(8).saturating_add(1 << 20) }
    }

    /// Reads them, or as many as there are buckets for; gives how many.
    fn read(mut self, reading: &mut Reading<'_>) -> Result<(Rows, usize), Failure> {
        let mut placed = self.place(reading)?;
        self.rows.end = self.rows.start + placed.of_row.len() as u64;
        let count = self.count();
        let mut room = self.room();
        let columns = || self.parcel.opened.columns.iter().enumerate().take(self.parcel.opened.profiled);
        let mut read = Vec::new();
        for (at, column) in columns() {
            let values = self.values(at, column.kind, &mut room)?;
            leave_out_unfit(column, &values, &mut placed);
            read.push(values);
        }
        if placed.times.len() > 1 || reading.limits.keeps_rows || reading.admits.is_some() {
            check_room(&read, reading.limits.max_value_bytes, room)?;
        }
        if let Some(admits) = &mut reading.admits {
            self.ask(*admits, &read, &mut placed, reading.limits)?;
        }
        let tables = self.tables(read, &placed, reading)?;
        let untimed =
            placed.untimed.iter().zip(&placed.of_row).filter(|(is, place)| **is && **place != NOWHERE).count();
        let mut bad = BadLines::default();
        placed.bad.sort_by_key(|(row, _)| *row);
        placed.bad.into_iter().for_each(|(row, error)| bad.add(row as u64 + 1, error));
        Ok((Rows { tables, bad, untimed: untimed as u64, rest: None }, count))
    }

    /// Reads a column.
    fn values(&self, at: usize, kind: Kind, room: &mut usize) -> Result<Values, Failure> {
        let Opened { file, columns, .. } = &*self.parcel.opened;
        let (Some(column), Some(piece)) = (columns.get(at), self.parcel.pieces.get(at)) else {
            return Err(invalid("a column is missing".to_owned()).into());
        };
        let Some(Piece { chunk, walk }) = piece else {
            return Ok(Values { present: None, data: Data::Objects(self.count()) });
        };
        let request = Request { file, chunk, column, kind, rows: self.rows.clone() };
        request.read(walk.clone(), room).map_err(|damage| match damage {
            Damage::TooMuch => Failure::TooMuch,
            damage => invalid(format!("{}{damage}", place(self.parcel.group, column))).into(),
        })
    }

    /// Finds where each row goes by its time.
    fn place(&self, reading: &Reading<'_>) -> Result<Placed, Failure> {
        let Opened { options, columns, times, .. } = &*self.parcel.opened;
        let count = self.count();
        let (Some((_, reader)), Some(column)) = (&options.times, times.and_then(|at| columns.get(at))) else {
            reading.width.bucket(options.timestamp_ms)?;
            let (of_row, time_of_row) = (vec![0; count], vec![options.timestamp_ms; count]);
            let times = vec![options.timestamp_ms];
            return Ok(Placed { times, of_row, time_of_row, untimed: vec![false; count], bad: Vec::new() });
        };
        let kind = column.unit.map_or(column.kind, Kind::Time);
        let values = self.values(times.unwrap_or_default(), kind, &mut self.room())?;
        let mut placed = Placed {
            times: Vec::new(),
            of_row: Vec::new(),
            time_of_row: Vec::new(),
            untimed: Vec::new(),
            bad: Vec::new(),
        };
        let mut buckets = RowBuckets::new(reading.width);
        let mut next = 0;
        for row in 0..count {
            let is_present = values.has(row);
            let moment = if is_present { moment(&values.data, next, kind) } else { Moment::None };
            next += usize::from(is_present);
            let time = reader.read(moment).and_then(|found| Ok((found, options.within(found)?)));
            let added = time.and_then(|(found, time)| Ok((found, time, buckets.add(time)?)));
            match added {
                Ok((_, _, false)) => break,
                Ok((found, time, true)) => {
                    placed.of_row.push(buckets.of_row().last().copied().unwrap_or(NOWHERE));
                    placed.time_of_row.push(time);
                    placed.untimed.push(found.is_none());
                }
                Err(error) => {
                    placed.of_row.push(NOWHERE);
                    placed.time_of_row.push(0);
                    placed.untimed.push(false);
                    placed.bad.push((row, error));
                }
            }
        }
        placed.times = buckets.buckets().iter().map(|(time, _)| *time).collect();
        Ok(placed)
    }

    /// Asks of each row whether it may count.
    fn ask(
        &self,
        admits: &mut Admits<'_>,
        read: &[Values],
        placed: &mut Placed,
        limits: &IngestLimits,
    ) -> Result<(), Failure> {
        let mut next = vec![0; read.len()];
        for row in 0..self.count() {
            let mut alone = Table::default();
            for ((column, values), next) in self.parcel.opened.columns.iter().zip(read).zip(&mut next) {
                let at = values.has(row).then_some(*next);
                *next += usize::from(at.is_some());
                alone.insert(&column.name, fill::alone(values, at, limits), limits)?;
            }
            let Some(place) = placed.of_row.get_mut(row).filter(|place| **place != NOWHERE) else { continue };
            if let Err(error) = admits(placed.time_of_row.get(row).copied().unwrap_or_default(), &alone) {
                *place = NOWHERE;
                placed.bad.push((row, error));
            }
        }
        Ok(())
    }

    /// Makes the tables, a column after the other.
    fn tables(&self, read: Vec<Values>, placed: &Placed, reading: &Reading<'_>) -> Result<Vec<(i64, Table)>, Failure> {
        let limits = reading.limits;
        let mut tables: Vec<(i64, Table)> = placed.times.iter().map(|time| (*time, Table::default())).collect();
        let mut rows = vec![0_u64; tables.len()];
        placed.of_row.iter().for_each(|place| {
            if let Some(rows) = rows.get_mut(*place as usize) {
                *rows += 1;
            }
        });
        let is_whole = rows.len() == 1 && rows.first() == Some(&(self.count() as u64)) && !limits.keeps_rows;
        for (column, values) in self.parcel.opened.columns.iter().zip(read) {
            let cells = if is_whole {
                vec![fill::all(&values, self.count(), limits)]
            } else {
                fill::dealt(&values, &placed.of_row, tables.len(), limits)
            };
            drop(values);
            for ((_, table), cells) in tables.iter_mut().zip(cells) {
                table.insert(&column.name, cells, limits)?;
            }
        }
        tables.iter_mut().zip(&rows).for_each(|((_, table), rows)| table.set_rows(*rows));
        tables.retain(|(_, table)| table.rows() > 0);
        Ok(tables)
    }
}

/// Leaves the rows out whose texts are no UTF-8.
fn leave_out_unfit(column: &Column, values: &Values, placed: &mut Placed) {
    let Data::Texts(texts) = &values.data else { return };
    if !texts.has_unfit() {
        return;
    }
    let mut next = 0;
    for (row, place) in placed.of_row.iter_mut().enumerate() {
        if !values.has(row) {
            continue;
        }
        let is_unfit = texts.values.get(next).is_some_and(|number| texts.is_unfit(*number as usize));
        next += 1;
        if is_unfit && *place != NOWHERE {
            *place = NOWHERE;
            placed.bad.push((row, invalid(format!("column {:?}: it is no UTF-8", column.name))));
        }
    }
}

/// Whether texts that many rows name fit, each written out.
fn check_room(read: &[Values], most: usize, room: usize) -> Result<(), Failure> {
    let length = |values: &Values| {
        let Data::Texts(texts) = &values.data else { return 0 };
        let lengths = texts.values.iter().map(|number| texts.get(*number as usize).len().min(most));
        lengths.fold(0, usize::saturating_add)
    };
    let all = read.iter().map(length).fold(0, usize::saturating_add);
    if all > room { Err(Failure::TooMuch) } else { Ok(()) }
}

/// A value as a time.
fn moment(data: &Data, at: usize, kind: Kind) -> Moment<'_> {
    let number = |value: Option<f64>| value.map_or(Moment::None, Moment::Number);
    match data {
        Data::Integers(values) if matches!(kind, Kind::Time(_)) => {
            values.get(at).map_or(Moment::None, |time| Moment::Time(*time))
        }
        Data::Integers(values) => number(values.get(at).map(|value| *value as f64)),
        Data::Unsigned(values) => number(values.get(at).map(|value| *value as f64)),
        Data::Doubles(values) => number(values.get(at).copied()),
        Data::Texts(texts) => {
            let text = texts.values.get(at).map(|number| texts.get(*number as usize));
            text.map_or(Moment::None, Moment::Text)
        }
        Data::Objects(_) | Data::Bools(_) | Data::Tensors(_) => Moment::Unfit,
    }
}
