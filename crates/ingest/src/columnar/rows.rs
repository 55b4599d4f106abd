//! Rows of Arrow IPC that come from a file: each by its own time, those that are bad left out.

use std::ops::Range;

use arrow_ipc::root_as_footer;

use super::batch_times::Clock;
use super::feed::Feed;
use super::ipc::{Messages, Reader};
use super::layout::damaged;
use super::node::{Node, Value};
use crate::cells::{Cells, Moment};
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;
use crate::message::TimeWindow;
use crate::moment::Times;
use crate::parse::{Admits, Reading};
use crate::parsed::{BadLines, Rows};
use crate::row_buckets::RowBuckets;
use crate::table::Table;

/// So many rows are read together at the most, where each is looked at.
const MAX_ROWS: usize = 1 << 20;
/// What texts may take that rows name again and again, beyond so many times the messages: fewer rows are read together then.
const SPARE_BYTES: usize = 64 << 20;
const EXPANSION: usize = 8;
const NOWHERE: u32 = u32::MAX;

/// Where the schema is.
#[derive(Debug, Clone, Copy)]
pub enum ArrowSchema<'a> {
    /// In a message, as a stream begins with.
    Message(&'a [u8]),
    /// In the footer of a file.
    Footer(&'a [u8]),
}

/// The messages that one batch of rows needs.
#[derive(Debug, Clone, Copy)]
pub struct ArrowRows<'a> {
    /// What the schema is in.
    pub schema: ArrowSchema<'a>,
    /// Dictionaries, and one batch: each a whole number of messages.
    pub messages: &'a [&'a [u8]],
    /// The name of each field, and whether it is profiled.
    pub columns: &'a [(String, bool)],
    /// Where each row's time is.
    pub times: Option<Times<'a>>,
    /// The time of rows that name none, ms since the epoch.
    pub timestamp_ms: i64,
    /// Which times are usual now; rows outside are left out where it refuses them.
    pub window: TimeWindow,
    /// Rows that were read before.
    pub start: usize,
}

/// The rows of a batch by column.
struct Batch<'a> {
    rows: usize,
    /// Those that are profiled.
    columns: Vec<(&'a str, Node<'a>)>,
    clock: Option<Clock<'a>>,
}

/// Where rows go.
#[derive(Default)]
struct Placed {
    times: Vec<i64>,
    /// Of each row: its table, and its time, if it names one.
    of_row: Vec<(u32, Option<i64>)>,
    bad: Vec<(usize, IngestError)>,
}

impl<'a> ArrowRows<'a> {
    /// Reads the rows from `start` on, as many as there is room for.
    ///
    /// # Errors
    /// `InvalidData`, `InvalidTimestamp`, `TooManyColumns`: none of them can be read.
    pub fn read(&self, mut reading: Reading<'_>) -> Result<Rows, IngestError> {
        let (ArrowSchema::Message(schema) | ArrowSchema::Footer(schema)) = self.schema;
        let bytes = self.messages.iter().map(|bytes| bytes.len()).fold(schema.len(), usize::saturating_add);
        let batch = self.batch(bytes, reading.limits)?;
        if self.times.is_none() && reading.admits.is_none() && !reading.limits.keeps_rows && self.start == 0 {
            reading.width.bucket(self.timestamp_ms)?;
            return Ok(Rows::of(self.timestamp_ms, batch.together(bytes, reading.limits)?));
        }
        let room = bytes.saturating_mul(EXPANSION).saturating_add(SPARE_BYTES);
        let mut count = batch.rows.saturating_sub(self.start).min(MAX_ROWS);
        loop {
            let rows = self.start..self.start.saturating_add(count);
            let placed = self.place(&batch, rows.clone(), &reading)?;
            let rows = rows.start..rows.start.saturating_add(placed.of_row.len());
            if rows.len() <= 1 || batch.text_bytes(rows.clone(), reading.limits)? <= room {
                return self.tables(&batch, rows, placed, &mut reading);
            }
            count = rows.len().div_ceil(2);
        }
    }

    fn batch(&self, bytes: usize, limits: &IngestLimits) -> Result<Batch<'a>, IngestError> {
        let (schema, version) = match self.schema {
            ArrowSchema::Footer(bytes) => {
                let footer = root_as_footer(bytes).map_err(|_| damaged())?;
                (footer.schema().ok_or_else(damaged)?, footer.version())
            }
            ArrowSchema::Message(bytes) => {
                let (first, _) = Messages::new(bytes).next()?.ok_or_else(|| invalid("it is no Arrow IPC"))?;
                let schema = first.header_as_schema().ok_or_else(|| invalid("its first message is no schema"))?;
                (schema, first.version())
            }
        };
        let messages = self.messages.iter().map(|bytes| Messages::new(bytes));
        let limits_of_file = IngestLimits { max_columns: usize::MAX, ..*limits };
        let mut reader = Reader::new(&schema, version, bytes, &limits_of_file)?.of_file();
        let times = self.times.and_then(|times| self.columns.iter().position(|(name, _)| name == times.column));
        let mut found = None;
        for mut messages in messages {
            while let Some((message, body)) = messages.next()? {
                match message.header_as_record_batch() {
                    Some(_) if found.is_some() => return Err(invalid("it has rows twice")),
                    Some(batch) => found = Some(reader.nodes(batch, body, times)?),
                    None => reader.take(&message, body)?,
                }
            }
        }
        let (rows, nodes, clock) = found.ok_or_else(|| invalid("it has no rows"))?;
        if nodes.len() != self.columns.len() {
            return Err(invalid("it has other columns than its schema"));
        }
        let named = self.columns.iter().zip(nodes).filter(|((_, is_profiled), _)| *is_profiled);
        let columns = named.map(|((name, _), node)| (name.as_str(), node)).collect();
        Ok(Batch { rows, columns, clock })
    }

    /// Finds where each row goes by its time, up to one for whose bucket there is no room.
    fn place(&self, batch: &Batch<'_>, rows: Range<usize>, reading: &Reading<'_>) -> Result<Placed, IngestError> {
        let mut placed = Placed::default();
        let (Some(times), Some(clock)) = (&self.times, &batch.clock) else {
            reading.width.bucket(self.timestamp_ms)?;
            placed.times.push(self.timestamp_ms);
            placed.of_row = vec![(0, Some(self.timestamp_ms)); rows.len()];
            return Ok(placed);
        };
        let mut buckets = RowBuckets::new(reading.width);
        for row in rows {
            let moment = clock.moment(row)?;
            let time = (times.read)(moment)
                .and_then(|found| Ok((found, self.window.admit(found.unwrap_or(self.timestamp_ms))?)));
            match time.and_then(|(found, time)| Ok((found, buckets.add(time)?))) {
                Ok((_, false)) => break,
                Ok((found, true)) => {
                    placed.of_row.push((buckets.of_row().last().copied().unwrap_or(NOWHERE), found));
                }
                Err(error) => {
                    placed.bad.push((placed.of_row.len(), error));
                    placed.of_row.push((NOWHERE, None));
                }
            }
        }
        placed.times = buckets.buckets().iter().map(|(time, _)| *time).collect();
        Ok(placed)
    }

    fn tables(
        &self,
        batch: &Batch<'_>,
        rows: Range<usize>,
        mut placed: Placed,
        reading: &mut Reading<'_>,
    ) -> Result<Rows, IngestError> {
        let limits = reading.limits;
        if let Some(admits) = &mut reading.admits {
            self.ask(batch, rows.clone(), &mut placed, *admits, limits)?;
        }
        let mut tables: Vec<(i64, Table)> = placed.times.iter().map(|time| (*time, Table::default())).collect();
        for (name, node) in &batch.columns {
            let mut cells = vec![Cells::keeping_rows(limits.keeps_rows); tables.len()];
            for (row, (place, _)) in rows.clone().zip(&placed.of_row) {
                if let Some(cells) = cells.get_mut(*place as usize) {
                    put(node.value(row)?, cells, limits);
                }
            }
            for ((_, table), cells) in tables.iter_mut().zip(cells) {
                table.insert(name, cells, limits)?;
            }
        }
        for ((_, table), at) in tables.iter_mut().zip(0_u32..) {
            table.set_rows(placed.of_row.iter().filter(|(place, _)| *place == at).count() as u64);
        }
        tables.retain(|(_, table)| table.rows() > 0);
        let untimed = placed.of_row.iter().filter(|(place, time)| *place != NOWHERE && time.is_none()).count();
        let mut bad = BadLines::default();
        placed.bad.sort_by_key(|(row, _)| *row);
        placed.bad.into_iter().for_each(|(row, error)| bad.add((row as u64).saturating_add(1), error));
        let rest = (rows.end < batch.rows).then_some(rows.len());
        Ok(Rows { tables, bad, untimed: untimed as u64, rest, ..Rows::default() })
    }

    /// Asks of each row whether it may count.
    fn ask(
        &self,
        batch: &Batch<'_>,
        rows: Range<usize>,
        placed: &mut Placed,
        admits: &mut Admits<'_>,
        limits: &IngestLimits,
    ) -> Result<(), IngestError> {
        for (row, (at, (place, time))) in rows.zip(placed.of_row.iter_mut().enumerate()) {
            if *place == NOWHERE {
                continue;
            }
            let mut alone = Table::default();
            for (name, node) in &batch.columns {
                let mut cells = Cells::keeping_rows(limits.keeps_rows);
                put(node.value(row)?, &mut cells, limits);
                alone.insert(name, cells, limits)?;
            }
            alone.set_rows(1);
            if let Err(error) = admits(time.unwrap_or(self.timestamp_ms), &alone) {
                *place = NOWHERE;
                placed.bad.push((at, error));
            }
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// All rows as a table.
    fn together(&self, bytes: usize, limits: &IngestLimits) -> Result<Table, IngestError> {
        let mut feed = Feed::of_file(limits, bytes);
        let mut table = Table::default();
        for (name, node) in &self.columns {
            let mut cells = Cells::default();
            feed.all(node, &mut cells)?;
            table.insert(name, cells, limits)?;
        }
        table.set_rows(self.rows as u64);
        Ok(table)
    }

    /// What the texts of some rows take, each written out.
    fn text_bytes(&self, rows: Range<usize>, limits: &IngestLimits) -> Result<usize, IngestError> {
        let mut bytes = 0_usize;
        for (_, node) in self.columns.iter().filter(|(_, node)| node.has_texts()) {
            for row in rows.clone() {
                if let Value::Text(text) = node.value(row)? {
                    bytes = bytes.saturating_add(text.len().min(limits.max_value_bytes));
                }
            }
        }
        Ok(bytes)
    }
}

fn put(value: Value<'_>, cells: &mut Cells, limits: &IngestLimits) {
    match value {
        Value::Null => cells.null(0),
        Value::Bool(truth) => cells.boolean(0, truth),
        Value::Integer(integer) => cells.integer(0, integer),
        Value::Double(double) => cells.double(0, double),
        Value::Text(text) => cells.text_within(0, text, limits.max_value_bytes),
        Value::Object => cells.object(0),
        Value::Tensor => cells.tensor(0),
    }
}

impl<'v> From<Value<'v>> for Moment<'v> {
    fn from(value: Value<'v>) -> Self {
        match value {
            Value::Null => Self::None,
            Value::Integer(integer) => Self::Number(integer as f64),
            Value::Double(double) => Self::Number(double),
            Value::Text(text) => Self::Text(text),
            Value::Bool(_) | Value::Object | Value::Tensor => Self::Unfit,
        }
    }
}
