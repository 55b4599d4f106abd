//! Messages that were read.

use crate::error::IngestError;
use crate::message::DatasetName;
use crate::table::Table;

/// A message that was read.
#[derive(Debug)]
pub struct Parsed {
    /// Whose rows they are.
    pub dataset: DatasetName,
    /// What was found.
    pub rows: Rows,
}

/// Rows that were read: a table for each moment that they name.
#[derive(Debug, Default)]
pub struct Rows {
    /// Times in ms since the epoch. Rows of one bucket may come in several tables.
    pub tables: Vec<(i64, Table)>,
    /// What was left out.
    pub bad: BadLines,
    /// Rows that name no time, of those that could.
    pub untimed: u64,
    /// How many lines were looked at, where it is lines that were read.
    pub lines: u64,
    /// Where what was not read yet begins, of what is read in parts; `None`: everything was read.
    pub rest: Option<usize>,
}

/// Lines that were left out, and what was wrong with the first of them.
#[derive(Debug, Default)]
pub struct BadLines {
    /// How many there are.
    pub count: u64,
    /// Each with its line, from 1.
    pub first: Vec<(u64, IngestError)>,
}

impl BadLines {
    /// How many are told of one by one.
    const TOLD: usize = 10;

    /// Adds those of what came behind, whose lines count from there: so many lines lie before.
    pub fn append(&mut self, later: Self, lines_before: impl FnOnce() -> u64) {
        if later.count == 0 {
            return;
        }
        let before = lines_before();
        let room = Self::TOLD.saturating_sub(self.first.len());
        let first = later.first.into_iter().take(room);
        self.first.extend(first.map(|(line, error)| (line.saturating_add(before), error)));
        self.count = self.count.saturating_add(later.count);
    }

    /// What was wrong with the first.
    #[must_use]
    pub fn error(&self) -> Option<&IngestError> {
        self.first.first().map(|(_, error)| error)
    }

    /// Adds one.
    pub fn add(&mut self, line: u64, error: IngestError) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < Self::TOLD {
            self.first.push((line, error));
        }
    }
}

impl Rows {
    /// Rows of one moment.
    #[must_use]
    pub fn of(time_ms: i64, table: Table) -> Self {
        let tables = if table.rows() == 0 { Vec::new() } else { vec![(time_ms, table)] };
        Self { tables, ..Self::default() }
    }

    /// How many texts were cut.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.tables.iter().map(|(_, table)| table.cut()).fold(0, u64::saturating_add)
    }

    /// A table to use again, where there is one that is worth it.
    #[must_use]
    pub fn into_spare(self) -> Option<Table> {
        let (_, mut table) = self.tables.into_iter().next().filter(|(_, table)| !table.keeps_rows())?;
        table.clear();
        Some(table)
    }

    /// How many there are in all tables.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.tables.iter().map(|(_, table)| table.rows()).fold(0, u64::saturating_add)
    }
}
