use proptest::prelude::*;
use rolling_profiles_profile::{Profile, ProfileSettings};

use super::super::context::Context;
use super::super::record::Record;
use super::*;

const LIMITS: IngestLimits = IngestLimits {
    max_columns: 6,
    max_value_bytes: 12,
    max_name_bytes: 100,
    max_depth: 8,
    max_message_bytes: 1 << 20,
    keeps_rows: false,
};

/// The profile of a table that is read by the parser alone, or with what was learned; how many records were read by the latter.
fn profile_of(records: &[String], only: Option<&Names>, learns: bool, keeps_rows: bool) -> (Vec<u8>, usize) {
    let limits = IngestLimits { keeps_rows, ..LIMITS };
    let context = Context::new(&limits);
    let (mut table, mut likely, mut hits) = (Table::default(), Likely::default(), 0);
    for record in records {
        if learns && likely.read(record) {
            hits += 1;
            if likely.is_full() {
                likely.flush(&mut table, &limits);
            }
            continue;
        }
        likely.flush(&mut table, &limits);
        let rows = table.rows();
        if context.read(record, Record { context: &context, table: &mut table, only }).is_ok() {
            likely.learn(record, &table, only, None);
        } else if table.rows() > rows {
            table.undo_row();
        }
    }
    likely.flush(&mut table, &limits);
    let mut profile = Profile::new(ProfileSettings::default(), 0, table.rows() as i64, 1);
    for (name, cells, missing) in table.columns() {
        let id = profile.column(name);
        cells.feed(profile.column_mut(id), missing);
    }
    (profile.serialize(), hits)
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        (-1000_i32..1000).prop_map(|value| value.to_string()),
        any::<f64>().prop_filter("JSON has none", |value| value.is_finite()).prop_map(|value| format!("{value:?}")),
        (-99_999_i32..99_999).prop_map(|value| format!("{:.2}", f64::from(value) / 100.0)),
        "-?[0-9]{1,22}(\\.[0-9]{1,22})?([eE][+-]?[0-9]{1,3})?",
        prop::sample::select(
            &["-0", "0", "-0.0", "1.", ".5", "-", "01", "1e400", "+1", "1e5", "18446744073709551616"][..]
        )
        .prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => number(),
        3 => "[a-zé😀 ,:{}]{0,20}".prop_map(|text| format!("\"{text}\"")),
        1 => prop::sample::select(&["null", "true", "false", "nul", "True", "", "[1,2]", "[]", "{\"a\":1}", "\"a\\n\"", "\"\\u00e9\"", "\"\t\"", "\"open", "1 2"][..]).prop_map(str::to_owned),
    ]
}

/// Records of one way of writing, mostly: blanks, keys, and values that are likely of a kind.
fn records() -> impl Strategy<Value = Vec<String>> {
    let plain = prop_oneof![
        (0..100_i32).prop_map(|value| value.to_string()),
        "[a-z]{0,9}".prop_map(|text| format!("\"{text}\""))
    ];
    let field = prop_oneof![9 => plain, 1 => value()];
    let blank = || prop::sample::select(&["", "", " ", "\t "][..]);
    let keys = prop::collection::vec("[abc]{1,2}|longer key|a very long name of a column", 1..6);
    (
        keys,
        [blank(), blank(), blank(), blank(), blank()],
        prop::collection::vec((prop::collection::vec(field, 6), 0..40_u32, any::<u32>()), 0..40),
    )
        .prop_map(|(keys, [open, before, colon, after, close], rows)| {
            let row = |(values, oddity, chance): (Vec<String>, u32, u32)| {
                let mut fields: Vec<String> =
                    keys.iter().zip(values).map(|(key, value)| format!("\"{key}\":{colon}{value}")).collect();
                match oddity {
                    0 => fields.reverse(),
                    1 => fields.push("\"d\":1".to_owned()),
                    2..6 => drop(fields.remove(chance as usize % fields.len())),
                    _ => {}
                }
                let mut record = format!("{{{open}{}{close}}}", fields.join(&format!("{before},{after}")));
                if oddity == 7 {
                    record.truncate(record.floor_char_boundary(chance as usize % (record.len() + 1)));
                }
                record
            };
            rows.into_iter().map(row).collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn values_are_those_of_the_parser(records in records(), only in prop::option::of("[abc]{1,2}"), keeps_rows in prop::bool::weighted(0.1)) {
        let only = only.map(|name| Names::from_iter([name.into()]));
        let (learned, _) = profile_of(&records, only.as_ref(), true, keeps_rows);
        let (parsed, _) = profile_of(&records, only.as_ref(), false, keeps_rows);
        prop_assert_eq!(learned, parsed);
    }

    #[test]
    fn numbers_are_those_of_the_parser(numbers in prop::collection::vec(number(), 1..40)) {
        let start = (0..6).map(|at| format!("{{\"a\":{at}}}"));
        let records: Vec<String> = start.chain(numbers.iter().map(|number| format!("{{\"a\":{number}}}"))).collect();
        prop_assert_eq!(profile_of(&records, None, true, false).0, profile_of(&records, None, false, false).0);
    }
}

#[test]
fn records_that_are_alike_are_learned() {
    let hits = |record: fn(usize) -> String| profile_of(&(0..100).map(record).collect::<Vec<_>>(), None, true, false).1;
    assert_eq!(hits(|at| format!("{{\"a\":{at},\"b\":\"{at}\",\"c\":null,\"d\":0.5}}")), 96);
    assert_eq!(hits(|at| format!("{{ \"a\" : {at} , \"b\" : true }}")), 96);
    // Keys that are missing are no reason to ask the parser.
    let sparse =
        hits(
            |at| {
                if at % 3 == 0 { format!("{{\"a\":1,\"c\":{at}}}") } else { format!("{{\"a\":1,\"b\":2,\"c\":{at}}}") }
            },
        );
    assert!(sparse > 90, "{sparse}");
    // Nor is one among many that is nested.
    let nested = hits(|at| if at == 80 { "{\"a\":[1]}".to_owned() } else { format!("{{\"a\":{at}}}") });
    assert_eq!(nested, 95);
    // Where no two are alike, little is tried.
    let mixed = hits(|at| if at % 2 == 0 { "{\"a\":1,\"b\":2}".to_owned() } else { "{\"b\":1,\"a\":2}".to_owned() });
    assert!(mixed < 20, "{mixed}");
}
