//! A table, told apart by a partition.
//!
//! What the parts have is found out at once, and takes as much memory as the table's values do. A part's table is made only when its turn comes,
//! in the place of the one before: each has all columns of the whole, so all of them together may be far larger than the message.

use std::borrow::Cow;
use std::sync::Arc;

use rolling_profiles_ingest::{Dealt, NOWHERE, Table};

use super::SegmentKey;
use super::by_rows::group;
use crate::plan::{Helper, Plan};

/// What a null takes that fills up a part's column, as in rows that are encoded: data and validity.
const NULL_BYTES: u64 = 9;

/// The rows of a table by the segments of one partition.
pub(crate) struct Split {
    /// In the order of their first rows.
    pub groups: Vec<Group>,
    /// By column of the table, of those that have values.
    dealt: Vec<Dealt>,
    /// Whether rows count a null in each column that they do not name.
    counts_missing: bool,
}

/// The rows of one segment.
pub(crate) struct Group {
    pub segment: Arc<SegmentKey>,
    pub rows: u64,
    /// Rows among them that an earlier partition takes too.
    pub repeated: u64,
}

impl Split {
    /// Tells the rows of `table` apart by partition `number`; `None`: there is no such partition. `taken` is told of the rows that a segment takes.
    ///
    /// The table must have kept its rows.
    pub fn new(table: &Table, plan: &Plan, number: usize, taken: &mut [bool]) -> Option<Self> {
        let partition = plan.partitions.get(number)?;
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
        let by_key = group(number, partition.sources.len(), (0..rows as u32).filter(is_passed), text);
        let mut places = vec![NOWHERE; rows];
        let mut groups = Vec::with_capacity(by_key.len());
        for (at, (segment, rows)) in (0_u32..).zip(by_key) {
            let mut repeated = 0_u64;
            for &row in &rows {
                if let (Some(place), Some(taken)) = (places.get_mut(row as usize), taken.get_mut(row as usize)) {
                    *place = at;
                    repeated = repeated.saturating_add(u64::from(std::mem::replace(taken, true)));
                }
            }
            groups.push(Group { segment, rows: rows.len() as u64, repeated });
        }
        let dealt = table.columns().map(|(_, cells, _)| cells.deal(&places)).collect();
        Some(Self { groups, dealt, counts_missing: table.counts_missing() })
    }

    /// What the nulls take that fill up the columns of its parts where none of their rows has a value.
    pub fn filled_bytes(&self) -> u64 {
        if !self.counts_missing {
            return 0;
        }
        let all = (self.groups.len() as u64).saturating_mul(self.dealt.len() as u64);
        let with_values = self.dealt.iter().map(|dealt| dealt.parts() as u64).fold(0, u64::saturating_add);
        all.saturating_sub(with_values).saturating_mul(NULL_BYTES)
    }

    /// The columns that part `at` brings to a profile.
    pub fn names<'t>(&self, table: &'t Table, plan: &'t Plan, at: usize) -> Vec<&'t str> {
        let brought = |((name, ..), dealt): ((&'t str, _, _), &Dealt)| match plan.helpers.get(name) {
            None => (self.counts_missing || dealt.has_any(at as u32)).then_some(name),
            Some(Helper::Condition { column, .. }) if dealt.has_true(at as u32) => Some(column.as_str()),
            Some(_) => None,
        };
        table.columns().zip(&self.dealt).filter_map(brought).collect()
    }

    /// Makes `part`, which is like `table` ([`Table::like`]), its part `at`.
    pub fn put(&self, table: &Table, at: usize, part: &mut Table) {
        let rows = self.groups.get(at).map_or(0, |group| group.rows);
        let nulls = if self.counts_missing { rows } else { 0 };
        part.refill(table, rows, |source, dealt, cells| {
            let nothing = Dealt::default();
            cells.take_part(source, self.dealt.get(dealt).unwrap_or(&nothing), at as u32, nulls);
        });
    }
}
