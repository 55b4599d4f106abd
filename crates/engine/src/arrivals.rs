//! What rows of a block bring to profiles, and which of them there is no room for.
//!
//! A message counts whole or not at all. Nearly always all of a key's rows fit together; where they do not, its messages are looked at one by one.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::block::{ColumnData, Exception, MessageEntry};
use crate::dataset::Key;
use crate::open_set::{Arrival, OpenSet};
use crate::partial::{Rows, touches, trues};
use crate::plan::Helper;
use crate::segment::OfSegment;
use crate::track_block::Content;

/// The rows of a block that have one key.
pub(crate) struct Group<'a> {
    pub key: Arc<Key>,
    pub rows: Rows<'a>,
    /// Ascending by row.
    pub exceptions: &'a [Exception<'a>],
}

/// The rows of a group that go to one segment.
pub(crate) struct Part {
    pub segment: OfSegment,
    pub rows: Vec<u32>,
}

/// Looks whether the rows of a group without segments have room; gives those that have none.
pub(crate) fn admit_rows(
    open: &mut OpenSet,
    content: &Content<'_>,
    group: &Group<'_>,
    entries: &[MessageEntry],
) -> Vec<u32> {
    let names = new_names(open, content, group, &None, &group.rows);
    if names.is_empty() || open.admit(&group.key, &mut [Arrival { segment: None, names }]) {
        return Vec::new();
    }
    let mut unfit = Vec::new();
    for rows in messages(&group.rows, content.rows, entries) {
        let names = new_names(open, content, group, &None, &Rows::Some(&rows));
        if !names.is_empty() && !open.admit(&group.key, &mut [Arrival { segment: None, names }]) {
            unfit.extend(rows);
        }
    }
    unfit
}

/// The same of a group with segments, which has been told apart. Where there is no room for a segment, it becomes the overflow.
pub(crate) fn admit_parts(
    open: &mut OpenSet,
    content: &Content<'_>,
    group: &Group<'_>,
    entries: &[MessageEntry],
    parts: &mut [Part],
) -> Vec<u32> {
    let arrival = |open: &OpenSet, segment: &OfSegment, rows: &Rows<'_>| Arrival {
        segment: segment.clone(),
        names: new_names(open, content, group, segment, rows),
    };
    let mut arrivals: Vec<_> = parts.iter().map(|part| arrival(open, &part.segment, &Rows::Some(&part.rows))).collect();
    if open.admit(&group.key, &mut arrivals) {
        for (part, arrival) in parts.iter_mut().zip(arrivals) {
            part.segment = arrival.segment;
        }
        return Vec::new();
    }
    // By row: which parts it is in.
    let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
    for (at, part) in parts.iter().enumerate() {
        for &row in &part.rows {
            places.entry(row).or_default().push(at);
        }
    }
    let mut unfit = Vec::new();
    for rows in messages(&group.rows, content.rows, entries) {
        let mut by_part: Vec<(usize, u32)> =
            rows.iter().flat_map(|row| places.get(row).into_iter().flatten().map(|&at| (at, *row))).collect();
        by_part.sort_unstable();
        let of_parts: Vec<(usize, Vec<u32>)> = by_part
            .chunk_by(|left, right| left.0 == right.0)
            .map(|same| (same[0].0, same.iter().map(|&(_, row)| row).collect()))
            .collect();
        let mut arrivals: Vec<_> =
            of_parts.iter().map(|(at, rows)| arrival(open, &parts[*at].segment, &Rows::Some(rows))).collect();
        if open.admit(&group.key, &mut arrivals) {
            for ((at, _), arrival) in of_parts.iter().zip(arrivals) {
                parts[*at].segment = arrival.segment;
            }
        } else {
            unfit.extend(rows);
        }
    }
    unfit
}

/// The columns that these rows bring to a profile and that this lane's part of it lacks.
fn new_names<'n>(
    open: &OpenSet,
    content: &'n Content<'_>,
    group: &'n Group<'_>,
    segment: &OfSegment,
    rows: &Rows<'_>,
) -> Vec<&'n str> {
    let partial = open.get(&(group.key.number, segment.clone()));
    let known = partial.map_or(&[][..], |partial| partial.places_of(content.columns.number));
    let has = |name: &str| partial.is_some_and(|partial| partial.profile.get(name).is_some());
    let helpers = &group.key.owner.plan.helpers;
    let mut names: Vec<&str> = Vec::new();
    for (index, (column, name)) in content.columns.views.iter().zip(content.columns.shape.iter()).enumerate() {
        if known.get(index).is_some_and(Option::is_some) {
            continue;
        }
        let new = match helpers.get(&**name) {
            None if !has(name) && touches(column, rows) => &**name,
            Some(Helper::Condition { column: target, .. }) if !has(target) => match &column.data {
                ColumnData::Bools(bools) if trues(bools, column.validity, rows) > 0 => target,
                _ => continue,
            },
            _ => continue,
        };
        names.push(new);
    }
    let first = rows.first().map_or(0, |row| group.exceptions.partition_point(|exception| exception.row < row));
    for exception in &group.exceptions[first..] {
        if rows.last().is_some_and(|last| exception.row > last) {
            break;
        }
        let name = &*content.columns.shape[exception.column];
        if rows.contains(exception.row) && !helpers.contains_key(name) && !has(name) {
            names.push(name);
        }
    }
    names
}

/// The rows of a group by message, in order: those of an entry, or each by itself.
fn messages(rows: &Rows<'_>, all: usize, entries: &[MessageEntry]) -> Vec<Vec<u32>> {
    let entry_of = |row: u32| {
        let at = entries.partition_point(|entry| entry.first_row <= row as usize);
        let holds = |entry: &Range<usize>| entry.contains(&(row as usize));
        at.checked_sub(1).filter(|&at| holds(&(entries[at].first_row..entries[at].first_row + entries[at].rows)))
    };
    let each: Vec<u32> = match rows {
        Rows::All => (0..all as u32).collect(),
        Rows::Some(rows) => rows.to_vec(),
    };
    let is_same = |&left: &u32, &right: &u32| entry_of(left).is_some_and(|entry| entry_of(right) == Some(entry));
    each.chunk_by(is_same).map(<[u32]>::to_vec).collect()
}
