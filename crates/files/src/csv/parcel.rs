//! A parcel of records: read column by column, into a table a time bucket.

use std::sync::Arc;

use memchr::memchr_iter;
use rolling_profiles_engine::{Parcel, ParcelEnd};
use rolling_profiles_ingest::{IngestError, IngestLimits, Reading, Rows, Table};

use super::column::{Block, Kind, Numbers};
use super::cutter::{FaultyLine, Piece};
use super::fate::Dialect;
use super::marks::Marks;
use super::rows::{Admit, Records, Stretch, When};
use crate::delivery::Place;
use crate::options::ReadOptions;

/// So many rows are read column by column: what they take stays near.
const ROWS: usize = 1024;

/// What all parcels of a source share.
#[derive(Debug)]
pub(super) struct Layout {
    pub dialect: Dialect,
    /// How many fields a record has.
    pub fields: usize,
    /// Those that are read, each with its name.
    pub columns: Vec<(usize, String)>,
    /// The field that holds each row's time.
    pub time: Option<usize>,
}

/// See the module.
pub(super) struct CsvParcel {
    pub place: Place,
    pub piece: Piece,
    pub layout: Arc<Layout>,
    pub options: Arc<ReadOptions>,
}

impl CsvParcel {
    fn lines_to(&self, end: usize) -> u64 {
        memchr_iter(self.layout.dialect.line_end, self.piece.bytes.get(..end).unwrap_or_default()).count() as u64
    }
}

impl Parcel for CsvParcel {
    fn bytes(&self) -> u64 {
        let faulty = self.piece.faulty.capacity() * size_of::<FaultyLine>();
        (self.piece.bytes.capacity() + faulty) as u64
    }

    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let Self { layout, options, piece, .. } = self;
        let Reading { limits, width, spare, admits } = reading;
        let faulty = piece.faulty.partition_point(|line| line.start < start);
        let stretch = Stretch {
            bytes: piece.bytes.get(start..).unwrap_or_default(),
            faulty: piece.faulty.get(faulty..).unwrap_or_default(),
            before: start,
            dialect: layout.dialect,
            fields: layout.fields,
        };
        let fits = layout.fits(limits);
        let records = options.with_times(|times| {
            let times = layout.time.zip(times);
            let when = When { times, timestamp_ms: options.timestamp_ms, window: options.window, width };
            let mut admit = admits.map(|admits| {
                |time: i64, row: u32, text: &str, marks: &Marks| {
                    let mut alone = Table::default().counting_missing(false);
                    layout.fill(&mut alone, &[row], text, marks, limits)?;
                    admits(time, &alone)
                }
            });
            match &fits {
                Ok(()) => Records::find(stretch, &when, admit.as_mut().map(|admit| admit as &mut Admit<'_>)),
                // None of the rows is read then.
                Err(error) => Records::find(stretch, &when, Some(&mut |_, _, _, _| Err(error.clone()))),
            }
        });
        // Columns that know no rows are of no use to one that is to.
        let mut spare = Some(std::mem::take(spare)).filter(|_| !limits.keeps_rows);
        let mut rows = Rows { bad: records.bad, untimed: records.untimed, rest: records.rest, ..Rows::default() };
        for (time, numbers) in records.buckets.iter().filter(|(_, rows)| !rows.is_empty()) {
            let mut table = spare.take().unwrap_or_default().counting_missing(false);
            layout.fill(&mut table, numbers, &records.text, &records.marks, limits)?;
            rows.tables.push((*time, table));
        }
        Ok(rows)
    }

    fn lines_before(&self, start: usize) -> u64 {
        self.lines_to(start)
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        let bytes = &self.piece.bytes;
        let is_open = bytes.last().is_some_and(|&byte| byte != self.layout.dialect.line_end);
        let lines = self.lines_to(bytes.len()) + u64::from(is_open);
        self.place.end(bytes.len() as u64, lines, Vec::new(), end);
    }
}

impl Layout {
    /// Whether there may be a table of these columns.
    fn fits(&self, limits: &IngestLimits) -> Result<(), IngestError> {
        let mut table = Table::default();
        table.begin_row();
        self.columns.iter().try_for_each(|(_, name)| {
            table.column(name, limits)?.null(1);
            Ok(())
        })
    }

    /// Adds rows to an empty table.
    fn fill(
        &self,
        table: &mut Table,
        rows: &[u32],
        text: &str,
        marks: &Marks,
        limits: &IngestLimits,
    ) -> Result<(), IngestError> {
        table.set_rows(rows.len() as u64);
        let mut kinds = vec![Kind::default(); self.columns.len()];
        let mut numbers = Numbers::default();
        let (mut first_row, fields, max_value_bytes) = (1, self.fields, limits.max_value_bytes);
        for rows in rows.chunks(ROWS) {
            let block = Block { text, marks, rows, first_row, fields, max_value_bytes };
            for ((field, name), kind) in self.columns.iter().zip(&mut kinds) {
                *kind = block.read(*field, *kind, &mut numbers, table.column(name, limits)?);
            }
            first_row += rows.len() as u64;
        }
        Ok(())
    }
}
