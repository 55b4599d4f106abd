//! The file: one profile, unsegmented or one segment.
//!
//! ```text
//! "WHY1"
//! varint length, SegmentHeader        { 1: has segments, 4: segments { 1: tags { 1: key, 2: value }, 2: partition }, 5: offsets }
//! varint length, ProfileHeader        { 1: properties { 4: created, 5: dataset time, 6: tags, 7: metadata },
//!                                       2: column → { 1: offsets }, 4: length, 5: index → path }
//! chunks, `length` bytes in all:      varint length, { 1: type (2: column), 3: length }, { 1: path index → component }
//! ```
//!
//! Offsets count from the first chunk. Times are unsigned milliseconds, so a dataset time before 1970 is written as 0 and its true value
//! as decimal text under [`DATASET_TIME_KEY`]; a reader that does not know the key still reads the file. Everything is written in sorted
//! order: equal profiles give equal bytes.

mod decode;
mod encode;

pub(crate) use decode::decode;
pub(crate) use encode::encode;

const MAGIC: &[u8] = b"WHY1";
const COLUMN_CHUNK: u64 = 2;

/// Metadata entry with the dataset time in milliseconds, as the reference's loggers name it.
const DATASET_TIME_KEY: &str = "whylogs.datasetTimestamp";

/// Metadata entries whose keys start with this are written among the tags.
pub(crate) const TAG_PREFIX: &str = "whylogs.tag.";

/// Which segment a file holds. Empty for an unsegmented profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SegmentHeader {
    /// Whether the file holds a segment.
    pub has_segments: bool,
    /// The segments; files of the reference hold one.
    pub segments: Vec<Segment>,
    /// Where each segment starts, by its number; the reference writes the entry (0, 9) and does not use it.
    pub offsets: Vec<(u32, u64)>,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment {
    /// Column (with the prefix `whylogs.tag.`) and its value in this segment, in the order of the partition.
    pub tags: Vec<(String, String)>,
    /// Partition id, empty in the reference's files.
    pub partition_id: String,
}
