//! Finds rows that would give their profile more columns than `limits.maxColumns` allows.

use std::collections::{HashMap, HashSet};

use crate::accounting::Rejections;
use crate::block::{Exception, MessageEntry};
use crate::error::{EngineError, ErrorCode};
use crate::open_set::OpenSet;
use crate::partial::touches;
use crate::track_block::Content;

/// Rejects rows of messages that would exceed the limit. That is rare, so it is looked for only where a shape might. `by_key` are the rows, grouped by key.
pub(crate) fn reject_excess_columns(
    open: &OpenSet,
    content: &Content<'_>,
    by_key: &[u32],
    entries: &[MessageEntry],
    max_columns: usize,
    rejections: &mut Rejections,
) {
    let shape = content.columns.shape;
    let may_exceed = |key: u64| {
        open.get(&(key, None)).is_some_and(|partial| {
            partial.profile.column_count() + shape.len() > max_columns && partial.columns_with(shape) > max_columns
        })
    };
    let suspects: HashSet<u64> = content.groups(by_key).map(|(key, _)| key).filter(|&key| may_exceed(key)).collect();
    if suspects.is_empty() {
        return;
    }
    let mut unfit = vec![false; content.rows];
    // Columns of this shape that earlier rows of this block bring to a key's profile.
    let mut coming: HashMap<u64, Vec<usize>> = HashMap::new();
    for (row, unfit) in unfit.iter_mut().enumerate() {
        let key = content.key_of(row);
        let Some(partial) = open.get(&(key, None)).filter(|_| suspects.contains(&key)) else { continue };
        let known = partial.profile.column_count();
        let coming = coming.entry(key).or_default();
        let is_exception =
            |index| content.exceptions.iter().any(|entry: &Exception<'_>| entry.row == row && entry.column == index);
        let is_new = |index: usize| {
            (touches(&content.columns.views[index], row) || is_exception(index))
                && !coming.contains(&index)
                && partial.profile.get(&shape[index]).is_none()
        };
        let new: Vec<usize> = (0..shape.len()).filter(|&index| is_new(index)).collect();
        if !new.is_empty() && known + coming.len() + new.len() > max_columns {
            *unfit = true;
        } else {
            coming.extend(new);
        }
    }
    if !unfit.contains(&true) {
        return;
    }
    for entry in entries {
        let part = &mut unfit[entry.first_row..entry.first_row + entry.rows];
        if part.contains(&true) {
            part.fill(true);
        }
    }
    let message = format!("a profile would have more than {max_columns} columns (limits.maxColumns)");
    let rows = unfit.iter().enumerate().filter(|(_, unfit)| **unfit).map(|(row, _)| row);
    rejections.add(content.rows, rows, EngineError::new(ErrorCode::TooManyColumns, message));
}
