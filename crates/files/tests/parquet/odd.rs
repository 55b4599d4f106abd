//! Times, choices of columns, damage, and files that are odd.

use rolling_profiles_engine::ErrorCode;
use rolling_profiles_files::TimeReader;

use super::*;
use crate::columns::Stored;

const DAY_MS: i64 = 86_400_000;
const FORM: Form = Form { is_v2: false, codec: 1, rows_a_group: 100, rows_a_page: 10 };

/// A file of one column.
fn of_stored(schema: &str, rows: &[Option<Stored>]) -> Vec<u8> {
    columns::of_stored(schema, rows, &FORM)
}

fn timed(column: &str, parcel_bytes: usize) -> ReadOptions {
    ReadOptions { times: Some((column.to_owned(), TimeReader::default())), ..options(parcel_bytes) }
}

fn reason(outcome: Outcome) -> (Option<u64>, String) {
    match outcome.read {
        Err(SourceError::Unreadable { place, reason }) => (place, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_go_to_the_bucket_of_their_time() {
    let micros = |ms: i64| Stored::Int64(ms * 1000 + 999);
    let int96 = |ms: i64| {
        let nanos = (ms.rem_euclid(DAY_MS) * 1_000_000).cast_unsigned();
        Stored::Int96([nanos as u32, (nanos >> 32) as u32, (ms.div_euclid(DAY_MS) + 2_440_588) as u32])
    };
    let forms: [(&str, &dyn Fn(i64) -> Stored); 8] = [
        ("optional int32 t (DATE)", &|ms| Stored::Int32(ms.div_euclid(DAY_MS) as i32)),
        ("optional int64 t (TIMESTAMP(MILLIS,true))", &Stored::Int64),
        ("optional int64 t (TIMESTAMP_MICROS)", &micros),
        ("optional int64 t (TIMESTAMP(NANOS,false))", &|ms| Stored::Int64(ms * 1_000_000 + 999_999)),
        ("optional int96 t", &int96),
        ("optional int64 t", &Stored::Int64),
        ("optional double t", &|ms| Stored::Double(ms as f64)),
        ("optional binary t (STRING)", &|ms| {
            let day = ["1969-12-30", "1969-12-31", "1970-01-01"][(ms.div_euclid(DAY_MS) + 2) as usize];
            Stored::Bytes(day.into())
        }),
    ];
    for (schema, form) in forms {
        // The last ms of a day, of three days about 1970: rounded up, it would be another day. Small numbers would be seconds.
        let is_number = matches!(schema, "optional int64 t" | "optional double t");
        let base = if is_number { 1_709_164_800_000 } else { 0 };
        let rows: Vec<_> = (0..300).map(|at| Some(form(base + (at % 3 - 1) * DAY_MS - 1))).collect();
        let bytes = of_stored(schema, &rows);
        for parcel_bytes in [1, 200, 1 << 20] {
            let found = read(&bytes, timed("t", parcel_bytes), 2, Plan::default());
            assert!(found.read.is_ok() && found.totals.failure.is_none(), "{schema}: {:?}", found.totals);
            let counts: Vec<u64> = found.profiles.iter().map(|profile| profile.get("t").unwrap().counts().n).collect();
            assert_eq!(
                (found.totals.rows, found.totals.untimed, counts.iter().sum::<u64>()),
                (300, 0, 300),
                "{schema}"
            );
            let mut days: Vec<i64> = found.profiles.iter().map(Profile::dataset_timestamp_ms).collect();
            days.sort_unstable();
            days.dedup();
            let first = base.div_euclid(DAY_MS) * DAY_MS;
            assert_eq!(days, [first - 2 * DAY_MS, first - DAY_MS, first], "{schema}");
        }
    }
}

#[test]
fn rows_without_a_time_and_with_a_bad_one_are_told() {
    let texts = ["2024-02-29", "no time", "2024-02-28"];
    let row = |at: usize| (at % 4 < 3).then(|| Stored::Bytes(texts[at % 4].into()));
    let bytes = of_stored("optional binary t (STRING)", &(0..40).map(row).collect::<Vec<_>>());
    for parcel_bytes in [1, 50, 1 << 20] {
        let found = read(&bytes, timed("t", parcel_bytes), 2, Plan::default());
        assert_eq!((found.totals.rows, found.totals.left_out, found.totals.untimed), (30, 10, 10));
        let places: Vec<u64> = found.totals.complaints.iter().map(|complaint| complaint.place).collect();
        assert_eq!(places, (0..10).map(|at| 4 * at + 2).collect::<Vec<_>>());
        assert!(found.totals.complaints.iter().all(|complaint| complaint.code == ErrorCode::InvalidTimestamp));
    }
    let window = TimeWindow { earliest_ms: 1_709_164_800_000.0, refuses: true, ..TimeWindow::ANY };
    let far = ReadOptions { window, ..timed("t", 100) };
    let found = read(&bytes, far, 1, Plan::default());
    assert_eq!((found.totals.rows, found.totals.left_out), (20, 20), "the day before is outside");
}

#[test]
fn there_may_be_more_buckets_than_are_read_at_once() {
    let rows: Vec<_> = (0..9000).map(|day| Some(Stored::Int32(day))).collect();
    let form = Form { rows_a_group: 20_000, rows_a_page: 5000, ..FORM };
    let bytes = columns::of_stored("optional int32 t (DATE)", &rows, &form);
    let found = read(&bytes, timed("t", 1 << 20), 2, Plan::default());
    assert_eq!((found.totals.rows, found.totals.left_out, found.profiles.len()), (9000, 0, 9000));
}

#[test]
fn only_the_columns_that_are_asked_for_are_read() {
    let seeds = |seed: u64| (0..50).map(|row| Some(row * seed)).collect::<Vec<_>>();
    let column =
        |name: &str, kind| Column { name: name.to_owned(), kind, encoding: 0, has_dictionary: true, seeds: seeds(3) };
    let bytes = written(&[column("a", 2), column("b", 13), column("t", 17)], &FORM);
    let asked = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let found = read(&bytes, ReadOptions { columns: asked(&["b"]), ..timed("t", 100) }, 2, Plan::default());
    assert_eq!((found.totals.rows, &found.totals.columns[..]), (50, &["b".to_owned()][..]));
    assert!(found.profiles.iter().all(|profile| profile.column_count() == 1));
    for options in [ReadOptions { columns: asked(&["a", "c"]), ..options(100) }, timed("c", 100)] {
        match read(&bytes, options, 1, Plan::default()).read {
            Err(SourceError::NoColumn { column, columns }) => {
                assert_eq!((&*column, &columns[..]), ("c", &["a", "b", "t"].map(str::to_owned)[..]));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn texts_that_are_no_utf8_cost_their_row() {
    for form in [Form { codec: 0, ..FORM }, Form { is_v2: true, ..FORM }] {
        let texts: [&[u8]; 3] = [b"good", b"b\xffd", b"as good"];
        let rows: Vec<_> = (0..30).map(|at| (at % 5 > 0).then(|| Stored::Bytes(texts[at % 3].to_vec()))).collect();
        let bad: Vec<u64> = (0..30).filter(|at| at % 5 > 0 && at % 3 == 1).map(|at| at as u64 + 1).collect();
        let bytes = columns::of_stored("optional binary c (STRING)", &rows, &form);
        for parcel_bytes in [1, 100, 1 << 20] {
            let found = read(&bytes, options(parcel_bytes), 2, Plan::default());
            let places: Vec<u64> = found.totals.complaints.iter().map(|complaint| complaint.place).collect();
            assert_eq!(places, bad);
            assert_eq!((found.totals.rows, found.totals.left_out), (30 - bad.len() as u64, bad.len() as u64));
            let counts = found.merged().get("c").unwrap().types();
            assert_eq!(counts.string, 24 - bad.len() as u64);
        }
    }
}

#[test]
fn long_texts_named_by_many_rows_are_read_in_parts() {
    let text = "x".repeat(60_000);
    let rows: Vec<_> = (0..300).map(|_| Some(Stored::Bytes(text.clone().into_bytes()))).collect();
    let form = Form { rows_a_group: 1000, rows_a_page: 1000, ..FORM };
    let bytes = columns::of_stored("optional binary c (STRING)", &rows, &form);
    for parcel_bytes in [1, 4096, 1 << 20] {
        for plan in [Plan::default(), by("c")] {
            let found = read(&bytes, options(parcel_bytes), 2, plan);
            assert_eq!((found.totals.rows, found.totals.failure.is_none()), (300, true));
            assert_eq!(found.merged().get("c").unwrap().types().string, 300);
        }
    }
    let long: Vec<_> = (0..30).map(|at| Some(Stored::Bytes("y".repeat(65_530 + at % 10).into_bytes()))).collect();
    let found = read(&of_stored("optional binary c (STRING)", &long), options(1 << 20), 2, Plan::default());
    assert_eq!(found.totals.cut_texts, 9, "three of ten are longer than may be");
}

#[test]
fn damage_is_an_error_or_shows_in_nothing() {
    let column = |kind| Column {
        name: format!("c{kind}"),
        kind,
        encoding: 1,
        has_dictionary: kind % 2 == 0,
        seeds: (0..40).map(|row| (row % 7 > 0).then_some(row)).collect(),
    };
    for form in [FORM, Form { is_v2: true, codec: 0, ..FORM }] {
        let bytes = written(&[2, 7, 13, 22].map(column), &form);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let found = read(&damaged, options(1 << 20), 1, Plan::default());
            let failure = found.totals.failure.map(|(_, error)| error);
            assert!(failure.is_none_or(|error| error.code != ErrorCode::Internal), "byte {at} panics");
        }
        for end in (0..bytes.len()).step_by(7) {
            let found = read(&bytes[..end], options(1 << 20), 1, Plan::default());
            assert!(matches!(found.read, Err(SourceError::Unreadable { .. })), "{end} bytes");
        }
    }
}

#[test]
fn damage_is_told_with_its_place() {
    let seeds = |_| Column {
        name: "c".to_owned(),
        kind: 13,
        encoding: 0,
        has_dictionary: false,
        seeds: (0..90).map(Some).collect(),
    };
    let form = Form { codec: 0, rows_a_group: 30, rows_a_page: 30, is_v2: false };
    let bytes = written(&[seeds(0)], &form);
    // In the second of three pages, which have it four times or three.
    let at =
        bytes.windows(16).enumerate().filter(|(_, window)| window.starts_with(b"some longer text")).map(|(at, _)| at);
    let at = at.collect::<Vec<_>>()[5];
    let mut damaged = bytes.clone();
    damaged[at - 40..at + 10].fill(0xff);
    let found = read(&damaged, options(1 << 20), 2, Plan::default());
    let told = match (found.read, found.totals.failure) {
        (Ok(()), Some((row, error))) => (Some(row), error.message),
        (Err(SourceError::Unreadable { place, reason }), _) => (place, reason),
        other => panic!("{other:?}"),
    };
    assert_eq!(told.0, Some(31), "{}", told.1);
    assert!(told.1.starts_with("row group 2, column \"c\": "), "{}", told.1);
    for (cut, what) in [(0, "it is no Parquet file, or cut off"), (bytes.len() - 3, "the file is cut off")] {
        let (_, told) = reason(read(&bytes[..cut], options(1 << 20), 1, Plan::default()));
        assert!(told.starts_with(what), "{told}");
    }
    let mut damaged = bytes.clone();
    let end = damaged.len() - 8;
    damaged[end - 60..end].fill(0x1c);
    let (_, told) = reason(read(&damaged, options(1 << 20), 1, Plan::default()));
    assert!(told.starts_with("the footer is damaged: "), "{told}");
}

#[test]
fn files_of_other_writers() {
    let fixture =
        |name: &str| std::fs::read(format!("{}/tests/fixtures/{name}.parquet", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (_, told) = reason(read(&fixture("encrypted"), options(1 << 20), 1, Plan::default()));
    assert!(told.starts_with("it is encrypted"), "{told}");
    let found = read(&fixture("duplicate-names"), options(1 << 20), 1, Plan::default());
    assert_eq!(found.totals.columns[..], ["id", "value", "value_2"].map(str::to_owned));
    let highest = |name: &str| found.merged().get(name).unwrap().ints().unwrap().max;
    assert_eq!((highest("value"), highest("value_2")), (30, 300));
    let found = read(&fixture("interval"), options(1 << 20), 1, Plan::default());
    assert!(found.totals.rows > 0 && found.totals.failure.is_none());
    let is_told = |note: &String| note.ends_with("counts as objects: its values are intervals");
    assert!(found.totals.notes.iter().any(is_told), "{:?}", found.totals.notes);
    assert!(found.merged().columns().any(|(_, column)| column.types().object > 0));
    assert!(found.merged().columns().any(|(_, column)| column.types().integral > 0));
}
