//! An engine on a manual clock, with everything it says kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rolling_profiles_engine::{Dataset, Engine, Event, Granularity, Limit, Parts, Plan, Schedule, Settings, Writer};
use rolling_profiles_profile::Profile;
use rolling_profiles_testkit::{Arena, ManualClock, RecordingSink};

/// 2024-02-29T14:34:56.789Z.
pub const NOW_MS: i64 = 1_709_217_296_789;

#[allow(dead_code, reason = "each test file uses its part of this")]
pub struct Bench {
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub sink: Arc<RecordingSink>,
    schedule: Option<Schedule>,
    last_waiter: AtomicU64,
}

pub fn settings(workers: usize) -> Settings {
    Settings {
        workers,
        limit: Limit::Bytes(1 << 20),
        max_profile_bytes: 1 << 30,
        seed: Some(7),
        max_columns: 100,
        max_value_bytes: 1 << 16,
        max_name_bytes: 1024,
        max_depth: 32,
    }
}

#[allow(dead_code, reason = "each test file uses its part of this")]
impl Bench {
    pub fn new(settings: &Settings) -> Self {
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let sink = Arc::new(RecordingSink::default());
        let parts = Parts { clock: Arc::clone(&clock) as _, sink: Arc::clone(&sink) as _ };
        let engine = Engine::start(settings, parts).unwrap();
        Self { engine, clock, sink, schedule: None, last_waiter: AtomicU64::new(1000) }
    }

    pub fn scheduled(minutes: u32) -> Self {
        let schedule = Some(Schedule { cadence: Granularity::Minute, interval: minutes });
        Self { schedule, ..Self::new(&settings(2)) }
    }

    pub fn dataset(&self, id: &str, writers: Vec<Arc<dyn Writer>>) -> u32 {
        self.open(id, Granularity::Day, self.schedule, writers)
    }

    pub fn open(&self, id: &str, width: Granularity, schedule: Option<Schedule>, writers: Vec<Arc<dyn Writer>>) -> u32 {
        self.open_planned(id, width, schedule, Plan::default(), writers)
    }

    pub fn open_planned(
        &self,
        id: &str,
        width: Granularity,
        schedule: Option<Schedule>,
        plan: Plan,
        writers: Vec<Arc<dyn Writer>>,
    ) -> u32 {
        self.engine.open_dataset(Dataset { id: id.to_owned(), org: None, width, schedule, plan, writers })
    }

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

    pub fn close(&self, timeout_ms: i64) -> (u64, u64) {
        let waiter = self.waiter();
        self.engine.close(waiter, timeout_ms).unwrap();
        self.flushed(waiter)
    }

    pub fn flushed(&self, id: u64) -> (u64, u64) {
        self.sink.wait("flush", |event| match event {
            Event::Flushed { waiter, written, pending } if *waiter == id => Some((*written, *pending)),
            _ => None,
        })
    }

    pub fn status(&self) -> Vec<rolling_profiles_engine::DatasetStatus> {
        let id = self.waiter();
        self.engine.status(id, None).unwrap();
        self.sink.wait("status", |event| match event {
            Event::Status { waiter, datasets } if *waiter == id => Some(datasets.clone()),
            _ => None,
        })
    }
}

/// How many values a column of serialised profiles counts.
#[allow(dead_code, reason = "each test file uses its part of this")]
pub fn counted<'a>(views: impl IntoIterator<Item = &'a [u8]>, column: &str) -> f64 {
    let one = |bytes: &[u8]| {
        let profile = Profile::deserialize(bytes).unwrap();
        let summary = profile.get(column).map(rolling_profiles_profile::Column::summary).unwrap_or_default();
        summary.into_iter().find(|(key, _)| key == "counts/n").map_or(0.0, |(_, n)| n)
    };
    views.into_iter().map(one).sum()
}
