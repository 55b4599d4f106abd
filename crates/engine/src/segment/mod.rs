//! Segments: parts of a dataset whose rows agree in some columns, each with profiles of its own.
//!
//! A row without a value in the one column of a partition belongs to no segment of it; of several columns a missing one counts as `nan`. Both are
//! the reference's rules for data frames. Rows that no partition takes are counted.

mod by_rows;
mod by_table;

use std::sync::Arc;

use rolling_profiles_profile::{Profile, Segment, SegmentHeader};

pub(crate) use by_rows::split;
pub(crate) use by_table::Split;

/// How rows are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Its id, by which files of one partition are known.
    pub id: String,
    /// The columns that segments are named by.
    pub columns: Vec<String>,
    /// The columns that hold their values, in the same order: the same ones, or helpers.
    pub sources: Vec<String>,
    /// The filter, as text for the file.
    pub filter_text: Option<String>,
    /// The helper that is true for the rows that the filter lets pass.
    pub filter: Option<String>,
}

impl Partition {
    /// Rows are told apart by the values of these columns, all of them.
    pub fn of_columns(name: impl Into<String>, id: impl Into<String>, columns: Vec<String>) -> Self {
        Self { name: name.into(), id: id.into(), sources: columns.clone(), columns, filter_text: None, filter: None }
    }
}

/// One segment of a dataset's partitions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SegmentKey {
    /// Which of the partitions.
    pub partition: usize,
    /// The value in each of its columns, as text; none: of the overflow.
    pub values: Vec<String>,
}

impl SegmentKey {
    /// The segment of the rows that would be in more segments than there may be.
    pub(crate) const fn overflow(partition: usize) -> Self {
        Self { partition, values: Vec::new() }
    }

    /// Whether it is that one.
    #[must_use]
    pub const fn is_overflow(&self) -> bool {
        self.values.is_empty()
    }

    /// The text that a value missing in one of several columns counts as.
    const MISSING: &'static str = "nan";

    /// The key of a row; `None`: the row is in no segment.
    pub(crate) fn values_of<S: Into<String>>(values: impl ExactSizeIterator<Item = Option<S>>) -> Option<Vec<String>> {
        let is_one = values.len() == 1;
        values.map(|value| value.map(Into::into).or_else(|| (!is_one).then(|| Self::MISSING.to_owned()))).collect()
    }

    /// A number that is the same for equal keys, to start random choices with.
    pub(crate) fn seed(&self) -> u64 {
        let bytes = self.values.iter().flat_map(|value| value.bytes().chain([0xff]));
        bytes.fold(self.partition as u64, |seed, byte| crate::shared::mix(seed ^ u64::from(byte)))
    }
}

const TAG_PREFIX: &str = "whylogs.tag.";
/// What tells the overflow from segments, none of whose values can look like it.
const OVERFLOW: (&str, &str) = ("rp.overflow", "true");

/// What a file has for its segment: each column and its value.
fn tags_of<'s>(partition: &'s Partition, key: &'s SegmentKey) -> impl Iterator<Item = (&'s str, &'s str)> {
    let values = partition.columns.iter().map(String::as_str).zip(key.values.iter().map(String::as_str));
    values.chain(key.is_overflow().then_some(OVERFLOW))
}

/// What a file says of the segment it is of, beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentName {
    /// Name of the partition.
    pub partition: String,
    /// Id of the partition.
    pub partition_id: String,
    /// Each column and its value; of the overflow, that it is.
    pub tags: Vec<(String, String)>,
    /// It holds the rows that would be in more segments than there may be.
    pub is_overflow: bool,
}

impl SegmentName {
    pub(crate) fn new(partition: &Partition, key: &SegmentKey) -> Self {
        Self {
            partition: partition.name.clone(),
            partition_id: partition.id.clone(),
            tags: tags_of(partition, key).map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            is_overflow: key.is_overflow(),
        }
    }
}

/// Writes into a profile which segment it is of, as the reference's files say it.
pub(crate) fn label(profile: &mut Profile, partition: &Partition, key: &SegmentKey) {
    let tags: Vec<(String, String)> =
        tags_of(partition, key).map(|(name, value)| (format!("{TAG_PREFIX}{name}"), value.to_owned())).collect();
    profile.tags_mut().extend(tags.iter().cloned());
    let metadata = profile.metadata_mut();
    metadata.insert("segp_id".to_owned(), partition.id.clone());
    metadata.insert("segp_name".to_owned(), partition.name.clone());
    match partition.columns.as_slice() {
        [column] => metadata.insert("segp_col".to_owned(), column.clone()),
        columns => metadata.insert("segp_cols".to_owned(), format!("({})", columns.join(")("))),
    };
    if let Some(filter) = &partition.filter_text {
        metadata.insert("segp_filter".to_owned(), filter.clone());
    }
    // The offset is the one that the reference writes. Nobody reads it.
    *profile.segment_header_mut() = SegmentHeader {
        has_segments: true,
        segments: vec![Segment { tags, partition_id: String::new() }],
        offsets: vec![(0, 9)],
    };
}

/// A profile's segment: none for one of all rows.
pub(crate) type OfSegment = Option<Arc<SegmentKey>>;
