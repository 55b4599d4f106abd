//! What small numbers in a block stand for: datasets, keys (dataset and bucket) and shapes (column names).
//!
//! Numbers of keys and shapes are used again. A number is free only when every lane has seen its [`Retired`] go by, so a block that was
//! submitted before never meets a newer meaning.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::bucket::{Bucket, Granularity, Schedule};
use crate::error::{EngineError, ErrorCode};
use crate::ingest::DatasetName;
use crate::plan::Plan;
use crate::writer::Writer;

/// An (organisation, dataset id) pair: how wide its buckets are, when they are written and where they go.
pub struct Dataset {
    /// The dataset id, as the user wrote it.
    pub id: String,
    /// The organisation, when one was named.
    pub org: Option<String>,
    /// Width of a bucket.
    pub width: Granularity,
    /// When open profiles are written; `None`: by flush and close alone.
    pub schedule: Option<Schedule>,
    /// How its rows become profiles.
    pub plan: Plan,
    /// Each gets every profile.
    pub writers: Vec<Arc<dyn Writer>>,
}

impl fmt::Debug for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Dataset({:?}, {:?}, {} writers)", self.org, self.id, self.writers.len())
    }
}

/// What a key number stands for.
#[derive(Debug)]
pub struct Key {
    /// Number of the dataset.
    pub dataset: u32,
    /// The dataset itself.
    pub owner: Arc<Dataset>,
    /// The time span.
    pub bucket: Bucket,
}

/// What a shape number stands for: column names in directory order.
pub type Shape = [Box<str>];

/// All numbers in use.
#[derive(Debug, Default)]
pub struct Registry {
    datasets: RwLock<Vec<Arc<Dataset>>>,
    keys: RwLock<Slab<Key>>,
    shapes: RwLock<Slab<Shape>>,
    names: RwLock<HashMap<DatasetName, Named>>,
}

/// What is known of a dataset's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Open(u32),
    /// Its messages wait until its answer has gone down every lane, though it may have a number already.
    Wanted(Option<u32>),
}

/// Which number is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retiring {
    /// A key's.
    Key(u32),
    /// A shape's.
    Shape(u32),
}

/// A number on its way back: free again when the last lane drops its handle to this.
#[derive(Debug)]
pub struct Retired {
    /// The number.
    pub what: Retiring,
    registry: Arc<Registry>,
}

impl Drop for Retired {
    fn drop(&mut self) {
        match self.what {
            Retiring::Key(number) => write(&self.registry.keys).remove(number),
            Retiring::Shape(number) => write(&self.registry.shapes).remove(number),
        }
    }
}

impl Registry {
    /// Adds a dataset; gives its number.
    pub fn add_dataset(&self, dataset: Dataset) -> u32 {
        let name = DatasetName { org: dataset.org.clone(), id: dataset.id.clone() };
        let mut datasets = write(&self.datasets);
        datasets.push(Arc::new(dataset));
        let number = (datasets.len() - 1) as u32;
        match write(&self.names).entry(name).or_insert(Named::Open(number)) {
            Named::Wanted(known) => *known = Some(number),
            Named::Open(_) => {}
        }
        number
    }

    /// The number of the dataset called `name`, if it is open.
    pub fn named(&self, name: &DatasetName) -> Option<u32> {
        match read(&self.names).get(name) {
            Some(Named::Open(number)) => Some(*number),
            _ => None,
        }
    }

    /// The width of the buckets of the dataset called `name`, also while others wait for it.
    pub fn width_of(&self, name: &DatasetName) -> Option<Granularity> {
        let (Named::Open(number) | Named::Wanted(Some(number))) = *read(&self.names).get(name)? else { return None };
        Some(self.dataset(number).ok()?.width)
    }

    /// The number of the dataset called `name`; otherwise notes that it is wanted, and says whether that is new.
    pub fn named_or_wanted(&self, name: &DatasetName) -> Result<u32, bool> {
        if let Some(number) = self.named(name) {
            return Ok(number);
        }
        let mut names = write(&self.names);
        match names.get(name) {
            Some(Named::Open(number)) => Ok(*number),
            Some(Named::Wanted(_)) => Err(false),
            None => {
                names.insert(name.clone(), Named::Wanted(None));
                Err(true)
            }
        }
    }

    /// A wanted dataset is open as number `number`; `None`: it is not, and will be wanted anew.
    pub fn settle_name(&self, name: &DatasetName, number: Option<u32>) {
        let mut names = write(&self.names);
        match number {
            Some(number) => names.insert(name.clone(), Named::Open(number)),
            None => names.remove(name),
        };
    }

    /// Dataset number `number`.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn dataset(&self, number: u32) -> Result<Arc<Dataset>, EngineError> {
        read(&self.datasets).get(number as usize).cloned().ok_or_else(|| unknown("dataset", number))
    }

    /// All datasets, by number.
    pub fn datasets(&self) -> Vec<Arc<Dataset>> {
        read(&self.datasets).clone()
    }

    /// Gives a number to (dataset, bucket).
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE` for an unknown dataset.
    pub fn add_key(&self, dataset: u32, bucket: Bucket) -> Result<u32, EngineError> {
        let owner = self.dataset(dataset)?;
        Ok(write(&self.keys).insert(Arc::new(Key { dataset, owner, bucket })))
    }

    /// Key number `number`.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn key(&self, number: u32) -> Result<Arc<Key>, EngineError> {
        read(&self.keys).get(number).ok_or_else(|| unknown("key", number))
    }

    /// Gives a number to a list of column names.
    pub fn add_shape(&self, columns: Vec<Box<str>>) -> u32 {
        write(&self.shapes).insert(columns.into())
    }

    /// Shape number `number`.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn shape(&self, number: u32) -> Result<Arc<Shape>, EngineError> {
        read(&self.shapes).get(number).ok_or_else(|| unknown("shape", number))
    }

    /// Starts giving a number back. Send a clone of the handle down every lane.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE` when the number is not in use, or on its way back already.
    pub fn retire(self: &Arc<Self>, what: Retiring) -> Result<Arc<Retired>, EngineError> {
        let (known, kind, number) = match what {
            Retiring::Key(number) => (write(&self.keys).retire(number), "key", number),
            Retiring::Shape(number) => (write(&self.shapes).retire(number), "shape", number),
        };
        if !known {
            return Err(unknown(kind, number));
        }
        Ok(Arc::new(Retired { what, registry: Arc::clone(self) }))
    }
}

#[derive(Debug)]
struct Slab<T: ?Sized> {
    items: Vec<Slot<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot<T: ?Sized> {
    item: Option<Arc<T>>,
    retiring: bool,
}

impl<T: ?Sized> Default for Slab<T> {
    fn default() -> Self {
        Self { items: Vec::new(), free: Vec::new() }
    }
}

impl<T: ?Sized> Slab<T> {
    fn insert(&mut self, item: Arc<T>) -> u32 {
        let slot = Slot { item: Some(item), retiring: false };
        if let Some(number) = self.free.pop() {
            self.items[number as usize] = slot;
            return number;
        }
        self.items.push(slot);
        (self.items.len() - 1) as u32
    }

    fn get(&self, number: u32) -> Option<Arc<T>> {
        self.items.get(number as usize)?.item.clone()
    }

    fn retire(&mut self, number: u32) -> bool {
        match self.items.get_mut(number as usize) {
            Some(slot) if slot.item.is_some() && !slot.retiring => {
                slot.retiring = true;
                true
            }
            _ => false,
        }
    }

    fn remove(&mut self, number: u32) {
        if let Some(slot) = self.items.get_mut(number as usize)
            && slot.item.take().is_some()
        {
            self.free.push(number);
        }
    }
}

fn unknown(kind: &str, number: u32) -> EngineError {
    EngineError::new(ErrorCode::UnknownHandle, format!("{kind} {number} is not known to this engine"))
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_free_when_the_last_lane_has_let_go() {
        let registry = Arc::new(Registry::default());
        let first = registry.add_shape(vec!["a".into()]);
        let handle = registry.retire(Retiring::Shape(first)).unwrap();
        let other_lane = Arc::clone(&handle);
        drop(handle);
        assert!(registry.shape(first).is_ok(), "a lane may still meet it");
        assert_ne!(registry.add_shape(vec!["b".into()]), first);
        assert!(registry.retire(Retiring::Shape(first)).is_err(), "once is enough");
        drop(other_lane);
        assert!(registry.shape(first).is_err());
        assert_eq!(registry.add_shape(vec!["c".into()]), first);
    }
}
