//! How a dataset's rows become profiles.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rolling_profiles_profile::Schema;

use crate::segment::Partition;

/// How a dataset's rows become profiles.
#[derive(Debug, Default)]
pub struct Plan {
    /// How columns are made.
    pub schema: Arc<Schema>,
    /// How rows are told apart; none: all go to one profile. With several, each row goes to one segment of every one.
    pub partitions: Vec<Partition>,
    /// Entries for the metadata of all profiles.
    pub metadata: BTreeMap<String, String>,
    /// Columns that came with the rows and are none of the data.
    pub helpers: HashMap<String, Helper>,
    /// Whether something about rows is found out before they come here, so that messages that are still bytes cannot be taken.
    pub needs_rows: bool,
}

/// What a column is that is none of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Helper {
    /// It tells segments apart.
    Segment,
    /// It tells of which values of a column a condition holds.
    Condition {
        /// The column.
        column: String,
        /// The condition.
        name: String,
    },
}

impl From<Schema> for Plan {
    fn from(schema: Schema) -> Self {
        Self { schema: Arc::new(schema), ..Self::default() }
    }
}
