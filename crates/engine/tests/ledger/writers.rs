//! Writers that fail, say nothing, or hold back as planned, and know of each attempt how it went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rolling_profiles_engine::{Done, EngineError, ErrorCode, Writable, Writer};

use crate::plan::WriterPlan;

/// How long a test waits for an attempt that is never made before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// All writers of a case.
#[derive(Default)]
pub struct Writers {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    plans: Vec<WriterPlan>,
    attempts: BTreeMap<(usize, String), u32>,
    written: BTreeMap<(usize, String), Arc<Writable>>,
    held: Vec<(usize, Arc<Writable>, Done)>,
    started: u64,
    told: u64,
    failed: u64,
}

/// One of them.
struct Scripted {
    number: usize,
    all: Arc<Writers>,
}

impl Writer for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        let fails = {
            let mut state = self.all.lock();
            state.started += 1;
            let plan = state.plans[self.number];
            let attempts = state.attempts.entry((self.number, item.file_name.clone())).or_default();
            *attempts += 1;
            let fails = *attempts <= plan.failures;
            if plan.holds {
                state.held.push((self.number, Arc::clone(item), done));
                self.all.changed.notify_all();
                return;
            }
            fails
        };
        self.all.tell(self.number, item, done, !fails);
    }
}

impl Writers {
    pub fn add(self: &Arc<Self>, plan: WriterPlan) -> Arc<dyn Writer> {
        let mut state = self.lock();
        state.plans.push(plan);
        Arc::new(Scripted { number: state.plans.len() - 1, all: Arc::clone(self) })
    }

    fn tell(&self, number: usize, item: &Arc<Writable>, done: Done, succeeds: bool) {
        let silent = self.lock().plans[number].silent;
        if succeeds {
            let twice = self.lock().written.insert((number, item.file_name.clone()), Arc::clone(item));
            assert!(twice.is_none(), "{} was written, and given to the writer again", item.file_name);
            done.tell(Ok(()));
        } else if silent {
            drop(done);
        } else {
            done.tell(Err(EngineError::new(ErrorCode::Writer, "told to fail")));
        }
        let mut state = self.lock();
        state.told += 1;
        state.failed += u64::from(!succeeds);
        self.changed.notify_all();
    }

    /// Waits until at least `attempts` attempts were begun, and each was told or is held back.
    pub fn wait(&self, attempts: u64) {
        let busy =
            |state: &mut State| state.started < attempts || state.told + state.held.len() as u64 != state.started;
        let (state, timeout) =
            self.changed.wait_timeout_while(self.lock(), PATIENCE, busy).unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "{} attempts instead of {attempts}", state.started);
    }

    pub fn hold(&self, writer: usize) {
        let mut state = self.lock();
        if let Some(plan) = state.plans.get_mut(writer) {
            plan.holds = true;
        }
    }

    /// Tells what a writer holds back, and lets it hold no longer.
    pub fn release(&self, writer: usize, succeeds: bool) {
        let held = {
            let mut state = self.lock();
            let Some(plan) = state.plans.get_mut(writer) else { return };
            plan.holds = false;
            let (released, kept) = std::mem::take(&mut state.held).into_iter().partition(|held| held.0 == writer);
            state.held = kept;
            let released: Vec<_> = released;
            released
        };
        for (_, item, done) in held {
            self.tell(writer, &item, done, succeeds);
        }
    }

    /// Lets every writer succeed from now on.
    pub fn heal(&self) {
        let count = {
            let mut state = self.lock();
            state.plans.iter_mut().for_each(|plan| plan.failures = 0);
            state.plans.len()
        };
        (0..count).for_each(|writer| self.release(writer, true));
    }

    /// The writers that hold something back.
    pub fn holding(&self) -> BTreeSet<usize> {
        self.lock().held.iter().map(|held| held.0).collect()
    }

    /// How many attempts were begun.
    pub fn attempts(&self) -> u64 {
        self.lock().started
    }

    /// How many attempts failed.
    pub fn failed(&self) -> u64 {
        self.lock().failed
    }

    /// What was written, by name.
    pub fn written(&self) -> BTreeMap<String, Arc<Writable>> {
        self.lock().written.iter().map(|((_, name), item)| (name.clone(), Arc::clone(item))).collect()
    }

    /// Whether every writer of `writers` has written the profile called `name`.
    pub fn have_all(&self, writers: impl IntoIterator<Item = usize>, name: &str) -> bool {
        let state = self.lock();
        writers.into_iter().all(|writer| state.written.contains_key(&(writer, name.to_owned())))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
