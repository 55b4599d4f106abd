//! Newline-delimited JSON in parcels: the same figures whatever the parcels, and exact line numbers.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_engine::{ErrorCode, Granularity, Partition, Plan, Settings, TimeWindow};
use rolling_profiles_files::{Delivery, ReadOptions, Report, SourceError, TimeReader, Totals, read_ndjson};
use rolling_profiles_profile::Profile;
use rolling_profiles_testkit::{NOW_MS, Rig, settings};

const DAY_MS: i64 = 86_400_000;

fn options(parcel_bytes: usize) -> ReadOptions {
    ReadOptions { parcel_bytes, max_record_bytes: 1 << 20, ..ReadOptions::new(NOW_MS) }
}

/// What a column counts: values and nulls, nulls, integers, fractions, bools, texts.
type Counts = [u64; 6];

/// Reads bytes into a dataset with segments or without; gives the report and what each column counts over all profiles.
fn read(bytes: &[u8], options: ReadOptions, workers: usize, plan: Plan) -> (Totals, BTreeMap<String, Counts>, usize) {
    let rig = Rig::new(&Settings { max_parcel_bytes: 4 * options.parcel_bytes as u64, ..settings(workers) });
    let dataset = rig.open_planned("d", Granularity::Day, None, plan, Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let report = Arc::new(Report::default());
    read_ndjson(bytes, &Arc::new(options), &mut Delivery::new(&mut sender, &report, &|| false)).unwrap();
    let views: Vec<Vec<u8>> = rig.status().into_iter().flat_map(|status| status.views).collect();
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for view in &views {
        for (name, column) in Profile::deserialize(view).unwrap().columns() {
            let sums = counts.entry(name.to_owned()).or_default();
            let (of, types) = (column.counts(), column.types());
            let figures = [of.n, of.null, types.integral, types.fractional, types.boolean, types.string];
            sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        }
    }
    let totals = report.totals();
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (totals.rows, totals.left_out));
    assert_eq!(stats.parcel_bytes, 0);
    (totals, counts, views.len())
}

#[derive(Debug, Clone)]
enum Line {
    Row(Vec<(u8, Value)>),
    Blank,
    NoJson,
    NoObject,
    NoUtf8,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Null,
    Integer(i64),
    Fraction(i32),
    Bool(bool),
    Text(u8),
}

impl Value {
    fn json(self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Integer(value) => value.to_string(),
            Self::Fraction(value) => format!("{value}.25"),
            Self::Bool(value) => value.to_string(),
            Self::Text(value) => format!("\"t\u{301}{value}\""),
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Null => 1,
            Self::Integer(_) => 2,
            Self::Fraction(_) => 3,
            Self::Bool(_) => 4,
            Self::Text(_) => 5,
        }
    }
}

impl Line {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Row(cells) => {
                let cells: Vec<String> =
                    cells.iter().map(|(name, value)| format!("\"c{name}\": {}", value.json())).collect();
                format!("{{{}}}", cells.join(",")).into_bytes()
            }
            Self::Blank => b"  ".to_vec(),
            Self::NoJson => b"{\"c0\": 1".to_vec(),
            Self::NoObject => b"[1]".to_vec(),
            Self::NoUtf8 => b"{\"c0\": \"\xff\"}".to_vec(),
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        any::<i32>().prop_map(Value::Fraction),
        any::<bool>().prop_map(Value::Bool),
        any::<u8>().prop_map(Value::Text),
    ]
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        12 => prop::collection::btree_map(0..6_u8, value(), 0..5).prop_map(|cells| Line::Row(cells.into_iter().collect())),
        1 => Just(Line::Blank),
        1 => Just(Line::NoJson),
        1 => Just(Line::NoObject),
        1 => Just(Line::NoUtf8),
    ]
}

fn by_first_column() -> Plan {
    let partition = Partition::of_columns("by", "id", vec!["c0".to_owned()]);
    Plan { partitions: vec![partition], ..Plan::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn figures_and_lines_do_not_depend_on_parcels(
        lines in prop::collection::vec(line(), 0..80),
        is_crlf in any::<bool>(),
        ends_with_a_line in any::<bool>(),
        has_mark in any::<bool>(),
        workers in 1..4_usize,
    ) {
        let end = if is_crlf { &b"\r\n"[..] } else { b"\n" };
        let texts: Vec<Vec<u8>> = lines.iter().map(Line::bytes).collect();
        let mut bytes = texts.join(end);
        if ends_with_a_line && !bytes.is_empty() {
            bytes.extend(end);
        }
        if has_mark {
            bytes.splice(0..0, *b"\xEF\xBB\xBF");
        }
        let mut expected: BTreeMap<String, Counts> = BTreeMap::new();
        let (mut rows, mut bad) = (0, Vec::new());
        for (number, line) in (1..).zip(&lines) {
            match line {
                Line::Row(cells) => {
                    rows += 1;
                    for (name, value) in cells {
                        let counts = expected.entry(format!("c{name}")).or_default();
                        counts[0] += 1;
                        counts[value.index()] += 1;
                    }
                }
                Line::Blank => {}
                Line::NoJson | Line::NoObject | Line::NoUtf8 => bad.push(number),
            }
        }
        // In 40 bytes there are no more than the ten bad lines that are told of a parcel.
        for parcel_bytes in [1, 40, 1 << 20] {
            let (totals, counts, _) = read(&bytes, options(parcel_bytes), workers, Plan::default());
            prop_assert_eq!((totals.rows, totals.left_out), (rows, bad.len() as u64));
            prop_assert_eq!(totals.bytes, bytes.len() as u64);
            prop_assert_eq!(&counts, &expected);
            let told: Vec<u64> = totals.complaints.iter().map(|complaint| complaint.place).collect();
            if parcel_bytes < 1 << 20 {
                prop_assert_eq!(&told, &bad);
            } else {
                prop_assert_eq!(&told[..], &bad[..bad.len().min(10)], "of one parcel the first ten");
            }
            prop_assert!(totals.complaints.iter().all(|complaint| complaint.code == ErrorCode::InvalidData));
            prop_assert!(totals.failure.is_none());
        }
        // Rows without a value there are in no segment.
        let of_segments: Vec<_> = lines.iter().filter_map(|line| match line {
            Line::Row(cells) if cells.iter().any(|(name, value)| *name == 0 && !matches!(value, Value::Null)) => Some(cells),
            _ => None,
        }).collect();
        let mut expected: BTreeMap<String, Counts> = BTreeMap::new();
        for (name, value) in of_segments.into_iter().flatten() {
            let counts = expected.entry(format!("c{name}")).or_default();
            counts[0] += 1;
            counts[value.index()] += 1;
        }
        for parcel_bytes in [1, 300, 1 << 20] {
            let (totals, counts, _) = read(&bytes, options(parcel_bytes), workers, by_first_column());
            prop_assert_eq!(totals.rows, rows);
            prop_assert_eq!(&counts, &expected, "by segment");
        }
    }
}

#[test]
fn a_column_that_first_comes_in_the_last_parcel_counts_no_rows_before() {
    let bytes = format!("{}{{\"a\":1,\"late\":2}}\n", "{\"a\":1}\n".repeat(999));
    for parcel_bytes in [1, 100, 1 << 20] {
        let (totals, counts, _) = read(bytes.as_bytes(), options(parcel_bytes), 2, Plan::default());
        assert_eq!((totals.rows, totals.lines), (1000, 1000));
        assert_eq!(counts["late"], [1, 0, 1, 0, 0, 0]);
        assert_eq!(counts["a"], [1000, 0, 1000, 0, 0, 0]);
    }
}

#[test]
fn rows_go_to_the_bucket_of_their_time() {
    let line = |day: i64| format!("{{\"t\":{},\"a\":1}}\n", NOW_MS + day * DAY_MS);
    let bytes: String = (0..300).map(|at| line(at * 7 % 3)).collect();
    for parcel_bytes in [1, 500, 1 << 20] {
        let options = ReadOptions { times: Some(("t".to_owned(), TimeReader::default())), ..options(parcel_bytes) };
        let (totals, counts, profiles) = read(bytes.as_bytes(), options, 2, Plan::default());
        assert_eq!((totals.rows, counts["a"][0], profiles), (300, 300, 3));
    }
}

#[test]
fn a_parcel_may_hold_rows_of_any_number_of_buckets() {
    let line = |day: i64| format!("{{\"t\":{},\"a\":1}}\n", NOW_MS - day * DAY_MS);
    let bytes: String = (0..9000)
        .flat_map(|at| [line(at), line(at), if at == 8999 { "bad\n".to_owned() } else { String::new() }])
        .collect();
    for workers in [1, 2] {
        let options = ReadOptions { times: Some(("t".to_owned(), TimeReader::default())), ..options(1 << 20) };
        let (totals, counts, profiles) = read(bytes.as_bytes(), options, workers, Plan::default());
        assert_eq!((totals.rows, totals.left_out, counts["a"][0], profiles), (18_000, 1, 18_000, 9000));
        assert_eq!(totals.complaints[0].place, 18_001);
    }
}

#[test]
fn a_line_that_is_too_long_is_told_of_and_passed_over() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(5000));
    let bytes = format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}\nbad\n{{\"a\":3}}");
    let (totals, counts, _) =
        read(bytes.as_bytes(), ReadOptions { max_record_bytes: 1000, ..options(64) }, 2, Plan::default());
    let told: Vec<_> = totals.complaints.iter().map(|complaint| (complaint.place, complaint.code)).collect();
    assert_eq!(told, [(2, ErrorCode::MessageTooLarge), (4, ErrorCode::InvalidData)]);
    assert_eq!((totals.rows, totals.lines, totals.bytes), (3, 5, bytes.len() as u64));
    assert_eq!(counts["a"], [3, 0, 3, 0, 0, 0]);
}

#[test]
fn integers_are_whole_up_to_64_bits() {
    let ids: Vec<i64> = (0..40).map(|at| 9_007_199_254_740_993 + 2 * at).chain([i64::MAX, i64::MIN]).collect();
    let bytes = ids.iter().fold(String::new(), |text, id| text + &format!("{{\"id\":{id}}}\n"));
    let rig = Rig::new(&settings(1));
    let dataset = rig.dataset("d", Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let (report, never) = (Arc::default(), || false);
    let mut delivery = Delivery::new(&mut sender, &report, &never);
    read_ndjson(bytes.as_bytes(), &Arc::new(options(1 << 20)), &mut delivery).unwrap();
    let status = rig.status();
    let profile = Profile::deserialize(&status[0].views[0]).unwrap();
    let column = profile.get("id").unwrap();
    let ints = column.ints().unwrap();
    assert_eq!((ints.min, ints.max, column.types().integral), (i64::MIN, i64::MAX, 42));
    assert!((column.cardinality().unwrap().estimate - 42.0).abs() < 0.1);
}

#[test]
fn a_source_ends_when_it_is_given_up_or_the_engine_closes() {
    let rig = Rig::new(&settings(1));
    let dataset = rig.dataset("d", Vec::new());
    let report = Arc::default();
    let options = Arc::new(options(16));
    let endless = || std::io::repeat(b'\n').take(1 << 20);
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let asked = std::cell::Cell::new(0);
    let gives_up = || asked.replace(asked.get() + 1) > 10;
    let outcome = read_ndjson(endless(), &options, &mut Delivery::new(&mut sender, &report, &gives_up));
    assert!(matches!(outcome, Err(SourceError::Cancelled)));
    rig.close(60_000);
    let outcome = read_ndjson(endless(), &options, &mut Delivery::new(&mut sender, &report, &|| false));
    let code = match outcome {
        Err(SourceError::Engine(error)) => error.code,
        other => panic!("{other:?}"),
    };
    assert!([ErrorCode::Closed, ErrorCode::NotAlive].contains(&code));
}

#[test]
fn a_dataset_with_segments_takes_over_nothing_from_one_without() {
    let bytes = "{\"c0\":\"x\",\"c1\":1}\n{\"c0\":\"y\",\"c1\":2}\n".repeat(50);
    let rig = Rig::new(&settings(1));
    let mut counted = Vec::new();
    for (id, plan) in [("plain", Plan::default()), ("segmented", by_first_column()), ("again", by_first_column())] {
        let dataset = rig.open_planned(id, Granularity::Day, None, plan, Vec::new());
        let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
        let report = Arc::default();
        let options = Arc::new(ReadOptions { parcel_bytes: 200, ..ReadOptions::new(NOW_MS) });
        read_ndjson(bytes.as_bytes(), &options, &mut Delivery::new(&mut sender, &report, &|| false)).unwrap();
        let statuses = rig.status();
        let status = statuses.iter().find(|status| status.dataset_id == id).unwrap();
        let n = |view: &Vec<u8>| Profile::deserialize(view).unwrap().get("c1").map_or(0, |column| column.counts().n);
        counted.push(status.views.iter().map(n).collect::<Vec<_>>());
    }
    assert_eq!(counted, [vec![100], vec![50, 50], vec![50, 50]]);
}
