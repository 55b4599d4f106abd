//! A table, told apart by a partition.

use std::borrow::Cow;
use std::sync::Arc;

use super::Table;
use crate::plan::Plan;
use crate::segment::{SegmentKey, group};

/// The rows of `table` by the segments of partition `number`, in the order of their first rows. `taken` is told of the rows that a segment takes; with each comes
/// how many of its rows were taken before.
///
/// The table must have kept its rows.
pub(crate) fn split_table(
    table: &Table,
    plan: &Plan,
    number: usize,
    taken: &mut [bool],
) -> Vec<(Arc<SegmentKey>, Table, u64)> {
    let Some(partition) = plan.partitions.get(number) else { return Vec::new() };
    let rows = taken.len();
    let sources: Vec<Vec<Option<Cow<'_, str>>>> = partition
        .sources
        .iter()
        .map(|name| {
            let declared = plan.schema.column(name).declared;
            table.get(name).map(|cells| cells.key_texts(rows, declared)).unwrap_or_default()
        })
        .collect();
    let text = |row: u32, source: usize| sources.get(source)?.get(row as usize)?.as_deref().map(Cow::Borrowed);
    let passes = partition.filter.as_ref().map(|name| match table.get(name) {
        Some(cells) => cells.key_texts(rows, None),
        None => vec![None; rows],
    });
    let is_passed = |row: &u32| {
        let Some(passes) = &passes else { return true };
        passes.get(*row as usize).is_some_and(|text| text.as_deref() == Some("True"))
    };
    let groups = group(number, partition.sources.len(), (0..rows as u32).filter(is_passed), text);
    let mut places = vec![None; rows];
    let is_taken = |row: &&u32| taken.get(**row as usize).is_some_and(|&taken| taken);
    let repeated: Vec<u64> = groups.iter().map(|(_, rows)| rows.iter().filter(is_taken).count() as u64).collect();
    for (at, (_, rows)) in groups.iter().enumerate() {
        for &row in rows {
            if let (Some(place), Some(taken)) = (places.get_mut(row as usize), taken.get_mut(row as usize)) {
                *place = Some(at);
                *taken = true;
            }
        }
    }
    let mut columns: Vec<Vec<(Box<str>, _)>> = vec![Vec::new(); groups.len()];
    for (name, cells, _) in table.columns() {
        for (columns, cells) in columns.iter_mut().zip(cells.deal(&places, groups.len())) {
            columns.push((name.into(), cells));
        }
    }
    let tables = columns.into_iter().zip(groups).zip(repeated);
    tables
        .map(|((columns, (segment, rows)), repeated)| (segment, Table::of(columns, rows.len() as u64), repeated))
        .collect()
}
