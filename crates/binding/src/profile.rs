//! One decoded profile as a JavaScript object: `NativeProfile` of `ts/native.ts`.

use std::collections::BTreeMap;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use rolling_profiles_profile::{Column, Component, FrequentItem, Profile, SegmentHeader};

use crate::fault::{Fault, Result, from_format, from_merge, guard};

/// See `NativeFrequentItem` in `ts/native.ts`.
#[napi(object, object_from_js = false)]
pub struct NativeFrequentItem {
    pub value: String,
    pub estimate: f64,
    pub lower: f64,
    pub upper: f64,
}

/// See `NativeSummaryEntry` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeSummaryEntry {
    pub column: String,
    pub keys: Vec<String>,
    pub values: Vec<f64>,
    pub frequent_items: Option<Vec<NativeFrequentItem>>,
}

/// A profile; immutable.
#[napi]
pub struct NativeProfile {
    profile: Profile,
}

#[napi]
pub fn profile_deserialize(bytes: &[u8]) -> Result<NativeProfile> {
    guard(|| {
        let profile = Profile::deserialize(bytes).map_err(|error| from_format(&error))?;
        Ok(NativeProfile { profile })
    })
}

#[napi]
impl NativeProfile {
    #[napi]
    pub fn serialize(&self) -> Result<Uint8Array> {
        guard(|| Ok(self.profile.serialize().into()))
    }

    #[napi]
    pub fn merge(&self, other: &NativeProfile, force: bool) -> Result<NativeProfile> {
        guard(|| {
            if !force {
                self.profile.check_merge(&other.profile).map_err(|error| from_merge(&error))?;
            }
            let mut profile = self.profile.clone();
            profile.merge(&other.profile);
            Ok(Self { profile })
        })
    }

    #[napi]
    pub fn dataset_timestamp_ms(&self) -> Result<f64> {
        guard(|| Ok(self.profile.dataset_timestamp_ms() as f64))
    }

    #[napi]
    pub fn creation_timestamp_ms(&self) -> Result<f64> {
        guard(|| Ok(self.profile.creation_timestamp_ms() as f64))
    }

    #[napi]
    pub fn tags(&self) -> Result<Vec<String>> {
        guard(|| Ok(self.profile.tags().iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect()))
    }

    #[napi]
    pub fn metadata(&self) -> Result<Vec<String>> {
        guard(|| Ok(self.profile.metadata().iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect()))
    }

    #[napi]
    pub fn column_names(&self) -> Result<Vec<String>> {
        guard(|| Ok(self.profile.columns().map(|(name, _)| name.to_owned()).collect()))
    }

    #[napi]
    pub fn metric_paths(&self, column: String) -> Result<Vec<String>> {
        guard(|| Ok(self.column(&column)?.metric_paths()))
    }

    #[napi]
    pub fn summary(&self, column: Option<String>) -> Result<Vec<NativeSummaryEntry>> {
        guard(|| match column {
            Some(name) => Ok(vec![entry(&name, self.column(&name)?)]),
            None => Ok(self.profile.columns().map(|(name, column)| entry(name, column)).collect()),
        })
    }

    #[napi]
    pub fn quantiles(&self, column: String, ranks: Vec<f64>) -> Result<Vec<f64>> {
        guard(|| {
            if ranks.iter().any(|rank| !(0.0..=1.0).contains(rank)) {
                return Err(Fault::new("ERR_INVALID_OPTION", "a rank lies between 0 and 1".to_owned()));
            }
            Ok(self.column(&column)?.quantiles(&ranks))
        })
    }

    #[napi]
    pub fn counts_below(&self, column: String, edges: Vec<f64>) -> Result<Vec<f64>> {
        guard(|| Ok(self.column(&column)?.counts_below(&edges).into_iter().map(|count| count as f64).collect()))
    }

    #[napi]
    pub fn rank_error(&self, column: String) -> Result<Vec<f64>> {
        guard(|| Ok(self.column(&column)?.rank_error().map_or_else(Vec::new, |(one, two)| vec![one, two])))
    }

    #[napi]
    pub fn cardinality(&self, column: String, std_devs: u32) -> Result<Vec<f64>> {
        guard(|| {
            let cardinality = self.column(&column)?.cardinality_within(std_devs as u8);
            Ok(cardinality.map_or_else(Vec::new, |found| vec![found.estimate, found.lower, found.upper]))
        })
    }

    #[napi]
    pub fn frequent_items(&self, column: String, all: bool) -> Result<Vec<NativeFrequentItem>> {
        guard(|| {
            let column = self.column(&column)?;
            let items = if all { column.maybe_frequent_items() } else { column.frequent_items() };
            Ok(items.unwrap_or_default().into_iter().map(item).collect())
        })
    }

    #[napi]
    pub fn top_value(&self, column: String) -> Result<Option<NativeFrequentItem>> {
        guard(|| Ok(self.column(&column)?.top_value().map(item)))
    }

    #[napi]
    pub fn components(&self, column: String) -> Result<Vec<NativeComponent>> {
        guard(|| Ok(self.column(&column)?.components().into_iter().map(NativeComponent::from).collect()))
    }

    #[napi]
    pub fn segment(&self) -> Result<Option<Vec<String>>> {
        guard(|| {
            let header = self.profile.segment_header();
            let segment = header.segments.first().filter(|_| header.has_segments);
            Ok(segment
                .map(|segment| segment.tags.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect()))
        })
    }

    #[napi]
    pub fn with_entries(&self, tags: Vec<String>, metadata: Vec<String>, is_segment: bool) -> Result<NativeProfile> {
        guard(|| {
            let mut profile = self.profile.clone();
            *profile.tags_mut() = pairs(&tags);
            *profile.metadata_mut() = pairs(&metadata);
            if !is_segment {
                *profile.segment_header_mut() = SegmentHeader::default();
            }
            Ok(Self { profile })
        })
    }

    fn column(&self, name: &str) -> Result<&Column> {
        let unknown = || Fault::new("ERR_UNKNOWN_COLUMN", format!("the profile has no column {name:?}"));
        self.profile.get(name).ok_or_else(unknown)
    }
}

/// One component of a metric; see `NativeComponent` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeComponent {
    pub path: String,
    pub integer: Option<String>,
    pub double: Option<f64>,
    pub bytes: Option<Uint8Array>,
}

impl From<(String, Component)> for NativeComponent {
    fn from((path, component): (String, Component)) -> Self {
        let empty = Self { path, integer: None, double: None, bytes: None };
        match component {
            Component::Integer(integer) => Self { integer: Some(integer.to_string()), ..empty },
            Component::Double(double) => Self { double: Some(double), ..empty },
            Component::Bytes(bytes) => Self { bytes: Some(bytes.into()), ..empty },
        }
    }
}

/// Keys and values by turns, as a map.
fn pairs(flat: &[String]) -> BTreeMap<String, String> {
    flat.as_chunks::<2>().0.iter().map(|[key, value]| (key.clone(), value.clone())).collect()
}

fn entry(name: &str, column: &Column) -> NativeSummaryEntry {
    let (keys, values) = column.summary().into_iter().unzip();
    let frequent_items = column.frequent_items().map(|items| items.into_iter().map(item).collect());
    NativeSummaryEntry { column: name.to_owned(), keys, values, frequent_items }
}

fn item(item: FrequentItem) -> NativeFrequentItem {
    NativeFrequentItem {
        value: item.value,
        estimate: item.estimate as f64,
        lower: item.lower as f64,
        upper: item.upper as f64,
    }
}
