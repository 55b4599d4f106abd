//! Parcels: a second producer beside the caller, with a budget of its own; each parcel is told how it ended.

#![expect(clippy::float_cmp, reason = "figures here are counts")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rolling_profiles_engine::{
    EngineError, ErrorCode, Event, Granularity, Parcel, ParcelEnd, Partition, Plan, RawKind, Settings, TimeWindow,
};
use rolling_profiles_ingest::{BadLines, IngestError, IngestErrorKind, Reading, Rows, Table};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, counted, raw, settings};

const DAY_MS: i64 = 86_400_000;
const PARCEL_BYTES: u64 = 100;
/// Parcels are read in parts of so many rows.
const ROWS_AT_ONCE: usize = 7;

/// What is wrong with a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Unreadable,
    PanicsWhenRead,
    PanicsAtItsEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    /// Its bucket.
    day: i64,
    /// It names more columns than a profile may have.
    is_wide: bool,
    /// It names 60 columns of its own: two such rows are too many together.
    kin: Option<u8>,
}

const fn narrow(day: i64) -> Row {
    Row { day, is_wide: false, kin: None }
}

/// How parcels ended, by number: rows tracked, rows left out, and why none was tracked; `None`: dropped.
type Ends = Arc<Mutex<BTreeMap<usize, Vec<Option<(u64, u64, Option<ErrorCode>)>>>>>;

struct TestParcel {
    number: usize,
    bytes: u64,
    rows: Vec<Row>,
    flaw: Option<Flaw>,
    ends: Ends,
    has_ended: bool,
}

impl TestParcel {
    fn boxed(number: usize, rows: Vec<Row>, flaw: Option<Flaw>, ends: &Ends) -> Box<Self> {
        Box::new(Self { number, bytes: PARCEL_BYTES, rows, flaw, ends: Arc::clone(ends), has_ended: false })
    }
}

fn put(table: &mut Table, row: Row, reading: &Reading<'_>) -> Result<(), IngestError> {
    let number = table.begin_row();
    table.column("a", reading.limits)?.integer(number, row.day);
    table.column("s", reading.limits)?.text(number, if row.day % 2 == 0 { "even" } else { "odd" });
    for at in 0..row.kin.map_or(0, |_| 60) {
        table.column(&format!("k{}.{at}", row.kin.unwrap_or_default()), reading.limits)?.integer(number, 1);
    }
    let wide = if row.is_wide { reading.limits.max_columns } else { 0 };
    (0..wide).try_for_each(|at| {
        table.column(&format!("w{at}"), reading.limits)?.integer(number, 1);
        Ok(())
    })
}

impl Parcel for TestParcel {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn lines_before(&self, start: usize) -> u64 {
        start as u64
    }

    /// A byte is a row; a few are read at once.
    fn read(&self, start: usize, mut reading: Reading<'_>) -> Result<Rows, IngestError> {
        match self.flaw {
            Some(Flaw::Unreadable) => return Err(IngestError::new(IngestErrorKind::InvalidData, "it is damaged")),
            Some(Flaw::PanicsWhenRead) => panic!("a parcel that fails"),
            _ => {}
        }
        let mut tables: BTreeMap<i64, Table> = BTreeMap::new();
        let mut bad = BadLines::default();
        let rows = self.rows.get(start..).unwrap_or_default();
        let rest = rows.get(..ROWS_AT_ONCE).map(<[_]>::len).filter(|&len| len < rows.len());
        for (line, &row) in (1..).zip(rows.iter().take(ROWS_AT_ONCE)) {
            let time = NOW_MS + row.day * DAY_MS;
            let mut alone = Table::default();
            let mut outcome = put(&mut alone, row, &reading);
            if let (Ok(()), Some(admits)) = (&outcome, &mut reading.admits) {
                outcome = admits(time, &alone);
            }
            let table = tables.entry(row.day).or_default();
            if let Err(error) = outcome.and_then(|()| put(table, row, &reading).inspect_err(|_| table.undo_row())) {
                bad.add(line, error);
            }
        }
        let tables = tables
            .into_iter()
            .filter(|(_, table)| table.rows() > 0)
            .map(|(day, table)| (NOW_MS + day * DAY_MS, table))
            .collect();
        Ok(Rows { tables, bad, rest, ..Rows::default() })
    }

    fn end(mut self: Box<Self>, end: ParcelEnd) {
        self.has_ended = true;
        let how = Some((end.tracked, end.bad.count, end.error.map(|error| error.code)));
        self.ends.lock().unwrap().entry(self.number).or_default().push(how);
        assert!(self.flaw != Some(Flaw::PanicsAtItsEnd), "an end that fails");
    }
}

impl Drop for TestParcel {
    fn drop(&mut self) {
        if !self.has_ended {
            self.ends.lock().unwrap().entry(self.number).or_default().push(None);
        }
    }
}

/// What the caller does meanwhile.
#[derive(Debug, Clone, Copy)]
enum Step {
    Block(u64),
    Lines(u64),
    Flush,
    Status,
    Yield,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Rest,
    Close,
    Stop,
}

#[derive(Debug, Clone)]
struct Program {
    workers: usize,
    is_segmented: bool,
    /// How many parcels may wait.
    room: u64,
    parcels: Vec<(Vec<Row>, Option<Flaw>)>,
    steps: Vec<Step>,
    end: End,
}

fn row() -> impl Strategy<Value = Row> {
    (0..4_i64, prop::bool::weighted(0.1)).prop_map(|(day, is_wide)| Row { is_wide, ..narrow(day) })
}

fn flaw() -> impl Strategy<Value = Option<Flaw>> {
    prop_oneof![
        8 => Just(None),
        1 => Just(Some(Flaw::Unreadable)),
        1 => Just(Some(Flaw::PanicsWhenRead)),
        1 => Just(Some(Flaw::PanicsAtItsEnd)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..5_u64).prop_map(Step::Block),
        (1..5_u64).prop_map(Step::Lines),
        Just(Step::Flush),
        Just(Step::Status),
        Just(Step::Yield),
    ]
}

fn program() -> impl Strategy<Value = Program> {
    let parcels = prop::collection::vec((prop::collection::vec(row(), 0..20), flaw()), 0..30);
    let end = prop_oneof![Just(End::Rest), Just(End::Close), Just(End::Stop)];
    (1..4_usize, any::<bool>(), 1..5_u64, parcels, prop::collection::vec(step(), 0..20), end).prop_map(
        |(workers, is_segmented, room, parcels, steps, end)| Program {
            workers,
            is_segmented,
            room,
            parcels,
            steps,
            end,
        },
    )
}

fn by_parity() -> Plan {
    let partition = Partition::of_columns("parity", "id", vec!["s".to_owned()]);
    Plan { partitions: vec![partition], ..Plan::default() }
}

/// How a parcel that was sent must end: tracked, left out, failed.
fn expected(rows: &[Row], flaw: Option<Flaw>) -> (u64, u64, Option<ErrorCode>) {
    let wide = rows.iter().filter(|row| row.is_wide).count() as u64;
    match flaw {
        Some(Flaw::Unreadable) => (0, 0, Some(ErrorCode::InvalidData)),
        Some(Flaw::PanicsWhenRead) => (0, 0, Some(ErrorCode::Internal)),
        Some(Flaw::PanicsAtItsEnd) | None => (rows.len() as u64 - wide, wide, None),
    }
}

fn run(program: &Program) {
    let writer = Arc::new(MemoryWriter::default());
    let rig = Rig::new(&Settings { max_parcel_bytes: program.room * PARCEL_BYTES, ..settings(program.workers) });
    let plan = if program.is_segmented { by_parity() } else { Plan::default() };
    let dataset = rig.open_planned("d", Granularity::Day, None, plan, vec![Arc::clone(&writer) as _]);
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let ends = Ends::default();
    let source = {
        let (ends, parcels) = (Arc::clone(&ends), program.parcels.clone());
        std::thread::spawn(move || {
            for (number, (rows, flaw)) in parcels.into_iter().enumerate() {
                match sender.send(TestParcel::boxed(number, rows, flaw, &ends), || false) {
                    Ok(back) => assert!(back.is_none(), "nobody gives up"),
                    Err(error) => return (number, Some(error.code)),
                }
            }
            (usize::MAX, None)
        })
    };
    let mut of_caller = 0;
    for step in &program.steps {
        match *step {
            Step::Block(rows) => {
                let info = rig.engine.hold_key(dataset, NOW_MS).unwrap();
                let shape = rig.engine.register_shape(vec!["a".to_owned(), "s".to_owned()]);
                let cells = || [Cell::Number(1.0), Cell::Text("odd".to_owned())];
                let arena = (0..rows).fold(Arena::new(shape, 2), |arena, _| arena.row(info.key, cells()));
                rig.submit(info.lane, &arena);
                of_caller += rows;
            }
            Step::Lines(rows) => {
                let line = "{\"a\":1,\"s\":\"odd\"}\n";
                rig.engine.submit_raw(raw(RawKind::Ndjson, line.repeat(rows as usize))).unwrap();
                of_caller += rows;
            }
            Step::Flush => {
                rig.flush();
            }
            Step::Status => {
                rig.status();
            }
            Step::Yield => std::thread::yield_now(),
        }
    }
    let (failed_at, error) = match program.end {
        End::Rest => {
            let sent = source.join().unwrap();
            assert_eq!(sent, (usize::MAX, None));
            rig.flush();
            sent
        }
        End::Close => {
            let (_, pending) = rig.close(60_000);
            assert_eq!(pending, 0);
            source.join().unwrap()
        }
        End::Stop => {
            rig.engine.stop(EngineError::new(ErrorCode::Closed, "the test is over"));
            rig.sink.wait("stop", |event| matches!(event, Event::Stopped(_)).then_some(()));
            source.join().unwrap()
        }
    };
    assert!(matches!(error, None | Some(ErrorCode::Closed | ErrorCode::NotAlive)), "{error:?}");
    let stats = rig.engine.stats();
    let written: Vec<_> = writer.written();
    drop(rig);
    let ends = ends.lock().unwrap();
    let (mut tracked, mut left_out) = (of_caller, 0);
    for (number, (rows, flaw)) in program.parcels.iter().enumerate() {
        let want = expected(rows, *flaw);
        match ends.get(&number).map(Vec::as_slice) {
            Some([Some(end)]) => {
                assert!(number < failed_at, "what was not taken ended");
                assert_eq!(*end, want, "parcel {number}");
                tracked += want.0;
                left_out += want.1;
            }
            Some([None]) => assert!(number == failed_at || program.end == End::Stop, "parcel {number} was dropped"),
            None => assert!(number > failed_at, "parcel {number} is nowhere"),
            Some(several) => panic!("parcel {number} ended {several:?}"),
        }
    }
    if program.end == End::Stop {
        return;
    }
    assert_eq!((stats.tracked_rows, stats.rejected_rows), (tracked, left_out));
    assert_eq!(stats.accepted_rows, tracked + left_out);
    assert_eq!((stats.parcel_bytes, stats.queue_bytes, stats.queue_messages), (0, 0, 0));
    assert_eq!(counted(written.iter().map(|item| item.bytes.as_ref()), "a"), tracked as f64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// A source beside a caller: whatever either does, and however it ends, each row is accounted for.
    #[test]
    fn every_parcel_ends_once(program in program()) {
        run(&program);
    }
}

/// The files that come of parcels: with `waits`, each is sent when the one before has been tracked.
fn files(workers: usize, room: u64, waits: bool) -> Vec<(i64, Vec<u8>)> {
    let writer = Arc::new(MemoryWriter::default());
    let rig = Rig::new(&Settings { max_parcel_bytes: room * PARCEL_BYTES, ..settings(workers) });
    let dataset = rig.dataset("d", vec![Arc::clone(&writer) as _]);
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    for number in 0..40 {
        let rows = (0..200).map(|at| narrow((at * 7 + number as i64) % 3)).collect();
        sender.send(TestParcel::boxed(number, rows, None, &Ends::default()), || false).unwrap();
        if waits {
            rig.reach();
        }
    }
    drop(sender);
    rig.flush();
    let mut files: Vec<_> =
        writer.written().iter().map(|item| (item.dataset_timestamp_ms, item.bytes.clone())).collect();
    files.sort();
    files
}

#[test]
fn a_seed_gives_the_same_bytes_however_parcels_wait() {
    for workers in [1, 3] {
        let slow = files(workers, 1, true);
        assert_eq!(slow.len(), 3);
        assert!(slow == files(workers, 50, false), "{workers} workers");
    }
}

#[test]
fn a_parcel_larger_than_the_budget_waits_alone() {
    let rig = Rig::new(&Settings { max_parcel_bytes: 10, ..settings(1) });
    let dataset = rig.dataset("d", Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let ends = Ends::default();
    for number in 0..5 {
        let rows = vec![narrow(0)];
        assert!(sender.send(TestParcel::boxed(number, rows, None, &ends), || false).unwrap().is_none());
    }
    rig.reach();
    assert_eq!(ends.lock().unwrap().len(), 5);
}

#[test]
fn a_source_may_give_up_while_it_waits() {
    let rig = Rig::new(&Settings { max_parcel_bytes: PARCEL_BYTES, ..settings(1) });
    let dataset = rig.dataset("d", Vec::new());
    let ends = Ends::default();
    // A message of a dataset that is not open holds everything up that stands behind it and the next barrier.
    rig.engine
        .submit_raw(rolling_profiles_engine::RawMessage {
            dataset_id: Some("unknown".to_owned()),
            ..raw(RawKind::Ndjson, "{\"a\":1}")
        })
        .unwrap();
    let waiter = rig.ask_flush(None);
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let row = || vec![narrow(0)];
    assert!(sender.send(TestParcel::boxed(0, row(), None, &ends), || false).unwrap().is_none());
    let has_asked = AtomicBool::new(false);
    let back = sender.send(TestParcel::boxed(1, row(), None, &ends), || has_asked.swap(true, Ordering::SeqCst));
    assert!(back.unwrap().is_some(), "it comes back");
    let name = rolling_profiles_engine::DatasetName { org: None, id: "unknown".to_owned() };
    rig.engine.answer_dataset(name, Err(EngineError::new(ErrorCode::WriterFactory, "there is none"))).unwrap();
    rig.flushed(waiter);
    rig.reach();
    let ends = ends.lock().unwrap();
    assert_eq!((ends[&0].as_slice(), ends[&1].as_slice()), (&[Some((1, 0, None))][..], &[None][..]));
}

#[test]
fn rows_that_a_profile_has_no_room_for_are_left_out() {
    for plan in [Plan::default(), by_parity()] {
        let writer = Arc::new(MemoryWriter::default());
        let rig = Rig::new(&settings(2));
        let dataset = rig.open_planned("d", Granularity::Day, None, plan, vec![Arc::clone(&writer) as _]);
        let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
        let ends = Ends::default();
        let kin = |kin| Row { kin: Some(kin), ..narrow(0) };
        for (number, rows) in [vec![kin(1), narrow(0)], vec![kin(2), kin(1), kin(2)]].into_iter().enumerate() {
            assert!(sender.send(TestParcel::boxed(number, rows, None, &ends), || false).unwrap().is_none());
            rig.reach();
        }
        rig.flush();
        assert_eq!(
            ends.lock().unwrap().values().flatten().flatten().collect::<Vec<_>>(),
            [&(2, 0, None), &(1, 2, None)]
        );
        assert_eq!(counted(writer.written().iter().map(|item| item.bytes.as_ref()), "a"), 3.0);
    }
}

#[test]
fn rows_that_javascript_looks_at_first_come_in_no_parcel() {
    let rig = Rig::new(&settings(1));
    let plan = Plan { needs_rows: true, ..Plan::default() };
    let dataset = rig.open_planned("d", Granularity::Day, None, plan, Vec::new());
    let refused = rig.engine.parcels(dataset, TimeWindow::ANY).err().map(|error| error.code);
    assert_eq!(refused, Some(ErrorCode::UdfNeedsRows));
}
