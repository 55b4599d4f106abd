//! Files with one thing about them.

use rolling_profiles_engine::{ErrorCode, Granularity, Plan};
use rolling_profiles_files::{Format, ReadOptions, SourceError};

use super::support::*;

fn items(outcome: &Outcome, column: &str) -> Vec<String> {
    outcome.of(column).items.iter().map(|(value, _)| value.clone()).collect()
}

#[test]
fn records_with_their_values() {
    let found = read("a,b\r\n1,x\r\n\r\n2,\"y, \"\"z\"\"\"\n3,\"two\nlines\"\n4,end");
    assert_eq!(found.columns(), ["a", "b"]);
    assert_eq!((found.totals.rows, found.totals.lines, found.totals.left_out), (4, 7, 0));
    assert_eq!(found.of("a").integers, Some((1, 4)));
    assert_eq!(items(&found, "b"), ["end", "two\nlines", "x", "y, \"z\""]);
}

#[test]
fn a_quote_that_opens_no_field_is_an_ordinary_character() {
    let found = read("size\n5\" pipe\n\"6\"\" pipe\"\n");
    assert_eq!(items(&found, "size"), ["5\" pipe", "6\" pipe"]);
}

#[test]
fn a_wrong_number_of_fields_costs_one_line() {
    let found = read("a,b\n1,2\n3\n4,5,6\n7,8\n");
    assert_eq!(found.complaints(), [(3, "2 fields expected, 1 found"), (4, "2 fields expected, 3 found")]);
    assert_eq!((found.totals.rows, found.of("a").integers, found.of("b").integers), (2, Some((1, 7)), Some((2, 8))));
}

#[test]
fn a_quote_that_is_never_closed_costs_one_line() {
    let found = read("a,b\n1,x\n2,\"oops\n3,y\n4,\"fine, really\"\n5,z\n");
    assert_eq!(found.complaints(), [(3, "text follows a closing quote")]);
    assert_eq!(items(&found, "b"), ["fine, really", "x", "y", "z"]);
    let found = read("a,b\n1,x\n2,\"oops\n3,y\n");
    assert_eq!(found.complaints(), [(3, "a quote is never closed")]);
    assert_eq!(items(&found, "b"), ["x", "y"]);
}

#[test]
fn an_unclosed_quote_far_from_the_end_does_not_hold_back_the_rest() {
    let lines: String =
        (0..5000).map(|at| if at == 10 { "10,\"x\n".to_owned() } else { format!("{at},x\n") }).collect();
    for parcel_bytes in [1, 100, 1 << 20] {
        let found = read_with(format!("a,b\n{lines}").as_bytes(), options(parcel_bytes), 2);
        assert_eq!(found.complaints(), [(12, "a quote is never closed")]);
        assert_eq!(found.totals.rows, 4999);
    }
}

#[test]
fn a_quoted_field_spans_up_to_a_thousand_lines() {
    // Given up, its last line is a quote that opens and is not closed.
    for (breaks, rows, left_out) in [(999, 1, 0), (1000, 999, 2)] {
        let text = format!("a\n\"{}\"\n", "x\n".repeat(breaks));
        let found = read_with(text.as_bytes(), options(64), 2);
        assert_eq!((found.totals.rows, found.totals.left_out), (rows, left_out), "{breaks}");
    }
}

#[test]
fn lines_that_all_leave_a_quote_open_are_read_in_linear_time() {
    // Each of them, as the second line of a record, closes the quote and opens another.
    let text = format!("a,b\n{}", "x\",y,\"z\n".repeat(60_000));
    let found = read_with(text.as_bytes(), options(1 << 16), 2);
    assert_eq!((found.totals.rows, found.totals.left_out), (0, 60_000));
    assert!(found.complaints().iter().all(|(_, reason)| *reason == "a quote is never closed"));
}

#[test]
fn text_after_a_closing_quote_costs_one_line() {
    let found = read("a,b\n\"1\"x,2\n3,4\n");
    assert_eq!(found.complaints(), [(2, "text follows a closing quote")]);
    assert_eq!(found.of("a").integers, Some((3, 3)));
}

#[test]
fn an_input_without_a_header_is_refused() {
    for text in ["", "\n\n", "\u{feff}", "sep=;\n"] {
        let SourceError::Unreadable { reason, .. } = refusal(text, options(64)) else { panic!() };
        assert_eq!(reason, "no header line", "{text:?}");
    }
    let SourceError::Unreadable { place, reason } = refusal("\na,\"b\n1,2\n", options(64)) else { panic!() };
    assert_eq!((place, &*reason), (Some(2), "the header in line 2 is no CSV: a quote is never closed"));
}

#[test]
fn blank_lines_before_the_header_are_passed_over() {
    let found = read("\u{feff}\r\n\n\r\na;b\r\n1;2\r\n;\r\nx\r\n");
    assert_eq!((found.columns(), found.totals.rows, found.totals.lines), (vec!["a", "b"], 2, 7));
    assert_eq!(found.complaints(), [(7, "2 fields expected, 1 found")]);
}

#[test]
fn a_header_may_span_lines() {
    let found = read("\"a\nb\";c;\" a\nb \"\n1;2;3\n4\n");
    assert_eq!(found.columns(), ["a\nb", "c", "a\nb_2"]);
    assert_eq!(found.complaints(), [(5, "3 fields expected, 1 found")]);
}

#[test]
fn excel_names_the_delimiter() {
    let found = read("sep=;\na;b\n1;x\n2;y\n");
    assert_eq!((found.columns(), found.totals.rows, found.of("a").integers), (vec!["a", "b"], 2, Some((1, 2))));
}

#[test]
fn a_title_above_the_table_is_complained_of() {
    let found = read("Export of 2025-01-06\nid;name;price\n1;x;2.5\n2;y;3.5\n");
    assert_eq!((found.totals.rows, found.totals.left_out), (0, 3));
    assert_eq!(found.complaints()[0], (2, "1 fields expected, 3 found"));
    assert_eq!(read("Export\nid,name\n1,x\n").totals.rows, 0);
}

#[test]
fn cr_alone_ends_lines_where_nothing_else_does() {
    let found = read("city,n\rUlm,1\rBonn,\"2\"\r\rHof,3,\r\"a\rb\",4");
    assert_eq!((found.totals.rows, found.of("n").integers), (3, Some((1, 4))));
    assert_eq!(items(&found, "city"), ["Bonn", "Ulm", "a\rb"]);
    assert_eq!(found.complaints(), [(5, "2 fields expected, 3 found")]);
}

#[test]
fn bytes_that_are_no_utf8_cost_their_record() {
    let found = read(&b"n,name\n1,M\xfcller\n2,\"a\nM\xc3\xbc\"\n3,\"b\n\xff\"\n4,\xc3\n5,ok\n"[..]);
    assert_eq!(found.complaints(), [(2, "it is no UTF-8"), (5, "it is no UTF-8"), (7, "it is no UTF-8")]);
    assert_eq!(items(&found, "name"), ["a\nMü", "ok"]);
    let SourceError::Unreadable { place: Some(1), reason } =
        try_read(b"a,\xff\n1,2\n", Format::Csv, options(64), 1, Plan::default(), Granularity::Day).unwrap_err()
    else {
        panic!()
    };
    assert_eq!(reason, "the header in line 1 is no CSV: it is no UTF-8");
}

#[test]
fn nul_is_a_character_like_any_other() {
    for (before, after) in [(0, 3000), (3000, 0)] {
        let row = |at: usize| format!("{at},plain\n");
        let text = format!(
            "n,name\n{}7,a\0b\n{}",
            (0..before).map(row).collect::<String>(),
            (0..after).map(row).collect::<String>()
        );
        let found = read_with(text.as_bytes(), options(256), 2);
        assert_eq!((found.totals.rows, found.totals.left_out), (3001, 0));
        assert_eq!(items(&found, "name"), ["a\0b", "plain"]);
    }
}

#[test]
fn some_columns_alone_can_be_read() {
    let text = b"a,b,c\n1,2,3\n4,5,6\n";
    let columns = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
    let found = read_with(text, ReadOptions { columns: columns(&["c", "a", "c"]), ..options(64) }, 2);
    assert_eq!((found.columns(), found.facts.len()), (vec!["a", "c"], 2));
    assert_eq!(found.of("c").integers, Some((3, 6)));
    let SourceError::NoColumn { column, columns } =
        refusal("a,b\n", ReadOptions { columns: columns(&["a", "z"]), ..options(64) })
    else {
        panic!()
    };
    assert_eq!((&*column, columns), ("z", vec!["a".to_owned(), "b".to_owned()]));
}

#[test]
fn the_time_may_be_in_a_column_that_is_not_read() {
    let text = b"t,a\n2024-02-01,1\n2024-02-02,2\n,3\nsoon,4\n2024-02-01,5\n";
    let options = ReadOptions { columns: Some(vec!["a".to_owned()]), ..by_time("t", 20) };
    let found = read_with(text, options, 2);
    assert_eq!((found.totals.rows, found.totals.untimed, found.profiles, found.facts.len()), (4, 1, 3, 3));
    assert_eq!(found.totals.complaints[0].code, ErrorCode::InvalidTimestamp);
    assert_eq!(found.totals.complaints[0].place, 5);
    let SourceError::NoColumn { column, .. } = refusal("a,b\n", by_time("t", 64)) else { panic!() };
    assert_eq!(column, "t");
}

#[test]
fn a_parcel_may_hold_rows_of_any_number_of_buckets() {
    let row = |at: i64| format!("{},1\n", 1_700_000_000 - at * 86_400);
    let text: String = "t,a\n".to_owned() + &(0..9000).map(|at| row(at) + &row(at)).collect::<String>() + "bad\n";
    for workers in [1, 2] {
        let found = read_with(text.as_bytes(), by_time("t", 1 << 20), workers);
        assert_eq!((found.totals.rows, found.totals.left_out, found.profiles), (18_000, 1, 9000));
        assert_eq!(found.totals.complaints[0].place, 18_002);
    }
}

#[test]
fn a_line_that_is_too_long_is_told_of_and_passed_over() {
    for long in ["x".repeat(5000), format!("\"{}\"", "x".repeat(5000)), format!("\"{}", "x".repeat(5000))] {
        let text = format!("a\n1\n{long}\n2\n3,\n4");
        for parcel_bytes in [1, 64, 900] {
            let options = ReadOptions { max_record_bytes: 1000, ..options(parcel_bytes) };
            let found = read_with(text.as_bytes(), options, 2);
            let told: Vec<_> =
                found.totals.complaints.iter().map(|complaint| (complaint.place, complaint.code)).collect();
            assert_eq!(told, [(3, ErrorCode::MessageTooLarge), (5, ErrorCode::InvalidData)]);
            assert_eq!((found.totals.rows, found.totals.lines, found.totals.bytes), (3, 6, text.len() as u64));
        }
    }
}

#[test]
fn texts_are_cut_and_counted() {
    let text = format!("a\n{}\n\"{}\"\nx\n", "é".repeat(40_000), "y".repeat(70_000));
    let found = read(&text);
    assert_eq!((found.totals.rows, found.totals.cut_texts), (3, 2));
}

#[test]
fn more_columns_than_a_profile_may_have_are_told() {
    let header: Vec<String> = (0..101).map(|at| format!("c{at}")).collect();
    let text = format!("{}\n{}\n{}\n1\n", header.join(","), ["1"; 101].join(","), ["2"; 101].join(","));
    let found = read_with(text.as_bytes(), options(1 << 20), 1);
    let codes: Vec<_> = found.totals.complaints.iter().map(|complaint| (complaint.place, complaint.code)).collect();
    let too_many = ErrorCode::TooManyColumns;
    assert_eq!(codes, [(2, too_many), (3, too_many), (4, ErrorCode::InvalidData)]);
    assert_eq!((found.totals.rows, found.totals.left_out), (0, 3));
}

#[test]
fn tabs_separate_tsv() {
    let found = try_read(b"a,b\tc\n1,5\t2\n", Format::Tsv, options(64), 1, Plan::default(), Granularity::Day).unwrap();
    assert_eq!(found.columns(), ["a,b", "c"]);
    let options = ReadOptions { delimiter: Some(b'|'), ..options(64) };
    assert_eq!(read_with(b"a,b|c\n1|2\n", options.clone(), 1).columns(), ["a,b", "c"]);
    let options = ReadOptions { delimiter: Some(b'"'), ..options };
    assert!(matches!(refusal("a\n", options), SourceError::Unreadable { .. }));
}
