//! Random files against a model that reads them line by line.

use proptest::prelude::*;
use rolling_profiles_engine::{Granularity, Plan};
use rolling_profiles_files::Format;
use rolling_profiles_testkit::NOW_MS;

use super::model::{Model, model};
use super::support::*;

/// Fields as they are written, without a delimiter or quote.
fn plain() -> impl Strategy<Value = String> {
    // The reader of JSON knows no zero with a sign.
    let sign_of_zero =
        |text: &String| text.contains(['.', 'e', 'E']) && text.trim().parse().is_ok_and(|value: f64| value == 0.0);
    any_plain().prop_map(move |text| if sign_of_zero(&text) { text.replace('-', "") } else { text })
}

fn any_plain() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        6 => any::<i16>().prop_map(|value| value.to_string()),
        2 => any::<i64>().prop_map(|value| value.to_string()),
        4 => any::<i16>().prop_map(|value| format!("{}", f64::from(value) / 100.0)),
        2 => any::<f64>().prop_filter("JSON has no others", |value| value.is_finite()).prop_map(|value| format!("{value:e}")),
        2 => "-?[0-9]{0,20}(\\.[0-9]{0,20})?(e[+-]?[0-9]{1,2})?",
        2 => " {0,2}(true|False|TRUE|tRue|12|-0|-0.0|007|\\+4|\\.5|-\\.25) {0,2}",
        4 => "[a-zé😀\u{0}]{0,10}",
        1 => "[a-z]{20,100}",
    ]
}

fn quoted() -> impl Strategy<Value = String> {
    let content = prop_oneof![3 => "[a1,;\"\n\r é]{0,8}", 1 => plain()];
    content.prop_map(|text| format!("\"{}\"", text.replace('"', "\"\"")))
}

/// Lines of about three fields, most of them right.
fn line() -> impl Strategy<Value = String> {
    let field = || prop_oneof![6 => plain(), 2 => quoted()];
    let record = move |fields| prop::collection::vec(field(), fields).prop_map(|fields| fields.join(","));
    prop_oneof![
        30 => record(3..=3),
        1 => record(1..=5),
        1 => "[a\", \r]{0,8}",
        1 => Just("1,x\",\"z".to_owned()),
        1 => Just(String::new()),
    ]
}

fn agrees(found: &Outcome, expected: &Model, of_json: &Outcome, all_told: bool) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.totals.rows, expected.rows.len() as u64);
    prop_assert_eq!(found.totals.left_out, expected.bad.len() as u64);
    let told: Vec<(u64, String)> =
        found.complaints().iter().map(|(line, reason)| (*line, (*reason).to_owned())).collect();
    if all_told {
        prop_assert_eq!(&told[..], &expected.bad[..expected.bad.len().min(100)]);
    } else {
        prop_assert!(told.len() >= expected.bad.len().min(10));
        prop_assert!(told.iter().all(|complaint| expected.bad.contains(complaint)));
    }
    prop_assert_eq!(&found.facts, &of_json.facts);
    prop_assert_eq!(found.profiles, of_json.profiles);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_file_counts_as_its_records_do_as_json(
        lines in prop::collection::vec(line(), 0..60),
        is_crlf in any::<bool>(),
        ends_with_a_line in any::<bool>(),
        has_mark in any::<bool>(),
        workers in 1..3_usize,
    ) {
        let end = if is_crlf { "\r\n" } else { "\n" };
        let mut text = format!("a,b,c{end}{}", lines.join(end));
        if ends_with_a_line {
            text.push_str(end);
        }
        let expected = model(&text, ',');
        if has_mark {
            text.insert(0, '\u{feff}');
        }
        let ndjson = expected.ndjson();
        for plan in [Plan::default as fn() -> Plan, || segments("a")] {
            let width = Granularity::Day;
            let of_json = try_read(ndjson.as_bytes(), Format::Ndjson, options(1 << 20), 1, plan(), width).unwrap();
            prop_assert_eq!((of_json.totals.rows, of_json.totals.left_out), (expected.rows.len() as u64, 0));
            for parcel_bytes in PARCELS {
                let found = try_read(text.as_bytes(), Format::Csv, options(parcel_bytes), workers, plan(), width).unwrap();
                agrees(&found, &expected, &of_json, parcel_bytes == 1)?;
                prop_assert_eq!(found.totals.bytes, text.len() as u64);
                prop_assert_eq!(found.totals.lines, text.split_inclusive('\n').count() as u64);
                prop_assert_eq!(found.columns(), ["a", "b", "c"]);
            }
        }
    }

    #[test]
    fn rows_go_to_the_bucket_of_their_time_as_those_of_json_do(
        rows in prop::collection::vec((prop::option::weighted(0.9, 0..400_000_i64), plain(), prop::option::weighted(0.05, Just(()))), 0..60),
        workers in 1..3_usize,
    ) {
        let line = |(time, value, spoilt): &(Option<i64>, String, Option<()>)| {
            let time = time.map_or(String::new(), |seconds| (NOW_MS / 1000 - seconds).to_string());
            format!("{value},{time}{}\n", spoilt.map_or("", |()| "x"))
        };
        let text = "v,t\n".to_owned() + &rows.iter().map(line).collect::<String>();
        let expected = model(&text, ',');
        let ndjson = expected.ndjson();
        for width in [Granularity::Day, Granularity::Hour, Granularity::Minute] {
            for plan in [Plan::default as fn() -> Plan, || segments("v")] {
                let of_json = try_read(ndjson.as_bytes(), Format::Ndjson, by_time("t", 1 << 20), 1, plan(), width).unwrap();
                for parcel_bytes in PARCELS {
                    let found = try_read(text.as_bytes(), Format::Csv, by_time("t", parcel_bytes), workers, plan(), width).unwrap();
                    let (one, other) = (&found.totals, &of_json.totals);
                    prop_assert_eq!((one.rows, one.left_out, one.untimed), (other.rows, other.left_out, other.untimed));
                    prop_assert_eq!(&found.facts, &of_json.facts);
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_as_the_model_reads_it(
        lines in prop::collection::vec("[a\", \r;1]{0,12}", 0..40),
        ends_with_a_line in any::<bool>(),
    ) {
        let text = format!("x,y\n{}{}", lines.join("\n"), if ends_with_a_line { "\n" } else { "" });
        let expected = model(&text, ',');
        let ndjson = expected.ndjson();
        let of_json = try_read(ndjson.as_bytes(), Format::Ndjson, options(1 << 20), 1, Plan::default(), Granularity::Day).unwrap();
        for parcel_bytes in PARCELS {
            agrees(&read_with(text.as_bytes(), options(parcel_bytes), 2), &expected, &of_json, parcel_bytes == 1)?;
        }
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(prop::sample::select(&b"a1,\"\n\r;\t\xff\xc3\xa9\x00"[..]), 0..80)) {
        for parcel_bytes in [1, 7, 1 << 20] {
            let found = try_read(&bytes, Format::Csv, options(parcel_bytes), 1, Plan::default(), Granularity::Day);
            if let Ok(found) = found {
                prop_assert_eq!(found.totals.bytes, bytes.len() as u64);
            }
        }
    }
}
