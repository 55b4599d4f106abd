//! One budget for all that profiles take of memory, whatever writers do.

use std::sync::Arc;
use std::time::Duration;

use rolling_profiles_engine::{EngineError, ErrorCode, Event, Granularity, Schedule, Settings, Writer};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, settings};

const SECOND_MS: u64 = 1000;
const LIMIT: u64 = 400_000;
/// What a partial takes at most, and what one of each lane may have added before it looked.
const SLACK: u64 = 20_000;

fn limited(workers: usize) -> Rig {
    Rig::new(&Settings { max_profile_bytes: LIMIT, ..settings(workers) })
}

/// Logs a row to each of so many datasets of their own.
fn log_many(rig: &Rig, first: usize, count: usize, writer: &Arc<impl Writer + 'static>) {
    let shape = rig.engine.register_shape(vec!["a".into()]);
    for id in first..first + count {
        let dataset = rig.dataset(&format!("d{id}"), vec![Arc::clone(writer) as _]);
        let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
        rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
    }
}

fn is_drained(event: &Event) -> bool {
    matches!(event, Event::Drained)
}

#[test]
fn the_budget_holds_while_writers_take_what_there_is() {
    for workers in [1, 3] {
        let rig = limited(workers);
        let writer = Arc::new(MemoryWriter::default());
        for first in (0..3000).step_by(50) {
            log_many(&rig, first, 50, &writer);
            rig.reach();
            let used = rig.engine.stats().profile_bytes;
            assert!(used <= LIMIT + SLACK * workers as u64, "{used}");
        }
        assert_eq!(rig.flush().1, 0);
        assert_eq!(writer.written().len(), 3000, "each row once");
        let stats = rig.engine.stats();
        assert_eq!((stats.profile_bytes, stats.tracked_rows, stats.lost_rows), (0, 3000, 0));
    }
}

#[test]
fn a_writer_that_takes_nothing_closes_admission_until_it_does() {
    let rig = limited(1);
    let writer = Arc::new(MemoryWriter::failing(u32::MAX));
    log_many(&rig, 0, 2000, &writer);
    // Everybody is answered, though nothing can be written.
    assert_eq!(rig.status().len(), 2000);
    assert!(rig.engine.stats().profile_bytes > LIMIT);
    assert_eq!(rig.engine.level(), 1 << 20, "nothing is admitted");
    assert!(!rig.engine.wait_for_space(1, Duration::ZERO));
    rig.engine.arm_drained(1 << 18);
    rig.reach();
    assert!(!rig.sink.events().iter().any(is_drained));
    writer.heal();
    assert_eq!(rig.flush().1, 0);
    rig.sink.wait("room", |event| is_drained(event).then_some(()));
    assert_eq!(rig.engine.level(), 0);
    assert_eq!(writer.written().len(), 2000);
}

#[test]
fn a_writer_that_hangs_keeps_nobody_waiting_for_rows() {
    let rig = limited(2);
    let writer = Arc::new(MemoryWriter::holding());
    log_many(&rig, 0, 2000, &writer);
    rig.engine.reach(1).unwrap();
    // First attempts are waited for so long, and no longer.
    while rig.sink.events().iter().all(|event| !matches!(event, Event::Settled(_))) {
        rig.clock.pass(SECOND_MS);
        std::thread::yield_now();
    }
    assert_eq!(rig.outcome(1), Ok(()));
    assert_eq!(rig.engine.stats().tracked_rows, 2000);
    writer.release();
    assert_eq!(rig.flush().1, 0);
    assert_eq!(writer.written().len(), 2000);
}

#[test]
fn a_worker_that_waits_for_memory_ends_with_the_engine() {
    for is_closed in [false, true] {
        let rig = limited(1);
        let writer = Arc::new(MemoryWriter::holding());
        log_many(&rig, 0, 2000, &writer);
        if is_closed {
            rig.engine.close(1, 0).unwrap();
            // Rows are tracked, then sealed, and what was sealed has its last word.
            while rig.sink.events().iter().all(|event| !matches!(event, Event::Closed { .. })) {
                rig.clock.pass(SECOND_MS);
                std::thread::yield_now();
            }
        } else {
            rig.engine.stop(EngineError::new(ErrorCode::NotAlive, "killed"));
        }
        rig.engine.join();
        let stats = rig.engine.stats();
        assert_eq!(stats.lost_rows, 2000);
    }
}

#[test]
fn a_schedule_leaves_open_what_its_writer_does_not_take() {
    let rig = limited(1);
    let writer = Arc::new(MemoryWriter::failing(u32::MAX));
    let schedule = Some(Schedule { cadence: Granularity::Minute, interval: 5 });
    let dataset = rig.open("d", Granularity::Second, schedule, vec![Arc::clone(&writer) as _]);
    let shape = rig.engine.register_shape(vec!["a".into()]);
    let log = |second: i64| {
        let key = rig.engine.hold_key(dataset, NOW_MS + second * 1000).unwrap();
        rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
    };
    (0..100).for_each(log);
    let open = || rig.status().iter().map(|status| status.views.len()).sum::<usize>();
    assert_eq!(open(), 100);
    rig.clock.pass(300 * SECOND_MS);
    assert_eq!(open(), 0, "there is room: all of it is tried");
    (0..20).for_each(log);
    rig.clock.pass(300 * SECOND_MS);
    assert_eq!(open(), 20, "the writer has its share, and does not take it");
    // Whoever asks gets it tried.
    assert_eq!(rig.flush(), (0, 120));
    writer.heal();
    rig.clock.pass(300 * SECOND_MS);
    assert_eq!(rig.flush().1, 0);
    assert_eq!(writer.written().len(), 120);
}
