//! JSON records of which only some columns are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolling_profiles_engine::{Settings, TimeWindow};
use rolling_profiles_files::{Delivery, ReadOptions, Report, SourceError, TimeReader, read_json};
use rolling_profiles_profile::Profile;
use rolling_profiles_testkit::{NOW_MS, Rig, settings};

const PARCELS: [usize; 3] = [1, 50, 1 << 20];

/// How many values and nulls each column has, in all profiles, of which there are so many.
type Found = (BTreeMap<String, u64>, usize);

fn read(text: &str, options: &ReadOptions) -> (Found, Arc<Report>, Result<(), SourceError>) {
    let rig = Rig::new(&Settings { max_parcel_bytes: 4 * options.parcel_bytes as u64, ..settings(2) });
    let mut sender = rig.engine.parcels(rig.dataset("d", Vec::new()), TimeWindow::ANY).unwrap();
    let report = Arc::new(Report::default());
    let options = Arc::new(options.clone());
    let end = read_json(text.as_bytes(), &options, &mut Delivery::new(&mut sender, &report, &|| false));
    let views: Vec<Vec<u8>> = rig.status().into_iter().flat_map(|status| status.views).collect();
    let mut counts = BTreeMap::new();
    for view in &views {
        for (name, column) in Profile::deserialize(view).unwrap().columns() {
            *counts.entry(name.to_owned()).or_default() += column.counts().n;
        }
    }
    ((counts, views.len()), report, end)
}

fn asking(columns: &[&str], times: Option<&str>, parcel_bytes: usize) -> ReadOptions {
    ReadOptions {
        columns: Some(columns.iter().map(|&name| name.to_owned()).collect()),
        times: times.map(|column| (column.to_owned(), TimeReader::default())),
        parcel_bytes,
        ..ReadOptions::new(NOW_MS)
    }
}

/// Records as lines, as an array, over several lines.
fn forms(records: &[&str]) -> [String; 3] {
    [records.join("\n"), format!("[{}]", records.join(",")), format!("[]\n{}", records.join("\n").replace(',', ",\n"))]
}

const RECORDS: [&str; 4] = [
    r#"{"t":"2024-03-01","a":1,"b":{"x":[1,2]},"c":null}"#,
    r#"{"t":"2024-03-02","b":"}","a":2}"#,
    r#"{"c":3,"t":"2024-03-02"}"#,
    r#"{"d":[[],{}],"late":4,"t":"2024-03-02"}"#,
];

#[test]
fn only_what_is_asked_for_is_counted() {
    for text in forms(&RECORDS) {
        for parcel_bytes in PARCELS {
            let ((counts, profiles), report, end) = read(&text, &asking(&["a", "c"], None, parcel_bytes));
            end.unwrap();
            assert_eq!(counts, BTreeMap::from([("a".to_owned(), 2), ("c".to_owned(), 2)]));
            assert_eq!((report.totals().rows, report.totals().untimed, profiles), (4, 0, 1));
            assert_eq!(report.totals().columns, ["a", "c"]);
        }
    }
}

#[test]
fn times_are_read_of_a_column_that_is_not_asked_for() {
    for text in forms(&RECORDS) {
        for parcel_bytes in PARCELS {
            let ((counts, profiles), report, end) = read(&text, &asking(&["late", "a"], Some("t"), parcel_bytes));
            end.unwrap();
            assert_eq!(counts, BTreeMap::from([("a".to_owned(), 2), ("late".to_owned(), 1)]));
            assert_eq!((report.totals().rows, report.totals().untimed, profiles), (4, 0, 2));
            let ((counts, _), _, end) = read(&text, &asking(&["a", "t"], Some("t"), parcel_bytes));
            end.unwrap();
            assert_eq!(counts, BTreeMap::from([("a".to_owned(), 2), ("t".to_owned(), 4)]));
        }
    }
}

#[test]
fn a_column_that_never_comes_up_is_told_with_those_that_do() {
    for text in forms(&RECORDS) {
        for parcel_bytes in PARCELS {
            for (columns, times, missing) in
                [(&["a", "A"][..], None, "A"), (&["a"], Some("time"), "time"), (&["nowhere"], Some("t"), "nowhere")]
            {
                let (_, _, end) = read(&text, &asking(columns, times, parcel_bytes));
                let Err(SourceError::NoColumn { column, columns }) = end else { panic!("{end:?}") };
                assert_eq!(column, missing);
                if parcel_bytes > 1 {
                    assert!(columns.starts_with(&["t", "a", "b", "c"].map(str::to_owned)), "{columns:?}");
                }
            }
            let all = ReadOptions { columns: None, ..asking(&[], Some("time"), parcel_bytes) };
            let (_, _, end) = read(&text, &all);
            let Err(SourceError::NoColumn { column, columns }) = end else { panic!("{end:?}") };
            assert_eq!((column.as_str(), columns.len()), ("time", 6));
        }
    }
}

#[test]
fn what_is_passed_over_is_checked_all_the_same() {
    let ((counts, _), report, end) =
        read("{\"a\":1}\n{\"a\":1,\"b\":[1,}\n{\"b\":tru,\"a\":1}\n", &asking(&["a"], None, 10));
    end.unwrap();
    assert_eq!((counts["a"], report.totals().left_out), (1, 2));
    let (_, _, end) = read("[{\"a\":1},\n{\"b\":nil}]", &asking(&["a"], None, 10));
    assert!(matches!(end, Err(SourceError::Unreadable { place: Some(2), .. })), "{end:?}");
}
