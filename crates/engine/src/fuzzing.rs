//! For fuzz targets alone: parses a message on the calling thread, without an engine around it.

use rolling_profiles_ingest::{Granularity, IngestError, IngestLimits, RawMessage, Reading, Rows, Table, parse};
use rolling_profiles_profile::{Profile, ProfileSettings};

use crate::plan::Plan;
use crate::segment::{Partition, Split};

/// Low enough for short inputs to reach them.
const LIMITS: IngestLimits = IngestLimits {
    max_columns: 64,
    max_name_bytes: 64,
    max_value_bytes: 64,
    max_depth: 8,
    max_message_bytes: 1 << 20,
    keeps_rows: false,
};

/// A message that was read.
#[derive(Debug)]
pub struct Read {
    rows: Rows,
    keeps_rows: bool,
}

/// Reads a message as a lane's thread does, for a dataset with buckets of an hour; with `keeps_rows` as for one with segments.
///
/// # Errors
/// Those of the parser.
pub fn read(message: &RawMessage, keeps_rows: bool) -> Result<Read, IngestError> {
    let limits = IngestLimits { keeps_rows, ..LIMITS };
    let reading = Reading { limits: &limits, width: Granularity::Hour, spare: &mut Table::default(), admits: None };
    Ok(Read { rows: parse(message, reading)?.rows, keeps_rows })
}

impl Read {
    /// How many rows each of its tables has, and their profile.
    pub fn profiles(&self) -> impl Iterator<Item = (u64, Profile)> {
        self.rows.tables.iter().map(|(_, table)| (table.rows(), profile(table)))
    }

    /// The same of the segments of its tables, told apart by the first column and one that is not there; nothing where rows were not kept.
    #[must_use]
    pub fn segments(&self) -> Vec<(u64, Profile)> {
        let tables = self.rows.tables.iter().map(|(_, table)| table).filter(|_| self.keeps_rows);
        tables.flat_map(segments).collect()
    }
}

fn segments(table: &Table) -> Vec<(u64, Profile)> {
    let first = table.columns().next().map_or("neither", |(name, _, _)| name);
    let partition = Partition::of_columns("partition", "id", vec![first.to_owned(), "none of that name".to_owned()]);
    let plan = Plan { partitions: vec![partition], ..Plan::default() };
    let mut taken = vec![false; table.rows() as usize];
    let Some(split) = Split::new(table, &plan, 0, &mut taken) else { return Vec::new() };
    if split.filled_bytes() > LIMITS.max_message_bytes as u64 {
        return Vec::new();
    }
    let mut part = table.like();
    let parts = (0..split.groups.len()).map(|at| {
        split.put(table, at, &mut part);
        (part.rows(), profile(&part))
    });
    parts.collect()
}

fn profile(table: &Table) -> Profile {
    let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
    for (name, cells, missing) in table.columns() {
        let id = profile.column(name);
        cells.feed(profile.column_mut(id), missing);
    }
    profile
}
