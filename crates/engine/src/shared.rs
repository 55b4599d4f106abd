//! What the threads of one engine share.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::block::Block;
use crate::budget::Budget;
use crate::clock::Clock;
use crate::dataset::{Dataset, Key};
use crate::error::{EngineError, ErrorCode};
use crate::event::{Event, EventSink};
use crate::failure::{Failpoint, Site};
use crate::lane::StopFlag;
use crate::loss::Loss;
use crate::memory::ProfileMemory;
use crate::parcel::ParcelBudget;
use crate::period::{Caps, Passed};
use crate::registry::Registry;
use crate::stats::{Counters, add};
use crate::watermark::Watermark;

/// Buffers kept for the next block, and the largest worth keeping: beyond it an allocator serves as well.
const SPARE_BUFFERS: usize = 64;
const SPARE_WORDS: usize = 64 * 1024;

pub(crate) struct Shared {
    pub registry: Registry,
    pub budget: Budget,
    pub parcels: ParcelBudget,
    pub memory: Arc<ProfileMemory>,
    pub watermark: Watermark,
    pub counters: Counters,
    pub sink: Arc<dyn EventSink>,
    pub clock: Arc<dyn Clock>,
    pub stop: StopFlag,
    failpoint: Option<Failpoint>,
    pub seed: u64,
    /// The seed was given, so that another run may have the same.
    pub is_seeded: bool,
    /// The number of the item that was sealed last.
    pub sealed: AtomicU64,
    /// A time far from now was told of.
    pub told_late: AtomicBool,
    /// The last barrier that each lane has passed.
    pub passed: Passed,
    pub caps: Caps,
    /// Makes hashes of column names.
    names: RandomState,
    told_unsegmented: AtomicBool,
    told_overflow: AtomicBool,
    told_cut: AtomicBool,
    spare: Mutex<Vec<Vec<u64>>>,
}

impl Shared {
    pub fn new(
        lanes: usize,
        caps: Caps,
        (budget, max_parcel_bytes): (Budget, u64),
        seed: Option<u64>,
        sink: Arc<dyn EventSink>,
        clock: Arc<dyn Clock>,
        failpoint: Option<Failpoint>,
    ) -> Self {
        Self {
            registry: Registry::default(),
            memory: Arc::clone(budget.memory()),
            budget,
            parcels: ParcelBudget::new(max_parcel_bytes),
            watermark: Watermark::default(),
            counters: Counters::default(),
            sink,
            clock,
            stop: StopFlag::default(),
            failpoint,
            seed: seed.unwrap_or_else(random_seed),
            is_seeded: seed.is_some(),
            sealed: AtomicU64::new(0),
            told_late: AtomicBool::new(false),
            passed: Passed::new(lanes),
            caps,
            names: RandomState::new(),
            told_unsegmented: AtomicBool::new(false),
            told_overflow: AtomicBool::new(false),
            told_cut: AtomicBool::new(false),
            spare: Mutex::default(),
        }
    }

    /// A hash of a column name that nobody can foresee.
    pub fn hash_of(&self, name: &str) -> u64 {
        self.names.hash_one(name)
    }

    /// Fails here, where a test asks for it.
    pub fn fail_at(&self, site: Site, key: &Key) {
        if let Some(failpoint) = &self.failpoint {
            failpoint(site, &key.owner.id);
        }
    }

    /// Counts rows that belong to no segment of their dataset, and tells of it once.
    pub fn tell_unsegmented(&self, key: &Key, rows: u64) {
        if rows == 0 {
            return;
        }
        add(&self.counters.unsegmented_rows, rows);
        if !self.told_unsegmented.swap(true, Ordering::Relaxed) {
            let message = format!("a row of dataset {:?} belongs to none of its segments", key.owner.id);
            self.sink.emit(Event::Warning(EngineError::new(ErrorCode::NoSegment, message)));
        }
    }

    /// Counts rows in segments that there is no room for, and tells of it once.
    pub fn tell_overflow(&self, key: &Key, rows: u64) {
        add(&self.counters.overflowed_rows, rows);
        if !self.told_overflow.swap(true, Ordering::Relaxed) {
            let most = self.caps.segments;
            let message = format!(
                "dataset {:?} has rows in more than {most} segments of a bucket (limits.maxSegments): those of others \
                 go to one overflow segment",
                key.owner.id
            );
            self.sink.emit(Event::Warning(EngineError::new(ErrorCode::TooManySegments, message)));
        }
    }

    /// Counts texts that were cut, and tells of it once.
    pub fn tell_cut(&self, texts: u64, most: usize) {
        if texts == 0 {
            return;
        }
        add(&self.counters.cut_texts, texts);
        if !self.told_cut.swap(true, Ordering::Relaxed) {
            let message = format!("a text is longer than limits.maxValueBytes ({most}): its start alone is used");
            self.sink.emit(Event::Warning(EngineError::new(ErrorCode::ValueCut, message)));
        }
    }

    /// Counts a profile that could not be made, and tells of it; gives the error.
    pub fn tell_lost(&self, key: &Key, rows: u64, why: &str) -> EngineError {
        add(&self.counters.lost_profiles, 1);
        add(&self.counters.lost_rows, rows);
        let Dataset { id, org, .. } = &*key.owner;
        let message = format!("a profile of dataset {id:?} with {rows} rows is lost: {why}");
        let error = EngineError::new(ErrorCode::DataLost, message);
        let loss = Loss { dataset: Some(id.clone()), org: org.clone(), profiles: 1, rows, unanswered: 0 };
        self.sink.emit(Event::Lost { loss, error: error.clone() });
        error
    }

    /// Lets everybody who waits for room see that the engine stops.
    pub fn wake(&self) {
        self.budget.wake();
        self.memory.end();
    }

    /// Memory for the next block.
    pub fn spare(&self) -> Vec<u64> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps a done block's memory.
    pub fn recycle(&self, block: Block) {
        let words = block.into_words();
        if words.capacity() <= SPARE_WORDS {
            let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
            if spare.len() < SPARE_BUFFERS {
                spare.push(words);
            }
        }
    }

    /// The seed of a lane's part of a profile: the same for the same engine seed, dataset, bucket and lane.
    pub fn seed_for(&self, key: &Key, lane: usize) -> u64 {
        let mut seed = self.seed;
        let names = key.owner.org.iter().map(String::as_str).chain([key.owner.id.as_str()]);
        for byte in names.flat_map(|name| name.bytes().chain([0xff])) {
            seed = mix(seed ^ u64::from(byte));
        }
        mix(mix(seed ^ key.bucket.start_ms.cast_unsigned()) ^ lane as u64)
    }
}

/// A seed that differs from run to run.
pub(crate) fn random_seed() -> u64 {
    RandomState::new().hash_one(0u64)
}

/// One step of `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub(crate) const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
