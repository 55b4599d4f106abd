//! Sealed profiles on their way to their writers.
//!
//! A *ticket* is one profile for one writer. An attempt for it is under way, or it is due at a moment. A failed attempt is made again with
//! full-jitter backoff (Brooker: Exponential backoff and jitter, 2015), for ever; nothing is dropped because it failed. One writer's failure
//! delays no other.
//!
//! Each writer has a limited number of attempts under way; what else is due for it waits its turn (`turns`).
//!
//! An attempt that takes too long counts as failed, and is *late* from then on: if it succeeds after all, its ticket is done. A writer that is
//! *stuck*, since it is in the middle of so many late attempts, is given nothing: what is due for it fails at once, until it answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::claim::Claim;
use crate::clock::Moment;
use crate::dataset::Key;
use crate::error::{Advice, EngineError, ErrorCode};
use crate::event::Event;
use crate::loss::Losses;
use crate::shared::{Shared, mix};
use crate::stats::add;
use crate::turns::Turns;
use crate::waits::{Flush, Waits};
use crate::writer::{Writable, Writer};
use crate::writer_pool::address;

const FIRST_BACKOFF_MS: u64 = 250;
const LONGEST_BACKOFF_MS: u64 = 300_000;
/// In a close, so that a writer that came back is reached.
const LONGEST_BACKOFF_AT_END_MS: u64 = 1000;

/// What the books take for a profile, and for one of its tickets, about.
const ITEM_BYTES: u64 = 300;
const TICKET_BYTES: u64 = 200;

/// How long first attempts may bring nothing about before nobody waits for them.
const PATIENCE_MS: u64 = 1000;

/// One profile and the tickets that are not acknowledged yet.
struct Item {
    key: Arc<Key>,
    writable: Arc<Writable>,
    /// Rows that count as lost with it.
    first_rows: u64,
    open_tickets: u32,
    /// What it takes of memory, about.
    bytes: u64,
    /// A writer has failed to write it.
    has_failed: bool,
}

struct Ticket {
    item: u64,
    writer: Arc<dyn Writer>,
    attempts: u32,
    /// When the next attempt is due; `None` while one is under way.
    due: Option<Moment>,
    /// No flush makes the next attempt before this: a server asked for it, or the failure will not pass by itself.
    not_before: Moment,
    /// The last attempt, while it is under way and not late.
    claim: Option<Arc<Claim>>,
    /// When to see whether it has taken too long.
    look: Moment,
    /// An earlier attempt has succeeded: this one only has to end.
    is_written: bool,
}

/// An attempt to make.
pub(crate) struct Attempt {
    pub ticket: u64,
    /// How many there were for this ticket, with this one.
    pub number: u32,
    pub writer: Arc<dyn Writer>,
    pub item: Arc<Writable>,
    pub claim: Arc<Claim>,
}

pub(crate) struct Outbox {
    shared: Arc<Shared>,
    write_timeout_ms: u64,
    items: BTreeMap<u64, Item>,
    /// (dataset, item).
    by_dataset: BTreeSet<(u64, u64)>,
    /// Those of an item have the numbers after its own.
    tickets: BTreeMap<u64, Ticket>,
    turns: Turns,
    /// (moment, ticket, attempt): when to see whether an attempt has taken too long.
    looks: BTreeSet<(Moment, u64, u32)>,
    /// (ticket, attempt) of late attempts, and their writer.
    late: HashMap<(u64, u32), usize>,
    /// How many tickets are there only because an attempt has to end.
    ending: usize,
    waits: Waits,
    /// By dataset, the profile that was lost last instead of being sealed: its number, and why.
    unsealed: BTreeMap<u64, (u64, EngineError)>,
    /// How many items of a dataset have failed, where any has.
    failed_of: HashMap<u64, usize>,
    /// When something was written last, or began to be with nothing else under way.
    progress: Moment,
    last_number: u64,
    jitter: u64,
    longest_backoff_ms: u64,
    gave_up: bool,
}

impl Outbox {
    /// Each writer has at most `most_writes` attempts under way.
    pub fn new(shared: Arc<Shared>, write_timeout_ms: u64, most_writes: usize) -> Self {
        let jitter = shared.seed;
        Self {
            shared,
            write_timeout_ms,
            items: BTreeMap::new(),
            by_dataset: BTreeSet::new(),
            tickets: BTreeMap::new(),
            turns: Turns::new(most_writes),
            looks: BTreeSet::new(),
            late: HashMap::new(),
            ending: 0,
            waits: Waits::default(),
            unsealed: BTreeMap::new(),
            failed_of: HashMap::new(),
            progress: Moment::from_ms(0),
            last_number: 0,
            jitter,
            longest_backoff_ms: LONGEST_BACKOFF_MS,
            gave_up: false,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many profiles wait for at least one writer.
    pub fn pending(&self) -> u64 {
        self.items.len() as u64
    }

    /// Takes a sealed profile in; each of its writers gets a ticket that is due at once. `first_rows`: see `Group::first_rows`.
    pub fn add(&mut self, key: Arc<Key>, writable: Writable, first_rows: u64, now: Moment) -> u64 {
        let item = self.next_item();
        let writable = Arc::new(writable);
        if key.owner.writers.is_empty() {
            self.told_written(&writable);
            return item;
        }
        for writer in &key.owner.writers {
            let number = self.next_number();
            self.turns.add(writer, now, number);
            let writer = Arc::clone(writer);
            let ticket = Ticket {
                item,
                writer,
                attempts: 0,
                due: Some(now),
                not_before: now,
                claim: None,
                look: now,
                is_written: false,
            };
            self.tickets.insert(number, ticket);
        }
        let open_tickets = key.owner.writers.len() as u32;
        self.by_dataset.insert((key.dataset, item));
        let bytes = writable.memory_bytes() + ITEM_BYTES + TICKET_BYTES * u64::from(open_tickets);
        self.shared.memory.add_sealed(bytes);
        self.items.insert(item, Item { key, writable, first_rows, open_tickets, bytes, has_failed: false });
        add(&self.shared.counters.pending_writables, 1);
        item
    }

    /// Answers `waiter` when everything of `dataset` (or of all) that is pending now, and may be tried, has been tried once more. `sealed` are
    /// the items of this flush.
    pub fn flush(&mut self, waiter: u64, dataset: Option<u64>, sealed: BTreeSet<u64>, now: Moment) {
        self.hurry(dataset, now);
        let mut items = sealed;
        items.extend(self.items_of(dataset));
        let can_be_tried =
            |ticket: &Ticket| !ticket.is_written && ticket.due.map_or(ticket.claim.is_some(), |due| due <= now);
        let of_these = items.iter().flat_map(|&item| self.tickets_of(item));
        let untried = of_these.filter(|(_, ticket)| can_be_tried(ticket)).map(|(number, _)| number).collect();
        self.waits.add_flush(Flush { waiter, dataset, untried, items });
        self.answer_flushes();
    }

    /// A profile of `dataset` was lost instead of being sealed.
    pub fn add_lost(&mut self, dataset: u64, error: EngineError) {
        let item = self.next_item();
        self.unsealed.insert(dataset, (item, error));
    }

    /// Settles `waiter` when everything of `dataset` (or of all) that was sealed after item `since` is written, or where some of it was lost.
    pub fn wait_written(&mut self, waiter: u64, dataset: Option<u64>, since: u64) {
        let of_these = self.unsealed.iter().filter(|(number, _)| dataset.is_none_or(|dataset| dataset == **number));
        if let Some((_, error)) = of_these.map(|(_, lost)| lost).find(|(item, _)| *item > since) {
            self.shared.sink.emit(Event::Settled(vec![(waiter, Err(error.clone()))]));
            return;
        }
        let items: Vec<u64> = self.items_after(dataset, since).collect();
        if self.waits.add_written(waiter, &items) {
            self.shared.sink.emit(Event::Settled(vec![(waiter, Ok(()))]));
        }
    }

    /// Makes what waits for its next attempt due now, of one dataset or of all, unless it may not be tried before a later moment.
    fn hurry(&mut self, dataset: Option<u64>, now: Moment) {
        let waiting = self.items_of(dataset).flat_map(|item| self.tickets_of(item));
        let sooner = waiting.filter_map(|(number, ticket)| {
            let (due, sooner) = (ticket.due?, now.max(ticket.not_before));
            (sooner < due).then_some((number, due, sooner))
        });
        for (number, due, sooner) in sooner.collect::<Vec<_>>() {
            let Some(ticket) = self.tickets.get_mut(&number) else { continue };
            ticket.due = Some(sooner);
            self.turns.remove(&ticket.writer, due, number);
            self.turns.add(&ticket.writer, sooner, number);
        }
    }

    /// What is pending of a dataset, or of all.
    fn items_of(&self, dataset: Option<u64>) -> impl Iterator<Item = u64> {
        self.items_after(dataset, 0)
    }

    /// The same of what was sealed after item `since`.
    fn items_after(&self, dataset: Option<u64>, since: u64) -> impl Iterator<Item = u64> {
        let first = since.saturating_add(1);
        let of_all = dataset.is_none().then(|| self.items.range(first..).map(|(&item, _)| item));
        let of_one = dataset.map(|dataset| self.by_dataset.range((dataset, first)..=(dataset, u64::MAX)));
        of_all.into_iter().flatten().chain(of_one.into_iter().flatten().map(|&(_, item)| item))
    }

    fn tickets_of(&self, item: u64) -> impl Iterator<Item = (u64, &Ticket)> {
        let later = self.tickets.range(item..).map(|(&number, ticket)| (number, ticket));
        later.take_while(move |(_, ticket)| ticket.item == item)
    }

    /// From now on this is about to end: pauses are short.
    pub fn begin_end(&mut self, now: Moment) {
        self.longest_backoff_ms = LONGEST_BACKOFF_AT_END_MS;
        self.hurry(None, now);
    }

    /// Nothing is tried again. What has not been tried yet still is.
    pub fn give_up(&mut self) {
        self.gave_up = true;
        self.drop_due(|ticket| ticket.attempts > 0);
    }

    /// No attempt begins any more, of those neither that were handed to their writers.
    pub fn withdraw(&mut self) {
        self.gave_up = true;
        self.drop_due(|_| true);
        for (&number, ticket) in &mut self.tickets {
            if ticket.claim.take_if(|claim| claim.withdraw()).is_some() {
                self.turns.end(&ticket.writer, number);
            }
        }
    }

    fn drop_due(&mut self, is_dropped: impl Fn(&Ticket) -> bool) {
        for (&number, ticket) in self.tickets.iter_mut().filter(|(_, ticket)| is_dropped(ticket)) {
            if let Some(due) = ticket.due.take() {
                self.turns.remove(&ticket.writer, due, number);
            }
        }
    }

    /// Whether an attempt is under way that is not late, or waits for its turn. After [`give_up`](Self::give_up).
    pub fn is_under_way(&self) -> bool {
        self.has_attempts() || self.turns.next().is_some()
    }

    fn unwritten(&self, ticket: u64) -> Option<&Ticket> {
        self.tickets.get(&ticket).filter(|ticket| !ticket.is_written)
    }

    /// Whether an attempt is under way that may do something.
    fn has_attempts(&self) -> bool {
        self.turns.under_way_in_all() > self.ending
    }

    /// Whether nothing can be written any more before `deadline`.
    pub fn is_hopeless(&self, deadline: Moment) -> bool {
        let is_late = self.late.keys().any(|(ticket, _)| self.unwritten(*ticket).is_some());
        !is_late && !self.has_attempts() && self.turns.next().is_some_and(|due| due > deadline)
    }

    /// Answers everybody who waits, as things are.
    pub fn answer_all(&mut self) {
        let (flushes, unwritten) = self.waits.end();
        for flush in flushes {
            self.answer(&flush);
        }
        if !unwritten.is_empty() {
            let error = EngineError::new(ErrorCode::DataLost, "the logger was closed before the rows were written");
            let settled = unwritten.into_iter().map(|waiter| (waiter, Err(error.clone()))).collect();
            self.shared.sink.emit(Event::Settled(settled));
        }
    }

    /// What is pending is lost.
    pub fn lose(&self, losses: &mut Losses) {
        let mut unanswered: BTreeSet<u64> = self.late.keys().map(|&(ticket, _)| ticket).collect();
        unanswered.extend(self.tickets.iter().filter(|(_, ticket)| ticket.claim.is_some()).map(|(&number, _)| number));
        let unanswered: BTreeSet<u64> =
            unanswered.iter().filter_map(|number| Some(self.unwritten(*number)?.item)).collect();
        for (number, item) in &self.items {
            losses.add_profile(&item.key.owner, item.first_rows, unanswered.contains(number));
        }
    }

    /// How many profiles have been acknowledged by all their writers.
    pub fn written(&self) -> u64 {
        self.shared.counters.written_profiles.load(Ordering::Relaxed)
    }

    /// Whether first attempts to write are under way that may free memory soon, or something is due at once.
    pub fn may_free(&self, now: Moment) -> bool {
        let is_due = self.turns.next().is_some_and(|due| due <= now);
        is_due || self.turns.first_attempts() > 0 && now < self.patience_ends()
    }

    /// When nobody waits any longer for first attempts to free something.
    pub fn patience_ends(&self) -> Moment {
        self.progress.plus_ms(PATIENCE_MS)
    }

    /// When something is to be done next.
    pub fn next(&self) -> Option<Moment> {
        self.turns.next().into_iter().chain(self.looks.first().map(|&(look, ..)| look)).min()
    }

    /// The attempts that are due; they are under way from now on.
    pub fn take_due(&mut self, now: Moment) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        while let Some(number) = self.turns.take(now) {
            let Some(ticket) = self.tickets.get_mut(&number) else { continue };
            let Some(item) = self.items.get(&ticket.item) else { continue };
            ticket.due = None;
            ticket.attempts += 1;
            let writer = Arc::clone(&ticket.writer);
            if self.turns.is_stuck(&writer) {
                self.failed(number, busy(&*writer, self.write_timeout_ms), now);
                continue;
            }
            let is_first = !item.has_failed;
            if is_first && self.turns.first_attempts() == 0 {
                self.progress = now;
            }
            self.turns.begin(&writer, number, is_first);
            let claim = Arc::new(Claim::new(&self.shared));
            ticket.claim = Some(Arc::clone(&claim));
            ticket.look = now.plus_ms(self.write_timeout_ms);
            self.looks.insert((ticket.look, number, ticket.attempts));
            let item = Arc::clone(&item.writable);
            attempts.push(Attempt { ticket: number, number: ticket.attempts, writer, item, claim });
        }
        self.answer_flushes();
        attempts
    }

    /// Lets attempts that have taken too long fail.
    pub fn look(&mut self, now: Moment) {
        while let Some((at, number, attempt)) = self.looks.first().copied()
            && at <= now
        {
            self.looks.pop_first();
            let Some(ticket) = self.tickets.get_mut(&number).filter(|ticket| ticket.attempts == attempt) else {
                continue;
            };
            let Some(claim) = &ticket.claim else { continue };
            // One that waits for its turn takes none of its time.
            let since = claim.begun().unwrap_or(now);
            let deadline = since.plus_ms(self.write_timeout_ms);
            if deadline > now {
                ticket.look = deadline;
                self.looks.insert((deadline, number, attempt));
            } else {
                ticket.claim = None;
                let (writer, is_written) = (Arc::clone(&ticket.writer), ticket.is_written);
                self.turns.end(&writer, number);
                self.note_late(number, attempt, &writer);
                if is_written {
                    self.remove_ending(number);
                    self.free_from_stuck(&writer, now);
                    continue;
                }
                let message = format!("{} has not answered within {} ms", writer.name(), self.write_timeout_ms);
                self.failed(number, EngineError::new(ErrorCode::WriteTimeout, message), now);
                self.free_from_stuck(&writer, now);
            }
        }
        self.answer_flushes();
    }

    fn note_late(&mut self, number: u64, attempt: u32, writer: &Arc<dyn Writer>) {
        self.late.insert((number, attempt), address(writer));
        self.turns.add_late(writer);
    }

    /// What waits for its turn at a writer that is stuck now fails.
    fn free_from_stuck(&mut self, writer: &Arc<dyn Writer>, now: Moment) {
        if !self.turns.is_stuck(writer) {
            return;
        }
        for number in self.turns.under_way(writer) {
            let Some(ticket) = self.tickets.get_mut(&number) else { continue };
            if ticket.claim.take_if(|claim| claim.withdraw()).is_some() {
                self.turns.end(writer, number);
                self.failed(number, busy(&**writer, self.write_timeout_ms), now);
            }
        }
    }

    /// An attempt is over.
    pub fn delivered(&mut self, number: u64, attempt: u32, outcome: Result<(), EngineError>, now: Moment) {
        if let Some(writer) = self.late.remove(&(number, attempt)) {
            self.turns.end_late(writer);
        }
        let Some(ticket) = self.tickets.get_mut(&number) else { return };
        self.looks.remove(&(ticket.look, number, attempt));
        match outcome {
            _ if ticket.is_written => {
                if ticket.attempts == attempt {
                    self.turns.end(&ticket.writer, number);
                    self.remove_ending(number);
                }
            }
            Ok(()) => {
                let item = ticket.item;
                // This one was late when there is another. If it has begun, the writer is in the middle of it until it ends.
                ticket.is_written =
                    ticket.attempts != attempt && ticket.claim.as_ref().is_some_and(|claim| !claim.withdraw());
                if ticket.is_written {
                    self.ending += 1;
                } else {
                    if let Some(due) = ticket.due {
                        self.turns.remove(&ticket.writer, due, number);
                    }
                    self.turns.end(&ticket.writer, number);
                    self.tickets.remove(&number);
                }
                self.waits.tried(number);
                self.acknowledged(item, now);
            }
            Err(error) if ticket.attempts == attempt && ticket.claim.take().is_some() => {
                self.turns.end(&ticket.writer, number);
                self.failed(number, error, now);
            }
            // It was late, and has been told as failed.
            Err(_) => {}
        }
        self.answer_flushes();
    }

    fn remove_ending(&mut self, number: u64) {
        self.ending -= usize::from(self.tickets.remove(&number).is_some());
    }

    fn acknowledged(&mut self, number: u64, now: Moment) {
        let Some(item) = self.items.get_mut(&number) else { return };
        item.open_tickets -= 1;
        if item.open_tickets > 0 {
            return;
        }
        let Some(Item { key, writable, bytes, has_failed, .. }) = self.items.remove(&number) else { return };
        self.by_dataset.remove(&(key.dataset, number));
        if has_failed {
            self.shared.memory.remove_failed(bytes);
            if let Some(failed) = self.failed_of.get_mut(&key.dataset) {
                *failed -= 1;
                if *failed == 0 {
                    self.failed_of.remove(&key.dataset);
                    self.shared.memory.set_failing(key.dataset, false);
                }
            }
        }
        self.shared.memory.remove_sealed(bytes);
        self.progress = now;
        self.shared.counters.pending_writables.fetch_sub(1, Ordering::Relaxed);
        self.told_written(&writable);
        let over = self.waits.written(number);
        if !over.is_empty() {
            self.shared.sink.emit(Event::Settled(over.into_iter().map(|waiter| (waiter, Ok(()))).collect()));
        }
    }

    fn told_written(&self, writable: &Writable) {
        add(&self.shared.counters.written_profiles, 1);
        self.shared.sink.emit(Event::Written {
            dataset: writable.dataset_id.clone(),
            org: writable.org_id.clone(),
            file_name: writable.file_name.clone(),
            rows: writable.rows,
        });
    }

    fn failed(&mut self, number: u64, error: EngineError, now: Moment) {
        self.waits.tried(number);
        self.jitter = mix(self.jitter);
        let Some(ticket) = self.tickets.get_mut(&number) else { return };
        let Some(item) = self.items.get_mut(&ticket.item) else { return };
        if !std::mem::replace(&mut item.has_failed, true) {
            self.shared.memory.add_failed(item.bytes);
            let failed = self.failed_of.entry(item.key.dataset).or_default();
            *failed += 1;
            if *failed == 1 {
                self.shared.memory.set_failing(item.key.dataset, true);
            }
        }
        let doublings = ticket.attempts.saturating_sub(1).min(20);
        let longest_ms = FIRST_BACKOFF_MS.saturating_mul(1 << doublings).min(self.longest_backoff_ms);
        let Advice { after_ms, is_permanent, may_duplicate } = error.advice;
        let least_ms = after_ms.unwrap_or(0).max(if is_permanent { LONGEST_BACKOFF_MS } else { 0 });
        let mut retry_in_ms = least_ms.max(1 + self.jitter % longest_ms);
        if self.gave_up {
            retry_in_ms = 0;
        } else {
            let due = now.plus_ms(retry_in_ms);
            ticket.due = Some(due);
            ticket.not_before = now.plus_ms(least_ms);
            self.turns.add(&ticket.writer, due, number);
        }
        add(&self.shared.counters.maybe_duplicates, u64::from(may_duplicate));
        add(&self.shared.counters.write_failures, 1);
        self.shared.sink.emit(Event::WriteFailed {
            dataset: item.writable.dataset_id.clone(),
            org: item.writable.org_id.clone(),
            error,
            attempts: u64::from(ticket.attempts),
            retry_in_ms,
        });
    }

    fn answer_flushes(&mut self) {
        for flush in self.waits.take_answered() {
            self.answer(&flush);
        }
    }

    fn answer(&self, flush: &Flush) {
        let written = flush.items.iter().filter(|item| !self.items.contains_key(item)).count() as u64;
        let pending = self.items_of(flush.dataset).count() as u64;
        self.shared.sink.emit(Event::Flushed { waiter: flush.waiter, written, pending });
    }

    /// Shows each pending profile: its dataset's number and its bytes.
    pub fn describe(&self, mut show: impl FnMut(u64, &[u8])) {
        for item in self.items.values() {
            show(item.key.dataset, &item.writable.bytes);
        }
    }

    /// The number of what is sealed now. Whoever has seen it submits what is not in this.
    fn next_item(&mut self) -> u64 {
        let item = self.next_number();
        self.shared.sealed.store(item, Ordering::SeqCst);
        item
    }

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

fn busy(writer: &dyn Writer, timeout_ms: u64) -> EngineError {
    let message = format!("{} is still busy with writes that have taken longer than {timeout_ms} ms", writer.name());
    EngineError::new(ErrorCode::WriteTimeout, message)
}
