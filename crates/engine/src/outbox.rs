//! Sealed profiles on their way to their writers.
//!
//! A *ticket* is one profile for one writer. It is in flight, or due at a time. A failed attempt is made again with full-jitter backoff
//! (Brooker: Exponential backoff and jitter, 2015), for ever; nothing is dropped because it failed. One writer's failure delays no other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::dataset::Key;
use crate::error::{Advice, EngineError};
use crate::event::Event;
use crate::shared::{Shared, mix};
use crate::stats::add;
use crate::writer::{Writable, Writer};

const FIRST_BACKOFF_MS: u64 = 250;
const LONGEST_BACKOFF_MS: u64 = 300_000;

/// One profile and the tickets that are not acknowledged yet.
struct Item {
    key: Arc<Key>,
    writable: Arc<Writable>,
    open_tickets: u32,
}

impl Item {
    fn is_of(&self, dataset: Option<u64>) -> bool {
        dataset.is_none_or(|dataset| dataset == self.key.dataset)
    }
}

struct Ticket {
    item: u64,
    writer: usize,
    attempts: u32,
}

/// A flush that waits for one attempt of each of these tickets.
struct Wait {
    waiter: u64,
    /// One dataset, or all.
    dataset: Option<u64>,
    untried: BTreeSet<u64>,
    items: BTreeSet<u64>,
}

/// An attempt to make.
pub(crate) struct Attempt {
    pub ticket: u64,
    pub writer: Arc<dyn Writer>,
    pub item: Arc<Writable>,
}

pub(crate) struct Outbox {
    shared: Arc<Shared>,
    items: BTreeMap<u64, Item>,
    tickets: BTreeMap<u64, Ticket>,
    /// (time, ticket), soonest first; a ticket that is not here is in flight.
    due: BTreeSet<(i64, u64)>,
    waits: Vec<Wait>,
    last_number: u64,
    jitter: u64,
}

impl Outbox {
    pub fn new(shared: Arc<Shared>) -> Self {
        let jitter = shared.seed;
        Self {
            shared,
            items: BTreeMap::new(),
            tickets: BTreeMap::new(),
            due: BTreeSet::new(),
            waits: Vec::new(),
            last_number: 0,
            jitter,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many profiles wait for at least one writer.
    pub fn pending(&self) -> u64 {
        self.items.len() as u64
    }

    /// Rows in profiles that wait, a dataset and its count each.
    pub fn pending_rows(&self) -> BTreeMap<String, u64> {
        let mut rows = BTreeMap::new();
        for item in self.items.values() {
            *rows.entry(item.writable.dataset_id.clone()).or_default() += item.writable.rows;
        }
        rows
    }

    /// Takes a sealed profile in; each of its writers gets a ticket that is due at once. Gives the item's number.
    pub fn add(&mut self, key: Arc<Key>, writable: Writable, now_ms: i64) -> u64 {
        let item = self.next_number();
        let writers = key.owner.writers.len();
        let writable = Arc::new(writable);
        if writers == 0 {
            self.told_written(&writable);
            return item;
        }
        for writer in 0..writers {
            let number = self.next_number();
            self.tickets.insert(number, Ticket { item, writer, attempts: 0 });
            self.due.insert((now_ms, number));
        }
        self.items.insert(item, Item { key, writable, open_tickets: writers as u32 });
        add(&self.shared.counters.pending_writables, 1);
        item
    }

    /// Answers `waiter` when everything of `dataset` (or of all) that is pending now has been tried once more. `sealed` are the items of
    /// this flush.
    pub fn wait(&mut self, waiter: u64, dataset: Option<u64>, sealed: BTreeSet<u64>, now_ms: i64) {
        self.hurry(now_ms);
        let mut items = sealed;
        items.extend(self.items.iter().filter(|(_, item)| item.is_of(dataset)).map(|(number, _)| number));
        let of_these = self.tickets.iter().filter(|(_, ticket)| items.contains(&ticket.item));
        let untried = of_these.map(|(&number, _)| number).collect();
        self.waits.push(Wait { waiter, dataset, untried, items });
        self.answer_waits();
    }

    /// Makes everything that waits for its next attempt due now.
    pub fn hurry(&mut self, now_ms: i64) {
        self.due = self.due.iter().map(|&(_, number)| (now_ms, number)).collect();
    }

    /// How many profiles have been acknowledged by all their writers.
    pub fn written(&self) -> u64 {
        self.shared.counters.written_profiles.load(Ordering::Relaxed)
    }

    /// When the next attempt is due.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.due.first().map(|&(due_ms, _)| due_ms)
    }

    /// The attempts that are due; they are in flight from now on.
    pub fn take_due(&mut self, now_ms: i64) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        while let Some((due_ms, number)) = self.due.pop_first() {
            if due_ms > now_ms {
                self.due.insert((due_ms, number));
                break;
            }
            let Some(ticket) = self.tickets.get_mut(&number) else { continue };
            let Some(item) = self.items.get(&ticket.item) else { continue };
            ticket.attempts += 1;
            let writer = Arc::clone(&item.key.owner.writers[ticket.writer]);
            attempts.push(Attempt { ticket: number, writer, item: Arc::clone(&item.writable) });
        }
        attempts
    }

    /// An attempt is over.
    pub fn delivered(&mut self, number: u64, outcome: Result<(), EngineError>, now_ms: i64) {
        let Some(ticket) = self.tickets.get(&number) else { return };
        let item = ticket.item;
        match outcome {
            Ok(()) => {
                self.tickets.remove(&number);
                self.acknowledged(item);
            }
            Err(error) => self.failed(number, error, now_ms),
        }
        for wait in &mut self.waits {
            wait.untried.remove(&number);
        }
        self.answer_waits();
    }

    fn acknowledged(&mut self, number: u64) {
        let Some(item) = self.items.get_mut(&number) else { return };
        item.open_tickets -= 1;
        if item.open_tickets == 0 {
            let writable = Arc::clone(&item.writable);
            self.items.remove(&number);
            self.shared.counters.pending_writables.fetch_sub(1, Ordering::Relaxed);
            self.told_written(&writable);
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

    fn failed(&mut self, number: u64, error: EngineError, now_ms: i64) {
        self.jitter = mix(self.jitter);
        let Some(ticket) = self.tickets.get_mut(&number) else { return };
        let Some(item) = self.items.get(&ticket.item) else { return };
        let longest =
            FIRST_BACKOFF_MS.saturating_mul(1 << ticket.attempts.saturating_sub(1).min(20)).min(LONGEST_BACKOFF_MS);
        let Advice { after_ms, is_permanent, may_duplicate } = error.advice;
        let drawn = if is_permanent { LONGEST_BACKOFF_MS } else { self.jitter % (longest + 1) };
        let retry_in_ms = drawn.max(after_ms.unwrap_or(0));
        add(&self.shared.counters.maybe_duplicates, u64::from(may_duplicate));
        let due_ms = now_ms.saturating_add(retry_in_ms as i64);
        self.due.insert((due_ms, number));
        add(&self.shared.counters.write_failures, 1);
        self.shared.sink.emit(Event::WriteFailed {
            dataset: item.writable.dataset_id.clone(),
            org: item.writable.org_id.clone(),
            error,
            attempts: u64::from(ticket.attempts),
            retry_in_ms,
        });
    }

    fn answer_waits(&mut self) {
        let items = &self.items;
        let sink = &self.shared.sink;
        self.waits.retain(|wait| {
            if !wait.untried.is_empty() {
                return true;
            }
            let written = wait.items.iter().filter(|item| !items.contains_key(item)).count() as u64;
            let pending = items.values().filter(|item| item.is_of(wait.dataset)).count() as u64;
            sink.emit(Event::Flushed { waiter: wait.waiter, written, pending });
            false
        });
    }

    /// Shows each pending profile: its dataset's number and its bytes.
    pub fn describe(&self, mut show: impl FnMut(u64, &[u8])) {
        for item in self.items.values() {
            show(item.key.dataset, &item.writable.bytes);
        }
    }

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}
