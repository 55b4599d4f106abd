//! Says in profiles whose they are, and in sealed ones which part of them each is.
//!
//! The id of a part must never come twice, or a merge takes rows for counted that are not. So it is a random number of this run and a
//! count within it. With a seed, which promises the same bytes for the same rows, a hash of what the part holds stands for the run: the same rows
//! are the same part then, whenever they are logged.

use rolling_profiles_profile::{Owner, Profile};

use crate::dataset::Dataset;
use crate::helpers::Helpers;
use crate::shared::mix;

/// Numbers the parts of one run.
#[derive(Debug)]
pub(crate) struct PartNumbers {
    seed: u64,
    is_seeded: bool,
    parts: u64,
}

impl PartNumbers {
    /// `is_seeded`: the seed is one that was given, and may come again.
    pub fn new(seed: u64, is_seeded: bool) -> Self {
        Self { seed, is_seeded, parts: 0 }
    }

    /// The bytes of a profile that is sealed, which say what part it is.
    pub fn serialize(&mut self, profile: &Profile, rows: u64, helpers: Helpers) -> Vec<u8> {
        self.parts += 1;
        profile.serialize_part(&helpers, rows, |columns| {
            let run = if self.is_seeded { self.hash_of(profile, columns) } else { self.seed };
            format!("{run:016x}-{:04}", self.parts)
        })
    }

    /// Of all that the profile says, but for the time at which it was made.
    fn hash_of(&self, profile: &Profile, columns: &mut dyn Iterator<Item = &[u8]>) -> u64 {
        let content = columns.fold(self.seed, hash);
        let start_ms = profile.dataset_timestamp_ms().cast_unsigned();
        let entries = profile.tags().iter().chain(profile.metadata());
        let texts =
            entries.flat_map(|(key, value)| [key.as_str(), value]).chain(profile.columns().map(|(name, _)| name));
        texts.fold(mix(content ^ start_ms), |all, text| mix(hash(all, text.as_bytes()) ^ text.len() as u64))
    }
}

/// Says in a profile whose it is.
pub(crate) fn name_owner(profile: &mut Profile, dataset: &Dataset) {
    profile.metadata_mut().extend(dataset.plan.metadata.clone());
    profile.metadata_mut().extend(dataset.late_metadata.entries());
    profile.set_owner(Owner { dataset: &dataset.id, org: dataset.org.as_deref() });
}

fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(seed, |hash, word| mix(hash ^ u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| mix(hash ^ u64::from(*byte)))
}
