//! A stretch of rows of a row group, read by a worker.

use std::ops::Range;
use std::sync::Arc;

use rolling_profiles_engine::{Parcel, ParcelEnd};
use rolling_profiles_ingest::{Admits, IngestError, IngestErrorKind, IngestLimits, Reading, Rows, Table};

use crate::delivery::Place;

use super::damage::Damage;
use super::data::Data;
use super::fill;
use super::footer::Chunk;
use super::placed::Placed;
use super::read::{Request, Values};
use super::schema::Kind;
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
    /// One a column; none of those that have no pages.
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

    pub fn count(&self) -> usize {
        (self.rows.end - self.rows.start) as usize
    }

    /// Reads the rows from row `start` of these on, as many as fit.
    ///
    /// # Errors
    /// What is damaged, or that there is no room for the columns.
    pub fn read(&self, start: usize, reading: &mut Reading<'_>) -> Result<Rows, IngestError> {
        let mut count = self.count().saturating_sub(start);
        loop {
            let from = self.rows.start + start as u64;
            let part = Part { parcel: self, rows: from..from + count as u64 };
            match part.read(reading) {
                // Rows differ in size: fewer may fit.
                Err(Failure::TooMuch) if count > 1 => count = count.div_ceil(2),
                Err(Failure::TooMuch) => return Err(invalid("a row is too large".to_owned())),
                Err(Failure::Refused(error)) => return Err(error),
                Ok((read, taken)) => {
                    let rest = (start + taken < self.count()).then_some(taken);
                    return Ok(Rows { rest, ..read });
                }
            }
        }
    }
}

impl Parcel for ParquetParcel {
    fn bytes(&self) -> u64 {
        self.rows.bytes
    }

    /// `start` counts rows.
    fn read(&self, start: usize, mut reading: Reading<'_>) -> Result<Rows, IngestError> {
        self.rows.read(start, &mut reading)
    }

    fn lines_before(&self, start: usize) -> u64 {
        start as u64
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        let rows = self.rows.count() as u64;
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

pub(super) fn invalid(message: String) -> IngestError {
    IngestError::new(IngestErrorKind::InvalidData, message)
}

/// Rows that are read together.
struct Part<'a> {
    parcel: &'a RowsOfGroup,
    rows: Range<u64>,
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
        let mut placed = self.placed(reading)?;
        let count = placed.of_row.len();
        self.rows.end = self.rows.start + count as u64;
        let mut room = self.room();
        let mut read = Vec::new();
        let Opened { columns, profiled, .. } = &*self.parcel.opened;
        for (at, column) in columns.iter().enumerate().take(*profiled) {
            let values = self.values(at, column.kind, &mut room)?;
            placed.leave_out_unfit(column, &values);
            read.push(values);
        }
        if placed.times.len() > 1 || reading.limits.keeps_rows || reading.admits.is_some() {
            check_room(&read, reading.limits.max_value_bytes, room)?;
        }
        if let Some(admits) = &mut reading.admits {
            self.ask(*admits, &read, &mut placed, reading.limits)?;
        }
        let tables = self.tables(read, &placed, reading.limits)?;
        let untimed = placed.untimed();
        Ok((Rows { tables, bad: placed.bad(), untimed, ..Rows::default() }, count))
    }

    /// Finds where each row goes.
    fn placed(&self, reading: &Reading<'_>) -> Result<Placed, Failure> {
        let Opened { options, columns, times, .. } = &*self.parcel.opened;
        let Some((at, column)) = times.and_then(|at| Some((at, columns.get(at)?))) else {
            return Ok(Placed::together(self.count(), options, reading.width)?);
        };
        let kind = column.unit.map_or(column.kind, Kind::Time);
        let values = self.values(at, kind, &mut self.room())?;
        Ok(Placed::by_time(self.count(), &values, kind, options, reading.width))
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
            let Some(time) = placed.time(row) else { continue };
            if let Err(error) = admits(time, &alone) {
                placed.leave_out(row, error);
            }
        }
        Ok(())
    }

    /// Makes the tables, a column after the other.
    fn tables(&self, read: Vec<Values>, placed: &Placed, limits: &IngestLimits) -> Result<Vec<(i64, Table)>, Failure> {
        let mut tables: Vec<(i64, Table)> = placed.times.iter().map(|time| (*time, Table::default())).collect();
        let rows = placed.rows();
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
