//! What the numbers in a block stand for: keys (a dataset's bucket) and shapes (column names), and the datasets behind them.
//!
//! Invariants
//! - No number is given twice ([`Numbered`]).
//! - A (dataset, bucket) has one [`Key`], and so one number, while anything of it is open: while
//!   JavaScript holds its number, a block that names it waits, a lane has a partial of it, or a
//!   profile of it is not yet written. All of these hold the same `Arc<Key>`.
//! - A dataset that only the registry itself holds has nothing open: it can be let go.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use rustc_hash::FxBuildHasher;

use crate::dataset::{Dataset, Key, Shape};
use crate::error::{EngineError, ErrorCode};
use crate::numbered::{Numbered, shrink};
use crate::period::Periods;
use rolling_profiles_ingest::DatasetName;
use rolling_profiles_ingest::{Bucket, Granularity};

/// All numbers in use.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    datasets: RwLock<Datasets>,
    keys: RwLock<Keys>,
    shapes: RwLock<Numbered<Shape>>,
}

#[derive(Debug, Default)]
struct Datasets {
    by_number: Numbered<Dataset>,
    by_name: HashMap<DatasetName, NameState>,
}

#[derive(Debug, Default)]
struct Keys {
    by_number: Numbered<Key>,
    /// By dataset number and bucket start. Dead ones are swept out when they may be the half.
    by_bucket: HashMap<(u64, i64), Weak<Key>, FxBuildHasher>,
    /// How many of them may be dead: since the last sweep, no number or no dataset held them any more.
    may_be_dead: usize,
}

/// What is known of a dataset's name.
#[derive(Debug)]
enum NameState {
    Open(OpenName),
    /// Messages wait until the answer has gone down every lane, though there may be a number already.
    Requested(Option<u64>),
}

#[derive(Debug)]
struct OpenName {
    number: u64,
    /// Bytes have named it, of which JavaScript knows nothing.
    used: AtomicBool,
}

/// What became of datasets that may be idle.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// These had nothing open, and are closed now.
    pub closed: Vec<u64>,
    /// These have nothing open either, but bytes for them came since this was asked last.
    pub used: Vec<u64>,
}

/// What a look at a dataset's name finds.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// It is open.
    Open(u64, Arc<Dataset>),
    /// It is not open, and was asked for before.
    Requested,
    /// It is not open. It counts as asked for from now on.
    New,
}

/// Below so many buckets nothing is swept out.
const FEW_BUCKETS: usize = 1024;

impl Registry {
    /// Adds a dataset; gives its number.
    pub fn add_dataset(&self, dataset: Dataset) -> u64 {
        let name = dataset.name();
        let mut datasets = write(&self.datasets);
        let number = datasets.by_number.insert(Arc::new(dataset));
        match datasets.by_name.get_mut(&name) {
            Some(NameState::Requested(known)) => *known = Some(number),
            _ => drop(datasets.by_name.insert(name, NameState::open(number))),
        }
        number
    }

    /// The width of the buckets of the dataset called `name`, also while messages wait for it.
    pub fn width_of(&self, name: &DatasetName) -> Option<Granularity> {
        let datasets = read(&self.datasets);
        let number = match datasets.by_name.get(name)? {
            NameState::Open(open) => open.number,
            NameState::Requested(number) => (*number)?,
        };
        Some(datasets.by_number.get(number)?.width)
    }

    /// The dataset called `name`, if it is open.
    pub fn find(&self, name: &DatasetName) -> Option<Arc<Dataset>> {
        match open_dataset(&read(&self.datasets), name)? {
            Lookup::Open(_, dataset) => Some(dataset),
            _ => None,
        }
    }

    /// The dataset called `name`.
    pub fn lookup_or_request(&self, name: &DatasetName) -> Lookup {
        if let Some(found) = open_dataset(&read(&self.datasets), name) {
            return found;
        }
        let mut datasets = write(&self.datasets);
        if let Some(found) = open_dataset(&datasets, name) {
            return found;
        }
        if let Some(NameState::Requested(_)) = datasets.by_name.get(name) {
            return Lookup::Requested;
        }
        datasets.by_name.insert(name.clone(), NameState::Requested(None));
        Lookup::New
    }

    /// A dataset that was asked for is open as number `number`; `None`: it is not, and will be asked for anew.
    pub fn resolve_name(&self, name: &DatasetName, number: Option<u64>) {
        let mut datasets = write(&self.datasets);
        match number {
            Some(number) => datasets.by_name.insert(name.clone(), NameState::open(number)),
            None => datasets.by_name.remove(name),
        };
    }

    /// Dataset number `number`.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn dataset(&self, number: u64) -> Result<Arc<Dataset>, EngineError> {
        read(&self.datasets).by_number.get(number).cloned().ok_or_else(|| unknown("dataset", number))
    }

    /// All datasets, in the order in which they were opened.
    pub fn datasets(&self) -> Vec<(u64, Arc<Dataset>)> {
        let datasets = read(&self.datasets);
        let mut all: Vec<_> =
            datasets.by_number.values().map(|(number, dataset)| (number, Arc::clone(dataset))).collect();
        all.sort_unstable_by_key(|(number, _)| *number);
        all
    }

    /// Lets go of those of `numbers` that have nothing open, and were not used since this was asked last.
    pub fn close_idle(&self, numbers: &[u64]) -> Idle {
        let idle = write(&self.datasets).close_idle(numbers);
        if !idle.closed.is_empty() {
            write(&self.keys).note_dead(idle.closed.len());
        }
        idle
    }

    /// The key of a dataset's bucket.
    pub fn key_of(&self, dataset: u64, owner: &Arc<Dataset>, bucket: Bucket) -> Arc<Key> {
        let place = (dataset, bucket.start_ms);
        if let Some(key) = read(&self.keys).by_bucket.get(&place).and_then(Weak::upgrade) {
            return key;
        }
        let mut keys = write(&self.keys);
        let key = keys.open(place, owner, bucket);
        // Nobody tells when it is no longer used.
        keys.note_dead(1);
        key
    }

    /// The same, held under its number until [`release_keys`](Self::release_keys).
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE` for an unknown dataset, `ERR_INVALID_TIMESTAMP`.
    pub fn hold_key(&self, dataset: u64, timestamp_ms: i64) -> Result<Arc<Key>, EngineError> {
        let owner = self.dataset(dataset)?;
        let bucket = owner.width.bucket(timestamp_ms)?;
        let mut keys = write(&self.keys);
        let key = keys.open((dataset, bucket.start_ms), &owner, bucket);
        keys.by_number.hold(key.number, Arc::clone(&key));
        Ok(key)
    }

    /// Key number `number`.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn key(&self, number: u64) -> Result<Arc<Key>, EngineError> {
        read(&self.keys).by_number.get(number).cloned().ok_or_else(|| unknown("key", number))
    }

    /// Lets go of keys that blocks up to `sequence` may name.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE` where one was not held; the others are let go all the same.
    pub fn release_keys(&self, numbers: Vec<u64>, sequence: u64) -> Result<(), EngineError> {
        all_held("key", &write(&self.keys).by_number.release(numbers, sequence))
    }

    /// Gives a number to a list of column names.
    pub fn add_shape(&self, columns: Vec<Box<str>>) -> u64 {
        write(&self.shapes).insert(columns.into())
    }

    /// Shape number `number`.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn shape(&self, number: u64) -> Result<Arc<Shape>, EngineError> {
        read(&self.shapes).get(number).cloned().ok_or_else(|| unknown("shape", number))
    }

    /// Lets go of a shape that blocks up to `sequence` may name.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn release_shape(&self, number: u64, sequence: u64) -> Result<(), EngineError> {
        all_held("shape", &write(&self.shapes).release(vec![number], sequence))
    }

    /// Forgets what was let go and no block names any more: all blocks up to `reached` are done.
    pub fn forget_done(&self, reached: u64) {
        let mut keys = write(&self.keys);
        let forgotten = keys.by_number.forget_done(reached);
        keys.note_dead(forgotten);
        drop(keys);
        write(&self.shapes).forget_done(reached);
    }
}

impl NameState {
    const fn open(number: u64) -> Self {
        Self::Open(OpenName { number, used: AtomicBool::new(false) })
    }
}

impl Datasets {
    fn close_idle(&mut self, numbers: &[u64]) -> Idle {
        let mut idle = Idle::default();
        for &number in numbers {
            // Whoever uses a dataset holds it, and can get hold of it only under this lock.
            let is_idle = |dataset: &&Arc<Dataset>| Arc::strong_count(dataset) == 1;
            let Some(dataset) = self.by_number.get(number).filter(is_idle) else { continue };
            let name = dataset.name();
            match self.by_name.get_mut(&name) {
                Some(NameState::Requested(_)) => continue,
                Some(NameState::Open(open)) if open.number == number => {
                    if std::mem::take(open.used.get_mut()) {
                        idle.used.push(number);
                        continue;
                    }
                    self.by_name.remove(&name);
                }
                _ => {}
            }
            self.by_number.remove(number);
            idle.closed.push(number);
        }
        shrink(&mut self.by_name);
        self.by_number.shrink();
        idle
    }
}

impl Keys {
    fn open(&mut self, place: (u64, i64), owner: &Arc<Dataset>, bucket: Bucket) -> Arc<Key> {
        if let Some(key) = self.by_bucket.get(&place).and_then(Weak::upgrade) {
            return key;
        }
        let number = self.by_number.next_number();
        let key =
            Arc::new(Key { number, dataset: place.0, owner: Arc::clone(owner), bucket, periods: Periods::default() });
        self.by_bucket.insert(place, Arc::downgrade(&key));
        key
    }

    /// So many buckets more may be dead. They are swept out when they may be the half.
    fn note_dead(&mut self, buckets: usize) {
        self.may_be_dead += buckets;
        if self.may_be_dead > FEW_BUCKETS.max(self.by_bucket.len() / 2) {
            self.by_bucket.retain(|_, key| key.strong_count() > 0);
            shrink(&mut self.by_bucket);
            self.may_be_dead = 0;
        }
    }
}

fn open_dataset(datasets: &Datasets, name: &DatasetName) -> Option<Lookup> {
    let NameState::Open(open) = datasets.by_name.get(name)? else { return None };
    // Mostly it is noted already, and then the memory of it need not move from core to core.
    if !open.used.load(Ordering::Relaxed) {
        open.used.store(true, Ordering::Relaxed);
    }
    Some(Lookup::Open(open.number, Arc::clone(datasets.by_number.get(open.number)?)))
}

fn all_held(kind: &str, strange: &[u64]) -> Result<(), EngineError> {
    strange.first().map_or(Ok(()), |&number| Err(unknown(kind, number)))
}

fn unknown(kind: &str, number: u64) -> EngineError {
    EngineError::new(
        ErrorCode::UnknownHandle,
        format!("the addon knows no {kind} {number}: this is a fault of rolling-profiles"),
    )
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::LateMetadata;
    use crate::plan::Plan;

    fn named(id: &str) -> Dataset {
        Dataset {
            id: id.to_owned(),
            org: None,
            width: Granularity::Hour,
            schedule: None,
            plan: Plan::default(),
            writers: Vec::new(),
            late_metadata: LateMetadata::default(),
        }
    }

    fn with_dataset() -> (Registry, u64) {
        let registry = Registry::default();
        let number = registry.add_dataset(named("d"));
        (registry, number)
    }

    #[test]
    fn a_bucket_keeps_its_number_while_anything_of_it_is_open() {
        let (registry, dataset) = with_dataset();
        let key = registry.hold_key(dataset, 5).unwrap();
        registry.release_keys(vec![key.number], 3).unwrap();
        registry.forget_done(2);
        assert!(registry.key(key.number).is_ok(), "a block in a lane may name it");
        registry.forget_done(3);
        assert!(registry.key(key.number).is_err());
        let again = registry.hold_key(dataset, 9).unwrap();
        assert_eq!(again.number, key.number, "a partial still holds it");
        assert!(registry.release_keys(vec![again.number, 77], 3).is_err(), "one was never held");
        registry.forget_done(3);
        let number = key.number;
        drop((key, again));
        assert!(registry.hold_key(dataset, 5).unwrap().number > number, "nothing was open: a number of its own");
    }

    #[test]
    fn a_key_held_again_before_its_release_comes_through_stays() {
        let (registry, dataset) = with_dataset();
        let number = registry.hold_key(dataset, 5).unwrap().number;
        assert_eq!(registry.hold_key(dataset, 6).unwrap().number, number);
        registry.release_keys(vec![number], 0).unwrap();
        registry.forget_done(10);
        assert!(registry.key(number).is_ok());
    }

    #[test]
    fn buckets_that_are_gone_take_no_memory() {
        let (registry, dataset) = with_dataset();
        for hour in 0..50_000 {
            let number = registry.hold_key(dataset, hour * 3_600_000).unwrap().number;
            registry.release_keys(vec![number], 0).unwrap();
            registry.forget_done(0);
        }
        assert!(read(&registry.keys).by_bucket.len() <= FEW_BUCKETS);
    }

    #[test]
    fn a_dataset_is_let_go_when_nothing_of_it_is_open() {
        let (registry, dataset) = with_dataset();
        let name = DatasetName { org: None, id: "d".to_owned() };
        let key = registry.hold_key(dataset, 5).unwrap();
        registry.release_keys(vec![key.number], 0).unwrap();
        registry.forget_done(0);
        assert_eq!(registry.close_idle(&[dataset]), Idle::default(), "a partial is open");
        drop(key);
        assert_eq!(registry.close_idle(&[dataset, 77]).closed, [dataset]);
        assert!(registry.dataset(dataset).is_err());
        assert!(matches!(registry.lookup_or_request(&name), Lookup::New));
    }

    #[test]
    fn a_dataset_that_bytes_have_named_stays_until_it_is_asked_after_again() {
        let (registry, dataset) = with_dataset();
        let name = DatasetName { org: None, id: "d".to_owned() };
        drop(registry.lookup_or_request(&name));
        assert_eq!(registry.close_idle(&[dataset]), Idle { closed: vec![], used: vec![dataset] });
        assert_eq!(registry.close_idle(&[dataset]), Idle { closed: vec![dataset], used: vec![] });
    }

    #[test]
    fn datasets_that_are_let_go_take_no_memory() {
        let registry = Registry::default();
        let numbers: Vec<u64> = (0..50_000).map(|at| registry.add_dataset(named(&at.to_string()))).collect();
        for &number in &numbers {
            let key = registry.hold_key(number, 5).unwrap().number;
            registry.release_keys(vec![key], 0).unwrap();
        }
        registry.forget_done(0);
        for some in numbers[10..].chunks(8192) {
            assert_eq!(registry.close_idle(some).closed, some);
        }
        assert!(read(&registry.keys).by_bucket.len() <= FEW_BUCKETS);
        assert!(read(&registry.keys).by_bucket.capacity() <= FEW_BUCKETS * 8);
        assert!(read(&registry.datasets).by_name.capacity() <= FEW_BUCKETS * 8);
    }
}
