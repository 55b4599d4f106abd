//! How many attempts a writer has under way at once, whatever kind it is.

use std::sync::Arc;
use std::sync::mpsc::channel;

use rolling_profiles_engine::{Advice, ErrorCode, Event, Settings, Writer};
use rolling_profiles_testkit::{
    Answer, Arena, Begins, Cell, HangingWriter, MemoryWriter, NOW_MS, Rig, ScriptedWriter, settings,
};

const SECOND_MS: u64 = 1000;
const LAST_WORD_MS: u64 = 500;
const DATASETS: usize = 30;

fn limited(most: usize) -> Rig {
    Rig::new(&Settings { max_concurrent_writes: most, write_timeout_ms: 10 * SECOND_MS, ..settings(2) })
}

/// Opens so many datasets, and logs a row to each.
fn with_rows(rig: &Rig, datasets: usize, writer: &Arc<impl Writer + 'static>) {
    for id in 0..datasets {
        let dataset = rig.dataset(&format!("d{id}"), vec![Arc::clone(writer) as _]);
        let shape = rig.engine.register_shape(vec!["a".into()]);
        let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
        rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
    }
}

fn failures(rig: &Rig) -> usize {
    rig.sink.events().iter().filter(|event| matches!(event, Event::WriteFailed { .. })).count()
}

fn scripted(rig: &Rig, answer: Answer, begins: Begins) -> Arc<ScriptedWriter> {
    Arc::new(ScriptedWriter::new(vec![answer], begins, Arc::clone(&rig.clock)))
}

#[test]
fn a_writer_that_does_not_block_is_given_no_more_than_it_may_have() {
    let rig = limited(3);
    let writer = Arc::new(MemoryWriter::holding());
    with_rows(&rig, DATASETS, &writer);
    let flush = rig.ask_flush(None);
    rig.reach();
    assert_eq!(writer.attempts().len(), 3);
    writer.answer(Ok(()));
    rig.reach();
    assert_eq!(writer.attempts().len(), 4, "one ended, and one began");
    writer.release();
    assert_eq!(rig.flushed(flush), (DATASETS as u64, 0));
}

#[test]
fn profiles_are_written_in_the_order_in_which_they_were_sealed() {
    let rig = limited(1);
    let writer = Arc::new(MemoryWriter::holding());
    with_rows(&rig, DATASETS, &writer);
    let flush = rig.ask_flush(None);
    rig.reach();
    writer.release();
    assert_eq!(rig.flushed(flush), (DATASETS as u64, 0));
    let keys: Vec<String> = writer.written().iter().map(|item| item.idempotency_key.clone()).collect();
    assert!(keys.is_sorted(), "{keys:?}");
}

#[test]
fn a_writer_that_blocks_is_handed_no_more_than_it_may_have() {
    let (tell, dropped) = channel();
    let rig = limited(1);
    let writer = Arc::new(HangingWriter::new(1, tell));
    with_rows(&rig, 3, &writer);
    let flush = rig.ask_flush(None);
    writer.wait_begun(1);
    rig.reach();
    writer.release();
    assert_eq!(rig.flushed(flush), (3, 0));
    drop((rig, writer));
    assert_eq!(dropped.recv().unwrap().len(), 3);
}

#[test]
fn what_waits_for_its_turn_takes_none_of_its_time() {
    let rig = limited(2);
    let writer = Arc::new(MemoryWriter::holding());
    with_rows(&rig, 4, &writer);
    let flush = rig.ask_flush(None);
    rig.reach();
    rig.clock.pass(9 * SECOND_MS);
    writer.answer(Ok(()));
    writer.answer(Ok(()));
    rig.reach();
    rig.clock.pass(9 * SECOND_MS);
    writer.answer(Ok(()));
    writer.answer(Ok(()));
    assert_eq!(rig.flushed(flush), (4, 0));
    assert_eq!(failures(&rig), 0);
}

#[test]
fn a_failure_gives_its_place_to_the_next() {
    let rig = limited(1);
    let writer = Arc::new(MemoryWriter::failing(u32::MAX));
    with_rows(&rig, DATASETS, &writer);
    assert_eq!(rig.flush(), (0, DATASETS as u64), "each is tried once");
    assert_eq!(writer.attempts().len(), DATASETS);
    writer.heal();
    assert_eq!(rig.flush().1, 0);
}

#[test]
fn a_late_attempt_gives_its_place_to_the_next_until_as_many_are_late() {
    let rig = limited(2);
    let writer = Arc::new(MemoryWriter::holding());
    with_rows(&rig, 5, &writer);
    let flush = rig.ask_flush(None);
    rig.reach();
    rig.clock.pass(5 * SECOND_MS);
    writer.answer(Ok(()));
    rig.reach();
    assert_eq!(writer.attempts().len(), 3);
    rig.clock.pass(5 * SECOND_MS);
    rig.reach();
    assert_eq!((writer.attempts().len(), failures(&rig)), (4, 1), "one is late, and another began");
    rig.clock.pass(5 * SECOND_MS);
    rig.reach();
    // Two are late now, and a third is under way: nothing more is given to it.
    assert_eq!((writer.attempts().len(), failures(&rig) >= 3), (4, true));
    rig.clock.pass(5 * SECOND_MS);
    assert_eq!(rig.flushed(flush), (1, 4));
    assert_eq!(rig.flushed(rig.ask_flush(None)).1, 4);
    assert_eq!(writer.attempts().len(), 4);
    writer.release();
    rig.sink.wait_count("writes", 4, |event| matches!(event, Event::Written { .. }));
    assert_eq!(rig.flush().1, 0);
}

#[test]
fn one_writer_that_hangs_takes_no_place_of_another() {
    let rig = limited(1);
    let hanging = Arc::new(MemoryWriter::holding());
    with_rows(&rig, DATASETS, &hanging);
    rig.ask_flush(None);
    rig.reach();
    let healthy = Arc::new(MemoryWriter::default());
    let dataset = rig.dataset("healthy", vec![Arc::clone(&healthy) as _]);
    let shape = rig.engine.register_shape(vec!["a".into()]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
    rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
    assert_eq!(rig.flushed(rig.ask_flush(Some(dataset))), (1, 0));
    assert_eq!(hanging.attempts().len(), 1);
}

#[test]
fn a_close_without_time_tries_each_profile_once() {
    for begins in [Begins::AtOnce, Begins::Blocking] {
        let rig = limited(2);
        let failing = scripted(&rig, Answer::Failure(Advice::default()), begins);
        with_rows(&rig, DATASETS, &failing);
        assert_eq!(rig.close(0), (0, DATASETS as u64));
        assert_eq!(failing.attempts().len(), DATASETS);
        let rig = limited(2);
        let healthy = scripted(&rig, Answer::Success, begins);
        with_rows(&rig, DATASETS, &healthy);
        assert_eq!(rig.close(0), (DATASETS as u64, 0));
    }
}

#[test]
fn a_close_gives_up_what_has_had_no_turn_by_its_last_word() {
    let rig = limited(2);
    let writer = Arc::new(MemoryWriter::holding());
    with_rows(&rig, 5, &writer);
    rig.engine.close(1, SECOND_MS).unwrap();
    rig.reach();
    rig.clock.pass(SECOND_MS);
    rig.reach();
    writer.answer(Ok(()));
    rig.reach();
    assert_eq!(writer.attempts().len(), 3, "one that was not tried yet");
    rig.clock.pass(LAST_WORD_MS);
    let (written, pending, losses) = rig.closed(1);
    assert_eq!((written, pending), (1, 4));
    assert_eq!(losses.iter().map(|loss| loss.unanswered).sum::<u64>(), 2);
    assert_eq!(writer.attempts().len(), 3);
}

#[test]
fn rows_that_wait_for_their_turn_are_written_when_they_say_so() {
    let rig = limited(1);
    let writer = Arc::new(MemoryWriter::holding());
    with_rows(&rig, 3, &writer);
    rig.engine.written(1, None, 0).unwrap();
    rig.reach();
    writer.answer(Ok(()));
    rig.reach();
    rig.engine.close(2, 0).unwrap();
    rig.reach();
    rig.clock.pass(LAST_WORD_MS);
    assert_eq!(rig.outcome(1), Err(ErrorCode::DataLost));
    assert_eq!(rig.closed(2).0, 0);
}
