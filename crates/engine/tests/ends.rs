//! Waits, retries and ends: on clocks that only the test moves, the wall clock apart from the monotonic one.

use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};
use std::time::Duration;

use rolling_profiles_engine::{
    Advice, EngineError, ErrorCode, Event, Failpoint, Loss, RawKind, RawMessage, Settings, Site, Stats, Writer,
};
use rolling_profiles_testkit::{Arena, Cell, HangingWriter, MemoryWriter, NOW_MS, Rig, raw, settings};

const SECOND_MS: u64 = 1000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// What the engine gives attempts that are under way when a close is over.
const LAST_WORD_MS: u64 = 500;
const PATIENCE: Duration = Duration::from_mins(1);

/// Opens a dataset and logs a row.
fn with_row(rig: &Rig, id: &str, writers: Vec<Arc<dyn Writer>>) -> u64 {
    let dataset = rig.dataset(id, writers);
    log(rig, dataset);
    dataset
}

fn log(rig: &Rig, dataset: u64) {
    let shape = rig.engine.register_shape(vec!["a".into()]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
    rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
}

fn refusing() -> Arc<MemoryWriter> {
    Arc::new(MemoryWriter::failing(u32::MAX))
}

fn is_failure(event: &Event) -> bool {
    matches!(event, Event::WriteFailed { .. })
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Closed { .. } | Event::Stopped(_))
}

fn wait_failures(rig: &Rig, count: usize) {
    rig.sink.wait_count("failures", count, is_failure);
}

/// The codes of failures so far.
fn failures(rig: &Rig) -> Vec<ErrorCode> {
    let code = |event: &Event| match event {
        Event::WriteFailed { error, .. } => Some(error.code),
        _ => None,
    };
    rig.sink.events().iter().filter_map(code).collect()
}

fn failure(advice: Advice) -> EngineError {
    EngineError::new(ErrorCode::Writer, "told to fail").advising(advice)
}

fn loss(dataset: &str, unanswered: u64) -> Loss {
    Loss { dataset: Some(dataset.to_owned()), org: None, profiles: 1, rows: 1, unanswered }
}

fn lost(stats: &Stats) -> (u64, u64) {
    (stats.lost_profiles, stats.lost_rows)
}

// --- clocks

#[test]
fn a_clock_set_back_an_hour_prolongs_no_close() {
    let rig = Rig::new(&settings(1));
    with_row(&rig, "d", vec![refusing() as _]);
    rig.engine.close(1, 10 * SECOND_MS).unwrap();
    wait_failures(&rig, 1);
    rig.clock.jump_by(-(HOUR_MS.cast_signed()));
    rig.clock.pass(10 * SECOND_MS);
    assert_eq!(rig.closed(1), (0, 1, vec![loss("d", 0)]));
}

#[test]
fn a_clock_set_ahead_a_day_ends_no_close() {
    let rig = Rig::new(&settings(1));
    let writer = refusing();
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    rig.engine.close(1, 10 * SECOND_MS).unwrap();
    wait_failures(&rig, 1);
    rig.clock.jump_by(24 * HOUR_MS.cast_signed());
    // The coordinator has seen the clock when this is answered.
    rig.status();
    assert!(!rig.sink.events().iter().any(is_end));
    writer.heal();
    rig.clock.pass(SECOND_MS);
    assert_eq!(rig.closed(1), (1, 0, vec![]));
}

#[test]
fn a_clock_set_back_an_hour_delays_no_retry() {
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(MemoryWriter::failing(1));
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    assert_eq!(rig.flush(), (0, 1));
    rig.clock.jump_by(-(HOUR_MS.cast_signed()));
    rig.clock.pass(SECOND_MS);
    rig.sink.wait("write", |event| matches!(event, Event::Written { .. }).then_some(()));
}

#[test]
fn a_clock_set_ahead_a_day_hastens_no_retry() {
    let rig = Rig::new(&settings(1));
    let error = failure(Advice { after_ms: Some(HOUR_MS), ..Advice::default() });
    let writer = Arc::new(MemoryWriter::failing_by([error]));
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    assert_eq!(rig.flush(), (0, 1));
    rig.clock.jump_by(24 * HOUR_MS.cast_signed());
    rig.status();
    assert_eq!(writer.attempts().len(), 1);
    rig.clock.pass(HOUR_MS);
    rig.sink.wait("write", |event| matches!(event, Event::Written { .. }).then_some(()));
}

// --- pauses between attempts

#[test]
fn a_close_reaches_a_writer_that_came_back_after_a_long_outage() {
    let rig = Rig::new(&settings(1));
    let writer = refusing();
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    for _ in 0..16 {
        rig.flush();
    }
    rig.engine.close(1, 30 * SECOND_MS).unwrap();
    wait_failures(&rig, 17);
    writer.heal();
    rig.clock.pass(SECOND_MS);
    assert_eq!(rig.closed(1), (1, 0, vec![]));
}

#[test]
fn a_flush_hurries_its_own_dataset_alone() {
    let rig = Rig::new(&settings(1));
    let (down, other) = (refusing(), Arc::new(MemoryWriter::default()));
    let down_dataset = with_row(&rig, "down", vec![Arc::clone(&down) as _]);
    assert_eq!(rig.flush(), (0, 1));
    let dataset = rig.dataset("other", vec![Arc::clone(&other) as _]);
    for _ in 0..20 {
        log(&rig, dataset);
        assert_eq!(rig.flushed(rig.ask_flush(Some(dataset))), (1, 0));
    }
    assert_eq!(down.attempts().len(), 1);
    assert_eq!(rig.flushed(rig.ask_flush(Some(down_dataset))), (0, 1));
    assert_eq!(down.attempts().len(), 2);
    assert_eq!(rig.flush(), (0, 1));
    assert_eq!(down.attempts().len(), 3);
}

#[test]
fn a_flush_tries_nothing_before_a_server_asked_for_it() {
    let rig = Rig::new(&settings(1));
    let error = failure(Advice { after_ms: Some(40 * SECOND_MS), ..Advice::default() });
    let writer = Arc::new(MemoryWriter::failing_by([error]));
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    assert_eq!(rig.flush(), (0, 1));
    // Answered at once: there is nothing to wait for.
    assert_eq!(rig.flush(), (0, 1));
    rig.clock.pass(40 * SECOND_MS - 1);
    assert_eq!(rig.flush(), (0, 1));
    assert_eq!(writer.attempts().len(), 1);
    rig.clock.pass(SECOND_MS);
    assert_eq!(rig.flush().1, 0);
    assert_eq!(writer.attempts().len(), 2);
}

#[test]
fn a_flush_leaves_a_permanent_failure_its_pause() {
    let rig = Rig::new(&settings(1));
    let error = failure(Advice { is_permanent: true, ..Advice::default() });
    let writer = Arc::new(MemoryWriter::failing_by([error]));
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    assert_eq!(rig.flush(), (0, 1));
    assert_eq!(rig.flush(), (0, 1));
    rig.clock.pass(5 * MINUTE_MS);
    assert_eq!(rig.flush().1, 0);
    assert_eq!(writer.attempts().len(), 2);
}

#[test]
fn a_close_that_may_not_try_again_in_its_time_does_not_sit_it_out() {
    let rig = Rig::new(&settings(1));
    let error = failure(Advice { after_ms: Some(HOUR_MS), ..Advice::default() });
    with_row(&rig, "d", vec![Arc::new(MemoryWriter::failing_by([error])) as _]);
    assert_eq!(rig.close(30 * SECOND_MS), (0, 1));
}

// --- nothing after the end

/// What a writer has written by the time that nobody has it any more.
fn written_in_all(rig: Rig, writer: Arc<HangingWriter>, dropped: &std::sync::mpsc::Receiver<Vec<String>>) -> usize {
    writer.release();
    let weak: Weak<HangingWriter> = Arc::downgrade(&writer);
    drop(writer);
    drop(rig);
    let written = dropped.recv_timeout(PATIENCE).unwrap();
    assert_eq!(weak.strong_count(), 0);
    written.len()
}

#[test]
fn nothing_is_written_after_a_close_that_gave_up() {
    let (tell, dropped) = channel();
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(HangingWriter::new(2, tell));
    for id in 0..10 {
        with_row(&rig, &format!("d{id}"), vec![Arc::clone(&writer) as _]);
    }
    rig.engine.close(1, 10 * SECOND_MS).unwrap();
    writer.wait_begun(2);
    rig.clock.pass(10 * SECOND_MS + LAST_WORD_MS);
    let (written, pending, losses) = rig.closed(1);
    assert_eq!((written, pending, losses.len()), (0, 10, 10));
    assert_eq!(losses.iter().map(|loss| loss.unanswered).sum::<u64>(), 2, "told as under way");
    assert_eq!(lost(&rig.engine.stats()), (10, 10));
    assert_eq!(written_in_all(rig, writer, &dropped), 2, "those that were under way, and no other");
}

#[test]
fn nothing_is_written_after_a_stop() {
    let (tell, dropped) = channel();
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(HangingWriter::new(2, tell));
    for id in 0..10 {
        with_row(&rig, &format!("d{id}"), vec![Arc::clone(&writer) as _]);
    }
    rig.ask_flush(None);
    writer.wait_begun(2);
    rig.engine.stop(EngineError::new(ErrorCode::NotAlive, "killed"));
    rig.engine.join();
    assert_eq!(lost(&rig.engine.stats()), (10, 10));
    assert_eq!(written_in_all(rig, writer, &dropped), 2, "those that were under way, and no other");
}

#[test]
fn an_attempt_that_ends_just_after_the_deadline_counts() {
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(MemoryWriter::holding());
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    rig.engine.close(1, 10 * SECOND_MS).unwrap();
    rig.reach();
    rig.clock.pass(10 * SECOND_MS);
    rig.status();
    writer.answer(Ok(()));
    assert_eq!(rig.closed(1), (1, 0, vec![]));
}

// --- writers that hang

#[test]
fn a_writer_that_hangs_stops_no_other() {
    let (tell, _dropped) = channel();
    let rig = Rig::new(&settings(1));
    let hanging = Arc::new(HangingWriter::new(usize::MAX, tell));
    for id in 0..5 {
        with_row(&rig, &format!("d{id}"), vec![Arc::clone(&hanging) as _]);
    }
    rig.ask_flush(None);
    hanging.wait_begun(2);
    let healthy = Arc::new(HangingWriter::new(0, channel().0));
    let dataset = with_row(&rig, "healthy", vec![Arc::clone(&healthy) as _]);
    assert_eq!(rig.flushed(rig.ask_flush(Some(dataset))), (1, 0));
    hanging.release();
}

#[test]
fn a_stop_waits_for_no_writer() {
    let rig = Rig::new(&settings(1));
    let hanging = Arc::new(HangingWriter::new(usize::MAX, channel().0));
    with_row(&rig, "d", vec![Arc::clone(&hanging) as _]);
    rig.ask_flush(None);
    hanging.wait_begun(1);
    rig.engine.stop(EngineError::new(ErrorCode::NotAlive, "killed"));
    rig.engine.join();
    hanging.release();
}

fn impatient() -> Rig {
    Rig::new(&Settings { write_timeout_ms: 10 * SECOND_MS, ..settings(1) })
}

#[test]
fn an_attempt_that_takes_too_long_fails_and_is_made_again() {
    let rig = impatient();
    let writer = Arc::new(MemoryWriter::holding());
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    let flush = rig.ask_flush(None);
    rig.reach();
    rig.clock.pass(10 * SECOND_MS);
    assert_eq!(rig.flushed(flush), (0, 1));
    assert_eq!(failures(&rig), [ErrorCode::WriteTimeout]);
    rig.clock.pass(SECOND_MS);
    rig.status();
    assert_eq!(writer.attempts().len(), 2);
    assert_eq!(writer.attempts()[0].idempotency_key, writer.attempts()[1].idempotency_key);
}

#[test]
fn a_late_success_counts() {
    let rig = impatient();
    let writer = Arc::new(MemoryWriter::holding());
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    let flush = rig.ask_flush(None);
    rig.reach();
    rig.clock.pass(10 * SECOND_MS);
    rig.flushed(flush);
    rig.clock.pass(SECOND_MS);
    rig.status();
    assert_eq!(writer.attempts().len(), 2);
    writer.answer(Ok(()));
    rig.sink.wait("write", |event| matches!(event, Event::Written { .. }).then_some(()));
    // The second attempt's outcome changes nothing.
    writer.answer(Err(failure(Advice::default())));
    assert_eq!(rig.flush(), (0, 0));
    let stats = rig.engine.stats();
    assert_eq!((stats.written_profiles, stats.write_failures, stats.pending_writables), (1, 1, 0));
}

#[test]
fn a_late_failure_is_told_once() {
    let rig = impatient();
    let writer = Arc::new(MemoryWriter::holding());
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    let flush = rig.ask_flush(None);
    rig.reach();
    rig.clock.pass(10 * SECOND_MS);
    rig.flushed(flush);
    writer.answer(Err(failure(Advice::default())));
    rig.status();
    assert_eq!(failures(&rig), [ErrorCode::WriteTimeout]);
}

#[test]
fn what_waits_behind_an_attempt_that_hangs_fails_with_it_and_is_written_when_it_ends() {
    let rig = impatient();
    let writer = Arc::new(HangingWriter::new(2, channel().0));
    for id in 0..5 {
        with_row(&rig, &format!("d{id}"), vec![Arc::clone(&writer) as _]);
    }
    let flush = rig.ask_flush(None);
    writer.wait_begun(2);
    rig.clock.pass(10 * SECOND_MS);
    assert_eq!(rig.flushed(flush), (0, 5));
    assert_eq!(failures(&rig), [ErrorCode::WriteTimeout; 5]);
    // Nothing is handed to it while it hangs, and nobody waits for that.
    assert_eq!(rig.flush(), (0, 5));
    writer.release();
    rig.sink.wait_count("writes", 2, |event| matches!(event, Event::Written { .. }));
    assert_eq!(rig.flush().1, 0);
    assert_eq!(rig.engine.stats().written_profiles, 5);
}

#[test]
fn one_profile_behind_an_attempt_that_hangs_is_written_meanwhile() {
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(HangingWriter::new(1, channel().0));
    with_row(&rig, "d0", vec![Arc::clone(&writer) as _]);
    rig.ask_flush(None);
    writer.wait_begun(1);
    let dataset = with_row(&rig, "d1", vec![Arc::clone(&writer) as _]);
    assert_eq!(rig.flushed(rig.ask_flush(Some(dataset))), (1, 0));
    writer.release();
}

#[test]
fn an_attempt_that_waits_for_its_turn_takes_none_of_its_time() {
    let rig = impatient();
    let writer = Arc::new(HangingWriter::new(2, channel().0));
    for id in 0..3 {
        with_row(&rig, &format!("d{id}"), vec![Arc::clone(&writer) as _]);
    }
    let flush = rig.ask_flush(None);
    writer.wait_begun(2);
    rig.clock.pass(9 * SECOND_MS);
    writer.release();
    assert_eq!(rig.flushed(flush), (3, 0));
    assert_eq!(failures(&rig), []);
}

// --- who waits until rows are written

/// Asks for what was logged since `since`; gives the waiter.
fn ask_written(rig: &Rig, dataset: Option<u64>, since: u64, waiter: u64) -> u64 {
    rig.engine.written(waiter, dataset, since).unwrap();
    waiter
}

#[test]
fn rows_are_written_when_every_writer_has_their_profile() {
    let rig = Rig::new(&settings(2));
    let (slow, down) = (Arc::new(MemoryWriter::holding()), Arc::new(MemoryWriter::failing(2)));
    let dataset = with_row(&rig, "d", vec![Arc::clone(&slow) as _, Arc::clone(&down) as _]);
    let waiter = ask_written(&rig, Some(dataset), rig.engine.sealed(), 1);
    wait_failures(&rig, 1);
    slow.release();
    rig.clock.pass(SECOND_MS);
    wait_failures(&rig, 2);
    assert!(!rig.sink.events().iter().any(|event| matches!(event, Event::Settled(_))));
    rig.clock.pass(SECOND_MS);
    assert_eq!(rig.outcome(waiter), Ok(()));
}

#[test]
fn rows_that_a_schedule_wrote_meanwhile_are_written() {
    let rig = Rig::new(&settings(1));
    let since = rig.engine.sealed();
    let dataset = with_row(&rig, "d", vec![Arc::new(MemoryWriter::default()) as _]);
    assert_eq!(rig.flush(), (1, 0));
    let waiter = ask_written(&rig, Some(dataset), since, 1);
    assert_eq!(rig.outcome(waiter), Ok(()));
}

#[test]
fn rows_wait_for_no_profile_that_was_sealed_before_them_or_of_another_dataset() {
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(MemoryWriter::failing_by([failure(Advice { is_permanent: true, ..Advice::default() })]));
    let dataset = with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    with_row(&rig, "down", vec![refusing() as _]);
    assert_eq!(rig.flush(), (0, 2));
    let since = rig.engine.sealed();
    log(&rig, dataset);
    let waiter = ask_written(&rig, Some(dataset), since, 1);
    assert_eq!(rig.outcome(waiter), Ok(()));
    assert_eq!(writer.attempts().len(), 2, "the first one's pause is left alone");
}

#[test]
fn who_waits_for_lost_rows_hears_of_it() {
    let rig = Rig::new(&settings(1));
    let dataset = with_row(&rig, "d", vec![refusing() as _]);
    let flush_writer = Arc::new(MemoryWriter::holding());
    let held = with_row(&rig, "held", vec![Arc::clone(&flush_writer) as _]);
    let waiter = ask_written(&rig, Some(dataset), rig.engine.sealed(), 1);
    let flush = rig.ask_flush(Some(held));
    rig.reach();
    rig.engine.close(2, SECOND_MS).unwrap();
    rig.reach();
    rig.clock.pass(SECOND_MS + LAST_WORD_MS);
    assert_eq!(rig.outcome(waiter), Err(ErrorCode::DataLost));
    assert_eq!(rig.flushed(flush), (0, 1));
    assert_eq!(rig.closed(2).1, 2);
}

// --- what a close tells

#[test]
fn a_close_tells_of_rows_that_no_worker_came_to() {
    let rig = Rig::new(&settings(1));
    let writer = Arc::new(MemoryWriter::default());
    with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    // Waits for a dataset that nobody opens, and holds up the close.
    let bytes = br#"{"datasetId":"other","timestamp":0,"multiple":{"columns":["a"],"data":[[1]]}}"#;
    rig.engine.submit_raw(RawMessage { dataset_id: None, ..raw(RawKind::LogRequest, bytes.as_slice()) }).unwrap();
    rig.sink.wait("question", |event| matches!(event, Event::DatasetWanted(_)).then_some(()));
    rig.engine.close(1, 10 * SECOND_MS).unwrap();
    rig.clock.pass(10 * SECOND_MS + LAST_WORD_MS);
    let (written, pending, losses) = rig.closed(1);
    assert_eq!((written, pending), (0, 0));
    assert_eq!(losses, [Loss { rows: 1, ..Loss::default() }]);
    rig.engine.join();
    assert!(writer.attempts().is_empty());
}

#[test]
fn a_close_without_time_still_tries_once() {
    for _ in 0..50 {
        let rig = Rig::new(&settings(2));
        with_row(&rig, "d", vec![Arc::new(MemoryWriter::default()) as _]);
        rig.engine.close(1, 0).unwrap();
        assert_eq!(rig.closed(1), (1, 0, vec![]));
    }
}

#[test]
fn a_dataset_without_writers_loses_nothing() {
    let rig = Rig::new(&settings(1));
    with_row(&rig, "d", vec![]);
    rig.engine.close(1, 10 * SECOND_MS).unwrap();
    assert_eq!(rig.closed(1), (1, 0, vec![]));
    assert_eq!(lost(&rig.engine.stats()), (0, 0));
}

#[test]
fn a_profile_that_cannot_be_sealed_is_lost_alone_and_whoever_waits_for_its_rows_hears_of_it() {
    let failpoint: Failpoint = Arc::new(|site, dataset| {
        if site == Site::Seal && dataset == "d" {
            std::panic::resume_unwind(Box::new("told to fail"));
        }
    });
    let rig = Rig::failing(&settings(1), Some(failpoint));
    let writer = Arc::new(MemoryWriter::default());
    let since = rig.engine.sealed();
    let dataset = with_row(&rig, "d", vec![Arc::clone(&writer) as _]);
    let other = with_row(&rig, "other", vec![Arc::clone(&writer) as _]);
    // Its rows are gone before anybody waits for them.
    assert_eq!(rig.flush(), (1, 0));
    assert_eq!(rig.outcome(ask_written(&rig, Some(dataset), since, 1)), Err(ErrorCode::DataLost));
    assert_eq!(rig.outcome(ask_written(&rig, None, since, 2)), Err(ErrorCode::DataLost));
    assert_eq!(rig.outcome(ask_written(&rig, Some(other), since, 3)), Ok(()));
    assert_eq!(rig.outcome(ask_written(&rig, Some(dataset), rig.engine.sealed(), 4)), Ok(()));
    assert_eq!(lost(&rig.engine.stats()), (1, 1));
    assert!(
        rig.sink.events().iter().any(|event| matches!(event, Event::Lost { loss: told, .. } if *told == loss("d", 0)))
    );
    rig.engine.close(5, SECOND_MS).unwrap();
    assert_eq!(rig.closed(5), (0, 0, vec![loss("d", 0)]));
}
