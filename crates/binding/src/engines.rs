//! Engines by handle, and their end: an environment that closes stops and joins the engines that were started in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rolling_profiles_engine::{Engine, EngineError, ErrorCode};

use crate::fault::{Fault, Result};
use crate::js_writer::Tickets;
use crate::sink::SignalSink;

/// A running engine and what JavaScript needs around it.
pub struct Running {
    pub engine: Engine,
    pub sink: Arc<SignalSink>,
    pub tickets: Arc<Tickets>,
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

/// Gives a handle to an engine.
pub fn insert(running: Running) -> u32 {
    let mut table = table().lock().unwrap_or_else(PoisonError::into_inner);
    table.last += 1;
    let handle = table.last;
    table.running.insert(handle, Arc::new(running));
    handle
}

/// The engine behind a handle.
pub fn get(handle: u32) -> Result<Arc<Running>> {
    let table = table().lock().unwrap_or_else(PoisonError::into_inner);
    let known = table.running.get(&handle).cloned();
    known.ok_or_else(|| Fault::new(ErrorCode::NotAlive.as_str(), "the engine has been released".to_owned()))
}

/// Stops an engine, waits for its threads and forgets it.
pub fn release(handle: u32) {
    let removed = table().lock().unwrap_or_else(PoisonError::into_inner).running.remove(&handle);
    if let Some(running) = removed {
        running.engine.stop(EngineError::new(ErrorCode::NotAlive, "the engine was released"));
        running.engine.join();
    }
}
