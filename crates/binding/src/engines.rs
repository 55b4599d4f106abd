//! Engines by handle, and their end.
//!
//! An engine that has stopped is forgotten, and its threads are waited for by a thread of their own, so that a block in hand does not hold up
//! the event loop. An environment that closes stops and joins the engines that were started in it. Threads of writers are never waited for:
//! a writer may hang. They call nothing back but the engine, and the addon stays loaded for them (`build.rs`).

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use napi::Env;
use rolling_profiles_engine::{Engine, EngineError, ErrorCode};
use rolling_profiles_writers::LocalWriter;

use crate::fault::{Fault, Result};
use crate::js_writer::{JsWriter, Tickets};
use crate::sink::SignalSink;

/// A running engine and what JavaScript needs around it.
pub struct Running {
    pub engine: Engine,
    pub sink: Arc<SignalSink>,
    pub tickets: Arc<Tickets>,
    /// Those into folders: datasets that share one share its writer, and so its threads.
    pub folders: Mutex<Writers<(String, PathBuf), LocalWriter>>,
    /// Those of the user's own, by their numbers: datasets that share one share its turns.
    pub own_writers: Mutex<Writers<u32, JsWriter>>,
}

/// Writers that datasets may share.
pub struct Writers<K, T> {
    all: HashMap<K, Weak<T>>,
    /// How many datasets were let go since those were forgotten that nobody has.
    let_go: usize,
}

impl<K, T> Default for Writers<K, T> {
    fn default() -> Self {
        Self { all: HashMap::new(), let_go: 0 }
    }
}

impl Running {
    /// The writer into a folder.
    pub fn local_writer(&self, name: String, dir: PathBuf) -> Arc<LocalWriter> {
        shared(&self.folders, (name.clone(), dir.clone()), || LocalWriter::new(name, dir))
    }

    /// The writer of the user's own with this number.
    pub fn own_writer(&self, id: u32, name: String) -> Arc<JsWriter> {
        let (sink, tickets) = (Arc::clone(&self.sink), Arc::clone(&self.tickets));
        let memory = Arc::clone(self.engine.memory());
        shared(&self.own_writers, id, || JsWriter { id, name, sink, tickets, memory })
    }

    /// So many datasets were let go: forgets the writers that only they had, when these may be the half.
    pub fn forget_writers(&self, datasets: usize) {
        forget_unused(&self.folders, datasets);
        forget_unused(&self.own_writers, datasets);
    }
}

fn forget_unused<K: Eq + Hash, T>(writers: &Mutex<Writers<K, T>>, datasets: usize) {
    let mut writers = writers.lock().unwrap_or_else(PoisonError::into_inner);
    writers.let_go += datasets;
    if writers.let_go < writers.all.len().div_ceil(2) {
        return;
    }
    writers.let_go = 0;
    writers.all.retain(|_, one| one.strong_count() > 0);
    let few = writers.all.len() * 2;
    writers.all.shrink_to(few);
}

/// The one of this key, made where there is none.
fn shared<K: Eq + Hash, T>(writers: &Mutex<Writers<K, T>>, key: K, make: impl FnOnce() -> T) -> Arc<T> {
    let all = &mut writers.lock().unwrap_or_else(PoisonError::into_inner).all;
    if let Some(known) = all.get(&key).and_then(Weak::upgrade) {
        return known;
    }
    if all.len() == all.capacity() {
        all.retain(|_, one| one.strong_count() > 0);
    }
    let one = Arc::new(make());
    all.insert(key, Arc::downgrade(&one));
    one
}

#[derive(Default)]
struct Table {
    last: u32,
    running: HashMap<u32, Arc<Running>>,
}

fn table() -> &'static Mutex<Table> {
    static TABLE: OnceLock<Mutex<Table>> = OnceLock::new();
    TABLE.get_or_init(Mutex::default)
}

thread_local! {
    /// The handles of this environment, which is the only one of its thread; `None` before the first.
    static MINE: RefCell<Option<HashSet<u32>>> = const { RefCell::new(None) };
}

/// Gives a handle to an engine of `env`.
pub fn insert(env: Env, running: Running) -> napi::Result<u32> {
    let first = MINE.with_borrow(Option::is_none);
    if first {
        env.add_env_cleanup_hook((), |()| release_all())?;
    }
    let mut table = table().lock().unwrap_or_else(PoisonError::into_inner);
    table.last += 1;
    let handle = table.last;
    table.running.insert(handle, Arc::new(running));
    MINE.with_borrow_mut(|mine| mine.get_or_insert_default().insert(handle));
    Ok(handle)
}

/// The engine behind a handle.
pub fn get(handle: u32) -> Result<Arc<Running>> {
    let table = table().lock().unwrap_or_else(PoisonError::into_inner);
    let known = table.running.get(&handle).cloned();
    known.ok_or_else(|| Fault::new(ErrorCode::NotAlive.as_str(), "the engine has been released".to_owned()))
}

/// Forgets an engine of this environment; it stops if it runs.
pub fn forget(handle: u32) {
    MINE.with_borrow_mut(|mine| mine.as_mut().is_some_and(|mine| mine.remove(&handle)));
    let Some(running) = remove(handle) else { return };
    let unable = std::thread::Builder::new().name("profiles-reaper".to_owned()).spawn(move || end(&running));
    // Dropped with the closure, then: the engine joins its threads here.
    unable.ok();
}

fn release_all() {
    let mine: Vec<_> = MINE.take().unwrap_or_default().into_iter().filter_map(remove).collect();
    for running in &mine {
        stop(running);
    }
    for running in &mine {
        running.engine.join();
    }
}

fn remove(handle: u32) -> Option<Arc<Running>> {
    table().lock().unwrap_or_else(PoisonError::into_inner).running.remove(&handle)
}

fn end(running: &Running) {
    stop(running);
    running.engine.join();
}

fn stop(running: &Running) {
    running.engine.stop(EngineError::new(ErrorCode::NotAlive, "the engine was released"));
}
