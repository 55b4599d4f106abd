use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rolling_profiles_engine::{
    Dataset, DatasetStatus, Engine, ErrorCode, Event, Failpoint, Granularity, LateMetadata, Limit, Loss, Parts, Plan,
    RawKind, RawMessage, Schedule, Settings, Writer,
};
use rolling_profiles_profile::{Column, Profile};

use crate::{Arena, ManualClock, RecordingSink};

/// 2024-02-29T14:34:56.789Z.
pub const NOW_MS: i64 = 1_709_217_296_789;

/// Settings of an engine that holds a mebibyte, with a seed.
#[must_use]
pub const fn settings(workers: usize) -> Settings {
    Settings {
        workers,
        limit: Limit::Bytes(1 << 20),
        max_profile_bytes: 1 << 30,
        spare_profile_bytes: 0,
        seed: Some(7),
        max_columns: 100,
        max_segments: 1000,
        max_value_bytes: 1 << 16,
        max_name_bytes: 1024,
        max_depth: 32,
        max_message_bytes: 8 << 20,
        max_parcel_bytes: 1 << 20,
        write_timeout_ms: 300_000,
        max_concurrent_writes: 8,
    }
}

/// Bytes of a kind for dataset `d`, at [`NOW_MS`].
#[must_use]
pub fn raw(kind: RawKind, bytes: impl Into<Vec<u8>>) -> RawMessage {
    RawMessage { dataset_id: Some("d".to_owned()), timestamp_ms: NOW_MS as f64, ..RawMessage::new(kind, bytes) }
}

/// An engine on a manual clock, with everything it says kept. Its methods panic, which fails the test, where the engine refuses or does not answer.
pub struct Rig {
    /// The engine.
    pub engine: Engine,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// What it said.
    pub sink: Arc<RecordingSink>,
    schedule: Option<Schedule>,
    last_waiter: AtomicU64,
}

#[allow(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "said of all above; what is asked may be only to wait"
)]
impl Rig {
    /// Starts an engine.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::failing(settings, None)
    }

    /// Starts an engine that may be made to fail.
    #[must_use]
    pub fn failing(settings: &Settings, failpoint: Option<Failpoint>) -> Self {
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let sink = Arc::new(RecordingSink::default());
        let parts = Parts { clock: Arc::clone(&clock) as _, sink: Arc::clone(&sink) as _, failpoint };
        let engine = Engine::start(settings, parts).unwrap();
        Self { engine, clock, sink, schedule: None, last_waiter: AtomicU64::new(1000) }
    }

    /// One of two workers, whose datasets are written every so many minutes.
    #[must_use]
    pub fn scheduled(minutes: u32) -> Self {
        let schedule = Some(Schedule { cadence: Granularity::Minute, interval: minutes });
        Self { schedule, ..Self::new(&settings(2)) }
    }

    /// Opens a dataset of days.
    pub fn dataset(&self, id: &str, writers: Vec<Arc<dyn Writer>>) -> u64 {
        self.open(id, Granularity::Day, self.schedule, writers)
    }

    /// Opens a dataset.
    pub fn open(&self, id: &str, width: Granularity, schedule: Option<Schedule>, writers: Vec<Arc<dyn Writer>>) -> u64 {
        self.open_planned(id, width, schedule, Plan::default(), writers)
    }

    /// Opens a dataset with a plan.
    pub fn open_planned(
        &self,
        id: &str,
        width: Granularity,
        schedule: Option<Schedule>,
        plan: Plan,
        writers: Vec<Arc<dyn Writer>>,
    ) -> u64 {
        self.engine.open_dataset(Dataset {
            id: id.to_owned(),
            org: None,
            width,
            schedule,
            plan,
            writers,
            late_metadata: LateMetadata::default(),
        })
    }

    /// Submits a block.
    pub fn submit(&self, lane: usize, arena: &Arena) {
        let (arena, text) = arena.build();
        self.engine.submit(lane, &arena, &text).unwrap();
    }

    fn waiter(&self) -> u64 {
        self.last_waiter.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Flushes and waits for the answer: (written, pending).
    pub fn flush(&self) -> (u64, u64) {
        let waiter = self.waiter();
        self.engine.flush(waiter, None).unwrap();
        self.flushed(waiter)
    }

    /// Asks for a flush of one dataset; gives the waiter.
    pub fn ask_flush(&self, dataset: Option<u64>) -> u64 {
        let waiter = self.waiter();
        self.engine.flush(waiter, dataset).unwrap();
        waiter
    }

    /// Waits until a waiter is answered: how.
    ///
    /// # Errors
    /// What the engine answered.
    pub fn outcome(&self, id: u64) -> Result<(), ErrorCode> {
        self.sink.wait("answer", |event| match event {
            Event::Settled(waiters) => {
                let (_, outcome) = waiters.iter().find(|(waiter, _)| *waiter == id)?;
                Some(outcome.as_ref().copied().map_err(|error| error.code))
            }
            _ => None,
        })
    }

    /// Closes and waits for the answer: (written, pending).
    pub fn close(&self, timeout_ms: u64) -> (u64, u64) {
        let waiter = self.waiter();
        self.engine.close(waiter, timeout_ms).unwrap();
        let (written, pending, _) = self.closed(waiter);
        (written, pending)
    }

    /// Waits for the answer to a close: (written, pending, lost).
    pub fn closed(&self, id: u64) -> (u64, u64, Vec<Loss>) {
        self.sink.wait("close", |event| match event {
            Event::Closed { waiter, written, pending, lost } if *waiter == id => {
                Some((*written, *pending, lost.clone()))
            }
            _ => None,
        })
    }

    /// Waits for the answer to a flush: (written, pending).
    pub fn flushed(&self, id: u64) -> (u64, u64) {
        self.sink.wait("flush", |event| match event {
            Event::Flushed { waiter, written, pending } if *waiter == id => Some((*written, *pending)),
            _ => None,
        })
    }

    /// Waits until a waiter is answered.
    pub fn settled(&self, id: u64) {
        self.sink.wait("answer", |event| match event {
            Event::Settled(waiters) => waiters.iter().any(|(waiter, _)| *waiter == id).then_some(()),
            _ => None,
        });
    }

    /// Waits until everything submitted before is tracked, and what is due is begun: the engine looks at the clock between two answers.
    pub fn reach(&self) {
        self.reach_once();
        self.reach_once();
    }

    fn reach_once(&self) {
        let waiter = self.waiter();
        self.engine.reach(waiter).unwrap();
        self.settled(waiter);
    }

    /// Asks for the status of all datasets, as it is when what is due is begun.
    pub fn status(&self) -> Vec<DatasetStatus> {
        self.reach_once();
        let id = self.waiter();
        self.engine.status(id, None).unwrap();
        self.sink.wait("status", |event| match event {
            Event::Status { waiter, datasets } if *waiter == id => Some(datasets.clone()),
            _ => None,
        })
    }
}

/// How many values a column of serialised profiles counts.
///
/// # Panics
/// When they cannot be read: the test has failed.
pub fn counted<'a>(views: impl IntoIterator<Item = &'a [u8]>, column: &str) -> f64 {
    let one = |bytes: &[u8]| {
        let profile = Profile::deserialize(bytes).unwrap();
        let summary = profile.get(column).map(Column::summary).unwrap_or_default();
        summary.into_iter().find(|(key, _)| key == "counts/n").map_or(0.0, |(_, n)| n)
    };
    views.into_iter().map(one).sum()
}
