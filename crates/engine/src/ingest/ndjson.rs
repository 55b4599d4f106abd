//! Newline-delimited JSON: an object a line is a row; blank lines are none.
//!
//! The columns are the union over the rows of one bucket, as in an array of rows: a row that lacks one counts a null for it.

use std::collections::HashMap;

use super::json::{Context, Record};
use super::{IngestLimits, Parsed, RawMessage, Table, invalid, moment, named_outside};
use crate::bucket::{Bucket, Granularity};
use crate::error::EngineError;

/// The most buckets that the rows of one message may fall into: each costs a table.
const MAX_BUCKETS: usize = 4096;

/// `width` is that of the dataset's buckets.
///
/// # Errors
/// `ERR_INVALID_DATA`, `ERR_INVALID_TIMESTAMP`, `ERR_MISSING_DATASET_ID`, `ERR_TOO_MANY_COLUMNS`.
pub(super) fn read(
    text: &str,
    message: &RawMessage,
    limits: &IngestLimits,
    width: Granularity,
    spare: &mut Table,
) -> Result<Parsed, EngineError> {
    let dataset = named_outside(message)?;
    let context = Context::new(limits);
    let outside = moment::millis(message.timestamp_ms)?;
    let mut buckets = Buckets::new(width.bucket(outside)?, outside, std::mem::take(spare));
    let lines = text.split('\n').map(str::trim).filter(|line| !line.is_empty());
    for (row, line) in (0u64..).zip(lines) {
        let outcome = read_row(line, &context, message.timestamp_column.as_deref(), outside, width, &mut buckets);
        if let Err(error) = outcome {
            return Err(error.in_row(row));
        }
    }
    let mut tables = buckets.tables;
    tables.retain(|(_, table)| table.rows() > 0);
    Ok(Parsed { dataset, tables })
}

fn read_row(
    line: &str,
    context: &Context<'_>,
    timestamp_column: Option<&str>,
    outside: i64,
    width: Granularity,
    buckets: &mut Buckets,
) -> Result<(), EngineError> {
    let table = buckets.table()?;
    context.read(line, Record { context, table })?;
    let Some(name) = timestamp_column else { return Ok(()) };
    let found = buckets.table()?.of_this_row(name).map_or(Ok(None), |cells| moment::of(cells.moment()))?;
    let time = found.unwrap_or(outside);
    if (buckets.current.start_ms..buckets.current.end_ms).contains(&time) {
        return Ok(());
    }
    // Rows come mostly in the order of their time: a row is read again only where its bucket is another than the row's before.
    buckets.table()?.undo_row();
    buckets.turn_to(width.bucket(time)?, time)?;
    let table = buckets.table()?;
    context.read(line, Record { context, table })
}

/// A table a bucket, each with its first row's time, and the one that the last row went to.
struct Buckets {
    tables: Vec<(i64, Table)>,
    index: HashMap<i64, usize>,
    current: Bucket,
    at: usize,
}

impl Buckets {
    fn new(first: Bucket, time: i64, table: Table) -> Self {
        let index = HashMap::from([(first.start_ms, 0)]);
        Self { tables: vec![(time, table)], index, current: first, at: 0 }
    }

    fn table(&mut self) -> Result<&mut Table, EngineError> {
        self.tables.get_mut(self.at).map(|(_, table)| table).ok_or_else(|| invalid("a bucket is missing"))
    }

    fn turn_to(&mut self, bucket: Bucket, time: i64) -> Result<(), EngineError> {
        self.current = bucket;
        if let Some(&at) = self.index.get(&bucket.start_ms) {
            self.at = at;
            return Ok(());
        }
        if self.tables.len() >= MAX_BUCKETS {
            return Err(invalid(&format!("its rows fall into more than {MAX_BUCKETS} buckets")));
        }
        self.at = self.tables.len();
        self.tables.push((time, Table::default()));
        self.index.insert(bucket.start_ms, self.at);
        Ok(())
    }
}
