//! Runs a plan against an engine, step by step, and holds it against the book wherever the engine rests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rolling_profiles_engine::{
    Dataset, DatasetStatus, ErrorCode, Event, Granularity, LateMetadata, Schedule, Settings,
};
use rolling_profiles_testkit::{Arena, Cell, NOW_MS, Rig, settings};

use crate::book::{Book, Part, Place};
use crate::events::{Name, Said};
use crate::plan::{BlockPlan, End, Flaw, Op, Plan, Slot, Step};
use crate::writers::Writers;

const DAY_MS: i64 = 86_400_000;
const SCHEDULE: Schedule = Schedule { cadence: Granularity::Minute, interval: 5 };
/// A number that no key and no shape of a case has.
const NEVER_GIVEN: u64 = 1 << 20;

/// A flush and what its answer must be.
pub struct ExpectedFlush {
    pub id: u64,
    /// Profiles that it seals, and those that were pending.
    pub profiles: u64,
    /// Writers that held back an attempt it waits for; `None` until the engine rested after it.
    pub held_by: Option<BTreeSet<usize>>,
}

pub struct Run {
    pub rig: Rig,
    pub workers: usize,
    pub names: Vec<Name>,
    /// The numbers of each dataset's writers.
    pub dataset_writers: Vec<Vec<usize>>,
    pub writers: Arc<Writers>,
    pub book: Book,
    pub keys: BTreeMap<Slot, u64>,
    pub shape: u64,
    pub now_ms: i64,
    pub next_write_ms: Option<i64>,
    /// Attempts that the engine must have made.
    pub attempts: u64,
    /// When failed attempts are due.
    pub due_ms: Vec<i64>,
    pub failures_seen: usize,
    pub pending: u64,
    pub flushes: Vec<ExpectedFlush>,
    /// Statuses asked for on the way, and what was open then.
    pub statuses: Vec<(u64, BTreeMap<Place, u64>)>,
    pub last_waiter: u64,
    /// Waiters of no message.
    pub unbooked: BTreeSet<u64>,
}

pub fn run(plan: &Plan) {
    let mut run = Run::new(plan);
    for step in &plan.steps {
        run.step(step);
        run.rest();
    }
    match &plan.end {
        End::Close { before, healed } => run.close(before, *healed),
        End::Stop { before } => run.stop(before),
    }
}

impl Run {
    fn new(plan: &Plan) -> Self {
        let schedule = plan.scheduled.then_some(SCHEDULE);
        let rig = Rig::new(&Settings {
            max_columns: 2,
            // What a writer holds back takes as long as it takes.
            write_timeout_ms: u64::MAX,
            // And keeps nothing else from its turn.
            max_concurrent_writes: usize::MAX,
            ..settings(plan.workers)
        });
        let writers = Arc::new(Writers::default());
        let (mut names, mut dataset_writers, mut added) = (Vec::new(), Vec::new(), 0);
        for (number, plans) in plan.datasets.iter().enumerate() {
            // The second has the first one's id in an organisation.
            let name = (format!("d{}", number / 2), (number % 2 == 1).then(|| "org".to_owned()));
            let own = plans.iter().map(|plan| writers.add(*plan)).collect();
            let (id, org) = name.clone();
            let dataset = Dataset {
                id,
                org,
                width: Granularity::Day,
                schedule,
                plan: rolling_profiles_engine::Plan::default(),
                writers: own,
                late_metadata: LateMetadata::default(),
            };
            assert_eq!(rig.engine.open_dataset(dataset), number as u64 + 1);
            names.push(name);
            dataset_writers.push((added..added + plans.len()).collect());
            added += plans.len();
        }
        let shape = rig.engine.register_shape(columns());
        Self {
            rig,
            workers: plan.workers,
            names,
            dataset_writers,
            writers,
            book: Book::default(),
            keys: BTreeMap::new(),
            shape,
            now_ms: NOW_MS,
            next_write_ms: schedule.and_then(|schedule| schedule.first_after(NOW_MS)),
            attempts: 0,
            due_ms: Vec::new(),
            failures_seen: 0,
            pending: 0,
            flushes: Vec::new(),
            statuses: Vec::new(),
            last_waiter: 0,
            unbooked: BTreeSet::new(),
        }
    }

    pub fn waiter(&mut self) -> u64 {
        self.last_waiter += 1;
        self.last_waiter
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Work(ops) => self.ops(ops),
            Step::Flush { before, after } => {
                self.ops(before);
                self.flush();
                self.ops(after);
            }
            Step::Advance { before, by_ms } => {
                self.ops(before);
                self.advance(*by_ms);
            }
            Step::Hold { writer } => self.writers.hold(*writer),
            Step::Release { writer, succeeds } => {
                self.writers.release(*writer, *succeeds);
                for flush in &mut self.flushes {
                    flush.held_by.as_mut().map(|held_by| held_by.remove(writer));
                }
            }
        }
    }

    fn flush(&mut self) {
        let id = self.waiter();
        let profiles = self.book.open.len() as u64 + self.pending;
        self.flushes.push(ExpectedFlush { id, profiles, held_by: None });
        self.seal();
        self.hurry(i64::MAX);
        self.rig.engine.flush(id, None).unwrap();
    }

    fn advance(&mut self, by_ms: i64) {
        self.now_ms += by_ms;
        self.hurry(self.now_ms);
        if let Some(next) = self.next_write_ms
            && next <= self.now_ms
        {
            let period = SCHEDULE.period_ms().unwrap();
            self.next_write_ms = Some(next + ((self.now_ms - next) / period + 1) * period);
            self.seal();
        }
        self.rig.clock.set(self.now_ms);
    }

    /// Each of a sealed profile's writers is given it at once.
    fn seal(&mut self) {
        let sealed = self.book.seal();
        self.attempts += sealed.iter().map(|(dataset, _)| self.dataset_writers[*dataset].len() as u64).sum::<u64>();
    }

    /// What failed and is due by then is given to its writer again.
    fn hurry(&mut self, until_ms: i64) {
        let waiting = self.due_ms.len();
        self.due_ms.retain(|due_ms| *due_ms > until_ms);
        self.attempts += (waiting - self.due_ms.len()) as u64;
    }

    pub fn ops(&mut self, ops: &[Op]) {
        for op in ops {
            match op {
                Op::Submit(blocks) => self.submit(blocks),
                Op::Status => {
                    let id = self.waiter();
                    self.rig.engine.status(id, None).unwrap();
                    self.statuses.push((id, self.book.open.clone()));
                }
                Op::CloseKey(slot) => {
                    if let Some(key) = self.keys.remove(&self.slot(*slot)) {
                        self.rig.engine.release_keys(vec![key]).unwrap();
                    }
                }
                Op::ReleaseShape => {
                    self.rig.engine.release_shape(self.shape).unwrap();
                    self.shape = self.rig.engine.register_shape(columns());
                }
            }
            self.book.check_at_work(&self.rig.engine.stats());
        }
    }

    fn slot(&self, slot: Slot) -> Slot {
        Slot { dataset: slot.dataset % self.names.len(), ..slot }
    }

    fn submit(&mut self, blocks: &[BlockPlan]) {
        let mut going_on = None;
        for (index, block) in blocks.iter().enumerate() {
            let is_last_block = index + 1 == blocks.len();
            // The producer of a message over several blocks gives none of them up.
            let refused = matches!(block.flaw, Flaw::Truncated | Flaw::NoSuchLane);
            let flaw = if refused && blocks.len() > 1 { Flaw::Nothing } else { block.flaw };
            let shape = if flaw == Flaw::NoSuchShape { NEVER_GIVEN } else { self.shape };
            let width = if flaw == Flaw::OtherColumns { 2 } else { 3 };
            let mut arena = Arena::new(shape, width);
            let mut parts = Vec::new();
            let rows: usize = block.messages.iter().map(|message| message.rows.len()).sum();
            for (place, message) in block.messages.iter().enumerate() {
                let first = arena.len() as u64;
                let begins = going_on.take().filter(|_| place == 0);
                let continues = !is_last_block && place + 1 == block.messages.len();
                let waiter = begins.unwrap_or_else(|| if message.waits { self.waiter() } else { 0 });
                let mut part = Part { rows: Vec::new(), continues, waiter };
                for row in &message.rows {
                    let slot = self.slot(row.slot);
                    let lacks_key = flaw == Flaw::NoSuchKey && arena.len() + 1 == rows;
                    let key = if lacks_key { NEVER_GIVEN } else { self.key(slot) };
                    let values = (0..row.columns.min(width)).map(|value| Cell::Number(value as f64));
                    arena = arena.row(key, values);
                    let start_ms = (NOW_MS - slot.day * DAY_MS).div_euclid(DAY_MS) * DAY_MS;
                    part.rows.push(((slot.dataset, start_ms), row.columns > 2));
                }
                let count = part.rows.len() as u64;
                if count > 1 || waiter != 0 || continues || begins.is_some() {
                    arena = arena.message(first, count, continues, waiter);
                }
                going_on = continues.then_some(waiter);
                parts.push(part);
            }
            self.submit_one(&arena, block.lane % self.workers, flaw, &parts);
        }
    }

    fn key(&mut self, slot: Slot) -> u64 {
        let engine = &self.rig.engine;
        let at_ms = NOW_MS - slot.day * DAY_MS;
        *self.keys.entry(slot).or_insert_with(|| engine.hold_key(slot.dataset as u64 + 1, at_ms).unwrap().key)
    }

    fn submit_one(&mut self, arena: &Arena, lane: usize, flaw: Flaw, parts: &[Part]) {
        let engine = &self.rig.engine;
        let (arena, text) = arena.build();
        let refusal = match flaw {
            Flaw::Truncated => engine.submit(lane, &arena[..arena.len() - 8], &text).unwrap_err().code,
            Flaw::NoSuchLane => engine.submit(self.workers, &arena, &text).unwrap_err().code,
            _ => {
                engine.submit(lane, &arena, &text).unwrap();
                let flaw = match flaw {
                    Flaw::NoSuchKey | Flaw::NoSuchShape => Some(ErrorCode::UnknownHandle),
                    Flaw::OtherColumns => Some(ErrorCode::BlockCorrupt),
                    _ => None,
                };
                self.book.block(parts, flaw);
                return;
            }
        };
        assert_eq!(refusal, if flaw == Flaw::Truncated { ErrorCode::BlockCorrupt } else { ErrorCode::UnknownHandle });
    }

    fn status(&mut self) -> Vec<DatasetStatus> {
        let id = self.waiter();
        self.rig.engine.status(id, None).unwrap();
        let answer = self.rig.sink.wait("status", |event| match event {
            Event::Status { waiter, datasets } if *waiter == id => Some(Ok(datasets.clone())),
            Event::Stopped(reason) => Some(Err(reason.clone())),
            _ => None,
        });
        answer.expect("the engine runs")
    }

    /// Waits until nothing is left to do before the clock moves, then checks everything.
    pub fn rest(&mut self) {
        // The coordinator has seen the clock, so a scheduled write's barrier stands before whatever comes now.
        self.status();
        let (status, said) = loop {
            self.status();
            self.writers.wait(self.attempts);
            // Every outcome was on its way to the coordinator before this.
            let status = self.status();
            let said = Said::of(self.rig.sink.events());
            let failed = said.retries_ms[self.failures_seen..].iter();
            self.due_ms.extend(failed.map(|retry_in_ms| self.now_ms + *retry_in_ms as i64));
            self.failures_seen = said.retries_ms.len();
            let before = self.attempts;
            self.hurry(self.now_ms);
            if self.attempts == before {
                assert_eq!(self.writers.attempts(), self.attempts, "attempts to write");
                break (status, said);
            }
        };
        self.check(&status, &said);
    }
}

fn columns() -> Vec<String> {
    ["n", "a", "b"].map(str::to_owned).to_vec()
}
