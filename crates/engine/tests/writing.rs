//! Schedule, retries, close and stop, on a clock that only the test moves.

mod support;

use std::sync::Arc;

use rolling_profiles_engine::{ErrorCode, Event};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter};
use support::{Bench, NOW_MS, settings};

const MINUTE_MS: i64 = 60_000;

/// A dataset with one tracked row.
fn with_row(bench: &Bench, id: &str, writers: Vec<Arc<dyn rolling_profiles_engine::Writer>>) {
    let dataset = bench.dataset(id, writers);
    let shape = bench.engine.register_shape(vec!["a".into()]);
    let key = bench.engine.open_key(dataset, NOW_MS).unwrap();
    bench.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
}

fn is_written(event: &Event) -> bool {
    matches!(event, Event::Written { .. })
}

#[test]
fn the_schedule_writes_at_the_bottom_of_its_unit() {
    let bench = Bench::scheduled(5);
    let writer = Arc::new(MemoryWriter::default());
    with_row(&bench, "orders", vec![Arc::clone(&writer) as _]);
    bench.status();
    bench.clock.set(1_709_217_540_000 - 1); // 14:38:59.999
    bench.status();
    assert!(writer.attempts().is_empty());
    bench.clock.set(1_709_217_540_000); // 14:39:00
    bench.sink.wait_count("writes", 1, is_written);
    with_row(&bench, "late", vec![Arc::clone(&writer) as _]);
    bench.clock.advance(5 * MINUTE_MS);
    bench.sink.wait_count("writes", 2, is_written);
}

#[test]
fn a_clock_set_back_does_not_stop_the_schedule() {
    let bench = Bench::scheduled(5);
    let writer = Arc::new(MemoryWriter::default());
    with_row(&bench, "orders", vec![Arc::clone(&writer) as _]);
    bench.clock.advance(-24 * 60 * MINUTE_MS);
    bench.status();
    bench.clock.advance(6 * MINUTE_MS);
    bench.sink.wait_count("writes", 1, is_written);
}

#[test]
fn a_failed_write_is_tried_again_until_it_succeeds() {
    let bench = Bench::new(&settings(2));
    let writer = Arc::new(MemoryWriter::failing(6));
    let healthy = Arc::new(MemoryWriter::default());
    with_row(&bench, "orders", vec![Arc::clone(&writer) as _, Arc::clone(&healthy) as _]);
    assert_eq!(bench.flush(), (0, 1));
    assert_eq!(healthy.written().len(), 1, "one writer's failure delays no other");
    for attempt in 2..=7 {
        bench.clock.advance(5 * MINUTE_MS);
        let failed = |event: &Event| matches!(event, Event::WriteFailed { .. });
        if attempt <= 6 {
            bench.sink.wait_count("failures", attempt, failed);
        }
    }
    bench.sink.wait_count("writes", 1, is_written);
    let attempts = writer.attempts();
    assert_eq!(attempts.len(), 7);
    assert!(attempts.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes under the same name");
    let stats = bench.engine.stats();
    assert_eq!((stats.write_failures, stats.written_profiles, stats.pending_writables), (6, 1, 0));
}

#[test]
fn a_flush_tries_what_waits_for_its_next_attempt() {
    let bench = Bench::new(&settings(1));
    let writer = Arc::new(MemoryWriter::failing(1));
    with_row(&bench, "orders", vec![Arc::clone(&writer) as _]);
    assert_eq!(bench.flush(), (0, 1));
    assert_eq!(bench.flush(), (1, 0));
}

#[test]
fn close_retries_until_its_time_is_over_and_says_what_is_lost() {
    let bench = Bench::new(&settings(2));
    let writer = Arc::new(MemoryWriter::failing(u32::MAX));
    with_row(&bench, "orders", vec![Arc::clone(&writer) as _]);
    bench.engine.close(1, 10_000).unwrap();
    bench.sink.wait_count("failures", 1, |event| matches!(event, Event::WriteFailed { .. }));
    bench.clock.advance(10_000);
    assert_eq!(bench.flushed(1), (0, 1));
    let warning = bench.sink.wait("warning", |event| match event {
        Event::Warning(error) => Some(error.message.clone()),
        _ => None,
    });
    assert!(warning.contains("1 rows of dataset \"orders\""), "{warning}");
    bench.sink.wait("stop", |event| matches!(event, Event::Stopped(None)).then_some(()));
    bench.engine.join();
    assert_eq!(bench.engine.flush(2, None).unwrap_err().code, ErrorCode::NotAlive);
}

#[test]
fn close_does_not_wait_for_a_writer_that_never_answers() {
    let bench = Bench::new(&settings(1));
    with_row(&bench, "orders", vec![Arc::new(MemoryWriter::holding()) as _]);
    bench.engine.close(1, 10_000).unwrap();
    bench.clock.advance(10_000);
    assert_eq!(bench.flushed(1), (0, 1));
}

#[test]
fn a_stop_writes_nothing_and_ends_the_threads() {
    let bench = Bench::new(&settings(4));
    let writer = Arc::new(MemoryWriter::default());
    with_row(&bench, "orders", vec![Arc::clone(&writer) as _]);
    bench.engine.stop(rolling_profiles_engine::EngineError::new(ErrorCode::NotAlive, "killed"));
    bench.engine.join();
    let reason = bench.sink.wait("stop", |event| match event {
        Event::Stopped(reason) => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason.map(|error| error.message).as_deref(), Some("killed"));
    assert!(writer.attempts().is_empty());
    let (arena, text) = Arena::new(0, 1).row(0, [Cell::Number(1.0)]).build();
    assert_eq!(bench.engine.submit(0, &arena, &text).unwrap_err().code, ErrorCode::NotAlive);
    assert!(!bench.engine.wait_for_space(2 << 20, std::time::Duration::from_mins(1)), "nobody waits for a dead engine");
}
