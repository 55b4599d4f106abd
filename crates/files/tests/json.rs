//! Sequences of JSON values in parcels: the same figures whatever the form and the parcels, exact lines, and an end where one is no JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_engine::{ErrorCode, Settings, TimeWindow};
use rolling_profiles_files::{
    Delivery, Format, ReadOptions, Report, SourceError, TimeReader, Totals, read_json, read_ndjson,
};
use rolling_profiles_profile::Profile;
use rolling_profiles_testkit::{NOW_MS, Rig, settings};

const DAY_MS: i64 = 86_400_000;

fn options(parcel_bytes: usize) -> ReadOptions {
    ReadOptions { parcel_bytes, max_record_bytes: 1 << 20, ..ReadOptions::new(NOW_MS) }
}

/// What a column counts: values and nulls, nulls, integers, fractions, texts, objects, tensors.
type Counts = [u64; 7];

struct Outcome {
    totals: Totals,
    counts: BTreeMap<String, Counts>,
    profiles: usize,
    format: Option<Format>,
    end: Result<(), SourceError>,
}

impl Outcome {
    fn fault(&self) -> (u64, &str) {
        match &self.end {
            Err(SourceError::Unreadable { place: Some(place), reason }) => (*place, reason),
            other => panic!("{other:?}"),
        }
    }

    fn told(&self) -> Vec<u64> {
        self.totals.complaints.iter().map(|complaint| complaint.place).collect()
    }
}

fn read_as(bytes: &[u8], options: ReadOptions, workers: usize, is_by_lines: bool) -> Outcome {
    let rig = Rig::new(&Settings { max_parcel_bytes: 4 * options.parcel_bytes as u64, ..settings(workers) });
    let dataset = rig.dataset("d", Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let report = Arc::new(Report::default());
    let (options, never) = (Arc::new(options), || false);
    let mut delivery = Delivery::new(&mut sender, &report, &never);
    let end = if is_by_lines {
        read_ndjson(bytes, &options, &mut delivery)
    } else {
        read_json(bytes, &options, &mut delivery)
    };
    let views: Vec<Vec<u8>> = rig.status().into_iter().flat_map(|status| status.views).collect();
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for view in &views {
        for (name, column) in Profile::deserialize(view).unwrap().columns() {
            let sums = counts.entry(name.to_owned()).or_default();
            let (of, types) = (column.counts(), column.types());
            let figures = [of.n, of.null, types.integral, types.fractional, types.string, types.object, types.tensor];
            sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        }
    }
    let totals = report.totals();
    assert!(totals.failure.is_none());
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (totals.rows, totals.left_out));
    assert_eq!(stats.parcel_bytes, 0);
    Outcome { totals, counts, profiles: views.len(), format: report.format(), end }
}

fn read(text: &str, parcel_bytes: usize) -> Outcome {
    read_as(text.as_bytes(), options(parcel_bytes), 2, false)
}

#[derive(Debug, Clone)]
enum Record {
    Row(Vec<(u8, Value)>),
    NoObject(&'static str),
    NoUtf8,
}

#[derive(Debug, Clone)]
enum Value {
    Null,
    Integer(i64),
    Fraction(i32),
    Text(String),
    Object,
    Tensor,
}

impl Value {
    fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Integer(value) => (*value).into(),
            Self::Fraction(value) => (f64::from(*value) + 0.25).into(),
            Self::Text(value) => value.as_str().into(),
            Self::Object => serde_json::json!({ "x": [{ "]": "}" }] }),
            Self::Tensor => serde_json::json!([[1, 2], [3, 4]]),
        }
    }

    const fn index(&self) -> usize {
        match self {
            Self::Null => 1,
            Self::Integer(_) => 2,
            Self::Fraction(_) => 3,
            Self::Text(_) => 4,
            Self::Object => 5,
            Self::Tensor => 6,
        }
    }
}

impl Record {
    fn bytes(&self, is_pretty: bool) -> Vec<u8> {
        match self {
            Self::Row(cells) => {
                let object: serde_json::Map<String, serde_json::Value> =
                    cells.iter().map(|(name, value)| (format!("c{name}"), value.json())).collect();
                let written = if is_pretty { serde_json::to_vec_pretty(&object) } else { serde_json::to_vec(&object) };
                written.unwrap()
            }
            Self::NoObject(text) => text.as_bytes().to_vec(),
            Self::NoUtf8 => b"{\"c0\":\"\xff\"}".to_vec(),
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        any::<i32>().prop_map(Value::Fraction),
        "[a{}\\[\\]\",\\\\\n\r\té😀]{0,8}".prop_map(Value::Text),
        Just(Value::Object),
        Just(Value::Tensor),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    prop_oneof![
        16 => prop::collection::btree_map(0..6_u8, value(), 0..5).prop_map(|cells| Record::Row(cells.into_iter().collect())),
        1 => prop::sample::select(vec!["7", "null", "\"{\"", "true", "-1.5e3"]).prop_map(Record::NoObject),
        1 => Just(Record::NoUtf8),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Lines,
    Array,
    ArrayOverLines,
    PrettySequence,
    Concatenated,
    TextSequence,
    Arrays,
}

const FORMS: [Form; 7] = [
    Form::Lines,
    Form::Array,
    Form::ArrayOverLines,
    Form::PrettySequence,
    Form::Concatenated,
    Form::TextSequence,
    Form::Arrays,
];

impl Form {
    /// What stands before the first value, between two, and behind the last.
    const fn around(self) -> [&'static str; 3] {
        match self {
            Self::Lines => ["", "\n", ""],
            Self::Array => ["[", ",", "]"],
            Self::ArrayOverLines => ["[\r\n  ", ",\r\n  ", "\r\n]\r\n"],
            // A first value in a line of its own would make all lines records.
            Self::PrettySequence => ["[\n]", "\n", "\n"],
            Self::Concatenated => ["", " ", ""],
            Self::TextSequence => ["\x1e", "\n\x1e", "\n"],
            Self::Arrays => ["[", "]\n[", "]"],
        }
    }

    const fn is_pretty(self) -> bool {
        matches!(self, Self::ArrayOverLines | Self::PrettySequence)
    }

    /// The records in this form, and the lines in which those begin that are none.
    fn write(self, records: &[Record]) -> (Vec<u8>, Vec<u64>) {
        let [before, between, behind] = self.around();
        let (mut bytes, mut bad) = (before.as_bytes().to_vec(), Vec::new());
        for (at, record) in records.iter().enumerate() {
            if at > 0 {
                bytes.extend(between.as_bytes());
            }
            if !matches!(record, Record::Row(_)) {
                bad.push(bytes.split(|&byte| byte == b'\n').count() as u64);
            }
            bytes.extend(record.bytes(self.is_pretty()));
        }
        bytes.extend(behind.as_bytes());
        (bytes, bad)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn figures_and_lines_depend_on_neither_form_nor_parcels(
        records in prop::collection::vec(record(), 0..40),
        has_mark in any::<bool>(),
        workers in 1..3_usize,
    ) {
        let mut expected: BTreeMap<String, Counts> = BTreeMap::new();
        let mut rows = 0;
        for record in &records {
            if let Record::Row(cells) = record {
                rows += 1;
                for (name, value) in cells {
                    let counts = expected.entry(format!("c{name}")).or_default();
                    counts[0] += 1;
                    counts[value.index()] += 1;
                }
            }
        }
        for form in FORMS {
            let (mut bytes, bad) = form.write(&records);
            if has_mark {
                bytes.splice(0..0, *b"\xEF\xBB\xBF");
            }
            for parcel_bytes in [1, 40, 1 << 20] {
                let outcome = read_as(&bytes, options(parcel_bytes), workers, matches!(form, Form::Lines));
                prop_assert!(outcome.end.is_ok(), "{form:?} {:?}", outcome.end);
                prop_assert_eq!((outcome.totals.rows, outcome.totals.left_out), (rows, bad.len() as u64), "{:?}", form);
                prop_assert_eq!(outcome.totals.bytes, bytes.len() as u64);
                prop_assert_eq!(&outcome.counts, &expected, "{:?}", form);
                let told = if parcel_bytes < 1 << 20 { bad.len() } else { bad.len().min(10) };
                prop_assert_eq!(&outcome.told(), &bad[..told], "{:?}", form);
            }
        }
    }

    #[test]
    fn a_value_that_is_no_json_ends_the_source_with_its_line(
        before in prop::collection::vec(record(), 0..30),
        behind in prop::collection::vec(record(), 0..30),
        broken in prop::sample::select(vec!["{\"a\":NaN}", "{\"a\":1,}", "{\n\"a\" 1}", "nil", "{\"a\":[1}]]}"]),
        workers in 1..3_usize,
    ) {
        let good = before.iter().filter(|record| matches!(record, Record::Row(_))).count() as u64;
        let records = [&before[..], &[Record::NoObject(broken)], &behind].concat();
        for form in [Form::Array, Form::ArrayOverLines, Form::PrettySequence, Form::TextSequence] {
            let (bytes, bad) = form.write(&records);
            let line = bad[before.iter().filter(|record| !matches!(record, Record::Row(_))).count()];
            for parcel_bytes in [1, 40, 1 << 20] {
                let outcome = read_as(&bytes, options(parcel_bytes), workers, false);
                prop_assert_eq!(outcome.fault(), (line, "it is no valid JSON; nothing behind it was read"));
                prop_assert!(outcome.totals.rows >= good);
                if parcel_bytes == 1 << 20 {
                    prop_assert_eq!(outcome.totals.rows, good);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_with_one_answer(
        tokens in prop::collection::vec(prop::sample::select(vec![
            &b"{"[..], b"}", b"[", b"]", b"\"", b"\\", b"\n", b",", b":", b"1", b"{\"a\":1}", b"{\"a\":[\"x\"]}\n", b"\xff", b"\x1e",
        ]), 0..40),
    ) {
        let bytes = tokens.concat();
        let answer = |parcel_bytes| {
            let outcome = read_as(&bytes, options(parcel_bytes), 2, false);
            match outcome.end {
                Ok(()) => (None, outcome.totals.rows, outcome.totals.left_out),
                // How much counts of what lies behind depends on who was first.
                Err(SourceError::Unreadable { place, .. }) => (place, 0, 0),
                other => panic!("{other:?}"),
            }
        };
        let whole = answer(1 << 20);
        prop_assert_eq!(answer(1), whole);
        prop_assert_eq!(answer(17), whole);
    }
}

#[test]
fn lines_are_lines_where_the_first_value_ends_its_own() {
    let outcome = read("{\"a\":1}\n{\"a\":\n[1]\n{\"a\":x}\n{\"a\":2}", 10);
    assert_eq!((outcome.totals.rows, outcome.told()), (2, vec![2, 3, 4]));
    assert_eq!(outcome.format, Some(Format::Ndjson));
    assert_eq!(read("[{\"a\":1}]", 10).format, Some(Format::Json));
}

#[test]
fn arrays_follow_each_other_and_junk_behind_one_is_told() {
    for parcel_bytes in [1, 1 << 20] {
        assert_eq!(read("[{\"a\":1},{\"a\":2}]\n[{\"a\":3},{\"a\":4}]\n", parcel_bytes).totals.rows, 4);
        let outcome = read("[{\"a\":1},{\"a\":2},{\"a\":3}]\nthis is no JSON\n", parcel_bytes);
        assert_eq!((outcome.totals.rows, outcome.fault().0), (3, 2));
    }
}

#[test]
fn what_jq_prints_is_read() {
    let object = |at| format!("{{\n  \"id\": {at},\n  \"v\": {{\n    \"x\": {at}\n  }}\n}}\n");
    let text = [object(0), object(1), object(2)].concat();
    let outcome = read(&text, 20);
    assert_eq!((outcome.totals.rows, outcome.totals.lines, outcome.counts["v"][5]), (3, 18, 3));
}

#[test]
fn a_line_end_within_a_text_and_an_end_too_early_are_told() {
    for parcel_bytes in [1, 1 << 20] {
        let outcome = read("[{\"a\":1},{\"a\":\"x\ny\"},{\"a\":2},{\"a\":3}]", parcel_bytes);
        assert_eq!((outcome.totals.rows, outcome.fault().0), (1, 1));
        assert!(outcome.fault().1.contains("quote is missing"));
        let outcome = read("[{\"a\":1},\n{\"a\"", parcel_bytes);
        assert_eq!((outcome.totals.rows, outcome.fault().0), (1, 2));
        assert!(outcome.fault().1.contains("cut off"));
        // What is wrong first is told, though the source found the other thing first.
        let outcome = read("[{\"a\":x},\n{\"a\":1},\n{\"a\"", parcel_bytes);
        assert_eq!(outcome.fault(), (1, "it is no valid JSON; nothing behind it was read"));
    }
}

#[test]
fn a_record_that_is_too_long_ends_the_source() {
    let text = format!("[{{\"a\":1}},\n{{\"a\":\"{}\"}}]", "x".repeat(2000));
    let outcome = read_as(text.as_bytes(), ReadOptions { max_record_bytes: 1000, ..options(64) }, 2, false);
    assert_eq!((outcome.totals.rows, outcome.fault().0), (1, 2));
    // Also where it is the first, and it takes long to see what the source is.
    let text = format!("{{\"a\":\"{}\"}}", "x".repeat(200_000));
    let outcome = read_as(text.as_bytes(), ReadOptions { max_record_bytes: 1000, ..options(64) }, 2, false);
    assert_eq!((outcome.totals.rows, outcome.fault().0), (0, 1));
    assert_eq!(read(&text, 64).counts["a"][4], 1);
}

#[test]
fn rows_go_to_the_bucket_of_their_time_however_many_there_are() {
    let row = |day: i64| format!("{{\"t\":{},\"a\":1}}", NOW_MS - day * DAY_MS);
    let mut rows: Vec<String> = (0..9000).map(row).collect();
    rows.push("{\"t\":\"never\"}".to_owned());
    let text = format!("[\n{}\n]", rows.join(",\n"));
    for workers in [1, 2] {
        let options = ReadOptions { times: Some(("t".to_owned(), TimeReader::default())), ..options(1 << 20) };
        let outcome = read_as(text.as_bytes(), options, workers, false);
        assert!(outcome.end.is_ok());
        assert_eq!((outcome.totals.rows, outcome.profiles, outcome.told()), (9000, 9000, vec![9002]));
        assert_eq!(outcome.totals.complaints[0].code, ErrorCode::InvalidTimestamp);
        assert!(outcome.totals.complaints[0].reason.contains("\"never\" is no timestamp"));
    }
}

#[test]
fn integers_are_whole_up_to_64_bits() {
    let ids: Vec<String> = (0..40_i64).map(|at| format!("{{\"id\":{}}}", 9_007_199_254_740_993 + 2 * at)).collect();
    let text = format!("[{}, {{\"id\":18446744073709551616}}]", ids.join(","));
    let outcome = read(&text, 100);
    assert_eq!(outcome.counts["id"], [41, 0, 40, 1, 0, 0, 0]);
}

#[test]
fn a_source_ends_when_it_is_given_up() {
    let rig = Rig::new(&settings(1));
    let mut sender = rig.engine.parcels(rig.dataset("d", Vec::new()), TimeWindow::ANY).unwrap();
    let report = Arc::default();
    let asked = std::cell::Cell::new(0);
    let gives_up = || asked.replace(asked.get() + 1) > 10;
    let endless = "[".to_owned() + &"{\"a\":1},\n".repeat(100_000);
    let mut delivery = Delivery::new(&mut sender, &report, &gives_up);
    let outcome = read_json(endless.as_bytes(), &Arc::new(options(16)), &mut delivery);
    assert!(matches!(outcome, Err(SourceError::Cancelled)));
}
