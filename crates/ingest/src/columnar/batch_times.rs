//! The column of a batch that holds the times of its rows.

use arrow_ipc::{DateUnit, Field, TimeUnit, Type};

use super::node::{Node, Value};
use crate::cells::Moment;
use crate::error::IngestError;

/// What a time counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    /// So many ms each.
    Coarse(i64),
    /// So many to a ms.
    Fine(i64),
}

impl Unit {
    /// That of a field that holds dates or times.
    pub fn of(field: &Field<'_>) -> Option<Self> {
        if field.dictionary().is_some() {
            return None;
        }
        match field.type_type() {
            Type::Date => match field.type_as_date()?.unit() {
                DateUnit::DAY => Some(Self::Coarse(86_400_000)),
                DateUnit::MILLISECOND => Some(Self::Coarse(1)),
                _ => None,
            },
            Type::Timestamp => match field.type_as_timestamp()?.unit() {
                TimeUnit::SECOND => Some(Self::Coarse(1000)),
                TimeUnit::MILLISECOND => Some(Self::Coarse(1)),
                TimeUnit::MICROSECOND => Some(Self::Fine(1000)),
                TimeUnit::NANOSECOND => Some(Self::Fine(1_000_000)),
                _ => None,
            },
            _ => None,
        }
    }

    /// How many bytes a value has.
    pub fn width(field: &Field<'_>) -> usize {
        match field.type_as_date().map(|date| date.unit()) {
            Some(DateUnit::DAY) => 4,
            _ => 8,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Clock<'a> {
    pub node: Node<'a>,
    /// Of dates and times, whose node has integers.
    pub unit: Option<Unit>,
}

impl Clock<'_> {
    /// The value of a row as a time; those before 1970 round down, like those after it.
    pub fn moment(&self, row: usize) -> Result<Moment<'_>, IngestError> {
        let value = self.node.value(row)?;
        Ok(match (value, self.unit) {
            (Value::Integer(count), Some(Unit::Coarse(ms))) => Moment::Time(count.saturating_mul(ms)),
            (Value::Integer(count), Some(Unit::Fine(to_a_ms))) => Moment::Time(count.div_euclid(to_a_ms)),
            (value, _) => value.into(),
        })
    }
}
