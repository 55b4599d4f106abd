//! From the lanes' partial profiles to one sealed, named profile a bucket.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rolling_profiles_profile::Profile;
use time::OffsetDateTime;

use crate::dataset::{Dataset, Key};
use crate::failure::panic_text;
use crate::helpers::Helpers;
use crate::lane::HandOver;
use crate::origin::{PartNumbers, name_owner};
use crate::partial::Partial;
use crate::segment::{OfSegment, SegmentName, label};
use crate::shared::random_seed;
use crate::writer::Writable;

/// What the lanes have of one bucket, or of one segment of it, in lane order.
pub(crate) struct Group {
    pub key: Arc<Key>,
    pub segment: OfSegment,
    parts: Vec<(Profile, u64)>,
    /// What the partials took of memory.
    pub bytes: u64,
    repeated_rows: u64,
    /// See [`Merged::doubtful`].
    doubtful: bool,
}

/// One bucket's profile, or that of one segment, merged over the lanes.
pub(crate) struct Merged {
    pub key: Arc<Key>,
    pub segment: OfSegment,
    pub profile: Profile,
    pub rows: u64,
    /// See [`Group::first_rows`].
    pub first_rows: u64,
    /// It may count some rows in part: it stays by itself, and says so.
    pub doubtful: bool,
}

impl Merged {
    /// Writes into the profile whose it is, and which segment it is of.
    pub fn label(&mut self) {
        let owner = &self.key.owner;
        name_owner(&mut self.profile, owner);
        if let Some(segment) = &self.segment
            && let Some(partition) = owner.plan.partitions.get(segment.partition)
        {
            label(&mut self.profile, partition, segment);
        }
    }
}

/// Sorts what the lanes handed over, in lane order, so that the result does not depend on who was first.
pub(crate) fn group(mut hand_overs: Vec<HandOver>) -> Vec<Group> {
    hand_overs.sort_by_key(|hand_over| hand_over.lane);
    let mut groups: BTreeMap<(u64, i64, OfSegment, usize), Group> = BTreeMap::new();
    let partials = hand_overs.into_iter().flat_map(|hand_over| hand_over.partials);
    for (number, partial) in (1..).zip(partials) {
        let apart = if partial.doubtful { number } else { 0 };
        let place = (partial.key.dataset, partial.key.bucket.start_ms, partial.segment.clone(), apart);
        let bytes = partial.bytes();
        let Partial { key, segment, profile, rows, repeated_rows, doubtful, .. } = *partial;
        let group = groups.entry(place).or_insert_with(|| Group {
            key,
            segment,
            // Mostly there is one.
            parts: Vec::with_capacity(1),
            bytes: 0,
            repeated_rows: 0,
            doubtful,
        });
        group.bytes += bytes;
        group.repeated_rows += repeated_rows;
        group.parts.push((profile, rows));
    }
    groups.into_values().collect()
}

impl Group {
    /// How many rows it counts.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|(_, rows)| rows).sum()
    }

    /// The same without those that a segment of an earlier partition counts too: over all groups, each row comes once.
    pub fn first_rows(&self) -> u64 {
        self.rows().saturating_sub(self.repeated_rows)
    }

    /// Makes one profile of it; `None` when it has no part.
    pub fn merge(self, helpers: Helpers) -> Option<Merged> {
        let (rows, first_rows) = (self.rows(), self.first_rows());
        let mut parts = self.parts.into_iter().map(|(profile, _)| profile);
        let mut profile = parts.next()?;
        for part in parts {
            profile.merge_by(&helpers, &part);
        }
        Some(Merged { key: self.key, segment: self.segment, profile, rows, first_rows, doubtful: self.doubtful })
    }
}

/// Runs `work` over each group. A panic in it is that group's alone: `lost` is told whose it is, how many rows it counts first, and what the panic said.
pub(crate) fn each<T>(
    groups: impl Iterator<Item = Group>,
    mut work: impl FnMut(Group) -> Option<T>,
    mut lost: impl FnMut(&Key, u64, &str),
) -> Vec<T> {
    let mut results = Vec::new();
    for group in groups {
        let (key, rows) = (Arc::clone(&group.key), group.first_rows());
        match catch_unwind(AssertUnwindSafe(|| work(group))) {
            Ok(result) => results.extend(result),
            Err(panic) => lost(&key, rows, panic_text(&*panic)),
        }
    }
    results
}

/// Metadata of a profile that may count some rows in part, since this program failed while it was changed.
const DOUBTFUL: &str = "rp.doubtful";

/// Names sealed profiles: no two of one run, and hardly two of two runs, are alike; so the run's number is random, whatever seed the sketches have.
#[derive(Debug)]
pub(crate) struct Namer {
    run: u32,
    part: u64,
}

impl Namer {
    pub fn new() -> Self {
        Self { run: random_seed() as u32, part: 0 }
    }

    /// Seals a merged profile.
    pub fn seal(&mut self, mut merged: Merged, numbers: &mut PartNumbers, helpers: Helpers) -> Writable {
        self.part += 1;
        merged.label();
        let dataset = &merged.key.owner;
        let partition = merged.segment.as_ref().and_then(|segment| dataset.plan.partitions.get(segment.partition));
        let segment = partition.zip(merged.segment.as_deref());
        if merged.doubtful {
            merged.profile.metadata_mut().insert(DOUBTFUL.to_owned(), "true".to_owned());
        }
        let values =
            segment.map(
                |(_, segment)| {
                    if segment.is_overflow() { OVERFLOW.to_owned() } else { safe_name(&segment.values.join("_")) }
                },
            );
        let start_ms = merged.key.bucket.start_ms;
        let idempotency_key = format!("{}-{:08x}-{:04}", bucket_text(start_ms), self.run, self.part);
        Writable {
            bytes: numbers.serialize(&merged.profile, merged.rows, helpers),
            file_name: file_name(dataset, &idempotency_key, values.as_deref()),
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

/// The longest file name that common file systems take, in bytes.
const FILE_NAME_BYTES: usize = 255;
/// The longest that each name in it may be, where there is room.
const NAME_BYTES: usize = 100;
/// What a name that is cut ends with: `~~` and a hash.
const HASH_BYTES: usize = 18;

/// What stands for the values of the overflow: no safe name looks like it.
const OVERFLOW: &str = "~overflow";

/// `<org>~~<dataset>_<bucket>-<run>-<part>_<values>.bin`; `values` are safe. Where that is too long, the longest of the three names are cut alike.
fn file_name(dataset: &Dataset, key: &str, values: Option<&str>) -> String {
    let [org, id] = [dataset.org.as_deref(), Some(dataset.id.as_str())].map(|name| name.map(safe_name));
    let names = [org, id, values.map(str::to_owned)];
    let written = |most: usize| {
        let [org, id, values] = names.each_ref().map(|name| name.as_ref().map(|name| cut(name, most)));
        let org = org.map_or_else(String::new, |org| format!("{org}~~"));
        let values = values.map_or_else(String::new, |values| format!("_{values}"));
        format!("{org}{}_{key}{values}.bin", id.unwrap_or_default())
    };
    let fits = |most: &usize| written(*most).len() <= FILE_NAME_BYTES;
    written((HASH_BYTES..=NAME_BYTES).rev().find(fits).unwrap_or(HASH_BYTES))
}

/// Letters, digits, `.`, `-` and `_` stay; every other byte is `~` and two hexadecimal digits, so that no two names meet. Capitals are escaped too,
/// since some file systems fold them.
fn safe_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => safe.push(char::from(byte)),
            b'.' if index > 0 => safe.push('.'),
            _ => safe.extend(['~', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    safe
}

/// At most so many bytes of a safe name, told apart by a hash of all of it.
fn cut(safe: &str, most: usize) -> Cow<'_, str> {
    if safe.len() <= most {
        return Cow::Borrowed(safe);
    }
    let hash = safe.bytes().fold(0, |hash, byte| crate::shared::mix(hash ^ u64::from(byte)));
    let kept = &safe[..most - HASH_BYTES];
    // An escape is kept whole or not at all.
    let whole = kept.rfind('~').filter(|&at| at + 3 > kept.len()).map_or(kept, |at| &kept[..at]);
    Cow::Owned(format!("{whole}~~{hash:016x}"))
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rolling_profiles_profile::ProfileSettings;

    use super::*;
    use crate::dataset::LateMetadata;
    use crate::period::Periods;
    use crate::plan::Plan;
    use rolling_profiles_ingest::Granularity;

    #[test]
    fn names_are_safe_and_never_meet() {
        assert_eq!(safe_name("orders"), "orders");
        assert_eq!(safe_name("a/b"), "a~2fb");
        assert_eq!(safe_name("a~2fb"), "a~7e2fb");
        assert_eq!(safe_name(".."), "~2e.");
        assert_ne!(safe_name("Orders").to_lowercase(), safe_name("orders"));
    }

    fn named(org: Option<&str>, id: &str, values: Option<&str>) -> String {
        let dataset = Dataset {
            id: id.to_owned(),
            org: org.map(str::to_owned),
            width: Granularity::Hour,
            schedule: None,
            plan: Plan::default(),
            writers: Vec::new(),
            late_metadata: LateMetadata::default(),
        };
        file_name(&dataset, "2026-11-23T14-00-00Z-5f0c1d2e-0001", values.map(safe_name).as_deref())
    }

    #[test]
    fn a_file_name_is_its_parts() {
        assert_eq!(named(None, "orders", None), "orders_2026-11-23T14-00-00Z-5f0c1d2e-0001.bin");
        let all = named(Some("org"), "orders", Some("de_1"));
        assert_eq!(all, "org~~orders_2026-11-23T14-00-00Z-5f0c1d2e-0001_de_1.bin");
    }

    #[test]
    fn a_file_name_always_fits_and_stays_unique() {
        let long = ["я".repeat(14), "Z".repeat(70), "x".repeat(100), "~".repeat(400), "é".repeat(5000), "y".repeat(30)];
        let mut seen = BTreeSet::new();
        for org in [None, Some("")].into_iter().chain(long.iter().map(|name| Some(name.as_str()))) {
            for id in &long {
                for values in [None, Some("")].into_iter().chain(long.iter().map(|name| Some(name.as_str()))) {
                    for id in [id.clone(), format!("{id}!")] {
                        let name = named(org, &id, values);
                        assert!(name.len() <= FILE_NAME_BYTES, "{} bytes: {name}", name.len());
                        assert!(seen.insert(name.clone()), "{name} stands for two profiles");
                    }
                }
            }
        }
    }

    #[test]
    fn a_name_is_cut_between_escapes() {
        for most in HASH_BYTES..60 {
            let name = safe_name(&"я".repeat(14));
            let short = cut(&name, most);
            assert!(short.len() <= most && (short.len() - HASH_BYTES).is_multiple_of(3), "{short}");
        }
    }

    #[test]
    fn two_runs_never_share_a_run_number() {
        let runs: BTreeSet<u32> = (0..100).map(|_| Namer::new().run).collect();
        assert!(runs.len() > 98, "{runs:?}");
    }

    #[test]
    fn a_panic_loses_that_profile_alone() {
        let owner = Arc::new(Dataset {
            id: "d".to_owned(),
            org: None,
            width: Granularity::Day,
            schedule: None,
            plan: Plan::default(),
            writers: Vec::new(),
            late_metadata: LateMetadata::default(),
        });
        let group = |rows| {
            let bucket = Granularity::Day.bucket(0).unwrap();
            let key =
                Arc::new(Key { number: 1, dataset: 1, bucket, owner: Arc::clone(&owner), periods: Periods::default() });
            Group {
                key,
                segment: None,
                parts: vec![(Profile::new(ProfileSettings::default(), 0, 0, 1), rows)],
                bytes: 0,
                repeated_rows: 0,
                doubtful: false,
            }
        };
        let mut lost = Vec::new();
        let seal = |group: Group| {
            assert_ne!(group.rows(), 2, "told to fail");
            group.merge(Helpers { threads: 1 }).map(|merged| merged.rows)
        };
        let sealed = each([group(1), group(2), group(3)].into_iter(), seal, |key, rows, why| {
            lost.push((key.owner.id.clone(), rows, why.contains("told to fail")));
        });
        assert_eq!((sealed, lost), (vec![1, 3], vec![("d".to_owned(), 2, true)]));
    }

    #[test]
    fn buckets_read_as_times() {
        assert_eq!(bucket_text(1_709_164_800_000), "2024-02-29");
        assert_eq!(bucket_text(1_709_215_200_000), "2024-02-29T14-00-00Z");
        assert_eq!(bucket_text(-1000), "1969-12-31T23-59-59Z");
    }
}
