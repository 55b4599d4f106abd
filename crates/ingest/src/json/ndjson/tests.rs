use std::collections::BTreeMap;

use proptest::prelude::*;
use rolling_profiles_profile::{Profile, ProfileSettings};

use super::*;
use crate::cells::Moment;
use crate::limits::IngestLimits;

const LIMITS: IngestLimits = IngestLimits {
    max_columns: 100,
    max_value_bytes: 100,
    max_name_bytes: 100,
    max_depth: 8,
    max_message_bytes: 1 << 20,
    keeps_rows: false,
};
const DAY_MS: i64 = 86_400_000;

/// A number is a day; a text is none.
fn day(moment: Moment<'_>) -> Result<Option<i64>, IngestError> {
    match moment {
        Moment::None => Ok(None),
        Moment::Number(day) => Ok(Some(day as i64 * DAY_MS)),
        _ => Err(invalid("it is no day")),
    }
}

/// What is known of each column of each day, and of what was left out.
type Found = (BTreeMap<i64, BTreeMap<String, BTreeMap<String, String>>>, Vec<u64>, u64);

/// Reads lines together, or each alone: then the parser reads them all.
fn read(lines: &[Vec<u8>], is_timed: bool, together: bool) -> Found {
    let mut profiles: BTreeMap<i64, Profile> = BTreeMap::new();
    let (mut bad, mut untimed) = (Vec::new(), 0);
    let texts = if together { vec![(0, lines.join(&b'\n'))] } else { (0..).zip(lines.iter().cloned()).collect() };
    let mut spare = Table::default();
    for (before, text) in texts {
        let lines = Lines {
            bytes: &text,
            times: is_timed.then_some(Times { column: "t", read: &day }),
            timestamp_ms: 5 * DAY_MS,
            window: TimeWindow::ANY,
            only: None,
            counts_missing: false,
            in_parts: false,
        };
        let reading = Reading { limits: &LIMITS, width: Granularity::Day, spare: &mut spare, admits: None };
        let rows = lines.read(reading).unwrap();
        for (time, table) in &rows.tables {
            let day = time.div_euclid(DAY_MS);
            let profile = profiles.entry(day).or_insert_with(|| Profile::new(ProfileSettings::default(), 0, 0, 1));
            for (name, cells, missing) in table.columns() {
                let id = profile.column(name);
                cells.feed(profile.column_mut(id), missing);
            }
        }
        untimed += rows.untimed;
        bad.extend(rows.bad.first.iter().map(|(line, _)| line + before));
        // The next lines come into a table that was used before.
        spare = rows.into_spare().unwrap_or_default();
    }
    let figures = |profile: &Profile| {
        // Sums differ in their last digits.
        let of = |(name, column): (&str, &rolling_profiles_profile::Column)| {
            let figures = column
                .summary()
                .into_iter()
                .map(|(key, value)| (key.clone(), format!("{:.9}", (value * 1e9).round() / 1e9 + 0.0)));
            (name.to_owned(), figures.collect())
        };
        profile.columns().map(of).collect()
    };
    (profiles.iter().map(|(day, profile)| (*day, figures(profile))).collect(), bad, untimed)
}

/// A line of one of a few forms, that is mostly of the same day as the one before.
fn line() -> impl Strategy<Value = (u8, u8, u8, i64)> {
    (any::<u8>(), any::<u8>(), any::<u8>(), -50_i64..50)
}

/// Of those that are calm, long runs are alike and of one day.
fn lines(parts: &[(u8, u8, u8, i64)], are_calm: bool) -> Vec<Vec<u8>> {
    let mut day = 3;
    let mut of = |&(form, turn, oddity, value): &(u8, u8, u8, i64)| {
        let (form, oddity) = if are_calm && turn > 7 { (u8::MAX, u8::MAX) } else { (form, oddity) };
        if turn < if are_calm { 4 } else { 20 } {
            day = turn % 4;
        }
        let text = ["x", "yy", "zzz"][value.unsigned_abs() as usize % 3];
        let time = match oddity {
            0..4 => "\"t\":\"soon\"".to_owned(),
            4..8 => "\"t\":null".to_owned(),
            _ => format!("\"t\":{day}"),
        };
        match (form, oddity) {
            (_, 8..12) => "{\"t\":1".to_owned(),
            (0..12, _) => format!("{{\"b\":\"{text}\",{time}}}"),
            (12..20, _) => format!("{{{time},\"a\":[{value}]}}"),
            (20..28, _) => format!("{{\"new{value}\":1,{time}}}"),
            (28..40, _) => format!("{{\"a\":{value},\"b\":\"{text}\"}}"),
            _ => format!("{{\"a\":{value},\"b\":\"{text}\",{time},\"c\":{}}}", value % 2 == 0),
        }
    };
    let bytes = |part: &(u8, u8, u8, i64)| match if are_calm && part.1 > 7 { u8::MAX } else { part.2 } {
        12..15 => [of(part).as_bytes(), b"\xff"].concat(),
        15..20 => b" ".repeat(part.2 as usize - 15),
        _ => of(part).into_bytes(),
    };
    parts.iter().map(bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn lines_count_the_same_together_as_each_alone(parts in prop::collection::vec(line(), 0..600), is_timed in any::<bool>(), are_calm in any::<bool>()) {
        let lines = lines(&parts, are_calm);
        let (together, bad, untimed) = read(&lines, is_timed, true);
        let (alone, wanted_bad, wanted_untimed) = read(&lines, is_timed, false);
        // Of those that are left out only the first are told.
        prop_assert_eq!(&bad[..], &wanted_bad[..bad.len()]);
        prop_assert_eq!(bad.len(), wanted_bad.len().min(10));
        prop_assert_eq!((together, untimed), (alone, wanted_untimed));
    }
}

#[test]
fn what_there_is_no_room_for_is_read_in_parts() {
    let days = 2 * MAX_BUCKETS + 100;
    let bytes: Vec<u8> = (0..days).flat_map(|day| format!("{{\"t\":{day},\"a\":1}}\n").into_bytes()).collect();
    let (mut start, mut found, mut parts) = (0, Vec::new(), 0);
    loop {
        let lines = Lines {
            bytes: &bytes[start..],
            times: Some(Times { column: "t", read: &day }),
            timestamp_ms: 0,
            window: TimeWindow::ANY,
            only: None,
            counts_missing: false,
            in_parts: true,
        };
        let reading = Reading { limits: &LIMITS, width: Granularity::Day, spare: &mut Table::default(), admits: None };
        let rows = lines.read(reading).unwrap();
        assert_eq!(rows.bad.count, 0);
        found.extend(rows.tables.iter().map(|(time, table)| (time / DAY_MS, table.rows())));
        parts += 1;
        match rows.rest {
            Some(more) => start += more,
            None => break,
        }
    }
    found.sort_unstable();
    assert!(found.into_iter().eq((0..days as i64).map(|day| (day, 1))));
    assert_eq!(parts, 3);
}
