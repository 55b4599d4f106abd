//! Parcels: pieces of files that workers read, beside the rows and messages that the caller logs.
//!
//! A source has a thread of its own, the second producer beside the caller's. It cuts what it reads into parcels and sends each to a lane; a worker reads it
//! into tables, tracks these, and tells the parcel what became of its rows.
//!
//! Invariants
//! - Parcel `i` of a source goes to lane `i` modulo lanes: where its rows are tracked depends on bytes alone.
//! - Parcels wait in a budget of their own, which blocks the source and nobody else. One that is larger than the budget waits alone.
//! - A barrier covers the parcels that were sent before it. After [`Engine::close`](crate::Engine::close) none is sent.
//! - Each parcel is told how it ended, or dropped where the engine stops before a worker comes to it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rolling_profiles_ingest::{BadLines, IngestError, Reading, Rows, TimeWindow};

use crate::accounting::book_source_rows;
use crate::dataset::Dataset;
use crate::error::{EngineError, ErrorCode, not_alive};
use crate::lane::{LaneMessage, Lanes};
use crate::shared::Shared;

/// A piece of a file, not yet read.
pub trait Parcel: Send {
    /// What it takes of memory while it waits.
    fn bytes(&self) -> u64;

    /// Reads its rows, from byte `start` on: 0, or where the rows read before say that the rest begins. Lines count from 1 at that byte. May be asked again, for
    /// another form.
    ///
    /// # Errors
    /// Where none of these rows can count.
    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError>;

    /// How many lines lie before byte `start`.
    fn lines_before(&self, start: usize) -> u64;

    /// Told once, by a worker, how it ended. Must not block.
    fn end(self: Box<Self>, end: ParcelEnd);
}

/// What became of a parcel's rows.
#[derive(Debug, Default)]
pub struct ParcelEnd {
    /// How many were tracked.
    pub tracked: u64,
    /// How many were read, and refused all together.
    pub refused: u64,
    /// Those that were left out, one by one.
    pub bad: BadLines,
    /// Texts that were cut.
    pub cut: u64,
    /// Of those that were tracked: rows that name no time, where a column is to.
    pub untimed: u64,
    /// Why rows were refused all together: the first reason.
    pub error: Option<EngineError>,
}

/// A parcel on its way down a lane.
pub(crate) struct ParcelTicket {
    pub sequence: u64,
    pub bytes: u64,
    pub window: TimeWindow,
    pub dataset: (u64, Arc<Dataset>),
}

/// Sends the parcels of one source to the lanes.
pub struct ParcelSender {
    shared: Arc<Shared>,
    lanes: Arc<Lanes>,
    dataset: (u64, Arc<Dataset>),
    window: TimeWindow,
    next: usize,
}

/// How often a source that waits for room looks whether it is to give up.
const LOOK: Duration = Duration::from_millis(50);

impl ParcelSender {
    pub(crate) const fn new(
        shared: Arc<Shared>,
        lanes: Arc<Lanes>,
        dataset: (u64, Arc<Dataset>),
        window: TimeWindow,
    ) -> Self {
        Self { shared, lanes, dataset, window, next: 0 }
    }

    /// Sends the next parcel, as soon as there is room. Blocks until then, or until `gives_up` says so: then the parcel comes back.
    ///
    /// # Errors
    /// `ERR_CLOSED` once the engine is being closed, `ERR_NOT_ALIVE` once it has stopped. Nothing was taken then.
    pub fn send(
        &mut self,
        parcel: Box<dyn Parcel>,
        gives_up: impl Fn() -> bool,
    ) -> Result<Option<Box<dyn Parcel>>, EngineError> {
        let Shared { parcels, stop, .. } = &*self.shared;
        let bytes = parcel.bytes();
        if !parcels.take(bytes, || stop.is_raised() || gives_up()) {
            return if stop.is_raised() { Err(not_alive()) } else { Ok(Some(parcel)) };
        }
        let lane = self.next % self.lanes.len();
        let sent = self.lanes.submit(lane, |sequence| {
            if parcels.is_closed() {
                return Err(closed());
            }
            let ticket = ParcelTicket { sequence, bytes, window: self.window, dataset: self.dataset.clone() };
            Ok(((), LaneMessage::Parcel(Box::new(ticket), parcel)))
        });
        if let Err(error) = sent {
            parcels.give(bytes);
            return Err(error);
        }
        self.next += 1;
        Ok(None)
    }

    /// Counts rows that come in no parcel, since the source found them unfit.
    pub fn leave_out(&self, rows: u64) {
        book_source_rows(&self.shared, 0, rows);
    }
}

fn closed() -> EngineError {
    EngineError::new(ErrorCode::Closed, "the logger was closed before the whole file was read")
}

/// What parcels take while they wait, and whether there may be more.
#[derive(Debug)]
pub(crate) struct ParcelBudget {
    most: u64,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: u64,
    closed: bool,
}

impl ParcelBudget {
    pub fn new(most: u64) -> Self {
        Self { most, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Takes room, as soon as there is some or no parcel will have any more; `false`: it was given up before.
    fn take(&self, bytes: u64, gives_up: impl Fn() -> bool) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.closed && state.bytes > 0 && state.bytes.saturating_add(bytes) > self.most {
            if gives_up() {
                return false;
            }
            (state, _) = self.freed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
        }
        if gives_up() {
            return false;
        }
        state.bytes = state.bytes.saturating_add(bytes);
        true
    }

    pub fn give(&self, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.freed.notify_all();
    }

    /// What waits.
    pub fn bytes(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    fn is_closed(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    /// No further parcel is taken.
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.freed.notify_all();
    }
}
