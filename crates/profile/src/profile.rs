//! The profile: columns by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::column::Column;
use crate::container::{SegmentHeader, TAG_PREFIX, decode, encode};
use crate::hands::{Alone, Hands, PIECE_COLUMNS};
use crate::kll::mix;
use crate::origin::{merge_metadata, part_entry};
use crate::schema::{ColumnSchema, Schema};
use crate::{FormatError, ProfileSettings};

/// Names a column of one profile, for as long as that profile lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(u32);

/// Statistics of the columns of a dataset over some time.
///
/// ```
/// use rolling_profiles_profile::{Profile, ProfileSettings};
///
/// let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
/// let id = profile.column("price");
/// profile.column_mut(id).add_numbers(&[1.0, 2.5, f64::NAN]);
///
/// let read = Profile::deserialize(&profile.serialize())?;
/// assert_eq!(read.get("price").map(|column| column.counts().n), Some(3));
/// # Ok::<(), rolling_profiles_profile::FormatError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Profile {
    schema: Arc<Schema>,
    seed: u64,
    dataset_timestamp_ms: i64,
    creation_timestamp_ms: i64,
    metadata: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    segment: SegmentHeader,
    columns: Vec<Column>,
    by_name: BTreeMap<Box<str>, ColumnId>,
}

impl Profile {
    /// A profile without columns. Times are milliseconds since 1970; the seed starts all random choices, so that equal calls give
    /// equal bytes.
    #[must_use]
    pub fn new(settings: ProfileSettings, dataset_timestamp_ms: i64, creation_timestamp_ms: i64, seed: u64) -> Self {
        Self::with_schema(
            Arc::new(Schema::new(ColumnSchema::new(settings))),
            dataset_timestamp_ms,
            creation_timestamp_ms,
            seed,
        )
    }

    /// As [`Profile::new`], with columns made by a schema.
    #[must_use]
    pub fn with_schema(schema: Arc<Schema>, dataset_timestamp_ms: i64, creation_timestamp_ms: i64, seed: u64) -> Self {
        Self {
            schema,
            seed,
            dataset_timestamp_ms,
            creation_timestamp_ms,
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            segment: SegmentHeader::default(),
            columns: Vec::new(),
            by_name: BTreeMap::new(),
        }
    }

    /// Finds a column by name, or makes it.
    pub fn column(&mut self, name: &str) -> ColumnId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let column = Column::new(self.schema.column(name), self.column_seed(name));
        self.push(name, column)
    }

    /// What the profile takes of memory, about, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        // A name is kept in the tree, beside its number.
        let names: usize = self.by_name.keys().map(|name| name.len() + 64).sum();
        names + self.columns.iter().map(Column::memory_bytes).sum::<usize>()
    }

    /// Number of columns.
    #[must_use]
    pub fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// The column to add values to.
    ///
    /// # Panics
    ///
    /// When the id comes from another profile that has more columns.
    pub fn column_mut(&mut self, id: ColumnId) -> &mut Column {
        &mut self.columns[id.0 as usize]
    }

    /// All columns with their names, ascending by name.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.by_name.iter().map(|(name, id)| (&**name, &self.columns[id.0 as usize]))
    }

    /// The column of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.by_name.get(name).map(|id| &self.columns[id.0 as usize])
    }

    /// Adds what another profile holds: the union of the columns, the earlier of both times, metadata and tags overwritten by the other's, and
    /// owner and segment where both are of the same. Whether that makes sense is what [`Profile::check_merge`] says; a metric that cannot be
    /// merged is left out, and is not taken over later from a third profile, which would count that one's rows alone.
    pub fn merge(&mut self, other: &Self) {
        self.merge_by(&Alone, other);
    }

    /// As [`Profile::merge`], columns shared among hands. The result does not depend on them.
    pub fn merge_by(&mut self, hands: &impl Hands, other: &Self) {
        let mut theirs = Vec::new();
        for (name, column) in other.columns() {
            let id = self.column_to_merge(name);
            theirs.resize(self.columns.len(), None);
            theirs[id.0 as usize] = Some(column);
        }
        let pieces = self.columns.chunks_mut(PIECE_COLUMNS).zip(theirs.chunks(PIECE_COLUMNS)).collect();
        hands.share(pieces, |(mine, theirs): (&mut [Column], &[Option<&Column>])| {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                if let Some(theirs) = theirs {
                    mine.merge(theirs);
                }
            }
        });
        self.dataset_timestamp_ms = self.dataset_timestamp_ms.min(other.dataset_timestamp_ms);
        self.creation_timestamp_ms = self.creation_timestamp_ms.min(other.creation_timestamp_ms);
        if self.segment != other.segment {
            // Of two segments together there is no name.
            self.segment = SegmentHeader::default();
        }
        // Where one has a tag among its metadata and the other among its tags, the file can have one of them.
        self.metadata.retain(|key, _| !key.starts_with(TAG_PREFIX) || !other.tags.contains_key(key));
        merge_metadata(&mut self.metadata, &other.metadata);
        self.tags.extend(other.tags.clone());
    }

    /// The profile as a file of whylogs 1.6. Equal profiles give equal bytes.
    #[must_use]
    pub fn serialize(&self) -> Vec<u8> {
        self.serialize_by(&Alone)
    }

    /// As [`Profile::serialize`], columns shared among hands. The bytes do not depend on them.
    #[must_use]
    pub fn serialize_by(&self, hands: &impl Hands) -> Vec<u8> {
        encode(self, hands, |_| None)
    }

    /// As [`Profile::serialize_by`], of a part of a dataset's profiles that has `rows` rows: the metadata of the file say so. `id` is shown the bytes of
    /// the columns, so that it can depend on what the part holds.
    #[must_use]
    pub fn serialize_part(
        &self,
        hands: &impl Hands,
        rows: u64,
        id: impl FnOnce(&mut dyn Iterator<Item = &[u8]>) -> String,
    ) -> Vec<u8> {
        encode(self, hands, |columns| Some(part_entry(&id(columns), rows)))
    }

    /// Reads a file of whylogs 1.6, written by this crate or any other implementation. Columns of it that are new to a later
    /// [`merge`](Self::merge) or [`column`](Self::column) get default settings.
    ///
    /// # Errors
    ///
    /// [`FormatError`] says what is wrong with the bytes. Bytes after the last chunk are ignored.
    pub fn deserialize(bytes: &[u8]) -> Result<Self, FormatError> {
        decode(bytes)
    }

    /// Start of the time the rows belong to, in milliseconds since 1970.
    #[must_use]
    pub fn dataset_timestamp_ms(&self) -> i64 {
        self.dataset_timestamp_ms
    }

    /// When the profile was made, in milliseconds since 1970.
    #[must_use]
    pub fn creation_timestamp_ms(&self) -> i64 {
        self.creation_timestamp_ms
    }

    /// Says when the profile was made.
    pub fn set_creation_timestamp_ms(&mut self, time: i64) {
        self.creation_timestamp_ms = time;
    }

    /// Free entries of the file. Keys that start with `whylogs.tag.` are written among the tags.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The metadata to change.
    pub fn metadata_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.metadata
    }

    /// Tags of the file.
    #[must_use]
    pub fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// The tags to change.
    pub fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }

    /// Which segment the profile is of; empty when it is none.
    #[must_use]
    pub fn segment_header(&self) -> &SegmentHeader {
        &self.segment
    }

    /// The segment header to change.
    pub fn segment_header_mut(&mut self) -> &mut SegmentHeader {
        &mut self.segment
    }

    pub(crate) fn set_dataset_timestamp_ms(&mut self, time: i64) {
        self.dataset_timestamp_ms = time;
    }

    /// Takes in a column that has been read.
    pub(crate) fn insert(
        &mut self,
        name: &str,
        read: impl FnOnce(Arc<ColumnSchema>, u64) -> Result<Column, FormatError>,
    ) -> Result<(), FormatError> {
        let column = read(self.schema.column(name), self.column_seed(name))?;
        self.push(name, column);
        Ok(())
    }

    fn push(&mut self, name: &str, column: Column) -> ColumnId {
        let id = ColumnId(self.columns.len() as u32);
        self.columns.push(column);
        self.by_name.insert(name.into(), id);
        id
    }

    /// Finds a column, or makes one that gets its metrics from another alone: those of this schema have not seen the other's values.
    fn column_to_merge(&mut self, name: &str) -> ColumnId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let column = Column::empty(self.schema.column(name), self.column_seed(name));
        self.push(name, column)
    }

    /// Each column draws its own random bits, whatever order the columns come in.
    fn column_seed(&self, name: &str) -> u64 {
        mix(self.seed ^ crate::murmur::hash_bytes(name.as_bytes()).0)
    }
}
