//! Schedule, retries, close and stop, on a clock that only the test moves.

use std::sync::Arc;

use rolling_profiles_engine::{ErrorCode, Event, Loss};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, settings};

const MINUTE_MS: u64 = 60_000;

/// A dataset with one tracked row.
fn with_row(rig: &Rig, id: &str, writers: Vec<Arc<dyn rolling_profiles_engine::Writer>>) {
    let dataset = rig.dataset(id, writers);
    let shape = rig.engine.register_shape(vec!["a".into()]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
    rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
}

fn is_failure(event: &Event) -> bool {
    matches!(event, Event::WriteFailed { .. })
}

/// One row of one profile, which may have been written where `unanswered` is 1.
fn loss(dataset: &str, unanswered: u64) -> Loss {
    Loss { dataset: Some(dataset.to_owned()), org: None, profiles: 1, rows: 1, unanswered }
}

fn is_written(event: &Event) -> bool {
    matches!(event, Event::Written { .. })
}

#[test]
fn the_schedule_writes_at_the_bottom_of_its_unit() {
    let rig = Rig::scheduled(5);
    let writer = Arc::new(MemoryWriter::default());
    with_row(&rig, "orders", vec![Arc::clone(&writer) as _]);
    rig.status();
    rig.clock.set(1_709_217_540_000 - 1); // 14:38:59.999
    rig.status();
    assert!(writer.attempts().is_empty());
    rig.clock.set(1_709_217_540_000); // 14:39:00
    rig.sink.wait_count("writes", 1, is_written);
    with_row(&rig, "late", vec![Arc::clone(&writer) as _]);
    rig.clock.pass(5 * MINUTE_MS);
    rig.sink.wait_count("writes", 2, is_written);
}

#[test]
fn a_clock_set_back_does_not_stop_the_schedule() {
    let rig = Rig::scheduled(5);
    let writer = Arc::new(MemoryWriter::default());
    with_row(&rig, "orders", vec![Arc::clone(&writer) as _]);
    rig.clock.jump_by(-24 * 60 * 60_000);
    rig.status();
    rig.clock.pass(6 * MINUTE_MS);
    rig.sink.wait_count("writes", 1, is_written);
}

#[test]
fn a_failed_write_is_tried_again_until_it_succeeds() {
    let rig = Rig::new(&settings(2));
    let writer = Arc::new(MemoryWriter::failing(6));
    let healthy = Arc::new(MemoryWriter::default());
    with_row(&rig, "orders", vec![Arc::clone(&writer) as _, Arc::clone(&healthy) as _]);
    assert_eq!(rig.flush(), (0, 1));
    assert_eq!(healthy.written().len(), 1, "one writer's failure delays no other");
    for attempt in 2..=7 {
        rig.clock.pass(5 * MINUTE_MS);
        let failed = |event: &Event| matches!(event, Event::WriteFailed { .. });
        if attempt <= 6 {
            rig.sink.wait_count("failures", attempt, failed);
        }
    }
    rig.sink.wait_count("writes", 1, is_written);
    let attempts = writer.attempts();
    assert_eq!(attempts.len(), 7);
    assert!(attempts.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes under the same name");
    let stats = rig.engine.stats();
    assert_eq!((stats.write_failures, stats.written_profiles, stats.pending_writables), (6, 1, 0));
}

#[test]
fn a_flush_tries_what_waits_for_its_next_attempt() {
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(MemoryWriter::failing(1));
    with_row(&rig, "orders", vec![Arc::clone(&writer) as _]);
    assert_eq!(rig.flush(), (0, 1));
    assert_eq!(rig.flush(), (1, 0));
}

#[test]
fn close_retries_until_its_time_is_over_and_says_what_is_lost() {
    let rig = Rig::new(&settings(2));
    let writer = Arc::new(MemoryWriter::failing(u32::MAX));
    with_row(&rig, "orders", vec![Arc::clone(&writer) as _]);
    rig.engine.close(1, 10_000).unwrap();
    rig.sink.wait_count("failures", 1, is_failure);
    rig.clock.pass(10_000);
    assert_eq!(rig.closed(1), (0, 1, vec![loss("orders", 0)]));
    let stats = rig.engine.stats();
    assert_eq!((stats.lost_profiles, stats.lost_rows), (1, 1));
    rig.sink.wait("stop", |event| matches!(event, Event::Stopped(None)).then_some(()));
    rig.engine.join();
    assert_eq!(rig.engine.flush(2, None).unwrap_err().code, ErrorCode::NotAlive);
}

#[test]
fn close_does_not_wait_for_a_writer_that_never_answers() {
    let rig = Rig::new(&settings(1));
    with_row(&rig, "orders", vec![Arc::new(MemoryWriter::holding()) as _]);
    rig.engine.close(1, 10_000).unwrap();
    rig.reach();
    rig.clock.pass(10_000);
    // What is under way has half a second to end.
    rig.clock.pass(500);
    assert_eq!(rig.closed(1), (0, 1, vec![loss("orders", 1)]));
}

#[test]
fn a_stop_writes_nothing_and_ends_the_threads() {
    let rig = Rig::new(&settings(4));
    let writer = Arc::new(MemoryWriter::default());
    with_row(&rig, "orders", vec![Arc::clone(&writer) as _]);
    rig.engine.stop(rolling_profiles_engine::EngineError::new(ErrorCode::NotAlive, "killed"));
    rig.engine.join();
    let reason = rig.sink.wait("stop", |event| match event {
        Event::Stopped(reason) => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason.map(|error| error.message).as_deref(), Some("killed"));
    assert!(writer.attempts().is_empty());
    let (arena, text) = Arena::new(0, 1).row(0, [Cell::Number(1.0)]).build();
    assert_eq!(rig.engine.submit(0, &arena, &text).unwrap_err().code, ErrorCode::NotAlive);
    assert!(!rig.engine.wait_for_space(2 << 20, std::time::Duration::from_mins(1)), "nobody waits for a dead engine");
}
