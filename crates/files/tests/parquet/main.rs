//! Parquet files of the `parquet` crate's own writer: the same figures as the rows themselves, whatever the pages, row groups and parcels.

mod columns;
mod odd;

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_engine::{Granularity, Partition, Plan, Settings, TimeWindow};
use rolling_profiles_files::{Delivery, ReadOptions, Report, SourceError, Totals, read_parquet};
use rolling_profiles_profile::{Profile, ProfileSettings};
use rolling_profiles_testkit::{NOW_MS, Rig, settings};

use columns::{CODECS, Column, Form, KINDS, Value, written};

fn options(parcel_bytes: usize) -> ReadOptions {
    ReadOptions { parcel_bytes, max_record_bytes: 1 << 20, ..ReadOptions::new(NOW_MS) }
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

struct Outcome {
    read: Result<(), SourceError>,
    totals: Totals,
    profiles: Vec<Profile>,
}

impl Outcome {
    fn merged(&self) -> Profile {
        let mut profiles = self.profiles.iter();
        let mut merged = profiles.next().cloned().unwrap_or_else(empty);
        profiles.for_each(|profile| merged.merge(profile));
        merged
    }
}

fn empty() -> Profile {
    Profile::new(ProfileSettings::default(), NOW_MS, NOW_MS, 1)
}

fn read(bytes: &[u8], options: ReadOptions, workers: usize, plan: Plan) -> Outcome {
    let rig = Rig::new(&Settings { max_parcel_bytes: 4 * options.parcel_bytes as u64, ..settings(workers) });
    let dataset = rig.open_planned("d", Granularity::Day, None, plan, Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let report = Arc::new(Report::default());
    let read = read_parquet(file(bytes), &Arc::new(options), &mut Delivery::new(&mut sender, &report, &|| false));
    let views: Vec<Vec<u8>> = rig.status().into_iter().flat_map(|status| status.views).collect();
    let totals = report.totals();
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (totals.rows, totals.left_out));
    assert_eq!(stats.parcel_bytes, 0);
    let profiles = views.iter().map(|view| Profile::deserialize(view).unwrap()).collect();
    Outcome { read, totals, profiles }
}

/// The profile of the rows themselves, of those that `counts` says.
fn modelled(columns: &[Column], counts: impl Fn(usize) -> bool) -> Profile {
    let mut profile = empty();
    for column in columns {
        let id = profile.column(&column.name);
        let into = profile.column_mut(id);
        for (_, value) in column.values().enumerate().filter(|(row, _)| counts(*row)) {
            match value {
                Value::Null => into.add_nulls(1),
                Value::Bool(truth) => into.add_bools(truth.into(), (!truth).into()),
                Value::Integer(integer) => into.add_integral(&[integer]),
                Value::Double(double) => into.add_fractional(&[double]),
                Value::Text(text) => into.add_texts(std::iter::once(&*text)),
                Value::Object => into.add_objects(1),
                Value::Tensor => into.add_tensors(1),
            }
        }
    }
    profile
}

/// What is exact of each column, in words.
fn figures(profile: &Profile) -> Vec<String> {
    let columns = profile.columns().map(|(name, column)| {
        let mut items = column.frequent_items().unwrap_or_default();
        items.sort_by(|one, other| one.value.cmp(&other.value));
        let items: Vec<_> = items.iter().map(|item| (&item.value, item.lower, item.upper)).collect();
        let ints = column.ints().map(|ints| (ints.min, ints.max));
        let range = column.distribution().map(|found| (found.n, found.min, found.max));
        let quantiles = column.quantiles(&[0.1, 0.3, 0.5, 0.8]);
        format!("{name}: {:?} {:?} {ints:?} {range:?} {quantiles:?} {items:?}", column.counts(), column.types())
    });
    let mut columns: Vec<_> = columns.collect();
    columns.sort();
    columns
}

fn column(number: usize, rows: usize) -> impl Strategy<Value = Column> {
    let seeds = prop::collection::vec(prop::option::weighted(0.8, any::<u64>()), rows);
    (0..KINDS.len(), any::<usize>(), any::<bool>(), seeds).prop_map(move |(kind, encoding, has_dictionary, seeds)| {
        Column { name: format!("c{number}"), kind, encoding, has_dictionary, seeds }
    })
}

fn table() -> impl Strategy<Value = Vec<Column>> {
    (1..5_usize, 0..200_usize)
        .prop_flat_map(|(columns, rows)| (0..columns).map(|number| column(number, rows)).collect::<Vec<_>>())
}

fn form() -> impl Strategy<Value = Form> {
    (any::<bool>(), 0..CODECS, 1..250_usize, 1..60_usize).prop_map(|(is_v2, codec, rows_a_group, rows_a_page)| Form {
        is_v2,
        codec,
        rows_a_group,
        rows_a_page,
    })
}

fn by(column: &str) -> Plan {
    Plan { partitions: vec![Partition::of_columns("by", "id", vec![column.to_owned()])], ..Plan::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_the_rows(columns in table(), form in form(), workers in 1..3_usize) {
        let bytes = written(&columns, &form);
        let rows = columns[0].seeds.len();
        let expected = figures(&modelled(&columns, |_| true));
        for parcel_bytes in [1, 300, 1 << 20] {
            let found = read(&bytes, options(parcel_bytes), workers, Plan::default());
            prop_assert!(found.read.is_ok() && found.totals.failure.is_none(), "{:?} {:?}", found.read, found.totals);
            prop_assert_eq!((found.totals.rows, found.totals.lines), (rows as u64, rows as u64));
            prop_assert_eq!((found.totals.left_out, found.totals.bytes), (0, bytes.len() as u64));
            prop_assert_eq!(found.totals.columns.len(), columns.len());
            if rows > 0 {
                prop_assert_eq!(figures(&found.merged()), &expected[..], "parcels of {} bytes", parcel_bytes);
            }
        }
    }

    #[test]
    fn values_of_a_row_stay_together(mut columns in table(), form in form(), workers in 1..3_usize) {
        // By a column of texts, whose nulls are in no segment.
        columns[0].kind = KINDS.iter().position(|kind| kind.schema.contains("STRING")).unwrap();
        let bytes = written(&columns, &form);
        let keys: Vec<Value> = columns[0].values().collect();
        for parcel_bytes in [1, 1 << 20] {
            let found = read(&bytes, options(parcel_bytes), workers, by("c0"));
            prop_assert!(found.read.is_ok() && found.totals.failure.is_none());
            let mut names: Vec<String> = keys.iter().filter_map(|key| match key {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            }).collect();
            names.sort();
            names.dedup();
            for name in &names {
                let key = Value::Text(name.clone());
                let parts: Vec<_> = found.profiles.iter().filter(|profile| profile.tags().values().any(|tag| tag == name)).collect();
                let mut merged = parts[0].clone();
                parts[1..].iter().for_each(|part| merged.merge(part));
                prop_assert_eq!(figures(&merged), figures(&modelled(&columns, |row| keys[row] == key)), "segment {:?}", name);
            }
        }
    }
}
