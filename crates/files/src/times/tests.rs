use proptest::prelude::*;

use super::*;

/// A value read with a format, or without where it is empty; `Err`: what is told.
fn read(value: Moment<'_>, format: &str) -> Result<Option<i64>, String> {
    let reader = if format.is_empty() { TimeReader::default() } else { TimeReader::compile(format).unwrap() };
    reader.read(value).map_err(|error| {
        assert_eq!(error.kind, rolling_profiles_ingest::IngestErrorKind::InvalidTimestamp);
        error.message
    })
}

/// What `time` is in ISO form, told by counting years and months.
fn iso(time: i64) -> String {
    let (mut days, ms) = (time.div_euclid(86_400_000), time.rem_euclid(86_400_000));
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += 365 + i64::from(is_leap(year));
    }
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    for len in [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        month += 1;
        if days < len {
            break;
        }
        days -= len;
    }
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", days + 1, ms % 1000)
}

fn text(text: &str, format: &str) -> String {
    match read(Moment::Text(text), format) {
        Ok(Some(time)) => iso(time),
        Ok(None) => "none".to_owned(),
        Err(reason) => reason,
    }
}

#[test]
fn iso_dates_and_date_times_in_utc_without_a_zone() {
    for (given, time) in [
        ("2024-03-01", "2024-03-01T00:00:00.000Z"),
        ("2024-03-01T14:05", "2024-03-01T14:05:00.000Z"),
        ("2024-03-01 14:05:09", "2024-03-01T14:05:09.000Z"),
        ("2024-03-01T14:05:09.25", "2024-03-01T14:05:09.250Z"),
        ("2024-03-01T14:05:09,123456789Z", "2024-03-01T14:05:09.123Z"),
        ("2024-03-01T14:05:09Z", "2024-03-01T14:05:09.000Z"),
        ("2024-03-01T14:05:09+02:00", "2024-03-01T12:05:09.000Z"),
        ("2024-03-01T14:05:09-0530", "2024-03-01T19:35:09.000Z"),
        ("2024-03-01T14:05:09+02", "2024-03-01T12:05:09.000Z"),
        (" 2024-03-01t14:05:09z ", "2024-03-01T14:05:09.000Z"),
        ("\u{a0}2024-03-01\u{feff}", "2024-03-01T00:00:00.000Z"),
        ("1928-07-15", "1928-07-15T00:00:00.000Z"),
        ("0099-01-01", "0099-01-01T00:00:00.000Z"),
        ("2024-12-31T24:00:00", "2025-01-01T00:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2001/01/13 14:56", "2001-01-13T14:56:00.000Z"),
        ("2001/01/13 14:56:07", "2001-01-13T14:56:07.000Z"),
        ("2001/1/3 4:56", "2001-01-03T04:56:00.000Z"),
        ("2001/1/3   4:56   Z", "2001-01-03T04:56:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(text(given, ""), time, "{given}");
    }
}

#[test]
fn what_bigquery_exports() {
    assert_eq!(text("2024-03-01 14:05:09 UTC", ""), "2024-03-01T14:05:09.000Z");
    assert_eq!(text("2024-03-01 14:05:09.25 UTC", ""), "2024-03-01T14:05:09.250Z");
    assert_eq!(text("2024-03-01 14:05:09.25 gmt", ""), "2024-03-01T14:05:09.250Z");
    assert_eq!(text("2024-03-01 14:05 UTC", "yyyy-MM-dd HH:mm Z"), "2024-03-01T14:05:00.000Z");
}

#[test]
fn the_size_of_a_number_says_its_unit() {
    let time = 1_709_301_900_000;
    for (number, digits) in [
        (1_709_301_900.0, "1709301900"),
        (1_709_301_900_000.0, "1709301900000"),
        (1_709_301_900_000_000.0, "1709301900000000"),
        (1_709_301_900_000_000_000.0, "1709301900000000000"),
    ] {
        assert_eq!(read(Moment::Number(number), ""), Ok(Some(time)), "{number}");
        assert_eq!(read(Moment::Text(digits), ""), Ok(Some(time)), "{digits}");
    }
    assert_eq!(read(Moment::Number(1_709_301_900.25), ""), Ok(Some(time + 250)));
    assert_eq!(read(Moment::Text("1709301900.25"), ""), Ok(Some(time + 250)));
    assert_eq!(text("-86400", ""), "1969-12-31T00:00:00.000Z");
    assert_eq!(read(Moment::Number(99_999_999_999.0), ""), Ok(Some(99_999_999_999_000)));
    assert_eq!(read(Moment::Number(100_000_000_000.0), ""), Ok(Some(100_000_000_000)));
    assert_eq!(read(Moment::Number(-0.0001), ""), Ok(Some(-1)));
}

#[test]
fn nothing_is_no_time_and_junk_is_told() {
    for value in [Moment::None, Moment::Text(""), Moment::Text("  "), Moment::Text("\t\u{2003}\u{feff}")] {
        assert_eq!(read(value, ""), Ok(None));
        assert_eq!(read(value, "yyyy"), Ok(None));
    }
    assert_eq!(read(Moment::Time(-5), "yyyy"), Ok(Some(-5)));
    for junk in [
        "soon",
        "2024-13-01",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "2024-00-10",
        "2024-01-00",
        "2024-03-01T25:00",
        "2024-03-01T24:01",
        "2024-03-01T24:00:00.001",
        "2024-03-01T10:60",
        "2024-03-01T10:00:61",
        "2024-03/01",
        "2024-03-01T10:00+25:00",
        "2024-03-01T10:00+2",
        "2024-03-01T10:00+02:0",
        "2024-03-01T10:00\u{a0}Z",
        "01/02/2024",
        "2024-03-01T10:00Zulu",
        "2024-03-01T10:00 UTCX",
        "2024-03-01T10:00:",
        "2024-03-01T10:00:00.",
        "2024-03-01T",
        "2024-03-01T1000",
        "2024-003-01",
        "0000-12-31",
        "0001-01-01T00:00+01",
        "9999-12-31T24:00",
        "1.",
        ".5",
        "-",
        "1.5.5",
        "1e5",
        "+5",
        "99999999999999999999999999999999",
        "٢٠٢٤-03-01",
    ] {
        assert_eq!(text(junk, ""), format!("\"{junk}\" is no timestamp that can be read"), "{junk}");
    }
    for number in [f64::NAN, f64::INFINITY, 1e30] {
        assert!(read(Moment::Number(number), "").unwrap_err().ends_with("\" is no timestamp that can be read"));
    }
    assert_eq!(read(Moment::Unfit, ""), Err("the value is no timestamp that can be read".to_owned()));
}

#[test]
fn a_value_is_shown_clipped_and_harmless() {
    let long = format!("a\u{1b}[2Jb\u{202e}\n{}", "é".repeat(60));
    let shown = format!("a·[2Jb··{}…", "é".repeat(31));
    assert_eq!(text(&long, ""), format!("\"{shown}\" is no timestamp that can be read"));
    let fits = "é".repeat(40);
    assert_eq!(text(&fits, ""), format!("\"{fits}\" is no timestamp that can be read"));
}

#[test]
fn patterns() {
    for (format, given, time) in [
        ("MMM dd yyyy", "Jun 12 1998", "1998-06-12T00:00:00.000Z"),
        ("MMM dd yyyy", "sep. 12 1998", "1998-09-12T00:00:00.000Z"),
        ("MMMM d, yyyy", "march 1, 2024", "2024-03-01T00:00:00.000Z"),
        ("dd.MM.yyyy HH:mm", "01.03.2024 14:05", "2024-03-01T14:05:00.000Z"),
        ("dd.MM.yyyy HH:mm", "01.03.2024 \t 24:00", "2024-03-02T00:00:00.000Z"),
        ("MM/dd/yy hh:mm a", "12/31/99 12:05 AM", "1999-12-31T00:05:00.000Z"),
        ("MM/dd/yy hh:mm a", "12/31/99 12:05 p.m.", "1999-12-31T12:05:00.000Z"),
        ("a. h d.M.yyyy", "pm. 1 2.3.2024", "2024-03-02T13:00:00.000Z"),
        ("d/M/yyyy H:m:s", "1/3/2024 4:5:6", "2024-03-01T04:05:06.000Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-03-01T14:05:00.250+02:00", "2024-03-01T12:05:00.250Z"),
        ("yyyy-MM-ddTHH:mm:ssZ", "2024-03-01T14:05:00Z", "2024-03-01T14:05:00.000Z"),
        ("yyyy-MM-ddTHH:mm:ssZ", "2024-03-01t14:05:00-0130", "2024-03-01T15:35:00.000Z"),
        ("EEE MMM d yyyy", "Fri Mar 1 2024", "2024-03-01T00:00:00.000Z"),
        ("EEEE'day' d.M.yyyy", "Fridayday 1.3.2024", "2024-03-01T00:00:00.000Z"),
        ("yyyyMMdd", "20240301", "2024-03-01T00:00:00.000Z"),
        ("yyyyMd", "2024121", "2024-12-01T00:00:00.000Z"),
        ("yyyyMdd", "2024112", "2024-01-12T00:00:00.000Z"),
        ("Sss yyyy", "12345 2024", "2024-01-01T00:00:45.123Z"),
        ("yyyy", "2024", "2024-01-01T00:00:00.000Z"),
        ("h 'o''clock' a, d.M.yy", "3 o'clock PM, 1.3.69", "2069-03-01T15:00:00.000Z"),
        ("'É' yyyy", "é 2024", "2024-01-01T00:00:00.000Z"),
        ("yyyy''", "2024", "2024-01-01T00:00:00.000Z"),
        ("yyyy'", "2024'", "2024-01-01T00:00:00.000Z"),
        ("epoch-seconds", "1709301900", "2024-03-01T14:05:00.000Z"),
        ("epoch-seconds", "-0.5", "1969-12-31T23:59:59.500Z"),
        ("epoch-milliseconds", "1000", "1970-01-01T00:00:01.000Z"),
    ] {
        assert_eq!(text(given, format), time, "{format} {given}");
    }
    let number = |value: f64, format: &str| read(Moment::Number(value), format).unwrap().map(iso);
    assert_eq!(number(20_240_301.0, "yyyyMMdd").unwrap(), "2024-03-01T00:00:00.000Z");
    assert_eq!(number(2024.3, "yyyy.M").unwrap(), "2024-03-01T00:00:00.000Z");
    assert_eq!(number(1000.0, "epoch-milliseconds").unwrap(), "1970-01-01T00:00:01.000Z");
    assert_eq!(
        read(Moment::Number(1e12), "epoch-seconds"),
        Err("\"1000000000000\" is no timestamp that can be read".to_owned())
    );
}

#[test]
fn what_does_not_follow_the_pattern_is_told() {
    for (format, given) in [
        ("MMM dd yyyy", "1998-06-12"),
        ("MMM dd yyyy", "Jux 12 1998"),
        ("MMM dd yyyy", "Feb 30 1998"),
        ("MMM dd yyyy", "Jun 12 1998x"),
        ("hh:mm a yyyy", "13:00 PM 2024"),
        ("hh:mm a yyyy", "00:10 AM 2024"),
        ("epoch-seconds", "today"),
        ("yyyy.MM", "2024x03"),
        ("yyyy.MM", "2024.3"),
        ("yyyy XXX", "2024 +24:00"),
        ("yyyy T", "2024 7"),
    ] {
        assert_eq!(text(given, format), format!("\"{given}\" is no timestamp that can be read"), "{format} {given}");
    }
}

#[test]
fn a_text_that_fits_in_too_many_ways_ends_soon() {
    let reader = TimeReader::compile(&format!("{}yyyy", "S'1'".repeat(60))).unwrap();
    assert!(reader.read(Moment::Text(&"1".repeat(2000))).is_err());
}

#[test]
fn a_pattern_that_cannot_name_a_time_is_refused() {
    for (format, words) in [
        ("%Y-%m-%d", "\"Y\" in \"%Y-%m-%d\" is no token; quote letters that stand for themselves: 'Y'"),
        ("yyyy-qq", "\"qq\" in \"yyyy-qq\" is no token; quote letters that stand for themselves: 'qq'"),
        ("yyyyTT", "\"TT\" in \"yyyyTT\" is no token; quote letters that stand for themselves: 'TT'"),
        ("HH:mm", "\"HH:mm\" has no year (yyyy)"),
        ("yyyy hh:mm", "\"yyyy hh:mm\" has hours of half a day (hh) but no AM or PM (a)"),
        ("'a''b yyyy", "\"b\" in \"'a''b yyyy\" is no token; quote letters that stand for themselves: 'b'"),
    ] {
        assert_eq!(TimeReader::compile(format).unwrap_err(), words);
    }
    assert!(TimeReader::compile(&"y".repeat(300)).is_err());
}

#[test]
fn dates_of_eight_digits_are_known() {
    for (date, is_one) in [("20240301", true), ("19000101", true), ("20240230", false), ("18991231", false)] {
        assert_eq!(TimeReader::looks_like_compact_date(Moment::Text(date)), is_one, "{date}");
        assert_eq!(TimeReader::looks_like_compact_date(Moment::Number(date.parse().unwrap())), is_one, "{date}");
    }
    for text in ["2024-03-01", "+2024030", "120240301", "", "21010101"] {
        assert!(!TimeReader::looks_like_compact_date(Moment::Text(text)), "{text}");
    }
    for number in [20_240_301.5, -20_240_301.0, f64::NAN, 1e300] {
        assert!(!TimeReader::looks_like_compact_date(Moment::Number(number)), "{number}");
    }
}

proptest! {
    #[test]
    fn every_time_survives_its_iso_form_in_any_zone(time in EARLIEST..=LATEST, minutes in -1439..1440_i64) {
        prop_assert_eq!(read(Moment::Text(&iso(time)), ""), Ok(Some(time)));
        let local = time + minutes * 60_000;
        if (EARLIEST..=LATEST).contains(&local) {
            let sign = if minutes < 0 { '-' } else { '+' };
            let size = minutes.abs();
            let written = format!("{}{sign}{:02}:{:02}", iso(local).trim_end_matches('Z'), size / 60, size % 60);
            prop_assert_eq!(read(Moment::Text(&written), ""), Ok(Some(time)));
        }
    }

    #[test]
    fn a_pattern_gives_back_what_it_wrote(time in -16_666_666_000..4_000_000_000_000_i64) {
        let form = iso(time);
        let hour: u32 = form[11..13].parse().unwrap();
        let month: usize = form[5..7].parse().unwrap();
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1];
        let (day, half) = (form[8..10].trim_start_matches('0'), if hour < 12 { "am" } else { "PM" });
        let of_twelve = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
        let written = format!("{day} {name} {}, {of_twelve:02}{} {half}", &form[..4], &form[13..23]);
        prop_assert_eq!(read(Moment::Text(&written), "d MMM yyyy, hh:mm:ss.SSS a"), Ok(Some(time)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9:/ TZ.,+-]{0,30}|\\PC{0,20}", number in any::<f64>()) {
        for format in ["", "d'x'M yyyy EEEE a XXX", "yyyyMdHms S", "epoch-seconds"] {
            for value in [Moment::Text(&text), Moment::Number(number)] {
                if let Ok(Some(time)) = read(value, format) {
                    prop_assert!((EARLIEST..=LATEST).contains(&time));
                }
            }
        }
        let _ = TimeReader::compile(&text);
    }
}
