//! Messages that are bytes: tracked, rejected alone, parked until their dataset is open.

#![expect(clippy::float_cmp, reason = "figures here are counts")]

use std::sync::Arc;

use rolling_profiles_engine::{DatasetName, EngineError, ErrorCode, Event, RawKind, RawMessage, Settings, TimeWindow};
use rolling_profiles_profile::{Column, Profile};
use rolling_profiles_testkit::{MemoryWriter, NOW_MS, Rig, counted, raw, settings};

const DAY_MS: f64 = 86_400_000.0;

fn name(id: &str) -> DatasetName {
    DatasetName { org: None, id: id.to_owned() }
}

/// One lane, one dataset `d`, these messages: the views that come of it, and the codes of what was rejected.
fn run(messages: Vec<RawMessage>) -> (Vec<Vec<u8>>, Vec<ErrorCode>) {
    let rig = Rig::new(&settings(1));
    rig.dataset("d", Vec::new());
    for message in messages {
        rig.engine.submit_raw(message).unwrap();
    }
    let views = rig.status().into_iter().flat_map(|status| status.views).collect();
    let codes = rejections(&rig);
    let stats = rig.engine.stats();
    assert_eq!(stats.accepted_messages, stats.tracked_messages + stats.rejected_messages);
    assert_eq!(stats.accepted_rows, stats.tracked_rows + stats.rejected_rows);
    assert_eq!((stats.queue_bytes, stats.queue_messages), (0, 0));
    (views, codes)
}

fn rejections(rig: &Rig) -> Vec<ErrorCode> {
    let code = |event| match event {
        Event::Rejected { error, .. } => Some(error.code),
        _ => None,
    };
    rig.sink.events().into_iter().filter_map(code).collect()
}

fn column(view: &[u8], name: &str) -> Column {
    Profile::deserialize(view).unwrap().get(name).unwrap().clone()
}

fn figure(view: &[u8], name: &str, key: &str) -> f64 {
    column(view, name).summary().into_iter().find(|(found, _)| *found == key).unwrap().1
}

#[test]
fn rows_of_a_bucket_too_many_are_left_out_and_count_nowhere_else() {
    let rig = Rig::new(&settings(1));
    rig.open("d", rolling_profiles_engine::Granularity::Second, None, Vec::new());
    let second = |at: usize| format!("{{\"t\":{},\"a\":1}}\n", NOW_MS + 1000 * at as i64);
    // Two rows each: the second of a bucket that there is no room for finds the first one refused.
    let lines: String = (0..4100).flat_map(|at| [second(at), second(at)]).collect();
    let message = RawMessage { timestamp_column: Some("t".to_owned()), ..raw(RawKind::Ndjson, lines) };
    rig.engine.submit_raw(message).unwrap();
    let views: Vec<_> = rig.status().into_iter().flat_map(|status| status.views).collect();
    assert!(views.iter().all(|view| counted([view.as_slice()], "a") == 2.0));
    let stats = rig.engine.stats();
    let tracked = 2 * views.len() as u64;
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (tracked, 8200 - tracked));
    assert!((4095..4098).contains(&views.len()), "{}", views.len());
}

#[test]
fn numbers_keep_the_type_they_are_written_with() {
    let line = r#"{"i":1,"f":1.0,"e":1e2,"big":9007199254740993,"huge":9223372036854775808,"min":-9223372036854775808,"z":-0}"#;
    let (views, codes) = run(vec![raw(RawKind::Ndjson, line)]);
    assert_eq!(codes, []);
    let view = &views[0];
    for (name, types) in [("i", "integral"), ("f", "fractional"), ("e", "fractional"), ("huge", "fractional")] {
        assert_eq!(figure(view, name, &format!("types/{types}")), 1.0, "{name}");
    }
    assert_eq!(column(view, "big").ints().unwrap().max, 9_007_199_254_740_993);
    assert_eq!(column(view, "min").ints().unwrap().min, i64::MIN);
}

#[test]
fn nested_values_count_by_kind() {
    let line = r#"{"t":[[1,2],[3,4]],"r":[[1],[2,3]],"m":[1,"a"],"b":[true],"e":[],"ee":[[]],"o":{"x":[1]},"l":[1,2.5],"d":[1,[2]]}"#;
    let (views, codes) = run(vec![raw(RawKind::Ndjson, line)]);
    assert_eq!(codes, []);
    for (name, types) in [
        ("t", "tensor"),
        ("l", "tensor"),
        ("r", "object"),
        ("m", "object"),
        ("b", "object"),
        ("e", "object"),
        ("ee", "object"),
        ("o", "object"),
        ("d", "object"),
    ] {
        assert_eq!(figure(&views[0], name, &format!("types/{types}")), 1.0, "{name}");
    }
}

#[test]
fn rows_that_lack_a_column_count_a_null_and_the_last_of_two_values_counts() {
    let lines = "{\"a\":1,\"b\":\"x\"}\n\n{\"b\":\"y\",\"a\":2,\"b\":\"z\"}\r\n{\"c\":null}\n";
    let (views, _) = run(vec![raw(RawKind::Ndjson, lines)]);
    let view = &views[0];
    for name in ["a", "b", "c"] {
        assert_eq!(figure(view, name, "counts/n"), 3.0, "{name}");
    }
    assert_eq!(figure(view, "a", "counts/null"), 1.0);
    assert_eq!(figure(view, "c", "counts/null"), 3.0);
    let items = column(view, "b").frequent_items().unwrap();
    let mut texts: Vec<_> = items.into_iter().map(|item| item.value).collect();
    texts.sort();
    assert_eq!(texts, ["x", "z"]);
}

#[test]
fn a_log_request_is_its_rows() {
    let texts = [
        r#"{"datasetId":"d","timestamp":null,"multiple":{"columns":["a","b"],"data":[[1,"x"],[2,null]]}}"#,
        r#"{"multiple":{"data":[[3,"y"]],"columns":["b","a"]},"extra":[{}],"orgId":"","timestamp":0,"datasetId":"d"}"#,
    ];
    let (views, codes) = run(texts.iter().map(|text| raw(RawKind::LogRequest, *text)).collect());
    assert_eq!((views.len(), codes), (2, vec![]));
    assert_eq!(counted(views.iter().map(Vec::as_slice), "a"), 3.0);
    let first = Profile::deserialize(&views[0]).unwrap();
    assert_eq!(first.dataset_timestamp_ms(), 0, "time 0 is a time");
    assert_eq!(figure(&views[0], "a", "types/string"), 1.0, "columns are matched by name");
}

#[test]
fn one_bad_message_is_rejected_alone() {
    let good = r#"{"datasetId":"d","timestamp":1,"multiple":{"columns":["a"],"data":[[1]]}}"#;
    let deep = format!(
        r#"{{"datasetId":"d","multiple":{{"columns":["a"],"data":[[{}{}]]}}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let bad = [
        ("", ErrorCode::InvalidData),
        ("{", ErrorCode::InvalidData),
        ("[]", ErrorCode::InvalidData),
        ("null", ErrorCode::InvalidData),
        (r#"{"datasetId":"d"}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":7,"multiple":{"columns":["a"],"data":[[1]]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":null}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a"]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a"],"data":[[1],[1,2]]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a"],"data":[[1],[]]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"data":[[1,2]],"columns":["a"]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"data":[[1],[1,2]],"columns":["a"]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a",7],"data":[[1,2]]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a",null],"data":[[1,2]]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a","a"],"data":[[1,2]]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a"],"data":[7]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a"],"data":[[NaN]]}}"#, ErrorCode::InvalidData),
        (r#"{"datasetId":"d","multiple":{"columns":["a"],"data":[[1]]}} x"#, ErrorCode::InvalidData),
        (
            r#"{"datasetId":"d","timestamp":"now","multiple":{"columns":["a"],"data":[[1]]}}"#,
            ErrorCode::InvalidTimestamp,
        ),
        (
            r#"{"datasetId":"d","timestamp":true,"multiple":{"columns":["a"],"data":[[1]]}}"#,
            ErrorCode::InvalidTimestamp,
        ),
        (
            r#"{"datasetId":"d","timestamp":1e18,"multiple":{"columns":["a"],"data":[[1]]}}"#,
            ErrorCode::InvalidTimestamp,
        ),
        (
            r#"{"datasetId":"d","timestamp":1e15,"multiple":{"columns":["a"],"data":[[1]]}}"#,
            ErrorCode::InvalidTimestamp,
        ),
        (deep.as_str(), ErrorCode::InvalidData),
    ];
    for (text, code) in bad {
        let messages = [good, text, good].map(|text| raw(RawKind::LogRequest, text)).to_vec();
        let (views, codes) = run(messages);
        assert_eq!(codes, [code], "{text:.100}");
        assert_eq!(counted(views.iter().map(Vec::as_slice), "a"), 2.0, "{text:.100}");
    }
    let mut unnamed = raw(RawKind::LogRequest, r#"{"multiple":{"columns":["a"],"data":[[1]]}}"#);
    unnamed.dataset_id = None;
    assert_eq!(run(vec![unnamed]).1, [ErrorCode::MissingDatasetId]);
    assert_eq!(run(vec![raw(RawKind::Ndjson, vec![b'"', 0xff, b'"'])]).1, [ErrorCode::InvalidData]);
    let lines = "{\"a\":1}\n{\"a\":}\n";
    let (views, codes) = run(vec![raw(RawKind::Ndjson, lines)]);
    assert_eq!((views.len(), codes), (1, vec![ErrorCode::PartlyRejected]));
}

#[test]
fn a_bad_line_is_left_out_and_all_others_count() {
    let rig = Rig::new(&settings(1));
    rig.dataset("d", Vec::new());
    let lines = b"\xEF\xBB\xBF{\"a\":1}\r\n\n{\"new\":1,\"a\":\n  \n{\"a\":2,\"a\":}\n\xff\n[1]\n{\"a\":3} x\n{\"a\":4,\"b\":null}";
    rig.engine.submit_raw(RawMessage { waiter: 9, ..raw(RawKind::Ndjson, lines.to_vec()) }).unwrap();
    let outcome = rig.sink.wait("settled", |event| match event {
        Event::Settled(settled) => settled.iter().find(|(waiter, _)| *waiter == 9).map(|(_, outcome)| outcome.clone()),
        _ => None,
    });
    let error = outcome.unwrap_err();
    let lines = error.lines.unwrap();
    assert_eq!((error.code, lines.tracked, lines.rejected), (ErrorCode::PartlyRejected, 2, 5));
    assert_eq!(lines.first.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 5, 6, 7, 8]);
    assert!(lines.first.iter().all(|(_, code)| *code == ErrorCode::InvalidData));
    let told = rig.sink.events().into_iter().find_map(|event| match event {
        Event::Rejected { messages, rows, .. } => Some((messages, rows)),
        _ => None,
    });
    assert_eq!(told, Some((0, 5)));
    let stats = rig.engine.stats();
    assert_eq!((stats.accepted_rows, stats.tracked_rows, stats.rejected_rows), (7, 2, 5));
    assert_eq!((stats.tracked_messages, stats.rejected_messages), (1, 0));
}

#[test]
fn a_message_of_bad_lines_alone_is_rejected() {
    let (views, codes) = run(vec![raw(RawKind::Ndjson, "{\"a\":\n\nx\n")]);
    assert_eq!((views, codes), (vec![], vec![ErrorCode::InvalidData]));
}

#[test]
fn bad_lines_alone_wait_for_nobody() {
    let rig = Rig::new(&settings(1));
    let request = r#"{"datasetId":"new","timestamp":1,"multiple":{"columns":["a"],"data":[[1]]}}"#;
    rig.engine.submit_raw(raw(RawKind::LogRequest, request)).unwrap();
    rig.sink.wait_count("wanted", 1, |event| matches!(event, Event::DatasetWanted(_)));
    for lines in ["{\"a\":\nx", "\n \n"] {
        let message = RawMessage { dataset_id: Some("new".to_owned()), ..raw(RawKind::Ndjson, lines) };
        rig.engine.submit_raw(message).unwrap();
    }
    rig.sink.wait_count("rejected", 1, |event| matches!(event, Event::Rejected { .. }));
    assert_eq!(rejections(&rig), [ErrorCode::InvalidData]);
    let number = rig.dataset("new", Vec::new());
    rig.engine.answer_dataset(name("new"), Ok(number)).unwrap();
    rig.engine.flush(50, None).unwrap();
    rig.flushed(50);
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_messages, stats.rejected_messages, stats.rejected_rows), (2, 1, 2));
}

#[test]
fn a_rejection_names_the_row_and_quotes_nothing() {
    let rig = Rig::new(&settings(1));
    rig.dataset("d", Vec::new());
    rig.engine.submit_raw(raw(RawKind::Ndjson, "{\"a\":1}\n{\"a\":\"secret\n")).unwrap();
    let error = rig.sink.wait("rejection", |event| match event {
        Event::Rejected { error, .. } => Some(error.clone()),
        _ => None,
    });
    assert_eq!(error.row, Some(1));
    assert!(!error.message.contains("secret"), "{error}");
}

#[test]
fn embeddings_count_one_tensor_a_column_and_message() {
    let texts = [
        r#"{"datasetId":"d","timestamp":1,"embeddings":{"e":[[1,2],[3,4],[5,6]],"s":[["a"]],"f":[]}}"#,
        r#"{"datasetId":"d","timestamp":1,"embeddings":{"e":[1.5]}}"#,
        r#"{"datasetId":"d","timestamp":1,"embeddings":{"e":[[1],[2,3]]}}"#,
        r#"{"datasetId":"d","timestamp":1,"embeddings":{"e":5}}"#,
        r#"{"datasetId":"d","timestamp":1,"embeddings":[[1]]}"#,
        r#"{"datasetId":"d","timestamp":1,"embeddings":null}"#,
    ];
    let (views, codes) = run(texts.iter().map(|text| raw(RawKind::EmbeddingsRequest, *text)).collect());
    assert_eq!(codes, [ErrorCode::InvalidData; 4]);
    assert_eq!(figure(&views[0], "e", "types/tensor"), 2.0);
    assert_eq!(figure(&views[0], "s", "types/object"), 1.0);
    assert_eq!(figure(&views[0], "f", "types/object"), 1.0);
}

#[test]
fn an_envelope_holds_a_request_in_base64() {
    // {"datasetId":"d","timestamp":1,"multiple":{"columns":["a"],"data":[[1]]}}
    let inner = "eyJkYXRhc2V0SWQiOiJkIiwidGltZXN0YW1wIjoxLCJtdWx0aXBsZSI6eyJjb2x1bW5zIjpbImEiXSwiZGF0YSI6W1sxXV19fQ==";
    let texts = [
        format!(r#"{{"subscription":"s","message":{{"attributes":{{"k":"v"}},"data":"{inner}","message_id":"1"}}}}"#),
        format!(r#"{{"message":{{"data":"{}"}}}}"#, inner.trim_end_matches('=')),
        r#"{"subscription":"s"}"#.to_owned(),
        r#"{"message":null}"#.to_owned(),
        r#"{"message":{"data":7}}"#.to_owned(),
        r#"{"message":{"data":"!"}}"#.to_owned(),
        r#"{"message":{"data":"/w=="}}"#.to_owned(),
    ];
    let (views, codes) = run(texts.into_iter().map(|text| raw(RawKind::PubSub, text)).collect());
    assert_eq!(counted(views.iter().map(Vec::as_slice), "a"), 2.0);
    assert_eq!(codes, [ErrorCode::InvalidData; 5]);
}

#[test]
fn rows_go_to_the_bucket_of_their_timestamp_column() {
    let day = |days: f64| (days * DAY_MS) as i64;
    let lines = format!(
        "{{\"t\":{},\"a\":1}}\n{{\"a\":2,\"t\":\"1970-01-02T10:00:00Z\"}}\n{{\"t\":{}.5,\"a\":3}}\n{{\"a\":4}}\n",
        day(0.5),
        day(0.25)
    );
    let column = Some("t".to_owned());
    let (views, codes) = run(vec![RawMessage { timestamp_column: column.clone(), ..raw(RawKind::Ndjson, lines) }]);
    assert_eq!(codes, []);
    let figures: Vec<_> = views
        .iter()
        .map(|view| (Profile::deserialize(view).unwrap().dataset_timestamp_ms(), figure(view, "a", "counts/n")))
        .collect();
    let today = NOW_MS - NOW_MS.rem_euclid(day(1.0));
    assert_eq!(figures, [(0, 2.0), (day(1.0), 1.0), (today, 1.0)]);
    let bad = RawMessage { timestamp_column: column, ..raw(RawKind::Ndjson, "{\"t\":1}\n{\"t\":\"soon\"}") };
    let (views, codes) = run(vec![bad]);
    assert_eq!((views.len(), codes), (1, vec![ErrorCode::PartlyRejected]));
}

#[test]
fn limits_reject_the_message() {
    let narrow = Settings { max_columns: 2, max_name_bytes: 4, max_value_bytes: 2, max_depth: 2, ..settings(1) };
    let rig = Rig::new(&narrow);
    rig.dataset("d", Vec::new());
    let texts = [
        (RawKind::Ndjson, r#"{"a":"xyz","b":[[1]]}"#),
        (RawKind::Ndjson, r#"{"c":1}"#),
        (RawKind::Ndjson, r#"{"a":1,"b":2,"c":3}"#),
        (RawKind::LogRequest, r#"{"datasetId":"d","multiple":{"columns":["a","b","c"],"data":[[1,2,3]]}}"#),
        (RawKind::LogRequest, r#"{"datasetId":"d","multiple":{"data":[[1,2,3]],"columns":["a","b","c"]}}"#),
        (RawKind::Ndjson, r#"{"aaaaa":1}"#),
        (RawKind::Ndjson, r#"{"a":[[[1]]]}"#),
        (RawKind::Ndjson, r#"{"a":{"b":{"c":{}}}}"#),
    ];
    for (kind, text) in texts {
        rig.engine.submit_raw(raw(kind, text)).unwrap();
    }
    let views: Vec<_> = rig.status().into_iter().flat_map(|status| status.views).collect();
    assert_eq!(column(&views[0], "a").frequent_items().unwrap()[0].value, "xy");
    let codes = rejections(&rig);
    let (many, invalid) = (ErrorCode::TooManyColumns, ErrorCode::InvalidData);
    assert_eq!(codes, [many, many, many, many, invalid, invalid, invalid]);
}

#[test]
fn messages_wait_for_their_dataset_and_others_go_on() {
    let rig = Rig::new(&settings(2));
    let writer = Arc::new(MemoryWriter::default());
    rig.dataset("d", Vec::new());
    let other = r#"{"datasetId":"new","timestamp":1,"multiple":{"columns":["a"],"data":[[1]]}}"#;
    for waiter in 1..=3 {
        rig.engine.submit_raw(RawMessage { waiter, ..raw(RawKind::LogRequest, other) }).unwrap();
    }
    let wanted = rig.sink.wait("wanted dataset", |event| match event {
        Event::DatasetWanted(name) => Some(name.clone()),
        _ => None,
    });
    assert_eq!(wanted, name("new"));
    rig.engine.submit_raw(raw(RawKind::Ndjson, "{\"a\":1}")).unwrap();
    rig.engine.flush(50, None).unwrap();
    rig.engine.submit_raw(RawMessage { waiter: 4, ..raw(RawKind::Ndjson, "{\"a\":1}") }).unwrap();
    assert_eq!(rig.engine.watermark(), 0, "parked messages hold the watermark");
    let number = rig.dataset("new", vec![Arc::clone(&writer) as _]);
    rig.engine.answer_dataset(name("new"), Ok(number)).unwrap();
    assert_eq!(rig.flushed(50), (2, 0));
    assert_eq!(counted(writer.written().iter().map(|item| item.bytes.as_slice()), "a"), 3.0);
    rig.sink.wait("last waiter", |event| match event {
        Event::Settled(settled) if settled.contains(&(4, Ok(()))) => Some(()),
        _ => None,
    });
    let asked = rig.sink.events().into_iter().filter(|event| matches!(event, Event::DatasetWanted(_))).count();
    assert_eq!(asked, 1);
}

#[test]
fn a_refused_dataset_rejects_its_messages_and_is_asked_for_anew() {
    let rig = Rig::new(&settings(1));
    let text = r#"{"datasetId":"new","timestamp":1,"multiple":{"columns":["a"],"data":[[1]]}}"#;
    let error = EngineError::new(ErrorCode::WriterFactory, "no writers");
    for round in 1..=2 {
        rig.engine.submit_raw(RawMessage { waiter: round, ..raw(RawKind::LogRequest, text) }).unwrap();
        rig.sink.wait_count("wanted", round as usize, |event| matches!(event, Event::DatasetWanted(_)));
        rig.engine.answer_dataset(name("new"), Err(error.clone())).unwrap();
        rig.sink.wait("settled", |event| match event {
            Event::Settled(settled) if *settled == [(round, Err(error.clone()))] => Some(()),
            _ => None,
        });
    }
    let stats = rig.engine.stats();
    assert_eq!((stats.rejected_messages, stats.rejected_rows, stats.queue_bytes), (2, 2, 0));
}

#[test]
fn times_far_from_now_are_counted_or_refused() {
    let rig = Rig::new(&settings(1));
    rig.dataset("d", Vec::new());
    let window = TimeWindow { earliest_ms: NOW_MS as f64 - 1.0, latest_ms: NOW_MS as f64, refuses: false };
    for (refuses, timestamp_ms) in [(false, NOW_MS), (false, 0), (false, 1), (true, 0), (true, NOW_MS + 1)] {
        let window = TimeWindow { refuses, ..window };
        let message = RawMessage { window, timestamp_ms: timestamp_ms as f64, ..raw(RawKind::Ndjson, "{\"a\":1}") };
        rig.engine.submit_raw(message).unwrap();
    }
    rig.status();
    assert_eq!(rejections(&rig), [ErrorCode::BucketWindow; 2]);
    let stats = rig.engine.stats();
    assert_eq!((stats.late_rows, stats.tracked_rows), (2, 3));
    let warnings = rig.sink.events().into_iter().filter(|event| matches!(event, Event::Warning(_))).count();
    assert_eq!(warnings, 1);
}

#[test]
fn an_opened_dataset_is_not_asked_for() {
    let (views, codes) =
        run(vec![raw(RawKind::LogRequest, r#"{"datasetId":"d","multiple":{"columns":[],"data":[]}}"#)]);
    assert_eq!((views.len(), codes.len()), (0, 0));
}

#[test]
fn the_same_messages_give_the_same_bytes() {
    let views = || {
        let line = |row| format!("{{\"a\":{},\"b\":{}.5}}\n", row * 7919 % 5003, row);
        let lines = (0..5000).map(line).collect::<Vec<_>>().concat();
        run(vec![raw(RawKind::Ndjson, lines.clone()), raw(RawKind::Ndjson, lines)]).0
    };
    assert_eq!(views(), views());
}
