//! The coordinator thread: schedule, barriers, sealing, and the outbox.
//!
//! It waits for one of: a command, the next scheduled write, the next attempt that is due, the end of a close. All times come from
//! the injected clock. It merges and serialises, with helpers as many as workers where there are very many columns; so workers go on sketching, and the
//! caller's thread never waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::bucket::Schedule;
use crate::error::{EngineError, ErrorCode};
use crate::event::{DatasetStatus, Event};
use crate::helpers::Helpers;
use crate::lane::{HandOver, Lanes, Takes};
use crate::origin::{PartNumbers, name_owner};
use crate::outbox::Outbox;
use crate::partial::Partial;
use crate::seal::{Namer, merge};
use crate::shared::Shared;
use crate::writer_pool::WriterPool;

/// What the coordinator is told.
pub(crate) enum Command {
    /// A barrier is on its way down the lanes.
    Barrier { number: u64, purpose: Purpose },
    /// A lane's answer to it.
    HandOver(HandOver),
    /// Profiles that a lane has no room for: they are written now.
    Early(Vec<Partial>),
    /// An attempt to write is over.
    Delivered { ticket: u64, outcome: Result<(), EngineError> },
    /// A dataset with this schedule was opened; its first write, unless the schedule runs already, is due at this time.
    Schedule(Schedule, i64),
    /// The clock was moved by hand.
    Tick,
    /// Stop without writing.
    Stop(EngineError),
}

/// Why there is a barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A schedule.
    Scheduled(Schedule),
    /// Somebody wants to know that everything before is tracked.
    Reach {
        waiter: u64,
    },
    /// Of one dataset, or of all.
    Flush {
        waiter: u64,
        dataset: Option<u64>,
    },
    Status {
        waiter: u64,
        dataset: Option<u64>,
    },
    Close {
        waiter: u64,
        deadline_ms: i64,
    },
}

impl Purpose {
    pub const fn takes(self) -> Takes {
        match self {
            Self::Scheduled(schedule) => Takes::Scheduled(schedule),
            Self::Reach { .. } => Takes::Nothing,
            Self::Flush { dataset, .. } => Takes::Profiles(dataset),
            Self::Status { dataset, .. } => Takes::Copies(dataset),
            Self::Close { .. } => Takes::Profiles(None),
        }
    }
}

struct OpenBarrier {
    purpose: Purpose,
    hand_overs: Vec<HandOver>,
}

/// How it comes to an end.
enum Ending {
    Closed,
    Stopped(EngineError),
}

struct Closing {
    waiter: u64,
    deadline_ms: i64,
    written_before: u64,
}

pub(crate) struct Coordinator {
    shared: Arc<Shared>,
    lanes: Arc<Lanes>,
    commands: Receiver<Command>,
    /// When profiles of each schedule are written next.
    schedules: BTreeMap<Schedule, i64>,
    barriers: BTreeMap<u64, OpenBarrier>,
    outbox: Outbox,
    pool: WriterPool,
    namer: Namer,
    part_numbers: PartNumbers,
    helpers: Helpers,
    closing: Option<Closing>,
    ending: Option<Ending>,
}

impl Coordinator {
    pub fn new(
        shared: Arc<Shared>,
        lanes: Arc<Lanes>,
        commands: Receiver<Command>,
        pool: WriterPool,
        run: u32,
    ) -> Self {
        Self {
            outbox: Outbox::new(Arc::clone(&shared)),
            helpers: Helpers { threads: lanes.len() },
            part_numbers: PartNumbers::new(shared.seed, shared.is_seeded),
            shared,
            lanes,
            commands,
            schedules: BTreeMap::new(),
            barriers: BTreeMap::new(),
            pool,
            namer: Namer::new(run),
            closing: None,
            ending: None,
        }
    }

    /// Runs until a close is complete or a stop is asked for.
    pub fn run(mut self) {
        loop {
            let now_ms = self.shared.clock.now_ms();
            self.fire_schedules(now_ms);
            for attempt in self.outbox.take_due(now_ms) {
                self.pool.make(attempt, &self.lanes);
            }
            self.finish_close(now_ms);
            if let Some(ending) = self.ending.take() {
                self.shut_down(ending);
                return;
            }
            if let Some(command) = self.receive() {
                self.handle(command);
            }
        }
    }

    fn receive(&self) -> Option<Command> {
        let closing = self.closing.as_ref().map(|closing| closing.deadline_ms);
        let next_write = self.schedules.values().min().copied();
        let deadline = [next_write, self.outbox.next_due_ms(), closing].into_iter().flatten().min();
        match deadline.and_then(|deadline_ms| self.shared.clock.wait_for(deadline_ms)) {
            Some(wait) => self.commands.recv_timeout(wait).ok(),
            None => self.commands.recv().ok(),
        }
    }

    fn handle(&mut self, command: Command) {
        match command {
            Command::Barrier { number, purpose } => {
                self.barriers.insert(number, OpenBarrier { purpose, hand_overs: Vec::new() });
            }
            Command::HandOver(hand_over) => self.hand_over(hand_over),
            Command::Early(partials) => {
                let now_ms = self.shared.clock.now_ms();
                self.seal(vec![HandOver { barrier: 0, lane: 0, partials }], now_ms);
            }
            Command::Delivered { ticket, outcome } => {
                self.outbox.delivered(ticket, outcome, self.shared.clock.now_ms());
            }
            Command::Schedule(schedule, first_ms) => {
                self.schedules.entry(schedule).or_insert(first_ms);
            }
            Command::Tick => {}
            Command::Stop(error) => self.ending = Some(Ending::Stopped(error)),
        }
    }

    fn fire_schedules(&mut self, now_ms: i64) {
        for (&schedule, next) in &mut self.schedules {
            let period = schedule.period_ms().unwrap_or(i64::MAX);
            if next.saturating_sub(now_ms) > period {
                // The clock went back: do not sit out the difference.
                *next = schedule.first_after(now_ms).unwrap_or(i64::MAX);
            } else if *next <= now_ms {
                let missed = (now_ms - *next) / period;
                *next += (missed + 1) * period;
                if self.closing.is_none() {
                    self.lanes.barrier(Purpose::Scheduled(schedule));
                }
            }
        }
    }

    fn hand_over(&mut self, hand_over: HandOver) {
        let number = hand_over.barrier;
        let Some(barrier) = self.barriers.get_mut(&number) else { return };
        barrier.hand_overs.push(hand_over);
        if barrier.hand_overs.len() < self.lanes.len() {
            return;
        }
        let Some(OpenBarrier { purpose, hand_overs }) = self.barriers.remove(&number) else { return };
        let now_ms = self.shared.clock.now_ms();
        match purpose {
            Purpose::Scheduled(_) => {
                self.seal(hand_overs, now_ms);
            }
            Purpose::Reach { waiter } => self.shared.sink.emit(Event::Settled(vec![(waiter, Ok(()))])),
            Purpose::Flush { waiter, dataset } => {
                let sealed = self.seal(hand_overs, now_ms);
                self.outbox.wait(waiter, dataset, sealed, now_ms);
            }
            Purpose::Status { waiter, dataset } => self.status(waiter, dataset, hand_overs),
            Purpose::Close { waiter, deadline_ms } => {
                let written_before = self.outbox.written();
                self.seal(hand_overs, now_ms);
                self.outbox.hurry(now_ms);
                self.closing = Some(Closing { waiter, deadline_ms, written_before });
            }
        }
    }

    fn seal(&mut self, hand_overs: Vec<HandOver>, now_ms: i64) -> BTreeSet<u64> {
        let merged = merge(hand_overs, self.helpers);
        merged
            .into_iter()
            .map(|mut merged| {
                self.part_numbers.number(&mut merged, self.helpers);
                let key = Arc::clone(&merged.key);
                let writable = self.namer.seal(merged, self.helpers);
                self.outbox.add(key, writable, now_ms)
            })
            .collect()
    }

    fn status(&self, waiter: u64, dataset: Option<u64>, hand_overs: Vec<HandOver>) {
        let datasets = self.shared.registry.datasets();
        let asked = datasets.iter().filter(|(number, _)| dataset.is_none_or(|dataset| dataset == *number));
        let mut statuses: BTreeMap<u64, DatasetStatus> =
            asked.map(|(number, dataset)| (*number, DatasetStatus::of(dataset))).collect();
        for mut merged in merge(hand_overs, self.helpers) {
            name_owner(&mut merged.profile, &merged.key.owner);
            let Some(status) = statuses.get_mut(&merged.key.dataset) else { continue };
            let start_ms = merged.key.bucket.start_ms;
            if status.timestamps_ms.last() != Some(&start_ms) {
                status.timestamps_ms.push(start_ms);
                status.segmented += u64::from(merged.segment.is_some());
            }
            status.views.push(merged.profile.serialize_by(&self.helpers));
        }
        self.outbox.describe(|dataset, bytes| {
            let Some(status) = statuses.get_mut(&dataset) else { return };
            status.pending_writables += 1;
            status.pending_views.push(bytes.to_vec());
        });
        let statuses = statuses.into_values().collect();
        self.shared.sink.emit(Event::Status { waiter, datasets: statuses });
    }

    fn finish_close(&mut self, now_ms: i64) {
        let over = |closing: &Closing| self.outbox.is_empty() || now_ms >= closing.deadline_ms;
        let Some(closing) = self.closing.take_if(|closing| over(closing)) else { return };
        for (dataset, rows) in self.outbox.pending_rows() {
            let message = format!("closed with {rows} rows of dataset {dataset:?} unwritten: they are lost");
            self.shared.sink.emit(Event::Warning(EngineError::new(ErrorCode::Writer, message)));
        }
        let written = self.outbox.written() - closing.written_before;
        self.shared.sink.emit(Event::Flushed { waiter: closing.waiter, written, pending: self.outbox.pending() });
        self.ending = Some(Ending::Closed);
    }

    fn shut_down(self, ending: Ending) {
        self.shared.stop.raise();
        self.lanes.wake();
        self.shared.budget.wake();
        self.pool.close();
        self.shared.sink.emit(Event::Stopped(match ending {
            Ending::Closed => None,
            Ending::Stopped(reason) => Some(reason),
        }));
    }
}
