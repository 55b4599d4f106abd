//! Shapes and keys that come and go between rows, bytes beside blocks, barriers at any point, and failures in between: every value is counted in its own
//! column of its own profile, and every row is accounted for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rolling_profiles_engine::{Event, Failpoint, Granularity, RawKind, RawMessage, Site, Writable};
use rolling_profiles_profile::{Profile, ProfileSettings};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, raw, settings};

const DAY_MS: i64 = 86_400_000;
const DATASETS: usize = 4;
const DAYS: usize = 2;
const COLUMNS: usize = 7;
/// The numbers of a column begin here times its own number, so that none is in reach of another's.
const APART: usize = 1000;

#[derive(Debug, Clone)]
struct Row {
    dataset: usize,
    day: usize,
    value: u32,
}

#[derive(Debug, Clone)]
enum Step {
    /// Rows of a new shape with these columns, in this order; the shape before it is let go.
    NewShape(Vec<usize>),
    /// A block of the shape.
    Block(Vec<Row>),
    /// The same as newline-delimited JSON, of the first row's dataset and day.
    Bytes(Vec<Row>),
    ReleaseKeys,
    Status,
    Flush(Option<usize>),
    /// So many changes from now, one fails.
    Fail(i64),
}

fn row() -> impl Strategy<Value = Row> {
    (0..DATASETS, 0..DAYS, 0..APART as u32).prop_map(|(dataset, day, value)| Row { dataset, day, value })
}

fn columns() -> impl Strategy<Value = Vec<usize>> {
    let all: Vec<usize> = (1..COLUMNS).collect();
    prop::sample::subsequence(all, 1..COLUMNS - 1).prop_shuffle()
}

fn steps(fails: bool) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => columns().prop_map(Step::NewShape),
        8 => prop::collection::vec(row(), 1..12).prop_map(Step::Block),
        2 => prop::collection::vec(row(), 1..4).prop_map(Step::Bytes),
        2 => Just(Step::ReleaseKeys),
        1 => Just(Step::Status),
        1 => prop::option::of(0..DATASETS).prop_map(Step::Flush),
        if fails { 3 } else { 0 } => (0..6i64).prop_map(Step::Fail),
    ];
    prop::collection::vec(step, 1..60)
}

fn number(column: usize, value: u32) -> f64 {
    (column * APART) as f64 + f64::from(value)
}

/// A run of a program: an engine, and what must come of it.
struct Run {
    rig: Rig,
    writer: Arc<MemoryWriter>,
    datasets: Vec<u64>,
    keys: BTreeMap<(usize, usize), (u64, usize)>,
    shape: u64,
    columns: Vec<usize>,
    /// By dataset and day.
    expected: BTreeMap<(usize, usize), Profile>,
    rows: u64,
    /// Changes until one fails; below 0: none does.
    failing: Arc<AtomicI64>,
    /// The datasets in whose profiles something failed.
    failed: Arc<Mutex<Vec<String>>>,
}

impl Run {
    fn new(workers: usize, max_profile_bytes: u64) -> Self {
        let failing = Arc::new(AtomicI64::new(-1));
        let failed = Arc::new(Mutex::new(Vec::new()));
        let (left, told) = (Arc::clone(&failing), Arc::clone(&failed));
        let failpoint: Failpoint = Arc::new(move |site, dataset| {
            if site != Site::Seal && left.fetch_sub(1, Ordering::SeqCst) == 0 {
                told.lock().unwrap().push(dataset.to_owned());
                panic!("told to fail");
            }
        });
        let rig = Rig::failing(
            &rolling_profiles_engine::Settings { max_profile_bytes, ..settings(workers) },
            Some(failpoint),
        );
        let writer = Arc::new(MemoryWriter::default());
        let open = |number| rig.open(&format!("d{number}"), Granularity::Day, None, vec![Arc::clone(&writer) as _]);
        let datasets = (0..DATASETS).map(open).collect();
        let shape = rig.engine.register_shape(vec!["c0".to_owned()]);
        let (keys, expected) = (BTreeMap::new(), BTreeMap::new());
        Self { rig, writer, datasets, keys, shape, columns: Vec::new(), expected, rows: 0, failing, failed }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::NewShape(columns) => {
                self.rig.engine.release_shape(self.shape).unwrap();
                // The first column is in every row.
                self.columns = std::iter::once(0).chain(columns.iter().copied()).collect();
                self.shape = self.rig.engine.register_shape(self.columns.iter().map(|c| format!("c{c}")).collect());
            }
            Step::Block(_) | Step::Bytes(_) if self.columns.is_empty() => {}
            Step::Block(rows) => {
                let mut arena = Arena::new(self.shape, self.columns.len());
                for row in rows {
                    let (key, _) = self.key(row);
                    arena = arena.row(key, self.columns.iter().map(|&column| Cell::Number(number(column, row.value))));
                    self.expect(row.dataset, row.day, row.value);
                }
                let lane = self.key(&rows[0]).1;
                self.rig.submit(lane, &arena);
            }
            Step::Bytes(rows) => {
                let (dataset, day) = (rows[0].dataset, rows[0].day);
                let mut lines = String::new();
                for row in rows {
                    let fields =
                        self.columns.iter().map(|&column| format!("\"c{column}\":{}", number(column, row.value)));
                    lines.extend(["{", &fields.collect::<Vec<_>>().join(","), "}\n"]);
                    self.expect(dataset, day, row.value);
                }
                let message = RawMessage {
                    dataset_id: Some(format!("d{dataset}")),
                    timestamp_ms: (NOW_MS - day as i64 * DAY_MS) as f64,
                    ..raw(RawKind::Ndjson, lines)
                };
                self.rig.engine.submit_raw(message).unwrap();
            }
            Step::ReleaseKeys => {
                let held = std::mem::take(&mut self.keys).into_values().map(|(key, _)| key).collect();
                self.rig.engine.release_keys(held).unwrap();
            }
            Step::Status => drop(self.rig.status()),
            Step::Flush(dataset) => {
                let dataset = dataset.map(|dataset| self.datasets[dataset]);
                self.rig.engine.flush(1, dataset).unwrap();
            }
            Step::Fail(changes) => self.failing.store(*changes, Ordering::SeqCst),
        }
    }

    fn key(&mut self, row: &Row) -> (u64, usize) {
        let (engine, dataset) = (&self.rig.engine, self.datasets[row.dataset]);
        *self.keys.entry((row.dataset, row.day)).or_insert_with(|| {
            let held = engine.hold_key(dataset, NOW_MS - row.day as i64 * DAY_MS).unwrap();
            (held.key, held.lane)
        })
    }

    fn expect(&mut self, dataset: usize, day: usize, value: u32) {
        self.rows += 1;
        let new = || Profile::new(ProfileSettings::default(), 0, 0, 1);
        let profile = self.expected.entry((dataset, day)).or_insert_with(new);
        for &column in &self.columns {
            let id = profile.column(&format!("c{column}"));
            profile.column_mut(id).add_numbers(&[number(column, value)]);
        }
    }

    /// What was written, by dataset and day.
    fn written(&self) -> BTreeMap<(usize, usize), Vec<Arc<Writable>>> {
        let mut written: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for item in self.writer.written() {
            let dataset = item.dataset_id[1..].parse().unwrap();
            let day = (NOW_MS.div_euclid(DAY_MS) - item.dataset_timestamp_ms.div_euclid(DAY_MS)) as usize;
            written.entry((dataset, day)).or_default().push(item);
        }
        written
    }
}

/// Everything that does not depend on the order of values, by column.
fn figures(profile: &Profile) -> BTreeMap<String, String> {
    let figures = |column: &rolling_profiles_profile::Column| {
        let distribution = column.distribution().map(|found| (found.n, found.min.to_bits(), found.max.to_bits()));
        let cardinality = column.cardinality().map(|found| found.estimate.round());
        format!("{:?} {:?} {:?} {cardinality:?} {distribution:?}", column.counts(), column.types(), column.ints())
    };
    profile.columns().map(|(name, column)| (name.to_owned(), figures(column))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_counted_in_its_own_column(
        steps in steps(false),
        workers in 1..4usize,
        max_profile_bytes in prop_oneof![Just(1 << 30), Just(20_000u64)],
    ) {
        let mut run = Run::new(workers, max_profile_bytes);
        for step in &steps {
            run.step(step);
        }
        run.rig.flush();
        let written = run.written();
        let rows: u64 = written.values().flatten().map(|item| item.rows).sum();
        prop_assert_eq!((rows, run.rig.engine.stats().tracked_rows), (run.rows, run.rows));
        prop_assert_eq!(written.len(), run.expected.len());
        for (place, expected) in &run.expected {
            let mut found = Profile::new(ProfileSettings::default(), 0, 0, 1);
            for item in &written[place] {
                found.merge(&Profile::deserialize(&item.bytes).unwrap());
            }
            prop_assert_eq!(figures(&found), figures(expected), "{:?}", place);
        }
    }

    /// A failure costs the rows that were being brought to one profile, and nothing else.
    #[test]
    fn a_failure_costs_the_rows_in_hand_alone(steps in steps(true), workers in 1..4usize) {
        let mut run = Run::new(workers, 1 << 30);
        for step in &steps {
            run.step(step);
        }
        run.failing.store(-1, Ordering::SeqCst);
        run.rig.flush();
        let stats = run.rig.engine.stats();
        prop_assert_eq!(stats.accepted_rows, run.rows);
        prop_assert_eq!(stats.tracked_rows + stats.rejected_rows, run.rows);
        prop_assert_eq!((stats.queue_bytes, stats.queue_messages), (0, 0));
        let written = run.written();
        let rows: u64 = written.values().flatten().map(|item| item.rows).sum();
        prop_assert_eq!(rows, stats.tracked_rows, "each tracked row is in a part that says so");
        let failures = run.failed.lock().unwrap().clone();
        let errors = run.rig.sink.events().into_iter().filter(|event| matches!(event, Event::Error(_))).count();
        prop_assert_eq!(errors, failures.len(), "each failure is told, and happens once");
        prop_assert!(!failures.is_empty() || stats.rejected_rows == 0);
        for item in written.values().flatten() {
            let profile = Profile::deserialize(&item.bytes).unwrap();
            let doubtful = profile.metadata().contains_key("rp.doubtful");
            prop_assert!(!doubtful || failures.contains(&item.dataset_id), "{:?}", item);
            for (name, column) in profile.columns() {
                let counted = column.counts().n;
                prop_assert!(doubtful || name != "c0" || counted == item.rows, "{:?} {} {}", item, name, counted);
                if let Some(found) = column.distribution().filter(|found| found.n > 0) {
                    let least = name[1..].parse::<usize>().unwrap() * APART;
                    let own = least as f64..=(least + APART - 1) as f64;
                    prop_assert!(own.contains(&found.min) && own.contains(&found.max), "{:?} {}", item, name);
                }
            }
        }
    }
}

#[test]
fn a_profile_that_could_not_be_shown_is_written_and_a_fresh_one_begins() {
    let left = AtomicI64::new(1);
    let failpoint: Failpoint = Arc::new(move |site, _| {
        assert!(site != Site::Complete || left.fetch_sub(1, Ordering::SeqCst) != 1, "told to fail");
    });
    let rig = Rig::failing(&settings(1), Some(failpoint));
    let writer = Arc::new(MemoryWriter::default());
    let dataset = rig.dataset("d", vec![Arc::clone(&writer) as _]);
    let shape = rig.engine.register_shape(vec!["a".to_owned()]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap();
    let log = || rig.submit(key.lane, &Arena::new(shape, 1).row(key.key, [Cell::Number(1.0)]));
    log();
    rig.status();
    log();
    assert_eq!(rig.status()[0].views.len(), 1);
    rig.flush();
    let parts = writer.written();
    let doubtful =
        |item: &Arc<Writable>| Profile::deserialize(&item.bytes).unwrap().metadata().contains_key("rp.doubtful");
    assert_eq!(parts.iter().map(|item| (item.rows, doubtful(item))).collect::<Vec<_>>(), [(1, true), (1, false)]);
    let errors = rig.sink.events().into_iter().filter(|event| matches!(event, Event::Error(_))).count();
    assert_eq!(errors, 1, "it is told once, and happens once");
}
