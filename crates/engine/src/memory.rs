//! What profiles take of memory, over all of an engine: one budget, `limits.maxProfileBytes`.
//!
//! ```text
//!  lanes: open ──► handed over ──► outbox: sealed ──► written: free
//!                                       └──► copies that JavaScript writers hold
//! ```
//!
//! A worker that finds the budget exceeded hands over what was used least recently, but no more than
//! a quarter of the budget on its way at once, and goes on. Where a further eighth is taken, since
//! writers are slower than rows come, it waits while something is under way that can free memory:
//! partials that are being sealed, and first attempts to write. So writers set the pace of the lanes,
//! and what waits in the lanes that of admission. JavaScript writers have a turn only when the code
//! that logs lets them: the further eighth is for the rows of a turn.
//!
//! Where nothing can free memory, since writers fail or hang, the worker still waits, unless somebody
//! waits for it: then it goes on, so that everybody is answered. Admission is *closed* from then on,
//! until that much memory is taken no more.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};

/// What may be taken beyond a limit before workers wait: an eighth, and a few thousand small profiles at least.
#[must_use]
pub const fn spare_profile_bytes(limit: u64) -> u64 {
    const LEAST: u64 = 8 << 20;
    if limit / 8 > LEAST { limit / 8 } else { LEAST }
}

/// The least that is sealed for writers ahead of time.
const LEAST_AHEAD_BYTES: u64 = 1 << 20;

/// See the module. Figures are relaxed: each is right by itself, and they are estimates anyway.
#[derive(Debug)]
pub struct ProfileMemory {
    limit: u64,
    /// Workers wait beyond this.
    most: u64,
    open: AtomicU64,
    handed_over: AtomicU64,
    /// Of `handed_over`: what waits until other lanes have come as far.
    at_barriers: AtomicU64,
    sealed: AtomicU64,
    /// Of `sealed`: what a writer has failed to write.
    failed: AtomicU64,
    copies: AtomicU64,
    /// Batches of partials that will be sealed, whatever the lanes do.
    sealing: AtomicU64,
    /// Attempts are under way that may free something.
    writing: AtomicBool,
    /// How many wait for what is in the lanes.
    awaited: AtomicU64,
    /// Nobody waits any more: the end has come.
    is_over: AtomicBool,
    closed: AtomicBool,
    pressed: AtomicBool,
    /// The coordinator has been asked to look after it.
    asked: AtomicBool,
    /// Datasets that a writer has failed to write a profile of, which is still pending.
    failing: RwLock<HashSet<u64>>,
    /// See [`turn`](Self::turn).
    turns: AtomicU64,
    asleep: AtomicUsize,
    gate: Mutex<()>,
    changed: Condvar,
}

/// Bytes that count until this is dropped.
#[derive(Debug)]
pub struct HeldBytes {
    memory: Arc<ProfileMemory>,
    bytes: u64,
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        take_off(&self.memory.copies, self.bytes);
        self.memory.wake();
    }
}

impl ProfileMemory {
    /// Nothing is taken of `limit` bytes. Workers wait where more than `spare` are taken beyond it.
    pub(crate) fn new(limit: u64, spare: u64) -> Self {
        Self {
            limit,
            most: limit.saturating_add(spare),
            open: AtomicU64::new(0),
            handed_over: AtomicU64::new(0),
            at_barriers: AtomicU64::new(0),
            sealed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            copies: AtomicU64::new(0),
            sealing: AtomicU64::new(0),
            writing: AtomicBool::new(false),
            awaited: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            pressed: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            failing: RwLock::default(),
            turns: AtomicU64::new(0),
            asleep: AtomicUsize::new(0),
            gate: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    /// What is taken.
    #[must_use]
    pub fn used(&self) -> u64 {
        get(&self.open) + get(&self.handed_over) + get(&self.sealed) + get(&self.copies)
    }

    /// Counts a copy of a profile that a writer holds, until the result is dropped.
    #[must_use]
    pub fn hold(self: &Arc<Self>, bytes: u64) -> HeldBytes {
        put_on(&self.copies, bytes);
        HeldBytes { memory: Arc::clone(self), bytes }
    }

    /// More is taken than the limit: what was used least recently is handed over.
    pub(crate) fn exceeds(&self) -> bool {
        self.used() > self.limit
    }

    /// So much is taken that workers wait.
    pub(crate) fn is_full(&self) -> bool {
        self.used() > self.most
    }

    /// Whether there is room for many profiles again, after memory was full.
    fn has_room(&self) -> bool {
        self.used() <= self.most - (self.most - self.limit) / 2 || !self.is_full() && !self.can_free()
    }

    /// Whether the producer is to slow down: from where the limit is exceeded until there is room for many profiles, or nothing is about to be
    /// written. Otherwise it would be woken for each.
    pub(crate) fn presses(&self) -> bool {
        let has_room = || self.used() <= self.limit - self.limit / 16 || self.on_its_way() == 0;
        let before = self.pressed.load(Ordering::Relaxed);
        let presses = self.exceeds() || before && !has_room();
        if presses != before {
            self.pressed.store(presses, Ordering::Relaxed);
        }
        presses
    }

    /// A lane's open partials took `before` bytes, and take `now`.
    pub(crate) fn open_changed(&self, before: u64, now: u64) {
        put_on(&self.open, now.saturating_sub(before));
        take_off(&self.open, before.saturating_sub(now));
    }

    /// Partials are handed over; they are open no longer.
    pub(crate) fn hand_over(&self, bytes: u64) {
        put_on(&self.handed_over, bytes);
    }

    /// What was handed over at a barrier waits for other lanes.
    pub(crate) fn begin_barrier(&self, bytes: u64) {
        put_on(&self.at_barriers, bytes);
    }

    /// All lanes have come to the barrier.
    pub(crate) fn end_barrier(&self, bytes: u64) {
        take_off(&self.at_barriers, bytes);
    }

    /// What was handed over is sealed, or lost.
    pub(crate) fn taken_over(&self, bytes: u64) {
        take_off(&self.handed_over, bytes);
    }

    pub(crate) fn add_sealed(&self, bytes: u64) {
        put_on(&self.sealed, bytes);
    }

    pub(crate) fn remove_sealed(&self, bytes: u64) {
        take_off(&self.sealed, bytes);
        put_on(&self.turns, 1);
    }

    pub(crate) fn add_failed(&self, bytes: u64) {
        put_on(&self.failed, bytes);
    }

    pub(crate) fn remove_failed(&self, bytes: u64) {
        take_off(&self.failed, bytes);
    }

    /// A batch is on its way to be sealed.
    pub(crate) fn begin_sealing(&self) {
        put_on(&self.sealing, 1);
    }

    pub(crate) fn end_sealing(&self) {
        take_off(&self.sealing, 1);
    }

    /// So many more wait for what is in the lanes.
    pub(crate) fn begin_waits(&self, waits: u64) {
        if waits > 0 {
            put_on(&self.awaited, waits);
            self.wake();
        }
    }

    /// So many have been answered.
    pub(crate) fn end_waits(&self, waits: u64) {
        take_off(&self.awaited, waits);
    }

    /// Whether attempts are under way that may free something.
    pub(crate) fn set_writing(&self, is_writing: bool) {
        self.writing.store(is_writing, Ordering::Relaxed);
    }

    /// Whether a writer fails to write profiles of a dataset.
    pub(crate) fn set_failing(&self, dataset: u64, is_failing: bool) {
        let mut failing = self.failing.write().unwrap_or_else(PoisonError::into_inner);
        if is_failing {
            failing.insert(dataset)
        } else {
            failing.remove(&dataset)
        };
        put_on(&self.turns, 1);
    }

    /// The datasets of which nothing is to be sealed that nobody asks for: their writers fail, and have
    /// their share of the memory.
    pub(crate) fn kept_open(&self) -> HashSet<u64> {
        if self.waiting() < self.limit / 4 {
            return HashSet::new();
        }
        self.failing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn waiting(&self) -> u64 {
        get(&self.sealed) + get(&self.copies)
    }

    /// How many bytes a lane that has `open` hands over now.
    pub(crate) fn excess(&self, open: u64) -> u64 {
        if !self.exceeds() {
            return 0;
        }
        let on_its_way = self.on_its_way();
        // Many at a time, so that the search for them is rare.
        if on_its_way >= self.limit / 8 {
            return 0;
        }
        let wanted = u128::from(self.limit / 4 - on_its_way);
        let all = get(&self.open).max(open).max(1);
        u64::try_from(wanted * u128::from(open) / u128::from(all)).unwrap_or(open).clamp(1, open.max(1))
    }

    /// Whether lanes that rest have to hand over something.
    pub(crate) fn wants_more(&self) -> bool {
        self.exceeds() && get(&self.open) > 0 && self.on_its_way() < self.limit / 8
    }

    /// What is not open, and may soon be written.
    fn on_its_way(&self) -> u64 {
        (self.waiting() + self.to_seal()).saturating_sub(get(&self.failed))
    }

    /// Whether so much waits for writers that sealing more can wait, too.
    pub(crate) fn is_ahead(&self) -> bool {
        self.waiting().saturating_sub(get(&self.failed)) > LEAST_AHEAD_BYTES.max(self.limit / 8)
    }

    /// What is handed over, and waits for no lane.
    fn to_seal(&self) -> u64 {
        get(&self.handed_over).saturating_sub(get(&self.at_barriers))
    }

    fn can_free(&self) -> bool {
        get(&self.sealing) > 0 || self.writing.load(Ordering::Relaxed)
    }

    /// The coordinator is to look after it; false: it has been told.
    pub(crate) fn ask(&self) -> bool {
        !self.asked.swap(true, Ordering::SeqCst)
    }

    /// The coordinator looks after it.
    pub(crate) fn answer(&self) {
        self.asked.store(false, Ordering::SeqCst);
    }

    /// A figure that changes whenever there may be more to hand over.
    pub(crate) fn turn(&self) -> u64 {
        get(&self.turns)
    }

    /// Waits while memory is full, unless there is no sense in waiting; false: there may be more to hand over, since `turn`.
    pub(crate) fn wait(&self, turn: u64, is_stopped: impl Fn() -> bool) -> bool {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        // Either the other side sees that somebody is asleep, or this one what has changed.
        fence(Ordering::SeqCst);
        let may_go_on = loop {
            if self.has_room() || is_stopped() || self.is_over.load(Ordering::Relaxed) {
                break true;
            }
            if !self.can_free() {
                if self.to_seal() == 0 {
                    self.closed.store(true, Ordering::Relaxed);
                }
                // What is at a barrier may wait for this very lane.
                if get(&self.awaited) > 0 || get(&self.at_barriers) > 0 {
                    break true;
                }
            }
            if self.turn() != turn {
                break false;
            }
            gate = self.changed.wait(gate).unwrap_or_else(PoisonError::into_inner);
        };
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        may_go_on
    }

    /// Lets whoever waits look again.
    pub(crate) fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            drop(self.gate.lock().unwrap_or_else(PoisonError::into_inner));
            self.changed.notify_all();
        }
    }

    /// Nobody waits any more.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Whether nothing is admitted, since profiles that writers have not taken hold the memory.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        if !self.closed.load(Ordering::Relaxed) {
            return false;
        }
        let is_closed = self.is_full();
        self.closed.store(is_closed, Ordering::Relaxed);
        is_closed
    }
}

fn get(figure: &AtomicU64) -> u64 {
    figure.load(Ordering::Relaxed)
}

fn put_on(figure: &AtomicU64, bytes: u64) {
    figure.fetch_add(bytes, Ordering::Relaxed);
}

fn take_off(figure: &AtomicU64, bytes: u64) {
    figure.fetch_sub(bytes, Ordering::Relaxed);
}
