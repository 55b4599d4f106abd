//! The coordinator thread: schedule, barriers, sealing, and the outbox.
//!
//! It waits for one of: a command, the next scheduled write (by wall time), the next attempt that is due, the end of an attempt's time or of a
//! close (by the monotonic clock). Both clocks are injected. It merges and serialises, with helpers as many as workers where there are very many columns; so workers go on sketching, and the
//! caller's thread never waits for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::clock::Moment;
use crate::error::{EngineError, ErrorCode};
use crate::event::{DatasetStatus, Event};
use crate::failure::Site;
use crate::helpers::Helpers;
use crate::lane::{HandOver, Lanes, Takes};
use crate::loss::Losses;
use crate::origin::PartNumbers;
use crate::outbox::Outbox;
use crate::partial::{OpenPartial, bytes_of};
use crate::schedule::Schedule;
use crate::seal::{Group, Namer, each, group};
use crate::shared::Shared;
use crate::stats::add;
use crate::writer_pool::WriterPool;

/// What the coordinator is told.
pub(crate) enum Command {
    /// A barrier is on its way down the lanes.
    Barrier { number: u64, purpose: Purpose },
    /// A lane's answer to it.
    HandOver(HandOver),
    /// Profiles that a lane has no room for: they are written now.
    Early(Vec<OpenPartial>),
    /// Profiles take too much memory.
    Full,
    /// An attempt to write is over.
    Delivered { ticket: u64, attempt: u32, outcome: Result<(), EngineError> },
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
    /// Of one dataset, or of all; over when everything sealed after item `since` is written.
    Written {
        waiter: u64,
        dataset: Option<u64>,
        since: u64,
    },
    Close {
        waiter: u64,
        deadline: Moment,
    },
}

impl Purpose {
    pub const fn takes(self) -> Takes {
        match self {
            Self::Scheduled(schedule) => Takes::Scheduled(schedule),
            Self::Reach { .. } => Takes::Nothing,
            Self::Flush { dataset, .. } | Self::Written { dataset, .. } => Takes::Profiles(dataset),
            Self::Status { dataset, .. } => Takes::Copies(dataset),
            Self::Close { .. } => Takes::Profiles(None),
        }
    }
}

struct OpenBarrier {
    purpose: Purpose,
    hand_overs: Vec<HandOver>,
    /// What the profiles that were handed over take of memory.
    bytes: u64,
}

/// What lanes have handed over, in its turn.
struct Job {
    /// `None`: written early.
    purpose: Option<Purpose>,
    /// What is still to be sealed.
    groups: std::vec::IntoIter<Group>,
    /// To be shown.
    copies: Vec<HandOver>,
    /// The items that were sealed.
    sealed: BTreeSet<u64>,
}

/// So many profiles are sealed before answers of writers, and the clock, are seen to.
const SEALED_AT_ONCE: usize = 32;

/// How it comes to an end.
enum Ending {
    Closed,
    Stopped(EngineError),
}

struct Closing {
    waiter: u64,
    deadline: Moment,
    written_before: u64,
    /// Every lane has handed over what it had.
    is_handed_over: bool,
    /// What they had is being sealed.
    is_begun: bool,
    /// When everything accepted was in the outbox.
    sealed: Option<Moment>,
    /// Nothing is tried again.
    gave_up: bool,
}

/// How long the end waits at its deadline for rows that are being tracked and for attempts that were handed to writers, so that what it says of them is
/// so, and each profile is tried once even where there is no time.
const LAST_WORD_MS: u64 = 500;

pub(crate) struct Coordinator {
    shared: Arc<Shared>,
    lanes: Arc<Lanes>,
    commands: Receiver<Command>,
    /// When profiles of each schedule are written next.
    schedules: BTreeMap<Schedule, i64>,
    barriers: BTreeMap<u64, OpenBarrier>,
    jobs: VecDeque<Job>,
    outbox: Outbox,
    pool: WriterPool,
    namer: Namer,
    part_numbers: PartNumbers,
    helpers: Helpers,
    closing: Option<Closing>,
    ending: Option<Ending>,
    losses: Losses,
    /// Rows in profiles that the lanes have handed over, each once.
    taken_rows: u64,
    /// The memory's turn when lanes had to hand over something last.
    shrunk_in_turn: u64,
}

impl Coordinator {
    pub fn new(shared: Arc<Shared>, lanes: Arc<Lanes>, commands: Receiver<Command>, outbox: Outbox) -> Self {
        Self {
            outbox,
            pool: WriterPool::new(Arc::clone(&lanes)),
            helpers: Helpers { threads: lanes.len() },
            part_numbers: PartNumbers::new(shared.seed, shared.is_seeded),
            shared,
            lanes,
            commands,
            schedules: BTreeMap::new(),
            barriers: BTreeMap::new(),
            jobs: VecDeque::new(),
            namer: Namer::new(),
            closing: None,
            ending: None,
            losses: Losses::default(),
            taken_rows: 0,
            shrunk_in_turn: 0,
        }
    }

    /// Runs until a close is complete or a stop is asked for.
    pub fn run(mut self) {
        loop {
            // What has come in goes before the clock: an attempt that has been answered is not late, however long this thread had no turn.
            for _ in 0..self.commands.len() {
                if let Ok(command) = self.commands.try_recv() {
                    self.handle(command);
                }
            }
            self.fire_schedules(self.shared.clock.now_ms());
            let now = self.shared.clock.moment();
            self.outbox.look(now);
            for attempt in self.outbox.take_due(now) {
                self.pool.make(attempt);
            }
            let is_ahead = self.is_ahead_of_writers(now);
            if !is_ahead {
                self.work();
            }
            self.finish_close(now);
            self.look_after_memory(now);
            if let Some(ending) = self.ending.take() {
                self.shut_down(ending);
                return;
            }
            if (is_ahead || self.jobs.is_empty())
                && let Some(command) = self.receive()
            {
                self.handle(command);
            }
        }
    }

    /// Sealing keeps pace with writers while these get on: what is sealed does not come from the memory that its partials leave.
    fn is_ahead_of_writers(&self, now: Moment) -> bool {
        let has_time = self.closing.as_ref().is_none_or(|closing| now < closing.deadline);
        has_time && self.shared.memory.is_ahead() && self.outbox.may_free(now)
    }

    /// Lets workers and admission know how things are.
    fn look_after_memory(&mut self, now: Moment) {
        let memory = &self.shared.memory;
        let turn = memory.turn();
        if memory.wants_more() && self.shrunk_in_turn != turn {
            self.shrunk_in_turn = turn;
            self.lanes.shrink();
        }
        memory.set_writing(self.outbox.may_free(now));
        if self.closing.as_ref().is_some_and(|closing| now >= closing.deadline) {
            memory.end();
        }
        memory.wake();
        if self.shared.budget.look() {
            self.shared.sink.emit(Event::Drained);
        }
    }

    fn receive(&self) -> Option<Command> {
        let clock = &self.shared.clock;
        let closing = self.closing.as_ref().map(|closing| closing.next(clock.moment()));
        let memory = &self.shared.memory;
        let is_waited_for = (memory.is_full() || memory.is_ahead()) && self.outbox.may_free(clock.moment());
        let patience = is_waited_for.then(|| self.outbox.patience_ends());
        let moment = [self.outbox.next(), closing, patience].into_iter().flatten().min();
        let next_write_ms = self.schedules.values().min();
        let waits = [moment.and_then(|next| clock.wait_until(next)), next_write_ms.and_then(|&ms| clock.wait_for(ms))];
        match waits.into_iter().flatten().min() {
            Some(wait) => self.commands.recv_timeout(wait).ok(),
            None => self.commands.recv().ok(),
        }
    }

    fn handle(&mut self, command: Command) {
        match command {
            Command::Barrier { number, purpose } => {
                if let Purpose::Close { waiter, deadline } = purpose {
                    let written_before = self.outbox.written();
                    self.closing = Some(Closing {
                        waiter,
                        deadline,
                        written_before,
                        is_handed_over: false,
                        is_begun: false,
                        sealed: None,
                        gave_up: false,
                    });
                }
                self.barriers.insert(number, OpenBarrier { purpose, hand_overs: Vec::new(), bytes: 0 });
            }
            Command::HandOver(hand_over) => self.hand_over(hand_over),
            Command::Early(partials) => self.enqueue(None, vec![HandOver { barrier: 0, lane: 0, partials }]),
            Command::Full => {
                self.shared.memory.answer();
                self.lanes.shrink();
            }
            // Attempts that a stop lets nobody begin come back as failures: nothing is tried again, and nobody is told that it is.
            Command::Delivered { outcome: Err(_), .. } if self.shared.stop.is_raised() => {}
            Command::Delivered { ticket, attempt, outcome } => {
                self.outbox.delivered(ticket, attempt, outcome, self.shared.clock.moment());
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
                    self.lanes.barrier(Purpose::Scheduled(schedule), self.shared.memory.kept_open());
                }
            }
        }
    }

    fn hand_over(&mut self, hand_over: HandOver) {
        let number = hand_over.barrier;
        let Some(barrier) = self.barriers.get_mut(&number) else { return };
        if !barrier.purpose.takes().copies() {
            let bytes = bytes_of(&hand_over.partials);
            barrier.bytes += bytes;
            self.shared.memory.begin_barrier(bytes);
        }
        barrier.hand_overs.push(hand_over);
        if barrier.hand_overs.len() < self.lanes.len() {
            return;
        }
        let Some(OpenBarrier { purpose, hand_overs, bytes }) = self.barriers.remove(&number) else { return };
        self.shared.memory.end_barrier(bytes);
        if let (Purpose::Close { .. }, Some(closing)) = (purpose, &mut self.closing) {
            closing.is_handed_over = true;
        }
        if !matches!(purpose, Purpose::Scheduled(_)) {
            self.shared.memory.end_waits(1);
        }
        self.shared.memory.begin_sealing();
        self.enqueue(Some(purpose), hand_overs);
    }

    fn enqueue(&mut self, purpose: Option<Purpose>, hand_overs: Vec<HandOver>) {
        let is_shown = purpose.is_some_and(|purpose| purpose.takes().copies());
        let (groups, copies) = if is_shown {
            (Vec::new(), hand_overs)
        } else {
            self.taken_rows += taken_rows(&hand_overs);
            (group(hand_overs), Vec::new())
        };
        self.jobs.push_back(Job { purpose, groups: groups.into_iter(), copies, sealed: BTreeSet::new() });
    }

    /// Goes on with what was handed over first.
    fn work(&mut self) {
        let Some(mut job) = self.jobs.pop_front() else { return };
        if let (Some(Purpose::Close { .. }), Some(closing)) = (job.purpose, &mut self.closing)
            && !std::mem::replace(&mut closing.is_begun, true)
        {
            closing.written_before = self.outbox.written();
        }
        let groups: Vec<Group> = job.groups.by_ref().take(SEALED_AT_ONCE).collect();
        self.seal(groups, &mut job.sealed);
        if job.groups.len() > 0 {
            self.jobs.push_front(job);
            return;
        }
        self.shared.memory.end_sealing();
        if let Some(purpose) = job.purpose {
            self.answer(purpose, job.copies, job.sealed);
        }
    }

    /// What the barrier was for is done.
    fn answer(&mut self, purpose: Purpose, copies: Vec<HandOver>, sealed: BTreeSet<u64>) {
        let now = self.shared.clock.moment();
        match purpose {
            Purpose::Scheduled(_) => {}
            Purpose::Reach { waiter } => self.shared.sink.emit(Event::Settled(vec![(waiter, Ok(()))])),
            // What was sealed just now is due by then.
            Purpose::Flush { waiter, dataset } => self.outbox.flush(waiter, dataset, sealed, now),
            Purpose::Written { waiter, dataset, since } => self.outbox.wait_written(waiter, dataset, since),
            Purpose::Status { waiter, dataset } => self.status(waiter, dataset, copies),
            Purpose::Close { .. } => {
                self.outbox.begin_end(now);
                if let Some(closing) = &mut self.closing {
                    closing.sealed = Some(now);
                }
            }
        }
    }

    /// Merges, seals and serialises what was handed over; notes the items. A panic loses that profile alone.
    fn seal(&mut self, groups: Vec<Group>, sealed: &mut BTreeSet<u64>) {
        let (helpers, namer, losses, shared) = (self.helpers, &mut self.namer, &mut self.losses, &self.shared);
        let part_numbers = &mut self.part_numbers;
        let mut lost = Vec::new();
        for group in groups {
            let bytes = group.bytes;
            let work = |group: Group| {
                shared.fail_at(Site::Seal, &group.key);
                let merged = group.merge(helpers)?;
                let key = Arc::clone(&merged.key);
                let first_rows = merged.first_rows;
                Some((key, namer.seal(merged, part_numbers, helpers), first_rows))
            };
            let writables = each(std::iter::once(group), work, |key, rows, panic| {
                losses.add_profile(&key.owner, rows, false);
                lost.push((key.dataset, shared.tell_lost(key, rows, panic)));
            });
            let now = shared.clock.moment();
            for (key, writable, rows) in writables {
                sealed.insert(self.outbox.add(key, writable, rows, now));
            }
            shared.memory.taken_over(bytes);
        }
        for (dataset, error) in lost {
            self.outbox.add_lost(dataset, error);
        }
    }

    fn status(&self, waiter: u64, dataset: Option<u64>, hand_overs: Vec<HandOver>) {
        // Whoever hears of it finds that nothing holds the datasets any more.
        let datasets = self.shared.registry.datasets().into_iter();
        let asked = datasets.filter(|(number, _)| dataset.is_none_or(|dataset| dataset == *number));
        let mut statuses: BTreeMap<u64, DatasetStatus> =
            asked.map(|(number, dataset)| (number, DatasetStatus::of(&dataset))).collect();
        let show = |group: Group| {
            let mut merged = group.merge(self.helpers)?;
            merged.label();
            Some((merged.key, merged.segment.is_some(), merged.profile.serialize_by(&self.helpers)))
        };
        let views = each(group(hand_overs).into_iter(), show, |key, _, panic| {
            let message = format!("a profile of dataset {:?} could not be shown: {panic}", key.owner.id);
            self.shared.sink.emit(Event::Error(EngineError::new(ErrorCode::Internal, message)));
        });
        for (key, is_segment, view) in views {
            let Some(status) = statuses.get_mut(&key.dataset) else { continue };
            let start_ms = key.bucket.start_ms;
            if status.timestamps_ms.last() != Some(&start_ms) {
                status.timestamps_ms.push(start_ms);
                status.segmented += u64::from(is_segment);
            }
            status.views.push(view);
        }
        self.outbox.describe(|dataset, bytes| {
            let Some(status) = statuses.get_mut(&dataset) else { return };
            status.pending_writables += 1;
            status.pending_views.push(bytes.to_vec());
        });
        let statuses = statuses.into_values().collect();
        self.shared.sink.emit(Event::Status { waiter, datasets: statuses });
    }

    fn finish_close(&mut self, now: Moment) {
        let Some(closing) = &mut self.closing else { return };
        let is_sealed = closing.sealed.is_some();
        if !(is_sealed && self.outbox.is_empty()) {
            let is_hopeless = is_sealed && self.outbox.is_hopeless(closing.deadline);
            let may_come = !is_sealed && (closing.is_handed_over || now < closing.last_word());
            if now < closing.deadline && !is_hopeless || may_come {
                return;
            }
            if !closing.gave_up {
                closing.gave_up = true;
                self.outbox.give_up();
            }
            if self.outbox.is_under_way() && now < closing.last_word() {
                return;
            }
        }
        self.ending = Some(Ending::Closed);
    }

    fn shut_down(mut self, ending: Ending) {
        self.shared.stop.raise();
        self.lanes.wake();
        self.shared.wake();
        let closing = self.closing.take();
        let stopped = match ending {
            Ending::Closed => None,
            Ending::Stopped(reason) => Some(reason),
        };
        self.outbox.withdraw();
        self.take_last_answers();
        if closing.as_ref().is_none_or(|closing| closing.sealed.is_none()) {
            self.lose_unsealed();
        }
        let (lost_rows, lost_profiles) = (self.losses.rows(), self.losses.profiles());
        if stopped.is_none() {
            self.outbox.answer_all();
        }
        self.outbox.lose(&mut self.losses);
        let counters = &self.shared.counters;
        add(&counters.lost_rows, self.losses.rows() - lost_rows);
        add(&counters.lost_profiles, self.losses.profiles() - lost_profiles);
        let (pending, written) = (self.outbox.pending(), self.outbox.written());
        let lost = self.losses.into_list();
        if let (Some(closing), None) = (closing, &stopped) {
            let written = written - closing.written_before;
            self.shared.sink.emit(Event::Closed { waiter: closing.waiter, written, pending, lost });
        }
        self.shared.sink.emit(Event::Stopped(stopped));
    }

    /// An attempt that has been answered by now is not under way, though nobody has looked.
    fn take_last_answers(&mut self) {
        let now = self.shared.clock.moment();
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Delivered { ticket, attempt, outcome } = command {
                self.outbox.delivered(ticket, attempt, outcome, now);
            }
        }
    }

    /// What is still open, or waits in a lane, is lost.
    fn lose_unsealed(&mut self) {
        let waiting: Vec<HandOver> = std::mem::take(&mut self.barriers)
            .into_values()
            .filter(|barrier| !barrier.purpose.takes().copies())
            .flat_map(|barrier| barrier.hand_overs)
            .collect();
        self.taken_rows += taken_rows(&waiting);
        let unsealed = std::mem::take(&mut self.jobs).into_iter().flat_map(|job| job.groups);
        for group in group(waiting).into_iter().chain(unsealed) {
            add(&self.shared.counters.lost_rows, group.first_rows());
            add(&self.shared.counters.lost_profiles, 1);
            self.losses.add_profile(&group.key.owner, group.first_rows(), false);
        }
        let stats = self.shared.counters.read(0, 0);
        let elsewhere = stats.rejected_rows + stats.unsegmented_rows + self.taken_rows;
        let rows = stats.accepted_rows.saturating_sub(elsewhere);
        let is_unread = stats.accepted_messages > stats.tracked_messages + stats.rejected_messages;
        if rows > 0 || is_unread {
            add(&self.shared.counters.lost_rows, rows);
            self.losses.add_rows(rows);
        }
    }
}

impl Closing {
    /// When to look again.
    fn next(&self, now: Moment) -> Moment {
        if now < self.deadline { self.deadline } else { self.last_word() }
    }

    /// What was sealed after the deadline is tried once, too.
    fn last_word(&self) -> Moment {
        self.sealed.map_or(self.deadline, |sealed| sealed.max(self.deadline)).plus_ms(LAST_WORD_MS)
    }
}

fn taken_rows(hand_overs: &[HandOver]) -> u64 {
    let partials = hand_overs.iter().flat_map(|hand_over| &hand_over.partials);
    partials.map(|partial| partial.rows.saturating_sub(partial.repeated_rows)).sum()
}
