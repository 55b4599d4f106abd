//! Sources read into an engine, and what its profiles say then.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolling_profiles_engine::{Granularity, Partition, Plan, Settings, TimeWindow};
use rolling_profiles_files::{
    Delivery, Format, ReadOptions, Report, SourceError, TimeReader, Totals, read_csv, read_ndjson,
};
use rolling_profiles_profile::{Column, Profile};
use rolling_profiles_testkit::{NOW_MS, Rig, settings};

pub const PARCELS: [usize; 4] = [1, 48, 300, 1 << 20];

pub fn options(parcel_bytes: usize) -> ReadOptions {
    ReadOptions { parcel_bytes, max_record_bytes: 1 << 20, ..ReadOptions::new(NOW_MS) }
}

pub fn by_time(column: &str, parcel_bytes: usize) -> ReadOptions {
    ReadOptions { times: Some((column.to_owned(), TimeReader::default())), ..options(parcel_bytes) }
}

/// One segment a value of this column.
pub fn segments(column: &str) -> Plan {
    let partition = Partition::of_columns("by", "id", vec![column.to_owned()]);
    Plan { partitions: vec![partition], ..Plan::default() }
}

/// What a column says that does not depend on the order of merging.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Values and nulls, nulls, integers, fractions, bools, texts.
    pub counts: [u64; 6],
    pub integers: Option<(i64, i64)>,
    pub range: Option<(f64, f64)>,
    pub mean: f64,
    pub distinct: Option<u64>,
    pub items: Vec<(String, u64)>,
}

/// Means are equal as far as sums in another order are.
impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        let exact = |facts: &Self| (facts.counts, facts.integers, facts.range, facts.distinct, facts.items.clone());
        let (min, max) = self.range.unwrap_or_default();
        exact(self) == exact(other) && (self.mean - other.mean).abs() <= 1e-12 * min.abs().max(max.abs())
    }
}

impl Facts {
    fn of(column: &Column) -> Self {
        let (counts, types) = (column.counts(), column.types());
        let integers = column.ints().filter(|ints| ints.min <= ints.max);
        let distribution = column.distribution().filter(|distribution| distribution.min <= distribution.max);
        let items = column.frequent_items().unwrap_or_default();
        let mut items: Vec<_> = items.into_iter().map(|item| (item.value, item.estimate)).collect();
        items.sort();
        Self {
            counts: [counts.n, counts.null, types.integral, types.fractional, types.boolean, types.string],
            integers: integers.map(|ints| (ints.min, ints.max)),
            range: distribution.as_ref().map(|distribution| (distribution.min, distribution.max)),
            mean: distribution.map_or(0.0, |distribution| distribution.mean),
            distinct: column.cardinality().map(|cardinality| cardinality.estimate.round() as u64),
            items,
        }
    }
}

#[derive(Debug)]
pub struct Outcome {
    pub totals: Totals,
    /// By dataset time, tags and column.
    pub facts: BTreeMap<String, Facts>,
    pub profiles: usize,
}

impl Outcome {
    pub fn of(&self, column: &str) -> &Facts {
        let found: Vec<&Facts> = self
            .facts
            .iter()
            .filter(|(name, _)| name.ends_with(&format!("/{column}")))
            .map(|(_, facts)| facts)
            .collect();
        assert_eq!(found.len(), 1, "one profile has column {column:?}");
        found[0]
    }

    pub fn complaints(&self) -> Vec<(u64, &str)> {
        self.totals.complaints.iter().map(|complaint| (complaint.place, complaint.reason.as_str())).collect()
    }

    pub fn columns(&self) -> Vec<&str> {
        self.totals.columns.iter().map(String::as_str).collect()
    }
}

pub fn try_read(
    bytes: &[u8],
    format: Format,
    options: ReadOptions,
    workers: usize,
    plan: Plan,
    width: Granularity,
) -> Result<Outcome, SourceError> {
    let rig = Rig::new(&Settings { max_parcel_bytes: 4 * options.parcel_bytes as u64, ..settings(workers) });
    let dataset = rig.open_planned("d", width, None, plan, Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let (report, options) = (Arc::new(Report::default()), Arc::new(options));
    let delivery = &mut Delivery::new(&mut sender, &report, &|| false);
    match format {
        Format::Ndjson => read_ndjson(bytes, &options, delivery)?,
        format => read_csv(bytes, format, &options, delivery)?,
    }
    let views: Vec<Vec<u8>> = rig.status().into_iter().flat_map(|status| status.views).collect();
    let mut facts = BTreeMap::new();
    for view in &views {
        let profile = Profile::deserialize(view).unwrap();
        for (name, column) in profile.columns() {
            let key = format!("{} {:?}/{name}", profile.dataset_timestamp_ms(), profile.tags());
            assert!(facts.insert(key, Facts::of(column)).is_none(), "one profile a bucket and segment");
        }
    }
    let totals = report.totals();
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (totals.rows, totals.left_out));
    assert_eq!(stats.parcel_bytes, 0);
    assert!(totals.failure.is_none(), "{:?}", totals.failure);
    Ok(Outcome { totals, facts, profiles: views.len() })
}

/// Reads CSV by days.
pub fn read_with(bytes: &[u8], options: ReadOptions, workers: usize) -> Outcome {
    try_read(bytes, Format::Csv, options, workers, Plan::default(), Granularity::Day).unwrap()
}

/// Reads CSV in parcels of all sizes, by one worker and by two: gives what all of them agree on. Of larger parcels, only the first bad records are told.
pub fn read(text: impl AsRef<[u8]>) -> Outcome {
    let bytes = text.as_ref();
    let expected = read_with(bytes, options(PARCELS[0]), 1);
    assert_eq!(expected.totals.bytes, bytes.len() as u64);
    for parcel_bytes in PARCELS {
        for workers in [1, 2] {
            let found = read_with(bytes, options(parcel_bytes), workers);
            assert_eq!(found.facts, expected.facts, "{parcel_bytes}, {workers}");
            let (one, other) = (&found.totals, &expected.totals);
            assert_eq!((one.rows, one.left_out, one.lines), (other.rows, other.left_out, other.lines));
            assert_eq!((one.bytes, &one.columns), (other.bytes, &other.columns));
            let told = one.complaints.len();
            assert!(told == other.complaints.len() || told >= 10);
            assert_eq!(one.complaints[..], other.complaints[..told], "{parcel_bytes}");
        }
    }
    expected
}

/// Why a source is not read.
pub fn refusal(text: &str, options: ReadOptions) -> SourceError {
    try_read(text.as_bytes(), Format::Csv, options, 1, Plan::default(), Granularity::Day).unwrap_err()
}
