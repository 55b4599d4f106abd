//! Which table each row goes to, by its time; and which rows go to none.

use rolling_profiles_ingest::{BadLines, Granularity, IngestError, Moment, RowBuckets};

use crate::options::ReadOptions;

use super::data::Data;
use super::fill::NOWHERE;
use super::parcel::invalid;
use super::read::Values;
use super::schema::{Column, Kind};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// The time of each table.
    pub times: Vec<i64>,
    /// Each row's table, or [`NOWHERE`].
    pub of_row: Vec<u32>,
    time_of_row: Vec<i64>,
    is_untimed: Vec<bool>,
    bad: Vec<(usize, IngestError)>,
}

impl Placed {
    /// All in one table.
    ///
    /// # Errors
    /// `InvalidTimestamp`: that of rows that name none.
    pub fn together(rows: usize, options: &ReadOptions, width: Granularity) -> Result<Self, IngestError> {
        let time = options.timestamp_ms;
        width.bucket(time)?;
        Ok(Self {
            times: vec![time],
            of_row: vec![0; rows],
            time_of_row: vec![time; rows],
            is_untimed: vec![false; rows],
            bad: Vec::new(),
        })
    }

    /// By the times in a column; as many rows as there are buckets for.
    pub fn by_time(rows: usize, values: &Values, kind: Kind, options: &ReadOptions, width: Granularity) -> Self {
        let mut placed = Self::default();
        let Some((_, reader)) = &options.times else { return placed };
        let mut buckets = RowBuckets::new(width);
        let mut next = 0;
        for row in 0..rows {
            let is_present = values.has(row);
            let moment = if is_present { moment(&values.data, next, kind) } else { Moment::None };
            next += usize::from(is_present);
            let time = reader
                .read(moment)
                .and_then(|found| Ok((found, options.window.admit(found.unwrap_or(options.timestamp_ms))?)));
            match time.and_then(|(found, time)| Ok((found, time, buckets.add(time)?))) {
                Ok((_, _, false)) => break,
                Ok((found, time, true)) => {
                    let place = buckets.of_row().last().copied().unwrap_or(NOWHERE);
                    placed.add(place, time, found.is_none());
                }
                Err(error) => {
                    placed.add(NOWHERE, 0, false);
                    placed.bad.push((row, error));
                }
            }
        }
        placed.times = buckets.buckets().iter().map(|(time, _)| *time).collect();
        placed
    }

    fn add(&mut self, place: u32, time: i64, is_untimed: bool) {
        self.of_row.push(place);
        self.time_of_row.push(time);
        self.is_untimed.push(is_untimed);
    }

    /// A row's time, where it goes to a table.
    pub fn time(&self, row: usize) -> Option<i64> {
        self.of_row.get(row).filter(|place| **place != NOWHERE)?;
        self.time_of_row.get(row).copied()
    }

    /// Leaves a row out, where it is not yet.
    pub fn leave_out(&mut self, row: usize, error: IngestError) {
        if let Some(place) = self.of_row.get_mut(row).filter(|place| **place != NOWHERE) {
            *place = NOWHERE;
            self.bad.push((row, error));
        }
    }

    /// Leaves the rows out whose texts are no UTF-8.
    pub fn leave_out_unfit(&mut self, column: &Column, values: &Values) {
        let Data::Texts(texts) = &values.data else { return };
        if !texts.has_unfit() {
            return;
        }
        let mut numbers = texts.values.iter();
        for row in (0..self.of_row.len()).filter(|row| values.has(*row)) {
            if numbers.next().is_some_and(|number| texts.is_unfit(*number as usize)) {
                self.leave_out(row, invalid(format!("column {:?}: it is no UTF-8", column.name)));
            }
        }
    }

    /// How many rows each table has.
    pub fn rows(&self) -> Vec<u64> {
        let mut rows = vec![0; self.times.len()];
        for place in &self.of_row {
            if let Some(rows) = rows.get_mut(*place as usize) {
                *rows += 1;
            }
        }
        rows
    }

    /// How many rows of tables name no time.
    pub fn untimed(&self) -> u64 {
        let places = self.is_untimed.iter().zip(&self.of_row);
        places.filter(|(is_untimed, place)| **is_untimed && **place != NOWHERE).count() as u64
    }

    /// The rows that were left out, counted from 1.
    pub fn bad(mut self) -> BadLines {
        self.bad.sort_by_key(|(row, _)| *row);
        let mut bad = BadLines::default();
        self.bad.into_iter().for_each(|(row, error)| bad.add(row as u64 + 1, error));
        bad
    }
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
