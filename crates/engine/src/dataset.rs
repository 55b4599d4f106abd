//! What rows are told apart by before they are profiled: datasets, their buckets, and the columns that rows share.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::period::Periods;
use crate::plan::Plan;
use crate::schedule::Schedule;
use crate::writer::Writer;
use rolling_profiles_ingest::DatasetName;
use rolling_profiles_ingest::{Bucket, Granularity};

/// An (organisation, dataset id) pair: how wide its buckets are, when they are written and where they go.
pub struct Dataset {
    /// The dataset id, as the user wrote it.
    pub id: String,
    /// The organisation, when one was named.
    pub org: Option<String>,
    /// Width of a bucket.
    pub width: Granularity,
    /// When open profiles are written; `None`: by flush and close alone.
    pub schedule: Option<Schedule>,
    /// How its rows become profiles.
    pub plan: Plan,
    /// Each gets every profile.
    pub writers: Vec<Arc<dyn Writer>>,
    /// Entries for the metadata of profiles, beside those of the plan, that are known later.
    pub late_metadata: LateMetadata,
}

/// Metadata of a dataset that are known only after it was opened, such as what its rows were read from: profiles that are sealed from then on have them.
#[derive(Debug, Default)]
pub struct LateMetadata(Mutex<BTreeMap<String, String>>);

impl LateMetadata {
    pub(crate) fn add(&self, key: String, value: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value);
    }

    pub(crate) fn entries(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Dataset({:?}, {:?}, {} writers)", self.org, self.id, self.writers.len())
    }
}

impl Dataset {
    /// Its name.
    pub(crate) fn name(&self) -> DatasetName {
        DatasetName { org: self.org.clone(), id: self.id.clone() }
    }
}

/// A dataset's bucket. There is one for as long as anything of it is open.
#[derive(Debug)]
pub struct Key {
    /// What blocks call it.
    pub number: u64,
    /// Number of the dataset.
    pub dataset: u64,
    /// The dataset itself.
    pub owner: Arc<Dataset>,
    /// The time span.
    pub bucket: Bucket,
    /// What its open profiles have, over all lanes.
    pub periods: Periods,
}

impl Key {
    /// Whether its rows are told apart by segments.
    pub(crate) fn has_segments(&self) -> bool {
        !self.owner.plan.partitions.is_empty()
    }
}

/// Column names in directory order.
pub type Shape = [Box<str>];
