//! What a profile says, apart from what the order of its values may decide.
//!
//! | left out | why |
//! |---|---|
//! | last digits of means and deviations | sums of doubles are rounded |
//! | the sign of a zero that is a bound or a quantile | of equal numbers the first seen stays |
//! | the order of hashes and items in images | tables are filled in the order of arrival |
//!
//! Beyond the number of values that a sketch holds exactly, the order decides which of them it keeps as well.

use std::collections::BTreeMap;

use rolling_profiles_profile::{Column, Profile};

use crate::container::{self, Component};
use crate::made::one_column;
use crate::raw::field;

/// Facts that are equal, and numbers that are equal up to rounding, by their names.
#[derive(Debug, PartialEq)]
pub struct Facts {
    pub exact: BTreeMap<String, String>,
    pub near: BTreeMap<String, f64>,
}

/// Everything but metadata and tags.
pub fn facts(profile: &Profile) -> Facts {
    let mut facts = Facts { exact: BTreeMap::new(), near: BTreeMap::new() };
    let times = (profile.dataset_timestamp_ms(), profile.creation_timestamp_ms());
    facts.exact.insert("header".to_owned(), format!("{times:?} {:?}", profile.segment_header()));
    let written = container::read(&profile.serialize());
    for (name, column) in profile.columns() {
        let counters = format!("{:?} {:?} {:?}", column.counts(), column.types(), column.ints());
        facts.exact.insert(name.to_owned(), format!("{counters} {:?}", column.metric_paths()));
        figures(name, column, &mut facts);
        for (path, component) in &written.columns[name] {
            if is_own(path) {
                own(&format!("{name} {path}"), component, &mut facts);
            }
        }
    }
    facts
}

/// Whether a component is of a metric that the crate does not know.
pub fn is_own(path: &str) -> bool {
    ["own ", "closed/", "udf/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Metadata and tags, as a file has them.
pub fn entries(profile: &Profile) -> BTreeMap<String, String> {
    let written = container::read(&profile.serialize());
    // Their keys are apart in files.
    let tags = written.tags.into_iter().map(|(key, value)| (format!("tag {key}"), value));
    written.metadata.into_iter().chain(tags).filter(|(key, _)| key != "whylogs.datasetTimestamp").collect()
}

fn figures(name: &str, column: &Column, facts: &mut Facts) {
    // Adding zero makes both zeros alike.
    let bounds = column.distribution().map(|it| (it.n, it.min + 0.0, it.max + 0.0));
    let ranks = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];
    let quantiles: Vec<f64> = column.quantiles(&ranks).into_iter().map(|it| it + 0.0).collect();
    let mut items = column.frequent_items();
    if let Some(items) = &mut items {
        items.sort_by(|a, b| a.value.cmp(&b.value));
    }
    let cardinality = column.cardinality();
    facts.exact.insert(format!("{name}: sketches"), format!("{bounds:?} {quantiles:?} {items:?} {cardinality:?}"));
    if let Some(it) = column.distribution() {
        facts.near.extend([(format!("{name}: mean"), it.mean), (format!("{name}: m2"), it.m2)]);
    }
}

/// A component of a metric that is not known: sketches are asked as those of a metric that is.
fn own(name: &str, (type_id, component): &(u64, Component), facts: &mut Facts) {
    let (number, path, image) = match component {
        Component::Fractional(bits) if name.ends_with("mean") || name.ends_with("m2") => {
            facts.near.insert(name.to_owned(), f64::from_bits(*bits));
            return;
        }
        Component::FrequentItems(image) => (4, "frequent_items/frequent_strings", image),
        Component::Hll(image) => (5, "cardinality/hll", image),
        Component::Kll(image) => (6, "distribution/kll", image),
        other => {
            facts.exact.insert(name.to_owned(), format!("type {type_id}: {other:?}"));
            return;
        }
    };
    let sketch = (path.to_owned(), field(number, &field(1, image)));
    let read = Profile::deserialize(&one_column("x", (0, 0), &[sketch])).unwrap();
    figures(name, read.get("x").unwrap(), facts);
}

/// What differs between two profiles' facts.
pub fn differences(a: &Facts, b: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    for key in a.exact.keys().chain(b.exact.keys()) {
        let (a, b) = (a.exact.get(key), b.exact.get(key));
        if a != b {
            found.push(format!("{key}: {a:?} and {b:?}"));
        }
    }
    for key in a.near.keys().chain(b.near.keys()) {
        let is_near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
        if !matches!((a.near.get(key), b.near.get(key)), (Some(a), Some(b)) if is_near(*a, *b)) {
            found.push(format!("{key}: {:?} and {:?}", a.near.get(key), b.near.get(key)));
        }
    }
    found
}
