//! The file of a profile.

use rolling_profiles_profile::{Column, FrequentItem, Profile};

use super::meter::Bound;

/// A column takes about 16 bytes of the file at least, and up to 2 KiB of memory with the nodes of the maps it stands in: hence the factor. Files
/// as they are written take their own size and a little.
const BOUND: Bound = Bound { bytes: 16 << 10, times: 128 };

pub(super) fn run(input: &[u8]) {
    match BOUND.hold(input, || Profile::deserialize(input)) {
        Ok(profile) => works(&profile),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Asks a profile for all it has, and writes, merges and extends it.
pub(super) fn works(profile: &Profile) {
    let said = said(profile);
    let written = profile.serialize();
    let again = Profile::deserialize(&written).expect("what was written can be read");
    assert_eq!(said, self::said(&again), "what was written says the same");

    let mut doubled = profile.clone();
    doubled.merge(profile);
    for ((_, twice), (_, once)) in doubled.columns().zip(profile.columns()) {
        // A counter ends where the file's numbers do.
        assert_eq!(twice.counts().n, once.counts().n.saturating_mul(2).min(i64::MAX as u64));
    }
    self::said(&doubled);
    assert!(profile.serialize() == written, "merging leaves what it takes from");
    let merged = Profile::deserialize(&doubled.serialize()).expect("what was merged can be written and read");
    assert_eq!(merged.column_count(), profile.column_count());

    let names: Vec<String> = profile.columns().map(|(name, _)| name.to_owned()).collect();
    for name in &names {
        let id = doubled.column(name);
        let column = doubled.column_mut(id);
        column.add_numbers(&[0.5, -3.0, f64::NAN, f64::INFINITY]);
        column.add_integral(&[1, -5, i64::MAX]);
        column.add_texts(["new", "", "é"].into_iter());
        column.add_bools(100, 1);
        column.add_nulls(2);
        column.add_objects(1);
        column.add_tensors(1);
    }
    Profile::deserialize(&doubled.serialize()).expect("what was extended can be written and read");
}

/// All that a profile says.
fn said(profile: &Profile) -> Vec<Said> {
    assert_eq!(profile.columns().count(), profile.column_count());
    assert!(profile.memory_bytes() < isize::MAX as usize);
    profile.columns().map(|(_, column)| read(column)).collect()
}

/// All that a column says: paths, figures by the bits of their doubles, and frequent items by their text.
#[derive(Debug, PartialEq)]
struct Said {
    paths: Vec<String>,
    figures: Vec<(String, u64)>,
    items: Vec<FrequentItem>,
    parts: Vec<Said>,
}

/// Everything that can be asked of a column.
fn read(column: &Column) -> Said {
    let quantiles = column.quantiles(&[f64::NAN, -1.0, 2.0]);
    assert!(quantiles.len() == 3 && quantiles.iter().all(|value| value.is_nan()));
    let quantiles = column.quantiles(&[0.0, 0.25, 0.5, 0.75, 1.0]);
    assert!(quantiles.is_sorted_by(|a, b| a <= b) || quantiles.iter().all(|value| value.is_nan()));
    let below = column.counts_below(&quantiles);
    assert!(below.len() == quantiles.len() && below.is_sorted(), "counts below ascend with the edges");
    assert!(column.rank_error().is_none_or(|(one, two)| (0.0..1.0).contains(&one) && (0.0..1.0).contains(&two)));
    for std_devs in 0..5 {
        if let Some(found) = column.cardinality_within(std_devs) {
            assert!(found.lower <= found.estimate && found.estimate <= found.upper);
        }
    }
    let mut items = column.maybe_frequent_items().unwrap_or_default();
    assert!(items.len() >= column.frequent_items().map_or(0, |items| items.len()));
    assert!(items.iter().all(|item| item.lower <= item.estimate && item.estimate <= item.upper));
    items.sort_by(|a, b| a.value.cmp(&b.value));
    let summary = column.summary();
    assert!(summary.contains(&("counts/n".to_owned(), column.counts().n as f64)));
    assert!(summary.is_sorted_by(|a, b| a.0 < b.0), "figures ascend by name, each once");
    let paths = column.metric_paths();
    assert!(paths.is_sorted_by(|a, b| a < b), "paths ascend, each once");
    assert!(column.components().into_iter().map(|(path, _)| path).eq(paths.iter().cloned()));
    let figures = summary.into_iter().map(|(name, value)| (name, value.to_bits())).collect();
    Said { paths, figures, items, parts: column.unicode_ranges().map(|(_, part)| read(part)).collect() }
}
