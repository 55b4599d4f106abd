//! Datasets with settings of their own, and requests about one of them.

use std::sync::Arc;

use rolling_profiles_engine::{Event, Granularity, RawKind, RawMessage, Schedule, Writer};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, counted, raw, settings};

const HOUR_MS: i64 = 3_600_000;

fn log(rig: &Rig, dataset: u64, timestamp_ms: i64) {
    let shape = rig.engine.register_shape(vec!["a".into()]);
    let key = rig.engine.hold_key(dataset, timestamp_ms).unwrap();
    rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
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
    let rig = Rig::new(&settings(2));
    let (writer, of_writer) = writers();
    let hourly = rig.open("hourly", Granularity::Hour, None, of_writer.clone());
    let yearly = rig.open("yearly", Granularity::Year, None, of_writer);
    for dataset in [hourly, yearly] {
        log(&rig, dataset, NOW_MS);
        log(&rig, dataset, NOW_MS - HOUR_MS);
    }
    for id in ["hourly", "yearly"] {
        let lines = format!("{{\"t\":{NOW_MS},\"a\":1}}\n{{\"t\":{},\"a\":1}}\n", NOW_MS - HOUR_MS);
        let (dataset_id, timestamp_column) = (Some(id.to_owned()), Some("t".to_owned()));
        let message = RawMessage { dataset_id, timestamp_column, ..raw(RawKind::Ndjson, lines) };
        rig.engine.submit_raw(message).unwrap();
    }
    assert_eq!(rig.flush(), (3, 0));
    let mut parts: Vec<_> = writer.written().iter().map(|item| (item.dataset_id.clone(), item.rows)).collect();
    parts.sort();
    assert_eq!(parts, [("hourly".to_owned(), 2), ("hourly".to_owned(), 2), ("yearly".to_owned(), 4)]);
}

#[test]
fn each_dataset_is_written_by_its_own_schedule() {
    let rig = Rig::new(&settings(2));
    let (often, of_often) = writers();
    let (seldom, of_seldom) = writers();
    let (never, of_never) = writers();
    let datasets = [
        rig.open("often", Granularity::Day, Some(every(5)), of_often),
        rig.open("seldom", Granularity::Day, Some(every(60)), of_seldom),
        rig.open("never", Granularity::Day, None, of_never),
    ];
    for dataset in datasets {
        log(&rig, dataset, NOW_MS);
    }
    rig.status();
    rig.clock.pass(6 * 60_000);
    rig.sink.wait_count("first write", 1, |event| matches!(event, Event::Written { .. }));
    assert_eq!((often.written().len(), seldom.attempts().len()), (1, 0));
    rig.clock.pass(HOUR_MS.cast_unsigned());
    rig.sink.wait_count("second write", 2, |event| matches!(event, Event::Written { .. }));
    assert_eq!((often.written().len(), seldom.written().len()), (1, 1));
    assert_eq!(rig.close(30_000), (1, 0));
    assert_eq!(never.written().len(), 1);
}

#[test]
fn one_dataset_is_flushed_and_shown_alone() {
    let rig = Rig::new(&settings(2));
    let failing = Arc::new(MemoryWriter::failing(100));
    let (writer, of_writer) = writers();
    let other = rig.dataset("other", vec![failing]);
    let one = rig.dataset("one", of_writer);
    log(&rig, other, NOW_MS);
    log(&rig, one, NOW_MS);
    rig.engine.status(7, Some(one)).unwrap();
    let shown = rig.sink.wait("status", |event| match event {
        Event::Status { waiter: 7, datasets } => Some(datasets.clone()),
        _ => None,
    });
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].dataset_id, "one");
    assert!((counted(shown[0].views.iter().map(Vec::as_slice), "a") - 1.0).abs() < f64::EPSILON);
    rig.engine.flush(8, Some(one)).unwrap();
    assert_eq!(rig.flushed(8), (1, 0));
    assert_eq!(writer.written().len(), 1);
    let open: Vec<_> = rig.status().into_iter().map(|status| (status.dataset_id, status.views.len())).collect();
    assert_eq!(open, [("other".to_owned(), 1), ("one".to_owned(), 0)]);
}

#[test]
fn reaching_says_that_all_before_is_tracked_and_leaves_it_open() {
    let rig = Rig::new(&settings(2));
    let dataset = rig.dataset("d", Vec::new());
    log(&rig, dataset, NOW_MS);
    rig.reach();
    assert_eq!(rig.engine.stats().tracked_rows, 1);
    assert_eq!(rig.status()[0].views.len(), 1);
}

#[test]
fn profiles_that_take_too_much_memory_are_written_early_the_oldest_first() {
    let rig = Rig::new(&rolling_profiles_engine::Settings { max_profile_bytes: 40_000, ..settings(1) });
    let (writer, of_writer) = writers();
    let datasets: Vec<u64> =
        (0..200).map(|number| rig.open(&format!("d{number}"), Granularity::Day, None, of_writer.clone())).collect();
    for &dataset in &datasets {
        log(&rig, dataset, NOW_MS);
    }
    let open: Vec<String> =
        rig.status().into_iter().filter(|status| !status.views.is_empty()).map(|status| status.dataset_id).collect();
    assert!(!open.is_empty() && open.len() < 100, "{} are open", open.len());
    assert_eq!(open.last().map(String::as_str), Some("d199"));
    assert!(!open.contains(&"d0".to_owned()));
    assert_eq!(rig.flush().1, 0);
    let parts = writer.written();
    assert_eq!(parts.len(), 200);
    assert!((counted(parts.iter().map(|item| item.bytes.as_slice()), "a") - 200.0).abs() < f64::EPSILON);
}

#[test]
fn raw_rows_count_against_the_memory_as_well() {
    let rig = Rig::new(&rolling_profiles_engine::Settings { max_profile_bytes: 40_000, ..settings(1) });
    let (writer, of_writer) = writers();
    rig.open("d", Granularity::Second, None, of_writer);
    for second in 0..200 {
        let timestamp_ms = (NOW_MS + second * 1000) as f64;
        rig.engine.submit_raw(RawMessage { timestamp_ms, ..raw(RawKind::Ndjson, "{\"a\":1}") }).unwrap();
    }
    let open = rig.status()[0].views.len();
    assert!(open > 0 && open < 100, "{open} are open");
    assert_eq!(rig.flush().1, 0);
    assert_eq!(writer.written().len(), 200);
}
