//! From the lanes' partial profiles to one sealed, named profile a bucket.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolling_profiles_profile::Profile;
use time::OffsetDateTime;

use crate::dataset::{Dataset, Key};
use crate::helpers::Helpers;
use crate::lane::HandOver;
use crate::partial::Partial;
use crate::segment::{OfSegment, SegmentName, label};
use crate::writer::Writable;

/// One bucket's profile, or that of one segment, merged over the lanes.
pub(crate) struct Merged {
    pub key: Arc<Key>,
    pub segment: OfSegment,
    pub profile: Profile,
    pub rows: u64,
    /// It may count some rows in part: it stays by itself, and says so.
    pub doubtful: bool,
}

/// Merges what the lanes handed over, in lane order, so that the result does not depend on who was first.
pub(crate) fn merge(mut hand_overs: Vec<HandOver>, helpers: Helpers) -> Vec<Merged> {
    hand_overs.sort_by_key(|hand_over| hand_over.lane);
    let mut merged: BTreeMap<(u64, i64, OfSegment, usize), Merged> = BTreeMap::new();
    let partials = hand_overs.into_iter().flat_map(|hand_over| hand_over.partials);
    for (number, partial) in (1..).zip(partials) {
        let apart = if partial.doubtful { number } else { 0 };
        let place = (partial.key.dataset, partial.key.bucket.start_ms, partial.segment.clone(), apart);
        if let Some(open) = merged.get_mut(&place) {
            open.profile.merge_by(&helpers, &partial.profile);
            open.rows += partial.rows;
        } else {
            let Partial { key, segment, profile, rows, doubtful, .. } = partial;
            merged.insert(place, Merged { key, segment, profile, rows, doubtful });
        }
    }
    merged.into_values().collect()
}

/// Metadata of a profile that may count some rows in part, since this program failed while it was changed.
const DOUBTFUL: &str = "rp.doubtful";

/// Names sealed profiles: no two of one run, and hardly two of two runs, are alike.
#[derive(Debug)]
pub(crate) struct Namer {
    run: u32,
    part: u64,
}

impl Namer {
    pub fn new(run: u32) -> Self {
        Self { run, part: 0 }
    }

    /// Seals a merged profile.
    pub fn seal(&mut self, mut merged: Merged, helpers: Helpers) -> Writable {
        self.part += 1;
        let dataset = &merged.key.owner;
        let partition = merged.segment.as_ref().and_then(|segment| dataset.plan.partitions.get(segment.partition));
        let segment = partition.zip(merged.segment.as_deref());
        if let Some((partition, segment)) = segment {
            label(&mut merged.profile, partition, segment);
        }
        if merged.doubtful {
            merged.profile.metadata_mut().insert(DOUBTFUL.to_owned(), "true".to_owned());
        }
        let values = segment.map(|(_, segment)| format!("_{}", safe_name(&segment.values.join("_"))));
        let start_ms = merged.key.bucket.start_ms;
        let idempotency_key = format!("{}-{:08x}-{:04}", bucket_text(start_ms), self.run, self.part);
        Writable {
            bytes: merged.profile.serialize_by(&helpers),
            file_name: format!("{}_{idempotency_key}{}.bin", dataset_text(dataset), values.unwrap_or_default()),
            idempotency_key,
            dataset_id: dataset.id.clone(),
            org_id: dataset.org.clone(),
            dataset_timestamp_ms: start_ms,
            segment: segment.map(|(partition, segment)| SegmentName::new(partition, segment)),
            rows: merged.rows,
        }
    }
}

/// `2026-11-23T14-00-00Z`, or just the date at midnight: no colon, no blank.
fn bucket_text(start_ms: i64) -> String {
    let Ok(start) = OffsetDateTime::from_unix_timestamp(start_ms.div_euclid(1000)) else { return start_ms.to_string() };
    let date = format!("{:04}-{:02}-{:02}", start.year(), u8::from(start.month()), start.day());
    if start_ms.rem_euclid(86_400_000) == 0 {
        return date;
    }
    format!("{date}T{:02}-{:02}-{:02}Z", start.hour(), start.minute(), start.second())
}

/// The longest name that goes into a file name as it is.
const NAME_CHARS: usize = 80;

fn dataset_text(dataset: &Dataset) -> String {
    let org = dataset.org.as_deref().map(|org| format!("{}~~", safe_name(org)));
    format!("{}{}", org.unwrap_or_default(), safe_name(&dataset.id))
}

/// Letters, digits, `.`, `-` and `_` stay; every other byte is `~` and two hexadecimal digits, so that no two names meet. Capitals are escaped too,
/// since some file systems fold them. A long name is cut and told apart by a hash.
fn safe_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => safe.push(char::from(byte)),
            b'.' if index > 0 => safe.push('.'),
            _ => safe.extend(['~', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    if safe.len() > NAME_CHARS {
        let hash = name.bytes().fold(0, |hash, byte| crate::shared::mix(hash ^ u64::from(byte)));
        safe.truncate(NAME_CHARS);
        return format!("{safe}~~{hash:016x}");
    }
    safe
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_never_meet() {
        assert_eq!(safe_name("orders"), "orders");
        assert_eq!(safe_name("a/b"), "a~2fb");
        assert_eq!(safe_name("a~2fb"), "a~7e2fb");
        assert_eq!(safe_name(".."), "~2e.");
        assert_ne!(safe_name("Orders").to_lowercase(), safe_name("orders"));
        let long = "x".repeat(300);
        assert!(safe_name(&long).len() < 120);
        assert_ne!(safe_name(&long), safe_name(&format!("{long}y")));
    }

    #[test]
    fn buckets_read_as_times() {
        assert_eq!(bucket_text(1_709_164_800_000), "2024-02-29");
        assert_eq!(bucket_text(1_709_215_200_000), "2024-02-29T14-00-00Z");
        assert_eq!(bucket_text(-1000), "1969-12-31T23-59-59Z");
    }
}
