//! What a profile's metadata say of where it comes from, so that nothing is counted twice or in the wrong place.
//!
//! | key | value |
//! |---|---|
//! | `rp.producer`, `rp.version` | the program that made it, and its version |
//! | `rp.dataset`, `rp.org` | whose rows it counts; no organisation: none was named |
//! | `rp.part.<id>` | how many rows the part of that id has; a merged profile has an entry a part |
//! | `rp.source.<id>` | one reading of something that rows were read from, such as a file; each reading has a value of its own |
//!
//! The reference unites the entries of profiles that it merges, the last value of a key standing. So the entries of parts and sources survive its
//! merges as well, which is why each has a key of its own. Profiles of other programs have none of them.

use std::collections::BTreeMap;

use crate::{MergeError, Profile};

const PRODUCER: &str = "rp.producer";
const VERSION: &str = "rp.version";
const DATASET: &str = "rp.dataset";
const ORG: &str = "rp.org";
const PART: &str = "rp.part.";
const SOURCE: &str = "rp.source.";

/// The metadata's key for what rows were read from, by a name of its content.
#[must_use]
pub fn source_key(content: &str) -> String {
    format!("{SOURCE}{content}")
}

type Entries = BTreeMap<String, String>;

/// Whose rows a profile counts, and who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The dataset.
    pub dataset: &'a str,
    /// The organisation, when one was named.
    pub org: Option<&'a str>,
}

impl Profile {
    /// Notes whose rows it counts, and that this package made it.
    pub fn set_owner(&mut self, owner: Owner<'_>) {
        let metadata = self.metadata_mut();
        metadata.insert(PRODUCER.to_owned(), "rolling-profiles".to_owned());
        metadata.insert(VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        metadata.insert(DATASET.to_owned(), owner.dataset.to_owned());
        if let Some(org) = owner.org {
            metadata.insert(ORG.to_owned(), org.to_owned());
        }
    }

    /// Whose rows it counts, as far as it says so.
    #[must_use]
    pub fn owner(&self) -> Option<Owner<'_>> {
        let metadata = self.metadata();
        let dataset = metadata.get(DATASET)?;
        Some(Owner { dataset, org: metadata.get(ORG).map(String::as_str) })
    }

    /// Why another profile should not be merged into this one: its rows are another dataset's or are counted here already, or a metric
    /// cannot be merged.
    ///
    /// # Errors
    ///
    /// [`MergeError`] names the first reason.
    pub fn check_merge(&self, other: &Self) -> Result<(), MergeError> {
        if let (Some(mine), Some(theirs)) = (self.owner(), other.owner())
            && mine != theirs
        {
            return Err(MergeError::Owner { mine: name_of(mine), theirs: name_of(theirs) });
        }
        let (mine, theirs) = (self.metadata(), other.metadata());
        if let Some((part, _)) = entries(theirs, PART).find(|(part, _)| mine.contains_key(*part)) {
            return Err(MergeError::Part { id: part[PART.len()..].to_owned() });
        }
        let again = |(source, reading): &(&String, &String)| mine.get(*source).is_some_and(|mine| mine != *reading);
        if let Some((source, reading)) = entries(theirs, SOURCE).find(again) {
            return Err(MergeError::Source { id: source[SOURCE.len()..].to_owned(), reading: reading.clone() });
        }
        for (name, theirs) in other.columns() {
            if let Some(metric) = self.get(name).and_then(|mine| mine.unmergeable(theirs)) {
                return Err(MergeError::Metric { column: name.to_owned(), metric });
            }
        }
        Ok(())
    }
}

/// What metadata say of a part.
pub(crate) fn part_entry(id: &str, rows: u64) -> (String, String) {
    (format!("{PART}{id}"), rows.to_string())
}

/// Takes in the entries of another profile. Two owners together are none, and stay so whatever is merged with them.
pub(crate) fn merge_metadata(mine: &mut Entries, theirs: &Entries) {
    let owner = |entries: &Entries| entries.get(DATASET).map(|dataset| (dataset.clone(), entries.get(ORG).cloned()));
    let are_two = owner(mine).zip(owner(theirs)).is_some_and(|(mine, theirs)| mine != theirs);
    let is_nobodys = are_two || is_mixed(mine) || is_mixed(theirs);
    mine.extend(theirs.iter().map(|(key, value)| (key.clone(), value.clone())));
    if is_nobodys {
        mine.remove(DATASET);
        mine.remove(ORG);
    }
}

/// Whether they are of a profile of several owners: what this package makes has one at first.
fn is_mixed(entries: &Entries) -> bool {
    entries.contains_key(PRODUCER) && !entries.contains_key(DATASET)
}

fn name_of(owner: Owner<'_>) -> String {
    match owner.org {
        Some(org) => format!("dataset {:?} of organisation {org:?}", owner.dataset),
        None => format!("dataset {:?}", owner.dataset),
    }
}

/// The entries whose keys begin with `prefix`.
fn entries<'a>(metadata: &'a Entries, prefix: &'static str) -> impl Iterator<Item = (&'a String, &'a String)> {
    metadata.range(prefix.to_owned()..).take_while(move |(key, _)| key.starts_with(prefix))
}
