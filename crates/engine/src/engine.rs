//! The façade: starts the threads, takes blocks and requests, stops the threads.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded, unbounded};

use rolling_profiles_profile::ColumnSchema;

use crate::block::gather;
use crate::budget::{Budget, Charge, Limit};
use crate::clock::Clock;
use crate::coordinator::{Command, Coordinator, Purpose};
use crate::dataset::Dataset;
use crate::error::{EngineError, ErrorCode, needs_rows, not_alive, said_by};
use crate::event::{Event, EventSink};
use crate::failure::Failpoint;
use crate::lane::{DatasetAnswer, LaneMessage, Lanes, RawTicket};
use crate::memory::ProfileMemory;
use crate::outbox::Outbox;
use crate::parcel::ParcelSender;
use crate::parcel_lane::ParcelLane;
use crate::partial::ValueLimits;
use crate::period::Caps;
use crate::placement::Placement;
use crate::raw_lane::RawLane;
use crate::registry::Idle;
use crate::schedule::Schedule;
use crate::shared::Shared;
use crate::stats::{Stats, add};
use crate::table_tracker::TableTracker;
use crate::worker::Worker;
use rolling_profiles_ingest::{Bucket, DatasetName, IngestLimits, RawMessage, TimeWindow, named_outside};

/// Plain settings; the TypeScript side has the defaults.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Lanes, each with a sketching thread; at least 1.
    pub workers: usize,
    /// What may wait in the lanes.
    pub limit: Limit,
    /// The most that profiles may take of memory, about: open ones, and what writers have not taken. Beyond it, those that were used least
    /// recently are written early.
    pub max_profile_bytes: u64,
    /// What profiles may take beyond it before threads wait for writers: see [`spare_profile_bytes`](crate::spare_profile_bytes).
    pub spare_profile_bytes: u64,
    /// Makes sketches and part numbers repeatable.
    pub seed: Option<u64>,
    /// The most columns of a profile.
    pub max_columns: usize,
    /// The most segments of a bucket and partition, till it is written; rows of others go to the partition's overflow.
    pub max_segments: usize,
    /// The most bytes of a text that are used.
    pub max_value_bytes: usize,
    /// The most bytes of a column name in a raw message.
    pub max_name_bytes: usize,
    /// How deep a value in a raw message may be nested.
    pub max_depth: usize,
    /// The most bytes of a message, and of the nulls that fill up the columns of a raw message's segments.
    pub max_message_bytes: usize,
    /// The most bytes of parcels that may wait in the lanes.
    pub max_parcel_bytes: u64,
    /// How long one attempt to write may take before it counts as failed.
    pub write_timeout_ms: u64,
    /// How many attempts to write one writer may have under way; at least 1.
    pub max_concurrent_writes: usize,
}

/// What the engine is given from outside.
pub struct Parts {
    /// Wall time, and monotonic time.
    pub clock: Arc<dyn Clock>,
    /// Where events go.
    pub sink: Arc<dyn EventSink>,
    /// Makes the engine fail on purpose, for tests.
    pub failpoint: Option<Failpoint>,
}

/// What a raw message is charged besides its bytes.
pub const RAW_MESSAGE_BYTES: u64 = 256;

/// A key and where its rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key's number.
    pub key: u64,
    /// Its home lane.
    pub lane: usize,
    /// Its time span.
    pub bucket: Bucket,
}

/// Running threads that turn blocks into written profiles.
pub struct Engine {
    shared: Arc<Shared>,
    lanes: Arc<Lanes>,
    placement: Mutex<Placement>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    thread_number: Option<u64>,
}

impl Engine {
    /// Starts the threads: one a lane, and the coordinator. Those that call writers come when they are needed.
    ///
    /// # Errors
    /// `ERR_THREAD` when the operating system refuses one.
    pub fn start(settings: &Settings, parts: Parts) -> Result<Self, EngineError> {
        let lanes = settings.workers.max(1);
        let caps = Caps { columns: settings.max_columns, segments: settings.max_segments };
        let budget = Budget::new(
            settings.limit,
            Arc::new(ProfileMemory::new(settings.max_profile_bytes, settings.spare_profile_bytes)),
        );
        let shared = Arc::new(Shared::new(
            lanes,
            caps,
            (budget, settings.max_parcel_bytes),
            settings.seed,
            parts.sink,
            parts.clock,
            parts.failpoint,
        ));
        let (commands, command_queue) = unbounded();
        let (senders, queues): (Vec<_>, Vec<_>) = (0..lanes).map(|_| unbounded()).unzip();
        let lanes = Arc::new(Lanes::new(senders, commands.clone()));
        let mut engine = Self {
            thread_number: None,
            shared: Arc::clone(&shared),
            lanes: Arc::clone(&lanes),
            placement: Mutex::new(Placement::new(settings.workers)),
            threads: Mutex::default(),
        };
        let limits = ValueLimits { max_value_bytes: settings.max_value_bytes };
        let ingest = IngestLimits {
            keeps_rows: false,
            max_columns: settings.max_columns,
            max_name_bytes: settings.max_name_bytes,
            max_value_bytes: settings.max_value_bytes,
            max_depth: settings.max_depth,
            max_message_bytes: settings.max_message_bytes,
        };
        let tables = TableTracker::new(Arc::clone(&shared), ingest);
        for (lane, queue) in queues.into_iter().enumerate() {
            let raw = RawLane::new(Arc::clone(&shared), tables.clone());
            let parcels = ParcelLane::new(Arc::clone(&shared), tables.clone());
            let worker = Worker::new(lane, Arc::clone(&shared), commands.clone(), limits.clone(), (raw, parcels));
            engine.spawn(&format!("profiles-lane-{lane}"), commands.clone(), move || worker.run(&queue))?;
        }
        let outbox = Outbox::new(Arc::clone(&shared), settings.write_timeout_ms, settings.max_concurrent_writes);
        let coordinator = Coordinator::new(Arc::clone(&shared), lanes, command_queue, outbox);
        let (tell_number, number) = bounded(1);
        engine.spawn("profiles-coord", commands.clone(), move || {
            tell_number.send(thread_number()).ok();
            coordinator.run();
        })?;
        engine.thread_number = number.recv().ok().flatten();
        shared.clock.on_tick(Box::new(move || {
            commands.send(Command::Tick).ok();
        }));
        Ok(engine)
    }

    /// A thread of the engine. If it fails, the engine stops and says so.
    fn spawn(
        &self,
        name: &str,
        commands: Sender<Command>,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), EngineError> {
        let shared = Arc::clone(&self.shared);
        let guarded = move || {
            if catch_unwind(AssertUnwindSafe(work)).is_ok() {
                return;
            }
            let error = EngineError::new(ErrorCode::Internal, "the logger stops, since one of its threads failed");
            shared.stop.raise();
            if commands.send(Command::Stop(error.clone())).is_err() {
                // The coordinator itself is gone.
                shared.wake();
                shared.sink.emit(Event::Stopped(Some(error)));
            }
        };
        match std::thread::Builder::new().name(name.to_owned()).spawn(guarded) {
            Ok(handle) => {
                self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
                Ok(())
            }
            Err(error) => {
                self.shared.stop.raise();
                self.lanes.wake();
                Err(refused(&error))
            }
        }
    }

    /// The operating system's number of the coordinator's thread; `None` where it does not tell.
    #[must_use]
    pub const fn thread_number(&self) -> Option<u64> {
        self.thread_number
    }

    /// Opens a dataset; gives its number.
    pub fn open_dataset(&self, dataset: Dataset) -> u64 {
        // Counted from this call, whenever the coordinator comes to it.
        let first = |schedule: Schedule| Some((schedule, schedule.first_after(self.shared.clock.now_ms())?));
        if let Some((schedule, first_ms)) = dataset.schedule.and_then(first) {
            self.lanes.command(Command::Schedule(schedule, first_ms));
        }
        self.shared.registry.add_dataset(dataset)
    }

    /// Describes a column of a dataset in use. Profiles that have the column already keep it as it is.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn describe_column(&self, dataset: u64, name: String, column: ColumnSchema) -> Result<(), EngineError> {
        self.shared.registry.dataset(dataset)?.plan.schema.describe(name, column);
        Ok(())
    }

    /// Lets go of those of `datasets` that have nothing open, pending or parked, and of which no bytes
    /// came since it was asked last. Their numbers are never used again, and neither are their writers.
    pub fn close_idle_datasets(&self, datasets: &[u64]) -> Idle {
        self.forget_done();
        self.shared.registry.close_idle(datasets)
    }

    /// A number for the bucket of `dataset` that holds `timestamp_ms`. It is the same as long as
    /// anything of the bucket is open. Every call holds it once more.
    ///
    /// # Errors
    /// `ERR_INVALID_TIMESTAMP`, `ERR_UNKNOWN_HANDLE`.
    pub fn hold_key(&self, dataset: u64, timestamp_ms: i64) -> Result<KeyInfo, EngineError> {
        let key = self.shared.registry.hold_key(dataset, timestamp_ms)?;
        // By its names and not its number: when a bucket that was closed comes back, the number depends on when it was written.
        let lane = self.shared.seed_for(&key, 0) % self.lanes.len() as u64;
        Ok(KeyInfo { key: key.number, lane: lane as usize, bucket: key.bucket })
    }

    /// Lets go of keys, behind the blocks submitted so far; their profiles stay open.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE` where one was not held; the others are let go all the same.
    pub fn release_keys(&self, keys: Vec<u64>) -> Result<(), EngineError> {
        self.release_keys_after(keys, u64::MAX)
    }

    /// The same of keys that no block names after the one with this sequence number.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`, as above.
    pub fn release_keys_after(&self, keys: Vec<u64>, sequence: u64) -> Result<(), EngineError> {
        self.forget_done();
        self.shared.registry.release_keys(keys, sequence.min(self.last_sequence()))
    }

    /// The sequence number of what was submitted last.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.lanes.last_sequence()
    }

    /// A number for a list of column names. No two calls give the same.
    pub fn register_shape(&self, columns: Vec<String>) -> u64 {
        self.shared.registry.add_shape(columns.into_iter().map(String::into_boxed_str).collect())
    }

    /// Lets go of a shape, behind the blocks submitted so far.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn release_shape(&self, shape: u64) -> Result<(), EngineError> {
        self.forget_done();
        self.shared.registry.release_shape(shape, self.last_sequence())
    }

    fn forget_done(&self) {
        self.shared.registry.forget_done(self.shared.watermark.reached());
    }

    /// Puts a block in a lane; gives the level of what waits now. Never refused for want of room: the caller has admitted the rows.
    ///
    /// # Errors
    /// `ERR_BLOCK_CORRUPT`, `ERR_UNKNOWN_HANDLE` for the lane, `ERR_NOT_ALIVE`. Nothing was taken then.
    pub fn submit(&self, lane: usize, arena: &[u8], text: &[u8]) -> Result<u64, EngineError> {
        self.alive()?;
        if lane >= self.lanes.len() {
            return Err(EngineError::new(
                ErrorCode::UnknownHandle,
                format!("the addon knows no worker {lane}: this is a fault of rolling-profiles"),
            ));
        }
        self.lanes.submit(lane, |sequence| {
            let block = gather(arena, text, sequence, self.shared.spare())?;
            let view = block.view()?;
            let entries = view.messages()?;
            let rows = view.rows() as u64;
            let grouped: usize = entries.iter().map(|entry| entry.rows).sum();
            let ended = entries.iter().filter(|entry| !entry.continues).count();
            let messages = rows - grouped as u64 + ended as u64;
            let awaited = entries.iter().filter(|entry| !entry.continues && entry.waiter != 0).count();
            self.shared.memory.begin_waits(awaited as u64);
            add(&self.shared.counters.accepted_rows, rows);
            add(&self.shared.counters.accepted_messages, messages);
            let bytes = block.len() as u64;
            let waiting = self.shared.budget.take(Charge { bytes, messages });
            Ok((waiting, LaneMessage::Block { block, sequence, bytes, messages, rows }))
        })
    }

    /// Puts a message that is still bytes in a lane; gives the level of what waits now. Never refused for want of room. It is tracked or rejected
    /// alone; where it names a dataset that is not open, [`Event::DatasetWanted`] comes and the message waits for [`Engine::answer_dataset`].
    ///
    /// # Errors
    /// `ERR_NOT_ALIVE`. Nothing was taken then.
    pub fn submit_raw(&self, message: RawMessage) -> Result<u64, EngineError> {
        self.alive()?;
        let lane = self.placement.lock().unwrap_or_else(PoisonError::into_inner).lane(&message);
        let bytes = message.bytes.len() as u64 + RAW_MESSAGE_BYTES;
        add(&self.shared.counters.accepted_messages, 1);
        let dataset = named_outside(&message).ok().and_then(|name| self.shared.registry.find(&name));
        self.lanes.submit(lane, |sequence| {
            let ticket = RawTicket { sequence, bytes, waiter: message.waiter, window: message.window, dataset };
            self.shared.memory.begin_waits(u64::from(ticket.waiter != 0));
            let waiting = self.shared.budget.take(ticket.charge());
            Ok((waiting, LaneMessage::Raw(Box::new(ticket), message)))
        })
    }

    /// Adds an entry to the metadata of profiles of `dataset` that are sealed from now on.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn add_metadata(&self, dataset: u64, key: String, value: String) -> Result<(), EngineError> {
        self.shared.registry.dataset(dataset)?.late_metadata.add(key, value);
        Ok(())
    }

    /// Lets a source send parcels of rows for `dataset`, which stays open as long as it does. Rows outside of `window` count as late, or are refused.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`, `ERR_NOT_ALIVE`, `ERR_UDF_NEEDS_ROWS` where JavaScript looks at the dataset's rows first.
    pub fn parcels(&self, dataset: u64, window: TimeWindow) -> Result<ParcelSender, EngineError> {
        self.alive()?;
        let owner = self.shared.registry.dataset(dataset)?;
        if owner.plan.needs_rows {
            return Err(needs_rows(&owner.id));
        }
        Ok(ParcelSender::new(Arc::clone(&self.shared), Arc::clone(&self.lanes), (dataset, owner), window))
    }

    /// Answers [`Event::DatasetWanted`]: the dataset is open under this number, or its messages are rejected with this error.
    ///
    /// # Errors
    /// `ERR_UNKNOWN_HANDLE`.
    pub fn answer_dataset(&self, name: DatasetName, outcome: Result<u64, EngineError>) -> Result<(), EngineError> {
        let outcome = match outcome {
            Ok(number) => Ok((number, self.shared.registry.dataset(number)?)),
            Err(error) => Err(error),
        };
        self.shared.registry.resolve_name(&name, outcome.as_ref().ok().map(|(number, _)| *number));
        self.lanes.answer(&Arc::new(DatasetAnswer { name, outcome }));
        Ok(())
    }

    /// What waits in the lanes, in the unit of the limit.
    #[must_use]
    pub fn level(&self) -> u64 {
        self.shared.budget.level()
    }

    /// Blocks the caller until `more` fits, in the unit of the limit, at most `timeout`; says whether it does.
    #[must_use]
    pub fn wait_for_space(&self, more: u64, timeout: Duration) -> bool {
        self.shared.budget.wait_for_space(more, timeout, || self.shared.stop.is_raised())
    }

    /// Asks for one [`Event::Drained`] as soon as the level is no higher than `mark`.
    pub fn arm_drained(&self, mark: u64) {
        if self.shared.budget.arm(mark) {
            self.shared.sink.emit(Event::Drained);
        }
    }

    /// Waits for everything submitted before to be tracked or rejected; answered by [`Event::Settled`].
    ///
    /// # Errors
    /// `ERR_NOT_ALIVE`.
    pub fn reach(&self, waiter: u64) -> Result<(), EngineError> {
        self.barrier(Purpose::Reach { waiter })
    }

    /// Writes everything of `dataset` (or of all) submitted before; answered by [`Event::Flushed`] when each writer has tried each profile once,
    /// but for those that may not be tried yet.
    ///
    /// # Errors
    /// `ERR_NOT_ALIVE`.
    pub fn flush(&self, waiter: u64, dataset: Option<u64>) -> Result<(), EngineError> {
        self.barrier(Purpose::Flush { waiter, dataset })
    }

    /// The number of what was sealed last: for [`Engine::written`].
    #[must_use]
    pub fn sealed(&self) -> u64 {
        self.shared.sealed.load(Ordering::SeqCst)
    }

    /// Writes everything of `dataset` (or of all) submitted before; answered by [`Event::Settled`] when all of it that was sealed after
    /// `since` is acknowledged by every writer. `since` is what [`Engine::sealed`] gave before the rows in question were submitted.
    ///
    /// # Errors
    /// `ERR_NOT_ALIVE`.
    pub fn written(&self, waiter: u64, dataset: Option<u64>, since: u64) -> Result<(), EngineError> {
        self.barrier(Purpose::Written { waiter, dataset, since })
    }

    /// Shows everything of `dataset` (or of all) submitted before; answered by [`Event::Status`].
    ///
    /// # Errors
    /// `ERR_NOT_ALIVE`.
    pub fn status(&self, waiter: u64, dataset: Option<u64>) -> Result<(), EngineError> {
        self.barrier(Purpose::Status { waiter, dataset })
    }

    /// Writes everything submitted before, retries for `timeout_ms`, stops; answered by [`Event::Closed`], then [`Event::Stopped`]. Nothing is
    /// written after that, but by attempts that are under way then.
    ///
    /// # Errors
    /// `ERR_NOT_ALIVE`.
    pub fn close(&self, waiter: u64, timeout_ms: u64) -> Result<(), EngineError> {
        let deadline = self.shared.clock.moment().plus_ms(timeout_ms);
        self.lanes.while_quiet(|| self.shared.parcels.close());
        self.barrier(Purpose::Close { waiter, deadline })
    }

    fn barrier(&self, purpose: Purpose) -> Result<(), EngineError> {
        self.alive()?;
        self.shared.memory.begin_waits(1);
        if self.lanes.barrier(purpose, HashSet::new()) { Ok(()) } else { Err(not_alive()) }
    }

    fn alive(&self) -> Result<(), EngineError> {
        if self.shared.stop.is_raised() { Err(not_alive()) } else { Ok(()) }
    }

    /// Stops without writing, each worker after the block in hand, each writer after the attempt that is under way; answered by [`Event::Stopped`] with `reason`.
    pub fn stop(&self, reason: EngineError) {
        self.shared.stop.raise();
        self.lanes.wake();
        self.shared.wake();
        self.lanes.command(Command::Stop(reason));
    }

    /// The counters at this moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Shared { counters, budget, parcels, memory, .. } = &*self.shared;
        Stats {
            profile_bytes: memory.used(),
            parcel_bytes: parcels.bytes(),
            ..counters.read(budget.bytes(), budget.messages())
        }
    }

    /// What profiles take of memory.
    #[must_use]
    pub fn memory(&self) -> &Arc<ProfileMemory> {
        &self.shared.memory
    }

    /// The largest sequence number up to which every block is done.
    #[must_use]
    pub fn watermark(&self) -> u64 {
        self.shared.watermark.reached()
    }

    /// Waits for the threads to end; they do after a close or a stop. Those of writers are not waited for: a writer may hang.
    pub fn join(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // Each thread catches its own panic.
            thread.join().ok();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop(not_alive());
        self.join();
    }
}

/// Of the calling thread.
#[cfg(target_os = "linux")]
fn thread_number() -> Option<u64> {
    std::fs::read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
const fn thread_number() -> Option<u64> {
    None
}

fn refused(error: &std::io::Error) -> EngineError {
    EngineError::new(ErrorCode::Thread, format!("a thread could not be started: {}", said_by(error)))
}
