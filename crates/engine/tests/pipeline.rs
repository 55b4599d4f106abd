//! Blocks in, profiles out: sync, flush, status, buckets, rejection.

use std::sync::Arc;

use rolling_profiles_engine::{ErrorCode, Event, Settings};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, counted, settings};

fn number(value: f64) -> [Cell; 1] {
    [Cell::Number(value)]
}

#[test]
fn a_row_comes_out_in_the_profile_of_its_bucket() {
    let rig = Rig::new(&settings(2));
    let writer = Arc::new(MemoryWriter::default());
    let dataset = rig.dataset("orders", vec![Arc::clone(&writer) as _]);
    let shape = rig.engine.register_shape(vec!["price".into()]);
    let today = rig.engine.hold_key(dataset, NOW_MS).unwrap();
    let before_1970 = rig.engine.hold_key(dataset, -1).unwrap();
    rig.submit(today.lane, &Arena::new(shape, 1).row(today.key, number(1.5)).row(today.key, number(2.5)));
    rig.submit(before_1970.lane, &Arena::new(shape, 1).row(before_1970.key, number(3.0)));
    assert_eq!(rig.flush(), (2, 0));
    let mut written = writer.written();
    written.sort_by_key(|item| item.dataset_timestamp_ms);
    assert_eq!(written[0].dataset_timestamp_ms, -86_400_000);
    assert_eq!(written[1].dataset_timestamp_ms, today.bucket.start_ms);
    assert_eq!((written[0].rows, written[1].rows), (1, 2));
    assert!(written[1].file_name.starts_with("orders_2024-02-29-"), "{}", written[1].file_name);
    assert!((counted([written[1].bytes.as_slice()], "price") - 2.0).abs() < f64::EPSILON);
    assert_eq!(rig.flush(), (0, 0), "nothing is written twice");
    assert_eq!(rig.engine.stats().tracked_rows, 3);
}

#[test]
fn a_waiter_is_told_when_its_rows_are_tracked() {
    let rig = Rig::new(&settings(2));
    let dataset = rig.dataset("orders", vec![]);
    let shape = rig.engine.register_shape(vec!["price".into()]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
    rig.submit(0, &Arena::new(shape, 1).row(key.key, number(1.0)).message(0, 1, true, 42));
    rig.submit(1, &Arena::new(shape, 1).row(key.key, number(1.0)).message(0, 1, false, 42));
    let outcome = rig.sink.wait("settled", |event| match event {
        Event::Settled(settled) => settled.iter().find(|(waiter, _)| *waiter == 42).map(|(_, outcome)| outcome.clone()),
        _ => None,
    });
    assert_eq!(outcome, Ok(()));
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_rows, stats.tracked_messages), (2, 1));
    assert_eq!(rig.engine.watermark(), 2);
}

#[test]
fn status_shows_all_lanes_and_takes_nothing() {
    let rig = Rig::new(&settings(3));
    let writer = Arc::new(MemoryWriter::holding());
    let dataset = rig.dataset("orders", vec![Arc::clone(&writer) as _]);
    rig.dataset("idle", vec![]);
    let shape = rig.engine.register_shape(vec!["price".into()]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
    for lane in 0..3 {
        rig.submit(lane, &Arena::new(shape, 1).row(key.key, number(1.0)));
    }
    for _ in 0..2 {
        let status = rig.status();
        assert_eq!(status.len(), 2);
        assert_eq!(status[0].timestamps_ms, [key.bucket.start_ms]);
        assert!((counted(status[0].views.iter().map(Vec::as_slice), "price") - 3.0).abs() < f64::EPSILON);
        assert_eq!((status[1].views.len(), status[1].writers), (0, 0));
    }
    rig.engine.flush(5, None).unwrap();
    let status = rig.status();
    assert_eq!((status[0].views.len(), status[0].pending_writables, status[0].pending_views.len()), (0, 1, 1));
    writer.release();
    rig.close(60_000);
}

#[test]
fn rows_of_many_keys_share_a_block() {
    let rig = Rig::new(&settings(1));
    let shape = rig.engine.register_shape(vec!["n".into(), "name".into()]);
    let datasets: Vec<u64> = (0..3).map(|index| rig.dataset(&format!("d{index}"), vec![])).collect();
    let keys: Vec<u64> = datasets.iter().map(|&dataset| rig.engine.hold_key(dataset, NOW_MS).unwrap().key).collect();
    let mut arena = Arena::new(shape, 2);
    for row in 0..10 {
        let name = if row % 2 == 0 { Cell::Text(format!("é{row}")) } else { Cell::Absent };
        arena = arena.row(keys[row % 3], [Cell::Number(row as f64), name]);
    }
    arena = arena.row(keys[0], [Cell::Text("odd".into()), Cell::Null]).row(keys[1], [Cell::Object, Cell::Tensor]);
    rig.submit(0, &arena);
    let status = rig.status();
    let n = |dataset: usize, column| counted(status[dataset].views.iter().map(Vec::as_slice), column) as u64;
    assert_eq!([n(0, "n"), n(1, "n"), n(2, "n")], [5, 4, 3]);
    assert_eq!([n(0, "name"), n(1, "name"), n(2, "name")], [3, 2, 2]);
}

#[test]
fn a_column_over_the_limit_rejects_its_message_alone() {
    let rig = Rig::new(&Settings { max_columns: 2, ..settings(1) });
    let dataset = rig.dataset("orders", vec![]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap().key;
    let shape = rig.engine.register_shape(vec!["a".into(), "b".into(), "c".into()]);
    rig.submit(0, &Arena::new(shape, 3).row(key, [Cell::Number(1.0), Cell::Number(1.0)]));
    let arena = Arena::new(shape, 3)
        .row(key, [Cell::Number(1.0), Cell::Number(1.0)])
        .row(key, [Cell::Number(1.0), Cell::Absent, Cell::Number(1.0)])
        .row(key, [Cell::Number(1.0)])
        .row(key, [Cell::Number(1.0)])
        .row(key, [Cell::Absent, Cell::Absent, Cell::Object])
        .message(2, 1, false, 8)
        .message(3, 2, false, 9);
    rig.submit(0, &arena);
    let failed = rig.sink.wait("settled", |event| match event {
        Event::Settled(settled) => Some(settled.iter().map(|(id, outcome)| (*id, outcome.is_ok())).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(failed, [(8, true), (9, false)]);
    let (code, messages, rows) = rig.sink.wait("rejection", |event| match event {
        Event::Rejected { error, messages, rows, .. } => Some((error.code, *messages, *rows)),
        _ => None,
    });
    assert_eq!((code, messages, rows), (ErrorCode::TooManyColumns, 2, 3));
    let stats = rig.engine.stats();
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (3, 3));
    assert_eq!((stats.tracked_messages, stats.rejected_messages), (3, 2));
}

#[test]
fn a_corrupt_block_is_refused_and_an_unknown_key_rejected() {
    let rig = Rig::new(&settings(1));
    let shape = rig.engine.register_shape(vec!["a".into()]);
    let (arena, text) = Arena::new(shape, 1).row(99, number(1.0)).build();
    for length in 0..arena.len() {
        let error = rig.engine.submit(0, &arena[..length], &text).unwrap_err();
        assert_eq!(error.code, ErrorCode::BlockCorrupt, "{length}");
    }
    rig.engine.submit(0, &arena, &text).unwrap();
    assert_eq!(rig.engine.submit(1, &arena, &text).unwrap_err().code, ErrorCode::UnknownHandle);
    let code = rig.sink.wait("rejection", |event| match event {
        Event::Rejected { error, .. } => Some(error.code),
        _ => None,
    });
    assert_eq!(code, ErrorCode::UnknownHandle);
    let stats = rig.engine.stats();
    assert_eq!((stats.accepted_rows, stats.rejected_rows, stats.tracked_rows), (1, 1, 0));
}

#[test]
fn numbers_that_were_let_go_are_never_given_again() {
    let rig = Rig::new(&settings(2));
    let writer = Arc::new(MemoryWriter::default());
    let first = rig.dataset("first", vec![Arc::clone(&writer) as _]);
    let second = rig.dataset("second", vec![Arc::clone(&writer) as _]);
    let old_shape = rig.engine.register_shape(vec!["a".into()]);
    let old = rig.engine.hold_key(first, NOW_MS).unwrap();
    rig.submit(old.lane, &Arena::new(old_shape, 1).row(old.key, number(1.0)));
    rig.engine.release_keys(vec![old.key]).unwrap();
    rig.engine.release_shape(old_shape).unwrap();
    rig.status();
    assert_eq!(rig.engine.release_shape(old_shape).unwrap_err().code, ErrorCode::UnknownHandle, "once is enough");
    let shape = rig.engine.register_shape(vec!["b".into()]);
    let new = rig.engine.hold_key(second, NOW_MS).unwrap();
    assert!(shape > old_shape && new.key > old.key);
    let again = rig.engine.hold_key(first, NOW_MS).unwrap();
    assert_eq!(again.key, old.key, "its profile is still open");
    rig.submit(new.lane, &Arena::new(shape, 1).row(new.key, number(2.0)));
    rig.submit(again.lane, &Arena::new(shape, 1).row(again.key, number(3.0)));
    assert_eq!(rig.flush(), (2, 0));
    let written = writer.written();
    let of = |id: &str| written.iter().find(|item| item.dataset_id == id).unwrap().bytes.as_slice();
    for (id, column, count) in [("first", "a", 1.0), ("first", "b", 1.0), ("second", "a", 0.0), ("second", "b", 1.0)] {
        assert!((counted([of(id)], column) - count).abs() < f64::EPSILON, "{id} {column}");
    }
}

#[test]
fn the_same_seed_clock_and_blocks_give_the_same_bytes() {
    let run = || {
        let rig = Rig::new(&settings(2));
        let writer = Arc::new(MemoryWriter::default());
        let dataset = rig.dataset("orders", vec![Arc::clone(&writer) as _]);
        let shape = rig.engine.register_shape(vec!["a".into()]);
        let key = rig.engine.hold_key(dataset, NOW_MS).unwrap().key;
        for block in 0..40 {
            let mut arena = Arena::new(shape, 1);
            for row in 0..200 {
                arena = arena.row(key, number(f64::from(block * 200 + row).sqrt()));
            }
            rig.submit(block as usize % 2, &arena);
        }
        rig.close(60_000);
        (writer.written()[0].bytes.clone(), writer.written()[0].file_name.clone())
    };
    let (one, other) = (run(), run());
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1, "two runs have two files");
}
