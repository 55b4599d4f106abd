//! Datasets with settings of their own, and requests about one of them.

mod support;

use std::sync::Arc;

use rolling_profiles_engine::{Event, Granularity, RawKind, RawMessage, Schedule, TimeWindow, Writer};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter};
use support::{Bench, NOW_MS, counted, settings};

const HOUR_MS: i64 = 3_600_000;

fn log(bench: &Bench, dataset: u32, timestamp_ms: i64) {
    let shape = bench.engine.register_shape(vec!["a".into()]);
    let key = bench.engine.open_key(dataset, timestamp_ms).unwrap();
    bench.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
}

fn writers() -> (Arc<MemoryWriter>, Vec<Arc<dyn Writer>>) {
    let writer = Arc::new(MemoryWriter::default());
    (Arc::clone(&writer), vec![writer])
}

const fn every(interval: u32) -> Schedule {
    Schedule { cadence: Granularity::Minute, interval }
}

#[test]
fn each_dataset_has_its_own_width_and_raw_rows_keep_to_it() {
    let bench = Bench::new(&settings(2));
    let (writer, of_writer) = writers();
    let hourly = bench.open("hourly", Granularity::Hour, None, of_writer.clone());
    let yearly = bench.open("yearly", Granularity::Year, None, of_writer);
    for dataset in [hourly, yearly] {
        log(&bench, dataset, NOW_MS);
        log(&bench, dataset, NOW_MS - HOUR_MS);
    }
    for id in ["hourly", "yearly"] {
        let lines = format!("{{\"t\":{NOW_MS},\"a\":1}}\n{{\"t\":{},\"a\":1}}\n", NOW_MS - HOUR_MS);
        let message = RawMessage {
            kind: RawKind::Ndjson,
            bytes: lines.into_bytes(),
            dataset_id: Some(id.to_owned()),
            org_id: None,
            timestamp_ms: NOW_MS as f64,
            timestamp_column: Some("t".to_owned()),
            window: TimeWindow::ANY,
            waiter: 0,
        };
        bench.engine.submit_raw(message).unwrap();
    }
    assert_eq!(bench.flush(), (3, 0));
    let mut parts: Vec<_> = writer.written().iter().map(|item| (item.dataset_id.clone(), item.rows)).collect();
    parts.sort();
    assert_eq!(parts, [("hourly".to_owned(), 2), ("hourly".to_owned(), 2), ("yearly".to_owned(), 4)]);
}

#[test]
fn each_dataset_is_written_by_its_own_schedule() {
    let bench = Bench::new(&settings(2));
    let (often, of_often) = writers();
    let (seldom, of_seldom) = writers();
    let (never, of_never) = writers();
    let datasets = [
        bench.open("often", Granularity::Day, Some(every(5)), of_often),
        bench.open("seldom", Granularity::Day, Some(every(60)), of_seldom),
        bench.open("never", Granularity::Day, None, of_never),
    ];
    for dataset in datasets {
        log(&bench, dataset, NOW_MS);
    }
    bench.status();
    bench.clock.advance(6 * 60_000);
    bench.sink.wait_count("first write", 1, |event| matches!(event, Event::Written { .. }));
    assert_eq!((often.written().len(), seldom.attempts().len()), (1, 0));
    bench.clock.advance(HOUR_MS);
    bench.sink.wait_count("second write", 2, |event| matches!(event, Event::Written { .. }));
    assert_eq!((often.written().len(), seldom.written().len()), (1, 1));
    assert_eq!(bench.close(30_000), (1, 0));
    assert_eq!(never.written().len(), 1);
}

#[test]
fn one_dataset_is_flushed_and_shown_alone() {
    let bench = Bench::new(&settings(2));
    let failing = Arc::new(MemoryWriter::failing(100));
    let (writer, of_writer) = writers();
    let other = bench.dataset("other", vec![failing]);
    let one = bench.dataset("one", of_writer);
    log(&bench, other, NOW_MS);
    log(&bench, one, NOW_MS);
    bench.engine.status(7, Some(one)).unwrap();
    let shown = bench.sink.wait("status", |event| match event {
        Event::Status { waiter: 7, datasets } => Some(datasets.clone()),
        _ => None,
    });
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].dataset_id, "one");
    assert!((counted(shown[0].views.iter().map(Vec::as_slice), "a") - 1.0).abs() < f64::EPSILON);
    bench.engine.flush(8, Some(one)).unwrap();
    assert_eq!(bench.flushed(8), (1, 0));
    assert_eq!(writer.written().len(), 1);
    let open: Vec<_> = bench.status().into_iter().map(|status| (status.dataset_id, status.views.len())).collect();
    assert_eq!(open, [("other".to_owned(), 1), ("one".to_owned(), 0)]);
}

#[test]
fn reaching_says_that_all_before_is_tracked_and_leaves_it_open() {
    let bench = Bench::new(&settings(2));
    let dataset = bench.dataset("d", Vec::new());
    log(&bench, dataset, NOW_MS);
    bench.engine.reach(9).unwrap();
    bench.sink.wait("reached", |event| match event {
        Event::Settled(settled) if *settled == [(9, Ok(()))] => Some(()),
        _ => None,
    });
    assert_eq!(bench.engine.stats().tracked_rows, 1);
    assert_eq!(bench.status()[0].views.len(), 1);
}

#[test]
fn profiles_that_take_too_much_memory_are_written_early_the_oldest_first() {
    let bench = Bench::new(&rolling_profiles_engine::Settings { max_profile_bytes: 40_000, ..settings(1) });
    let (writer, of_writer) = writers();
    let datasets: Vec<u32> =
        (0..200).map(|number| bench.open(&format!("d{number}"), Granularity::Day, None, of_writer.clone())).collect();
    for &dataset in &datasets {
        log(&bench, dataset, NOW_MS);
    }
    let open: Vec<String> =
        bench.status().into_iter().filter(|status| !status.views.is_empty()).map(|status| status.dataset_id).collect();
    assert!(!open.is_empty() && open.len() < 100, "{} are open", open.len());
    assert_eq!(open.last().map(String::as_str), Some("d199"));
    assert!(!open.contains(&"d0".to_owned()));
    assert_eq!(bench.flush().1, 0);
    let parts = writer.written();
    assert_eq!(parts.len(), 200);
    assert!((counted(parts.iter().map(|item| item.bytes.as_slice()), "a") - 200.0).abs() < f64::EPSILON);
}

#[test]
fn raw_rows_count_against_the_memory_as_well() {
    let bench = Bench::new(&rolling_profiles_engine::Settings { max_profile_bytes: 40_000, ..settings(1) });
    let (writer, of_writer) = writers();
    bench.open("d", Granularity::Second, None, of_writer);
    for second in 0..200 {
        let message = RawMessage {
            kind: RawKind::Ndjson,
            bytes: b"{\"a\":1}".to_vec(),
            dataset_id: Some("d".to_owned()),
            org_id: None,
            timestamp_ms: (NOW_MS + second * 1000) as f64,
            timestamp_column: None,
            window: TimeWindow::ANY,
            waiter: 0,
        };
        bench.engine.submit_raw(message).unwrap();
    }
    let open = bench.status()[0].views.len();
    assert!(open > 0 && open < 100, "{open} are open");
    assert_eq!(bench.flush().1, 0);
    assert_eq!(writer.written().len(), 200);
}
