//! Messages that were read.

use crate::error::{IngestError, IngestErrorKind};
use crate::message::DatasetName;
use crate::table::Table;

/// A message that was read: rows for one dataset, a table for each moment that its rows name.
#[derive(Debug)]
pub struct Parsed {
    /// Whose rows they are.
    pub dataset: DatasetName,
    /// Times in ms since the epoch. Rows of one bucket may come in several tables.
    pub tables: Vec<(i64, Table)>,
    /// What was left out.
    pub bad: BadLines,
}

/// Lines that were left out, and how the first of them were bad.
#[derive(Debug, Default)]
pub struct BadLines {
    /// How many there are.
    pub count: u64,
    /// Each with its line, from 1.
    pub first: Vec<(u64, IngestErrorKind)>,
    /// What was wrong with the first.
    pub error: Option<IngestError>,
}

impl BadLines {
    /// How many are told of one by one.
    const TOLD: usize = 10;

    /// Adds one.
    pub(crate) fn add(&mut self, line: u64, error: IngestError) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < Self::TOLD {
            self.first.push((line, error.kind));
        }
        self.error.get_or_insert(error);
    }
}

impl Parsed {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, table)| table.rows()).fold(0, u64::saturating_add)
    }
}
