//! Which columns of JSON records are read, and whether there are any of those names.
//!
//! Records say what columns there are one by one, so that only the end of a source tells which are missing.

use std::sync::{Mutex, PoisonError};

use rolling_profiles_ingest::{
    BYTE_ORDER_MARK, Granularity, IngestLimits, Lines, Names, Reading, Rows, Table, TimeWindow,
};

use crate::SourceError;
use crate::delivery::{Delivery, Place};
use crate::options::ReadOptions;
use crate::report::columns_of;
use crate::scan::Scan;

/// How much of a source is kept to name the columns that there are.
const SAMPLE_BYTES: usize = 64 << 10;

/// How many records are looked at to name columns, and what is taken of them.
const SAMPLE_VALUES: usize = 100;
const SAMPLE_LIMITS: IngestLimits = IngestLimits {
    max_columns: 1000,
    max_name_bytes: 1024,
    max_value_bytes: 0,
    max_depth: 32,
    max_message_bytes: 1 << 20,
    keeps_rows: false,
};

/// See the module.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// `None`: all.
    names: Option<Names>,
    /// One that is read for the times of rows alone.
    aside: Option<String>,
    /// The start of the source, where not all columns are read.
    sample: Mutex<Vec<u8>>,
}

impl Wanted {
    pub fn new(options: &ReadOptions) -> Self {
        let asked = options.columns.as_ref();
        let times = options.times.as_ref().map(|(column, _)| column);
        let aside = times.filter(|times| asked.is_some_and(|asked| !asked.contains(times)));
        let names = asked.map(|asked| asked.iter().chain(aside).map(|name| name.as_str().into()).collect());
        Self { names, aside: aside.cloned(), sample: Mutex::default() }
    }

    /// The columns that are read; `None`: all.
    pub fn names(&self) -> Option<&Names> {
        self.names.as_ref()
    }

    /// Keeps the start of the source's first piece.
    pub fn keep_sample(&self, first: &[u8]) {
        if self.names.is_some() {
            let kept = first.get(..SAMPLE_BYTES).unwrap_or(first).to_vec();
            *self.sample.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        }
    }

    /// Rows without what was read for their times alone; adds the columns of the others to `known`.
    pub fn take_aside(&self, rows: &mut Rows, known: &Mutex<Vec<String>>, place: &Place) {
        if let Some(aside) = &self.aside {
            for (_, table) in &mut rows.tables {
                if table.remove(aside) {
                    place.saw_times();
                }
            }
        }
        columns_of(rows, &mut known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Looks whether the columns that were asked for came up, once the source was read.
    ///
    /// # Errors
    /// `NoColumn`.
    pub fn check(&self, options: &ReadOptions, delivery: &Delivery<'_>) -> Result<(), SourceError> {
        let times = options.times.as_ref().map(|(column, _)| column);
        if options.columns.is_none() && times.is_none() {
            return Ok(());
        }
        delivery.settle();
        let report = delivery.report();
        let totals = report.totals();
        let is_here = |name: &String| {
            totals.columns.contains(name) || (report.has_seen_times() && self.aside.as_ref() == Some(name))
        };
        let missing = options.columns.iter().flatten().chain(times).find(|name| !is_here(name));
        match missing {
            Some(column) if totals.rows > 0 => {
                let sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
                let columns = if self.names.is_some() { names_in(&sample) } else { totals.columns.clone() };
                Err(SourceError::NoColumn { column: column.clone(), columns })
            }
            _ => Ok(()),
        }
    }
}

/// The columns of the first records of a source that begins with `sample`.
fn names_in(sample: &[u8]) -> Vec<String> {
    let mut scan = Scan::new(usize::MAX);
    // What lies ahead of a fault is good.
    let _ = scan.run(sample.strip_prefix(BYTE_ORDER_MARK).unwrap_or(sample), SAMPLE_VALUES);
    let lines = Lines {
        bytes: sample.strip_prefix(BYTE_ORDER_MARK).unwrap_or(sample),
        times: None,
        timestamp_ms: 0,
        window: TimeWindow::ANY,
        only: None,
        counts_missing: false,
        in_parts: false,
    };
    let mut spare = Table::default();
    let reading = Reading { limits: &SAMPLE_LIMITS, width: Granularity::Day, spare: &mut spare, admits: None };
    let mut names = Vec::new();
    if let Ok((rows, _)) = lines.read_values(scan.spans, reading) {
        columns_of(&rows, &mut names);
    }
    names
}
