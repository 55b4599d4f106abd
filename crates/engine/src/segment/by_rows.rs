//! The rows of a block, told apart by a partition.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use rolling_profiles_ingest::{text_of_double, text_of_number};

use super::{Partition, SegmentKey};
use crate::block::{ColumnData, ColumnView, Declared, Exception, ExceptionValue};
use crate::dataset::Shape;
use crate::plan::Plan;
use rolling_profiles_profile::ValueType;

/// What stands for a missing value while a key is looked up: no byte of a length.
const MISSING: char = '\u{100}';

/// Segments, in the order of their first rows, each with its rows.
pub(crate) type Groups = Vec<(Arc<SegmentKey>, Vec<u32>)>;

/// Tells `rows` of a block apart by partition `number` of a plan. Rows in no group are left out of the partition.
pub(crate) fn split(
    plan: &Plan,
    number: usize,
    shape: &Shape,
    columns: &[ColumnView<'_>],
    exceptions: &[Exception<'_>],
    rows: impl Iterator<Item = u32>,
) -> Groups {
    let Some(partition) = plan.partitions.get(number) else { return Vec::new() };
    let reader = Reader::new(plan, partition, shape, columns, exceptions);
    let rows = rows.filter(|&row| reader.passes(row));
    group(number, reader.sources.len(), rows, |row, source| reader.text(row, reader.sources.get(source)?))
}

/// Tells rows apart by the texts of their `sources`; rows in no segment are in no group.
pub(crate) fn group<'t>(
    number: usize,
    sources: usize,
    rows: impl Iterator<Item = u32>,
    text: impl Fn(u32, usize) -> Option<Cow<'t, str>>,
) -> Groups {
    let mut groups: Groups = Vec::new();
    let mut index: HashMap<String, Option<usize>> = HashMap::new();
    let mut joined = String::new();
    for row in rows {
        joined.clear();
        for source in 0..sources {
            // Each text is followed by its length, so that no two lists of texts meet; a missing one has none.
            match text(row, source) {
                Some(text) => {
                    joined.push_str(&text);
                    joined.extend((text.len() as u64).to_le_bytes().map(char::from));
                }
                None => joined.push(MISSING),
            }
        }
        let at = if let Some(at) = index.get(&joined) {
            *at
        } else {
            let at = SegmentKey::values_of((0..sources).map(|source| text(row, source))).map(|values| {
                groups.push((Arc::new(SegmentKey { partition: number, values }), Vec::new()));
                groups.len() - 1
            });
            index.insert(joined.clone(), at);
            at
        };
        if let Some((_, rows)) = at.and_then(|at| groups.get_mut(at)) {
            rows.push(row);
        }
    }
    groups
}

/// A column that a key is read from; none: no row has it.
struct Source<'a> {
    at: Option<(usize, &'a ColumnView<'a>)>,
    declared: Option<ValueType>,
}

struct Reader<'a> {
    sources: Vec<Source<'a>>,
    filter: Option<Source<'a>>,
    /// By row and column.
    exceptions: HashMap<(usize, usize), ExceptionValue<'a>>,
}

impl<'a> Reader<'a> {
    fn new(
        plan: &Plan,
        partition: &Partition,
        shape: &Shape,
        columns: &'a [ColumnView<'a>],
        exceptions: &[Exception<'a>],
    ) -> Self {
        let source = |name: &String| {
            let at = shape.iter().position(|column| **column == **name);
            let column = at.and_then(|at| Some((at, columns.get(at)?)));
            Source { at: column, declared: plan.schema.column(name).declared }
        };
        let sources: Vec<Source<'_>> = partition.sources.iter().map(source).collect();
        let filter = partition.filter.as_ref().map(source);
        let is_read =
            |column: usize| sources.iter().chain(&filter).any(|source| source.at.is_some_and(|(at, _)| at == column));
        let exceptions = exceptions.iter().filter(|exception| is_read(exception.column));
        let exceptions = exceptions.map(|exception| ((exception.row, exception.column), exception.value)).collect();
        Self { sources, filter, exceptions }
    }

    fn passes(&self, row: u32) -> bool {
        let Some(filter) = &self.filter else { return true };
        matches!(filter.at, Some((_, ColumnView { data: ColumnData::Bools(bools), validity, .. }))
            if is_value(*validity, row) && bools[row as usize] != 0)
    }

    fn text(&self, row: u32, source: &Source<'a>) -> Option<Cow<'a, str>> {
        let (at, column) = source.at?;
        if !is_value(column.validity, row) {
            return match *self.exceptions.get(&(row as usize, at))? {
                ExceptionValue::Number(number) => text_of_number(number, source.declared),
                ExceptionValue::Bool(truth) => Some(text_of_bool(truth)),
                ExceptionValue::Text(text) => Some(text.into()),
                ExceptionValue::Integer(integer) => Some(integer.to_string().into()),
                ExceptionValue::Object | ExceptionValue::Tensor => None,
            };
        }
        match &column.data {
            ColumnData::Numbers(numbers) => match column.declared {
                Declared::Fractional => text_of_double(numbers[row as usize]),
                Declared::Nothing | Declared::Integral => text_of_number(numbers[row as usize], source.declared),
            },
            ColumnData::Bools(bools) => Some(text_of_bool(bools[row as usize] != 0)),
            ColumnData::Texts(texts) => Some(texts.get(row as usize).into()),
            ColumnData::Nothing => None,
        }
    }
}

fn is_value(validity: Option<&[u8]>, row: u32) -> bool {
    validity.is_none_or(|validity| validity[row as usize] == crate::block::VALUE)
}

fn text_of_bool(truth: bool) -> Cow<'static, str> {
    if truth { "True" } else { "False" }.into()
}
