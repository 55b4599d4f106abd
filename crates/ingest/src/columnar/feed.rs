//! Arrays into the cells of a column.

use super::bytes::fixed;
use super::node::{Dictionary, Node, Value, Values};
use crate::cells::Cells;
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;

/// What a message's values may take in memory: so many times its own bytes, and this much more. Entries of dictionaries and texts behind views
/// may be named again and again.
const EXPANSION: usize = 16;
/// The same where it is kept which value is which row's, which takes the more the less a value does: a bool is a bit of the message.
const KEPT_EXPANSION: usize = 32;
const SPARE_BYTES: usize = 1 << 20;
/// What they may take at the least where the bytes are those of a file.
const FILE_BYTES: usize = 256 << 20;
/// What a row takes that is told apart from others, and each of its values besides itself.
const KEPT_ROW_BYTES: usize = 24;
const KEPT_VALUE_BYTES: usize = 12;

pub(super) struct Feed<'l> {
    limits: &'l IngestLimits,
    /// Bytes that texts named more than once may still take.
    room: usize,
}

impl<'l> Feed<'l> {
    pub fn new(limits: &'l IngestLimits, message_bytes: usize) -> Self {
        let times = if limits.keeps_rows { KEPT_EXPANSION } else { EXPANSION };
        Self { limits, room: message_bytes.saturating_mul(times).saturating_add(SPARE_BYTES) }
    }

    /// The same for a batch of a file, whose rows may have more texts in common.
    pub fn of_file(limits: &'l IngestLimits, message_bytes: usize) -> Self {
        let feed = Self::new(limits, message_bytes);
        Self { room: feed.room.max(FILE_BYTES), ..feed }
    }

    /// Adds all values of a checked node.
    ///
    /// # Errors
    /// `InvalidData`.
    pub fn all(&mut self, node: &Node<'_>, cells: &mut Cells) -> Result<(), IngestError> {
        if node.length == 0 {
            return Ok(());
        }
        if self.limits.keeps_rows {
            return self.one_by_one(node, cells);
        }
        if !node.is_backed() {
            self.put(node.value(0)?, node.length as u64, cells);
            return Ok(());
        }
        match &node.values {
            Values::Integers { bytes, width, signed } if node.validity.is_none() => {
                integers(bytes, *width, *signed, node.length, cells);
                Ok(())
            }
            Values::Floats { bytes, width } if node.validity.is_none() && *width > 2 => {
                floats(bytes, *width, node.length, cells);
                Ok(())
            }
            Values::Bools(bits) if node.validity.is_none() => {
                let trues = bits.ones(node.length);
                cells.booleans(trues as u64, node.length.saturating_sub(trues) as u64);
                Ok(())
            }
            Values::Dictionary { indices, entries } => self.entries(node, indices, entries, cells),
            Values::Views { .. } => (0..node.length).try_for_each(|index| {
                let value = node.value(index)?;
                if let Value::Text(text) = value {
                    self.take(text.len())?;
                }
                self.put(value, 1, cells);
                Ok(())
            }),
            _ => (0..node.length).try_for_each(|index| {
                self.put(node.value(index)?, 1, cells);
                Ok(())
            }),
        }
    }

    /// Makes room for rows, before a value of theirs is read.
    ///
    /// # Errors
    /// `InvalidData`, where each row is to be known and there are too many for the message's size.
    pub fn rows(&mut self, rows: usize) -> Result<(), IngestError> {
        if self.limits.keeps_rows { self.take(rows.saturating_mul(KEPT_ROW_BYTES)) } else { Ok(()) }
    }

    /// All values in their order, as columns need them that keep their rows.
    fn one_by_one(&mut self, node: &Node<'_>, cells: &mut Cells) -> Result<(), IngestError> {
        if !node.is_backed() && node.value(0)? == Value::Null {
            // Nothing is kept of them.
            cells.nulls(node.length as u64);
            return Ok(());
        }
        let nulls = (0..node.length).filter(|&index| node.is_null(index)).count();
        self.take(node.length.saturating_sub(nulls).saturating_mul(KEPT_VALUE_BYTES))?;
        (0..node.length).try_for_each(|index| {
            match node.value(index)? {
                Value::Null => cells.null(0),
                Value::Bool(truth) => cells.boolean(0, truth),
                Value::Integer(integer) => cells.integer(0, integer),
                Value::Double(double) => cells.double(0, double),
                Value::Text(text) => {
                    self.take(text.len().min(self.limits.max_value_bytes))?;
                    cells.text_within(0, text, self.limits.max_value_bytes);
                }
                Value::Object => cells.object(0),
                Value::Tensor => cells.tensor(0),
            }
            Ok(())
        })
    }

    /// Each entry of a dictionary that is named, once and as often as it is: the work is that of its entries, and never more than that of its indices.
    fn entries(
        &mut self,
        node: &Node<'_>,
        indices: &Node<'_>,
        dictionary: &Dictionary<'_>,
        cells: &mut Cells,
    ) -> Result<(), IngestError> {
        let mut nulls = 0_u64;
        let named = (0..node.length).filter_map(|row| {
            if node.is_null(row) || indices.is_null(row) {
                nulls = nulls.saturating_add(1);
                return None;
            }
            let named = indices.index(row).and_then(|at| Ok((at.ok_or_else(|| invalid("an index is negative"))?, row)));
            Some(named)
        });
        let runs = if dictionary.length() <= node.length.saturating_mul(2) {
            counted(named, dictionary.length())?
        } else {
            sorted(named)?
        };
        cells.nulls(nulls);
        for (row, times) in runs {
            let value = node.value(row)?;
            if let Value::Text(text) = value {
                self.take(text.len().min(self.limits.max_value_bytes))?;
            }
            self.put(value, times, cells);
        }
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> Result<(), IngestError> {
        let left = self.room.checked_sub(bytes);
        self.room =
            left.ok_or_else(|| invalid("it has too many rows, or names the same texts too often, for its size"))?;
        Ok(())
    }

    fn put(&self, value: Value<'_>, times: u64, cells: &mut Cells) {
        match value {
            Value::Null => cells.nulls(times),
            Value::Bool(true) => cells.booleans(times, 0),
            Value::Bool(false) => cells.booleans(0, times),
            Value::Integer(integer) => cells.integers((0..times).map(|_| integer)),
            Value::Double(double) => cells.doubles((0..times).map(|_| double)),
            Value::Text(text) if times == 1 => cells.text_within(0, text, self.limits.max_value_bytes),
            Value::Text(text) => cells.repeat_text(text, times, self.limits.max_value_bytes),
            Value::Object => cells.objects(times),
            Value::Tensor => cells.tensors(times),
        }
    }
}

/// A row that names an entry, and how many do: by entry, and of each the first row, so that the order depends on the data alone.
type Runs = Vec<(usize, u64)>;

/// By counting, where there are not many more entries than rows. `named`: entries with the rows that name them, ascending by row.
fn counted(
    named: impl Iterator<Item = Result<(usize, usize), IngestError>>,
    entries: usize,
) -> Result<Runs, IngestError> {
    let mut runs = vec![(0, 0_u64); entries];
    for named in named {
        let (at, row) = named?;
        let run = runs.get_mut(at).ok_or_else(|| invalid("an index points outside of its dictionary"))?;
        if run.1 == 0 {
            run.0 = row;
        }
        run.1 = run.1.saturating_add(1);
    }
    runs.retain(|&(_, times)| times > 0);
    Ok(runs)
}

/// By sorting.
fn sorted(named: impl Iterator<Item = Result<(usize, usize), IngestError>>) -> Result<Runs, IngestError> {
    let mut named = named.collect::<Result<Vec<_>, _>>()?;
    named.sort_unstable();
    let runs = named.chunk_by(|one, other| one.0 == other.0);
    Ok(runs.filter_map(|run| Some((run.first()?.1, run.len() as u64))).collect())
}

/// All integers of an array without nulls; those past 63 bits are the nearest doubles.
fn integers(bytes: &[u8], width: usize, signed: bool, length: usize, cells: &mut Cells) {
    macro_rules! each {
        ($type:ty, $width:literal) => {
            bytes.as_chunks::<$width>().0.iter().take(length).map(|value| <$type>::from_le_bytes(*value))
        };
    }
    match (width, signed) {
        (1, true) => cells.integers(each!(i8, 1).map(i64::from)),
        (2, true) => cells.integers(each!(i16, 2).map(i64::from)),
        (4, true) => cells.integers(each!(i32, 4).map(i64::from)),
        (8, true) => cells.integers(each!(i64, 8)),
        (1, false) => cells.integers(each!(u8, 1).map(i64::from)),
        (2, false) => cells.integers(each!(u16, 2).map(i64::from)),
        (4, false) => cells.integers(each!(u32, 4).map(i64::from)),
        _ => {
            cells.integers(each!(u64, 8).filter_map(|value| i64::try_from(value).ok()));
            cells.doubles(each!(u64, 8).filter(|&value| i64::try_from(value).is_err()).map(|value| value as f64));
        }
    }
}

fn floats(bytes: &[u8], width: usize, length: usize, cells: &mut Cells) {
    if width == 4 {
        cells.doubles((0..length).filter_map(|index| Some(f32::from_le_bytes(fixed(bytes, index)?).into())));
    } else {
        cells.doubles(bytes.as_chunks::<8>().0.iter().take(length).map(|value| f64::from_le_bytes(*value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_and_sorting_find_the_same_runs() {
        let named = || [3, 0, 3, 7, 0, 3].into_iter().enumerate().map(|(row, at)| Ok((at, row)));
        let runs = [(1, 2), (0, 3), (3, 1)];
        assert_eq!(counted(named(), 8).unwrap(), runs);
        assert_eq!(sorted(named()).unwrap(), runs);
        assert!(counted(named(), 7).is_err(), "entry 7 is outside of seven");
    }
}
