//! Rows as the wire has them: `{ columns, data }`. The two come in any order, so rows are gathered by position and named at the end.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::cell::Cell;
use super::context::Context;
use super::field::Name;
use super::nested::{Nested, Shape};
use super::refuse::refuse_others;
use crate::cells::Cells;
use crate::error::{IngestError, invalid};
use crate::table::{Table, too_many};

/// `{ columns, data }`, or null.
pub(super) struct Multiple<'a, 'l> {
    pub context: &'a Context<'l>,
}

impl Multiple<'_, '_> {
    fn refuse<E: serde::de::Error>(&self) -> E {
        self.context.fail(invalid("its field \"multiple\" is not { columns, data }"))
    }
}

impl<'de> DeserializeSeed<'de> for Multiple<'_, '_> {
    type Value = Option<Table>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Multiple<'_, '_> {
    type Value = Option<Table>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("columns and data")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let context = self.context;
        let mut names: Option<Vec<String>> = None;
        let mut grid: Option<Grid> = None;
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "columns" => names = Some(map.next_value_seed(Columns { context })?),
                "data" => {
                    let width = names.as_ref().map(Vec::len);
                    grid = Some(map.next_value_seed(Rows { context, width })?);
                }
                _ => map.next_value_seed(Nested { context, shape: &mut Shape::default(), depth: 0 })?,
            }
        }
        let (Some(names), Some(grid)) = (names, grid) else { return Err(self.refuse()) };
        grid.named(&names, context).map(Some).map_err(|error| context.fail(error))
    }

    refuse_others! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.refuse())
    }
}

/// The column names.
struct Columns<'a, 'l> {
    context: &'a Context<'l>,
}

impl<'de> DeserializeSeed<'de> for Columns<'_, '_> {
    type Value = Vec<String>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Columns<'_, '_> {
    type Value = Vec<String>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("column names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let context = self.context;
        let mut names = Vec::new();
        while let Some(name) = seq.next_element_seed(Name { context, what: "column name" })? {
            let Some(name) = name else { return Err(context.fail(invalid("a column name is null"))) };
            names.push(name);
            if names.len() > context.limits.max_columns {
                return Err(context.fail(too_many(context.limits)));
            }
        }
        Ok(names)
    }
}

/// Columns by position.
#[derive(Default)]
struct Grid {
    columns: Vec<Cells>,
    rows: u64,
}

impl Grid {
    fn named(self, names: &[String], context: &Context<'_>) -> Result<Table, IngestError> {
        let mut table = Table::default();
        if self.rows > 0 && self.columns.len() != names.len() {
            let problem = if self.columns.len() < names.len() { "short" } else { "wide" };
            return Err(wrong_width(problem, self.columns.len(), names.len()).in_row(0));
        }
        for (name, cells) in names.iter().zip(self.columns) {
            table.insert(name, cells, context.limits)?;
        }
        table.set_rows(self.rows);
        Ok(table)
    }
}

fn wrong_width(problem: &str, values: usize, columns: usize) -> IngestError {
    invalid(&format!("a row is too {problem}: {values} values for {columns} columns"))
}

/// The rows, as lists of values.
struct Rows<'a, 'l> {
    context: &'a Context<'l>,
    width: Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = Grid;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Grid, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = Grid;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Grid, A::Error> {
        let mut grid = Grid::default();
        let mut width = self.width;
        while seq.next_element_seed(Row { context: self.context, grid: &mut grid, width })?.is_some() {
            width = Some(grid.columns.len());
        }
        Ok(grid)
    }
}

struct Row<'a, 'l> {
    context: &'a Context<'l>,
    grid: &'a mut Grid,
    width: Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { context, grid, width } = self;
        let limits = context.limits;
        let row = grid.rows.saturating_add(1);
        let most = width.unwrap_or(limits.max_columns);
        let mut at = 0usize;
        loop {
            if at >= grid.columns.len() && at < most {
                grid.columns.push(Cells::keeping_rows(limits.keeps_rows));
            }
            let Some(cells) = grid.columns.get_mut(at).filter(|_| at < most) else { break };
            if seq.next_element_seed(Cell { context, cells, row })?.is_none() {
                break;
            }
            at = at.saturating_add(1);
        }
        let wrong = |problem| context.fail(wrong_width(problem, at, most).in_row(grid.rows));
        match width {
            Some(width) if at < width => return Err(wrong("short")),
            Some(_) if seq.next_element::<IgnoredAny>()?.is_some() => return Err(wrong("wide")),
            Some(_) => {}
            None if at == most && seq.next_element::<IgnoredAny>()?.is_some() => {
                return Err(context.fail(too_many(limits)));
            }
            // One was made ahead.
            None => grid.columns.truncate(at),
        }
        grid.rows = row;
        Ok(())
    }
}
