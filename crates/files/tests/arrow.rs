//! Arrow IPC: the same figures as the same rows have in Parquet's place and in JSON, from files and streams, whatever the batches.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Date64Array, DictionaryArray, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use proptest::prelude::*;
use rolling_profiles_engine::{ErrorCode, Granularity, Partition, Plan, Settings, TimeWindow};
use rolling_profiles_files::{
    Delivery, ReadOptions, Report, SourceError, TimeReader, Totals, read_arrow, read_arrow_stream, read_ndjson,
};
use rolling_profiles_profile::Profile;
use rolling_profiles_testkit::{NOW_MS, Rig, settings};

const DAY_MS: i64 = 86_400_000;

fn options() -> ReadOptions {
    ReadOptions { parcel_bytes: 1 << 12, ..ReadOptions::new(NOW_MS) }
}

fn timed() -> ReadOptions {
    ReadOptions { times: Some(("t".to_owned(), TimeReader::default())), ..options() }
}

/// How bytes are read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    File,
    Stream,
    Ndjson,
}

struct Outcome {
    read: Result<(), SourceError>,
    totals: Totals,
    profiles: Vec<Profile>,
}

fn read(bytes: &[u8], options: ReadOptions, way: Way, workers: usize, plan: Plan) -> Outcome {
    let rig = Rig::new(&Settings { max_parcel_bytes: 1 << 14, ..settings(workers) });
    let dataset = rig.open_planned("d", Granularity::Day, None, plan, Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let (report, options) = (Arc::new(Report::default()), Arc::new(options));
    let never = || false;
    let mut delivery = Delivery::new(&mut sender, &report, &never);
    let read = match way {
        Way::File => read_arrow(file(bytes), &options, &mut delivery),
        Way::Stream => read_arrow_stream(bytes, &options, &mut delivery),
        Way::Ndjson => read_ndjson(bytes, &options, &mut delivery),
    };
    let views: Vec<Vec<u8>> = rig.status().into_iter().flat_map(|status| status.views).collect();
    let totals = report.totals();
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (totals.rows, totals.left_out));
    Outcome { read, totals, profiles: views.iter().map(|view| Profile::deserialize(view).unwrap()).collect() }
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

/// What is exact of each column over all profiles, in words.
fn figures(profiles: &[Profile]) -> Vec<String> {
    let mut merged = profiles[0].clone();
    profiles[1..].iter().for_each(|profile| merged.merge(profile));
    let columns = merged.columns().map(|(name, column)| {
        let mut items = column.frequent_items().unwrap_or_default();
        items.sort_by(|one, other| one.value.cmp(&other.value));
        let items: Vec<_> = items.iter().map(|item| (&item.value, item.lower, item.upper)).collect();
        let ints = column.ints().map(|ints| (ints.min, ints.max));
        let range = column.distribution().map(|found| (found.n, found.min, found.max));
        let quantiles = column.quantiles(&[0.1, 0.5, 0.8]);
        format!("{name}: {:?} {:?} {ints:?} {range:?} {quantiles:?} {items:?}", column.counts(), column.types())
    });
    let mut columns: Vec<_> = columns.collect();
    columns.sort();
    columns
}

/// A row: an integer, a double, a text, a bool; each may be null.
type Row = (Option<i64>, Option<i8>, Option<u8>, Option<bool>);

fn text(number: u8) -> String {
    ["", "a", "é", "some longer text than fits in a view", "z"][usize::from(number % 5)].to_owned()
}

fn double(number: i8) -> f64 {
    f64::from(number % 9) + 0.25
}

fn batch(rows: &[Row]) -> RecordBatch {
    let texts: Vec<_> = rows.iter().map(|row| row.2.map(text)).collect();
    let columns: [(&str, ArrayRef); 5] = [
        ("i", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
        ("d", Arc::new(rows.iter().map(|row| row.1.map(double)).collect::<Float64Array>())),
        ("s", Arc::new(StringArray::from(texts.clone()))),
        ("e", Arc::new(texts.iter().map(Option::as_deref).collect::<DictionaryArray<Int8Type>>())),
        ("b", Arc::new(rows.iter().map(|row| row.3).collect::<BooleanArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

fn json(rows: &[Row]) -> Vec<u8> {
    let line = |row: &Row| {
        let text = row.2.map(text);
        let row = serde_json::json!({ "i": row.0, "d": row.1.map(double), "s": text, "e": text, "b": row.3 });
        format!("{row}\n")
    };
    rows.iter().map(line).collect::<String>().into_bytes()
}

fn packed(codec: u8) -> IpcWriteOptions {
    let codec = [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)][usize::from(codec % 3)];
    IpcWriteOptions::default().try_with_compression(codec).unwrap()
}

/// The same batches as a stream, and as a file.
fn written(batches: &[RecordBatch], options: &IpcWriteOptions) -> [Vec<u8>; 2] {
    let schema = batches[0].schema();
    let mut stream = StreamWriter::try_new_with_options(Vec::new(), &schema, options.clone()).unwrap();
    for batch in batches {
        stream.write(batch).unwrap();
    }
    stream.finish().unwrap();
    let mut file = FileWriter::try_new_with_options(Vec::new(), &schema, options.clone()).unwrap();
    // A file has each dictionary once.
    let is_one = batches.iter().all(|batch| file.write(batch).is_ok());
    let file = if is_one { file.into_inner().unwrap() } else { Vec::new() };
    [stream.into_inner().unwrap(), file]
}

fn by(column: &str) -> Plan {
    Plan { partitions: vec![Partition::of_columns("by", "id", vec![column.to_owned()])], ..Plan::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_json(
        rows in prop::collection::vec(any::<Row>(), 1..120),
        rows_a_batch in 1..60_usize,
        codec in 0..3_u8,
        workers in 1..3_usize,
    ) {
        let rows: Vec<Row> = rows.into_iter().map(|row| (row.0.map(|id| id % 20 - 5 + (1 << 60)), row.1, row.2, row.3)).collect();
        for plan in [Plan::default, || by("s")] {
            let by_json = read(&json(&rows), options(), Way::Ndjson, workers, plan());
            let batches: Vec<_> = rows.chunks(rows_a_batch).map(batch).collect();
            let [stream, file] = written(&batches, &packed(codec));
            for (bytes, way) in [(&stream, Way::Stream), (&stream, Way::File), (&file, Way::File)] {
                if bytes.is_empty() {
                    continue;
                }
                let found = read(bytes, options(), way, workers, plan());
                prop_assert!(found.read.is_ok() && found.totals.failure.is_none(), "{way:?} {:?} {:?}", found.read, found.totals);
                prop_assert_eq!((found.totals.rows, found.totals.lines), (rows.len() as u64, rows.len() as u64));
                prop_assert_eq!(found.totals.bytes, bytes.len() as u64, "{:?}", way);
                prop_assert_eq!(&found.totals.columns[..], &["i", "d", "s", "e", "b"].map(str::to_owned));
                if by_json.profiles.is_empty() {
                    prop_assert!(found.profiles.is_empty());
                } else {
                    prop_assert_eq!(figures(&found.profiles), figures(&by_json.profiles));
                }
            }
        }
    }
}

#[test]
fn rows_go_to_the_bucket_of_their_time() {
    // The last of a day, of three days about 1970: rounded up, it would be another day.
    let times: Vec<i64> = (0..300).map(|at| (at % 3 - 1) * DAY_MS - 1).collect();
    let of = |each: &dyn Fn(i64) -> i64| times.iter().map(|ms| each(*ms)).collect::<Vec<_>>();
    let columns: [ArrayRef; 7] = [
        Arc::new(Date32Array::from(of(&|ms| ms.div_euclid(DAY_MS)).iter().map(|day| *day as i32).collect::<Vec<_>>())),
        Arc::new(Date64Array::from(of(&|ms| ms))),
        Arc::new(TimestampSecondArray::from(of(&|ms| ms.div_euclid(1000)))),
        Arc::new(TimestampMillisecondArray::from(of(&|ms| ms))),
        Arc::new(TimestampMicrosecondArray::from(of(&|ms| ms * 1000 + 999))),
        Arc::new(TimestampNanosecondArray::from(of(&|ms| ms * 1_000_000 + 999_999))),
        Arc::new(StringArray::from(
            of(&|ms| ms.div_euclid(DAY_MS) + 31)
                .iter()
                .map(|day| match day {
                    31 => "1970-01-01".to_owned(),
                    day => format!("1969-12-{}", day + 1),
                })
                .collect::<Vec<_>>(),
        )),
    ];
    for column in columns {
        let batch = RecordBatch::try_from_iter([("t", column)]).unwrap();
        for (bytes, way) in written(&[batch], &packed(1)).iter().zip([Way::Stream, Way::File]) {
            let found = read(bytes, timed(), way, 2, Plan::default());
            assert!(found.read.is_ok() && found.totals.failure.is_none(), "{:?}", found.totals);
            assert_eq!((found.totals.rows, found.totals.untimed), (300, 0));
            let mut days: Vec<i64> = found.profiles.iter().map(Profile::dataset_timestamp_ms).collect();
            days.sort_unstable();
            assert_eq!(days, [-2 * DAY_MS, -DAY_MS, 0]);
            let counts: Vec<u64> = found.profiles.iter().map(|profile| profile.get("t").unwrap().counts().n).collect();
            assert_eq!(counts, [100; 3]);
        }
    }
}

#[test]
fn rows_without_a_time_and_with_a_bad_one_are_told() {
    let texts: Vec<_> =
        (0..40).map(|at| [Some("2024-02-29"), Some("no time"), Some("2024-02-28"), None][at % 4]).collect();
    let batches = texts.chunks(16).map(|texts| {
        let column: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        RecordBatch::try_from_iter_with_nullable([("t", column, true)]).unwrap()
    });
    let [stream, _] = written(&batches.collect::<Vec<_>>(), &packed(0));
    let found = read(&stream, timed(), Way::Stream, 2, Plan::default());
    assert_eq!((found.totals.rows, found.totals.left_out, found.totals.untimed), (30, 10, 10));
    let places: Vec<u64> = found.totals.complaints.iter().map(|complaint| complaint.place).collect();
    assert_eq!(places, (0..10).map(|at| 4 * at + 2).collect::<Vec<_>>());
    assert!(found.totals.complaints.iter().all(|complaint| complaint.code == ErrorCode::InvalidTimestamp));
}

#[test]
fn there_may_be_more_buckets_than_are_read_at_once() {
    let column: ArrayRef = Arc::new(Date32Array::from((0..9000).collect::<Vec<i32>>()));
    let [_, file] = written(&[RecordBatch::try_from_iter([("t", column)]).unwrap()], &packed(0));
    let found = read(&file, timed(), Way::File, 2, Plan::default());
    assert_eq!((found.totals.rows, found.totals.left_out, found.profiles.len()), (9000, 0, 9000));
}

#[test]
fn columns_are_chosen_and_have_names_of_their_own() {
    let one: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let batch = RecordBatch::try_from_iter([("a", Arc::clone(&one)), ("a", Arc::clone(&one)), ("b", one)]).unwrap();
    let [stream, file] = written(&[batch], &packed(0));
    let asked = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    for (bytes, way) in [(&stream, Way::Stream), (&file, Way::File)] {
        let found = read(bytes, options(), way, 1, Plan::default());
        assert_eq!(found.totals.columns, ["a", "a_2", "b"]);
        let found = read(bytes, ReadOptions { columns: asked(&["a_2"]), ..options() }, way, 1, Plan::default());
        assert_eq!((&found.totals.columns[..], found.profiles[0].column_count()), (&["a_2".to_owned()][..], 1));
        for options in [ReadOptions { columns: asked(&["c"]), ..options() }, timed()] {
            let found = read(bytes, options, way, 1, Plan::default());
            assert!(matches!(found.read, Err(SourceError::NoColumn { columns, .. }) if columns.len() == 3));
        }
    }
}

#[test]
fn what_packs_very_well_is_read() {
    let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 1 << 20]));
    for codec in [1, 2] {
        let [stream, _] = written(&[RecordBatch::try_from_iter([("z", Arc::clone(&zeros))]).unwrap()], &packed(codec));
        let found = read(&stream, options(), Way::Stream, 1, Plan::default());
        assert_eq!((found.totals.rows, found.totals.failure.is_none()), (1 << 20, true));
    }
}

#[test]
fn damage_is_an_error_or_shows_in_nothing() {
    let rows: Vec<Row> = (0..40).map(|at| (Some(at), Some(at as i8), (at % 3 > 0).then_some(at as u8), None)).collect();
    for codec in [0, 1, 2] {
        let [stream, file] = written(&[batch(&rows)], &packed(codec));
        for (bytes, way) in [(&stream, Way::Stream), (&file, Way::File)] {
            for at in (usize::from(codec)..bytes.len()).step_by(3) {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << (at % 8);
                let found = read(&damaged, options(), way, 1, Plan::default());
                let failure = found.totals.failure.map(|(_, error)| error);
                assert!(failure.is_none_or(|error| error.code != ErrorCode::Internal), "byte {at} panics");
            }
        }
        for end in 0..file.len() {
            let found = read(&file[..end], options(), Way::File, 1, Plan::default());
            assert!(matches!(found.read, Err(SourceError::Unreadable { .. })), "{end} bytes");
        }
    }
    for nothing in [&b""[..], b"FEA1....", b"{\"a\":1}\n"] {
        for way in [Way::Stream, Way::File] {
            let found = read(nothing, options(), way, 1, Plan::default());
            assert!(matches!(found.read, Err(SourceError::Unreadable { .. })), "{nothing:?}");
        }
    }
}
