//! Values into the cells of tables.

use rolling_profiles_ingest::{Cells, IngestLimits};

use super::data::{Data, Texts};
use super::read::Values;

/// Stands for a row that goes to no table.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Adds the values of all rows to one column, whose rows nobody tells apart.
pub(super) fn all(values: &Values, rows: usize, limits: &IngestLimits) -> Cells {
    let mut cells = Cells::default();
    cells.nulls(rows.saturating_sub(values.data.count()) as u64);
    match &values.data {
        Data::Objects(count) => cells.objects(*count as u64),
        Data::Bools(truths) => {
            let trues = truths.iter().filter(|truth| **truth).count();
            cells.booleans(trues as u64, (truths.len() - trues) as u64);
        }
        Data::Integers(values) => cells.integers(values.iter().copied()),
        Data::Unsigned(values) => {
            cells.integers(values.iter().filter_map(|value| i64::try_from(*value).ok()));
            let wide = values.iter().filter(|value| i64::try_from(**value).is_err());
            cells.doubles(wide.map(|value| *value as f64));
        }
        Data::Doubles(values) => cells.doubles(values.iter().copied()),
        Data::Texts(texts) => all_texts(texts, limits, &mut cells),
        Data::Tensors(tensors) => {
            let count = tensors.iter().filter(|is_tensor| **is_tensor).count();
            cells.tensors(count as u64);
            cells.objects((tensors.len() - count) as u64);
        }
    }
    cells
}

/// Each entry of a dictionary once, with how often it comes; others one by one.
fn all_texts(texts: &Texts, limits: &IngestLimits, cells: &mut Cells) {
    let most = limits.max_value_bytes;
    let mut times = vec![0_u64; texts.entries.len()];
    for number in &texts.values {
        let number = *number as usize;
        match number.checked_sub(texts.entries.start).and_then(|entry| times.get_mut(entry)) {
            Some(times) => *times += 1,
            None => cells.text_within(0, texts.get(number), most),
        }
    }
    for (number, times) in texts.entries.clone().zip(times).filter(|(_, times)| *times > 0) {
        cells.repeat_text(texts.get(number), times, most);
    }
}

/// Adds each row's value to the table that the row goes to, by its number in `places`.
pub(super) fn dealt(values: &Values, places: &[u32], tables: usize, limits: &IngestLimits) -> Vec<Cells> {
    let mut cells = vec![Cells::keeping_rows(limits.keeps_rows); tables];
    let mut next = 0;
    for (row, place) in places.iter().enumerate() {
        let is_present = values.has(row);
        let at = next;
        next += usize::from(is_present);
        let Some(cells) = cells.get_mut(*place as usize) else { continue };
        if is_present { add(&values.data, at, limits, cells) } else { cells.null(0) }
    }
    cells
}

/// A column of one row: value `at`, or none.
pub(super) fn alone(values: &Values, at: Option<usize>, limits: &IngestLimits) -> Cells {
    let mut cells = Cells::keeping_rows(limits.keeps_rows);
    match at {
        Some(at) => add(&values.data, at, limits, &mut cells),
        None => cells.null(0),
    }
    cells
}

/// Adds value `at`.
fn add(data: &Data, at: usize, limits: &IngestLimits, cells: &mut Cells) {
    match data {
        Data::Bools(values) => cells.boolean(0, values.get(at).is_some_and(|truth| *truth)),
        Data::Integers(values) => cells.integer(0, values.get(at).copied().unwrap_or_default()),
        Data::Unsigned(values) => {
            let value = values.get(at).copied().unwrap_or_default();
            match i64::try_from(value) {
                Ok(value) => cells.integer(0, value),
                Err(_) => cells.double(0, value as f64),
            }
        }
        Data::Doubles(values) => cells.double(0, values.get(at).copied().unwrap_or_default()),
        Data::Texts(texts) => {
            let number = texts.values.get(at).map_or(usize::MAX, |number| *number as usize);
            cells.text_within(0, texts.get(number), limits.max_value_bytes);
        }
        Data::Tensors(tensors) if tensors.get(at).is_some_and(|is_tensor| *is_tensor) => cells.tensor(0),
        Data::Objects(_) | Data::Tensors(_) => cells.object(0),
    }
}
