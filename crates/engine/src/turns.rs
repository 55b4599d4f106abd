//! Whose turn it is at each writer: what is due for it, and how many attempts it is in the middle of.
//!
//! A writer has at most so many attempts under way. What else is due for it waits here, in the order
//! in which it is due, and takes none of its time. An attempt that is late takes no place any more,
//! but a writer with as many late attempts as it may have under way is *stuck* until one of them
//! ends. So writers that hang are never in the middle of more than twice as many.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::clock::Moment;
use crate::writer::Writer;
use crate::writer_pool::{THREADS, address};

/// See the module. Tickets are known by number.
pub(crate) struct Turns {
    /// How many attempts each writer may have under way.
    most: usize,
    writers: HashMap<usize, Turn>,
    /// (moment, address): the next ticket of each writer that something can be done about.
    ready: BTreeSet<(Moment, usize)>,
    under_way: usize,
    first_attempts: usize,
}

/// One writer, by its address, which the reference keeps from being another's.
struct Turn {
    writer: Arc<dyn Writer>,
    /// Soonest first.
    due: BTreeSet<(Moment, u64)>,
    /// Whether it is the first attempt for its profile, by ticket.
    under_way: BTreeMap<u64, bool>,
    late: usize,
    /// Its entry in `ready`.
    ready: Option<Moment>,
}

impl Turn {
    /// Whether it is given nothing: what is due for it fails.
    fn is_stuck(&self, most: usize) -> bool {
        // More threads than these cannot be in the middle of anything.
        let most = if self.writer.blocks() { most.min(THREADS) } else { most };
        self.late >= most
    }
}

impl Turns {
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), writers: HashMap::new(), ready: BTreeSet::new(), under_way: 0, first_attempts: 0 }
    }

    /// A ticket is due at `due`.
    pub fn add(&mut self, writer: &Arc<dyn Writer>, due: Moment, ticket: u64) {
        self.change(writer, |turn| {
            turn.due.insert((due, ticket));
        });
    }

    /// It is not, after all.
    pub fn remove(&mut self, writer: &Arc<dyn Writer>, due: Moment, ticket: u64) {
        self.change(writer, |turn| {
            turn.due.remove(&(due, ticket));
        });
    }

    /// Takes out the first ticket that is due by `now` at a writer that can begin it, or is stuck.
    pub fn take(&mut self, now: Moment) -> Option<u64> {
        let (_, address) = self.ready.first().copied().filter(|(due, _)| *due <= now)?;
        let writer = Arc::clone(&self.writers.get(&address)?.writer);
        self.change(&writer, |turn| turn.due.pop_first().map(|(_, ticket)| ticket))
    }

    /// When there is something to take.
    pub fn next(&self) -> Option<Moment> {
        self.ready.first().map(|&(due, _)| due)
    }

    /// An attempt is handed to the writer. `is_first`: nobody has failed to write the profile yet.
    pub fn begin(&mut self, writer: &Arc<dyn Writer>, ticket: u64, is_first: bool) {
        self.change(writer, |turn| turn.under_way.insert(ticket, is_first));
        self.under_way += 1;
        self.first_attempts += usize::from(is_first);
    }

    /// It is over, or late from now on.
    pub fn end(&mut self, writer: &Arc<dyn Writer>, ticket: u64) {
        if let Some(is_first) = self.change(writer, |turn| turn.under_way.remove(&ticket)) {
            self.under_way -= 1;
            self.first_attempts -= usize::from(is_first);
        }
    }

    /// How many attempts are under way that are the first for their profiles.
    pub fn first_attempts(&self) -> usize {
        self.first_attempts
    }

    /// How many attempts are under way that are not late.
    pub fn under_way_in_all(&self) -> usize {
        self.under_way
    }

    /// The tickets whose attempts a writer is in the middle of, but for late ones.
    pub fn under_way(&self, writer: &Arc<dyn Writer>) -> Vec<u64> {
        self.writers.get(&address(writer)).map_or_else(Vec::new, |turn| turn.under_way.keys().copied().collect())
    }

    /// The writer is in the middle of one more late attempt.
    pub fn add_late(&mut self, writer: &Arc<dyn Writer>) {
        self.change(writer, |turn| turn.late += 1);
    }

    /// A late attempt is over.
    pub fn end_late(&mut self, address: usize) {
        let writer = self.writers.get(&address).map(|turn| Arc::clone(&turn.writer));
        if let Some(writer) = writer {
            self.change(&writer, |turn| turn.late -= 1);
        }
    }

    /// Whether a writer is in the middle of as many late attempts as it may have under way.
    pub fn is_stuck(&self, writer: &Arc<dyn Writer>) -> bool {
        self.writers.get(&address(writer)).is_some_and(|turn| turn.is_stuck(self.most))
    }

    fn change<T>(&mut self, writer: &Arc<dyn Writer>, change: impl FnOnce(&mut Turn) -> T) -> T {
        let address = address(writer);
        let turn = self.writers.entry(address).or_insert_with(|| Turn {
            writer: Arc::clone(writer),
            due: BTreeSet::new(),
            under_way: BTreeMap::new(),
            late: 0,
            ready: None,
        });
        let result = change(turn);
        let can_take = turn.under_way.len() < self.most || turn.is_stuck(self.most);
        let ready = turn.due.first().map(|&(due, _)| due).filter(|_| can_take);
        if ready != turn.ready {
            if let Some(before) = std::mem::replace(&mut turn.ready, ready) {
                self.ready.remove(&(before, address));
            }
            if let Some(now) = ready {
                self.ready.insert((now, address));
            }
        }
        if turn.due.is_empty() && turn.under_way.is_empty() && turn.late == 0 {
            self.writers.remove(&address);
        }
        result
    }
}
