//! The functions of `Native` in `ts/native.ts`, in its order.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Either, FnArgs, Function, Uint8Array};
use napi_derive::napi;
use rolling_profiles_engine::{
    Dataset, Engine, EngineError, ErrorCode, Granularity, Idle, LateMetadata, Limit, Parts, Schedule, Settings,
    SystemClock, Writer, spare_profile_bytes,
};
use rolling_profiles_files::LARGE_PARCEL_BYTES;
use rolling_profiles_writers::{add_file, write_file};

use crate::engines::{self, Running};
use crate::fault::{Fault, Result, from_engine, guard};
use crate::plan;
use crate::sentinel;
use crate::signal::NativeSignal;
use crate::sink::SignalSink;
use crate::system::NativeSystemFailure;
use crate::trim;
use crate::whylabs;

/// See `NativeEngineOptions` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_to_js = false)]
pub struct NativeEngineOptions {
    pub workers: u32,
    /// One of these two is given.
    pub max_buffer_bytes: Option<f64>,
    pub max_queue_messages: Option<f64>,
    pub max_profile_bytes: f64,
    pub seed: Option<f64>,
    pub max_columns: f64,
    pub max_segments: f64,
    pub max_value_bytes: f64,
    pub max_name_bytes: f64,
    pub max_depth: f64,
    pub max_message_bytes: f64,
    pub write_timeout_ms: f64,
    pub max_concurrent_writes: f64,
}

/// See `NativeDataset` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_to_js = false)]
pub struct NativeDataset {
    pub dataset_id: String,
    pub org_id: Option<String>,
    pub aggregate_by: u32,
    pub schedule_cadence: Option<u32>,
    pub schedule_interval: u32,
    /// A plan as JSON: see `plan.rs`.
    pub plan: String,
    pub writers: Vec<NativeWriterSpec>,
}

/// See `NativeWriterSpec` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_to_js = false)]
pub struct NativeWriterSpec {
    pub kind: String,
    pub name: String,
    pub dir: Option<String>,
    pub id: Option<u32>,
}

/// See `NativeKey` in `ts/native.ts`.
#[napi(object, object_from_js = false)]
pub struct NativeKey {
    pub key: f64,
    pub lane: u32,
    pub start_ms: f64,
    pub end_ms: f64,
}

/// See `NativeIdle` in `ts/native.ts`.
#[napi(object, object_from_js = false)]
pub struct NativeIdle {
    pub closed: Vec<f64>,
    pub used: Vec<f64>,
}

/// See `NativeStats` in `ts/native.ts`.
#[napi(object, object_from_js = false)]
pub struct NativeStats {
    pub accepted_messages: f64,
    pub accepted_rows: f64,
    pub raw_rows: f64,
    pub late_rows: f64,
    pub unsegmented_rows: f64,
    pub overflowed_rows: f64,
    pub cut_texts: f64,
    pub tracked_messages: f64,
    pub tracked_rows: f64,
    pub rejected_messages: f64,
    pub rejected_rows: f64,
    pub queue_bytes: f64,
    pub queue_messages: f64,
    pub profile_bytes: f64,
    pub pending_writables: f64,
    pub written_profiles: f64,
    pub write_failures: f64,
    pub maybe_duplicates: f64,
    pub lost_profiles: f64,
    pub lost_rows: f64,
}

fn invalid(what: &str) -> Fault {
    Fault::new("ERR_INVALID_OPTION", what.to_owned())
}

fn granularity(index: u32) -> Result<Granularity> {
    Granularity::from_index(index).ok_or_else(|| invalid("no such granularity"))
}

/// A count that crossed as a double: whole, not negative, and exact.
pub fn count(value: f64, what: &str) -> Result<u64> {
    if (0.0..=9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0 {
        return Ok(value as u64);
    }
    Err(invalid(&format!("{what} must be a whole number")))
}

/// The number of a dataset, key or shape.
pub fn number(value: f64) -> Result<u64> {
    count(value, "a number")
}

fn numbers(values: &[f64]) -> Result<Vec<u64>> {
    values.iter().map(|&value| number(value)).collect()
}

fn doubles(numbers: &[u64]) -> Vec<f64> {
    numbers.iter().map(|&number| number as f64).collect()
}

fn milliseconds(value: f64) -> Result<i64> {
    if value.is_finite() && value.abs() <= 8.64e15 {
        return Ok(value.floor() as i64);
    }
    Err(Fault::new(ErrorCode::InvalidTimestamp.as_str(), format!("{value} is not a time in milliseconds")))
}

#[napi]
pub fn engine_start(
    env: Env,
    options: NativeEngineOptions,
    on_signals: Function<'_, FnArgs<(Vec<NativeSignal>,)>, ()>,
) -> Result<u32> {
    guard(|| {
        let failed = |error: napi::Error| Fault::new(ErrorCode::Internal.as_str(), error.reason.clone());
        let sink = Arc::new(SignalSink::new(&on_signals).map_err(failed)?);
        let limit = match (options.max_buffer_bytes, options.max_queue_messages) {
            (Some(bytes), _) => Limit::Bytes(count(bytes, "maxBufferBytes")?),
            (None, Some(messages)) => Limit::Messages(count(messages, "maxQueueMessages")?),
            (None, None) => return Err(invalid("nothing limits the queue")),
        };
        let max_profile_bytes = count(options.max_profile_bytes, "maxProfileBytes")?;
        let settings = Settings {
            workers: options.workers as usize,
            limit,
            max_profile_bytes,
            spare_profile_bytes: spare_profile_bytes(max_profile_bytes),
            seed: options.seed.map(|seed| count(seed, "seed")).transpose()?,
            max_columns: count(options.max_columns, "maxColumns")? as usize,
            max_segments: count(options.max_segments, "maxSegments")? as usize,
            max_value_bytes: count(options.max_value_bytes, "maxValueBytes")? as usize,
            max_name_bytes: count(options.max_name_bytes, "maxNameBytes")? as usize,
            max_depth: count(options.max_depth, "maxDepth")? as usize,
            max_message_bytes: count(options.max_message_bytes, "maxMessageBytes")? as usize,
            max_parcel_bytes: u64::from(options.workers) * 2 * LARGE_PARCEL_BYTES as u64,
            write_timeout_ms: count(options.write_timeout_ms, "writeTimeoutMs")?,
            max_concurrent_writes: count(options.max_concurrent_writes, "maxConcurrentWrites")? as usize,
        };
        let parts = Parts { clock: Arc::new(SystemClock), sink: Arc::clone(&sink) as _, failpoint: None };
        let engine = Engine::start(&settings, parts).map_err(from_engine)?;
        let running =
            Running { engine, sink, tickets: Arc::default(), folders: Mutex::default(), own_writers: Mutex::default() };
        engines::insert(env, running).map_err(failed)
    })
}

#[napi]
pub fn engine_ref(env: Env, engine: u32, held: bool) -> Result<()> {
    guard(|| {
        let failed = |error: napi::Error| Fault::new(ErrorCode::Internal.as_str(), error.reason.clone());
        engines::get(engine)?.sink.hold(env, held).map_err(failed)
    })
}

/// Forgets an engine: it stops if it runs, and its threads are waited for elsewhere.
#[napi]
pub fn engine_release(engine: u32) -> Result<()> {
    guard(|| {
        engines::forget(engine);
        Ok(())
    })
}

#[napi]
pub fn engine_thread(engine: u32) -> Result<Option<f64>> {
    guard(|| Ok(engines::get(engine)?.engine.thread_number().map(|number| number as f64)))
}

/// The read end of a pipe that ends when the engine does, or how making it failed; `None` on platforms that have no such descriptors.
#[napi]
pub fn sentinel(engine: Option<u32>) -> Result<Option<Either<i32, NativeSystemFailure>>> {
    guard(|| {
        let (descriptor, end) = match sentinel::open() {
            Ok(opened) => opened,
            Err(error) => return Ok(Some(Either::B(NativeSystemFailure::of_call("pipe", &error)))),
        };
        if let Some(engine) = engine {
            engines::get(engine)?.sink.end_with_engine(end);
        }
        Ok(descriptor.map(Either::A))
    })
}

#[napi]
pub fn open_dataset(engine: u32, dataset: NativeDataset) -> Result<f64> {
    guard(|| {
        let running = engines::get(engine)?;
        let cadence = dataset.schedule_cadence.map(granularity).transpose()?;
        let writers = dataset.writers.into_iter().map(|spec| -> Result<Arc<dyn Writer>> {
            match (spec.kind.as_str(), spec.dir, spec.id) {
                ("local", Some(dir), _) => Ok(running.local_writer(spec.name, PathBuf::from(dir)) as Arc<dyn Writer>),
                ("js", _, Some(id)) => Ok(running.own_writer(id, spec.name) as Arc<dyn Writer>),
                ("whylabs", _, Some(id)) => Ok(whylabs::get(id)? as Arc<dyn Writer>),
                _ => Err(invalid("a writer of no known kind")),
            }
        });
        Ok(running.engine.open_dataset(Dataset {
            id: dataset.dataset_id,
            org: dataset.org_id,
            width: granularity(dataset.aggregate_by)?,
            schedule: cadence.map(|cadence| Schedule { cadence, interval: dataset.schedule_interval }),
            plan: plan::read(&dataset.plan)?,
            writers: writers.collect::<Result<_>>()?,
            late_metadata: LateMetadata::default(),
        }) as f64)
    })
}

/// Describes a column of a dataset whose schema asks about each of them. `column` is JSON: see `plan.rs`.
#[napi]
pub fn describe_column(engine: u32, dataset: f64, name: String, column: String) -> Result<()> {
    guard(|| {
        let column = plan::read_column(&column)?;
        engines::get(engine)?.engine.describe_column(number(dataset)?, name, column).map_err(from_engine)
    })
}

/// Tells whether a plan can be used, by an error.
#[napi]
pub fn check_plan(plan: String) -> Result<()> {
    guard(|| plan::read(&plan).map(drop))
}

#[napi]
pub fn hold_key(engine: u32, dataset: f64, timestamp_ms: f64) -> Result<NativeKey> {
    guard(|| {
        let held = engines::get(engine)?.engine.hold_key(number(dataset)?, milliseconds(timestamp_ms)?);
        let info = held.map_err(from_engine)?;
        Ok(NativeKey {
            key: info.key as f64,
            lane: info.lane as u32,
            start_ms: info.bucket.start_ms as f64,
            end_ms: info.bucket.end_ms as f64,
        })
    })
}

#[napi]
pub fn release_keys(engine: u32, keys: &[f64], sequence: f64) -> Result<()> {
    guard(|| {
        let sequence = count(sequence, "a sequence number")?;
        engines::get(engine)?.engine.release_keys_after(numbers(keys)?, sequence).map_err(from_engine)
    })
}

/// The sequence number of what was submitted last.
#[napi]
pub fn last_sequence(engine: u32) -> Result<f64> {
    guard(|| Ok(engines::get(engine)?.engine.last_sequence() as f64))
}

#[napi]
pub fn close_idle_datasets(engine: u32, datasets: &[f64]) -> Result<NativeIdle> {
    guard(|| {
        let running = engines::get(engine)?;
        let Idle { closed, used } = running.engine.close_idle_datasets(&numbers(datasets)?);
        running.forget_writers(closed.len());
        Ok(NativeIdle { closed: doubles(&closed), used: doubles(&used) })
    })
}

/// Gives free memory back to the system, soon.
#[napi]
pub fn give_back_memory() -> Result<()> {
    guard(|| {
        trim::give_back();
        Ok(())
    })
}

#[napi]
pub fn register_shape(engine: u32, columns: Vec<String>) -> Result<f64> {
    guard(|| Ok(engines::get(engine)?.engine.register_shape(columns) as f64))
}

#[napi]
pub fn release_shape(engine: u32, shape: f64) -> Result<()> {
    guard(|| engines::get(engine)?.engine.release_shape(number(shape)?).map_err(from_engine))
}

#[napi]
pub fn submit(engine: u32, lane: u32, arena: &[u8], text: &[u8], text_bytes: u32) -> Result<f64> {
    guard(|| {
        let text = text.get(..text_bytes as usize).ok_or_else(|| invalid("textBytes is beyond the text"))?;
        let waiting = engines::get(engine)?.engine.submit(lane as usize, arena, text).map_err(from_engine)?;
        Ok(waiting as f64)
    })
}

#[napi]
pub fn queue_level(engine: u32) -> Result<f64> {
    guard(|| Ok(engines::get(engine)?.engine.level() as f64))
}

#[napi]
pub fn wait_for_space(engine: u32, more: f64, timeout_ms: f64) -> Result<bool> {
    guard(|| {
        let timeout = Duration::from_millis(count(timeout_ms.floor(), "timeoutMs")?);
        Ok(engines::get(engine)?.engine.wait_for_space(count(more, "room")?, timeout))
    })
}

/// Whether nothing is admitted, since profiles that writers have not taken hold the memory.
#[napi]
pub fn is_memory_full(engine: u32) -> Result<bool> {
    guard(|| Ok(engines::get(engine)?.engine.memory().is_closed()))
}

#[napi]
pub fn arm_drained(engine: u32, mark: f64) -> Result<()> {
    guard(|| {
        engines::get(engine)?.engine.arm_drained(count(mark.floor(), "mark")?);
        Ok(())
    })
}

#[napi]
pub fn reach(engine: u32, id: f64) -> Result<()> {
    guard(|| engines::get(engine)?.engine.reach(count(id, "id")?).map_err(from_engine))
}

#[napi]
pub fn flush(engine: u32, id: f64, dataset: Option<f64>) -> Result<()> {
    guard(|| {
        let dataset = dataset.map(number).transpose()?;
        engines::get(engine)?.engine.flush(count(id, "id")?, dataset).map_err(from_engine)
    })
}

/// The number of what was sealed last: for `written`.
#[napi]
pub fn sealed(engine: u32) -> Result<f64> {
    guard(|| Ok(engines::get(engine)?.engine.sealed() as f64))
}

#[napi]
pub fn written(engine: u32, id: f64, dataset: Option<f64>, since: f64) -> Result<()> {
    guard(|| {
        let dataset = dataset.map(number).transpose()?;
        let since = count(since, "since")?;
        engines::get(engine)?.engine.written(count(id, "id")?, dataset, since).map_err(from_engine)
    })
}

#[napi]
pub fn status(engine: u32, id: f64, dataset: Option<f64>) -> Result<()> {
    guard(|| {
        let dataset = dataset.map(number).transpose()?;
        engines::get(engine)?.engine.status(count(id, "id")?, dataset).map_err(from_engine)
    })
}

#[napi]
pub fn close(engine: u32, id: f64, timeout_ms: f64) -> Result<()> {
    guard(|| {
        let timeout_ms = count(timeout_ms.floor(), "timeoutMs")?;
        engines::get(engine)?.engine.close(count(id, "id")?, timeout_ms).map_err(from_engine)
    })
}

#[napi]
pub fn stop(engine: u32, message: String) -> Result<()> {
    guard(|| {
        engines::get(engine)?.engine.stop(EngineError::new(ErrorCode::NotAlive, message));
        Ok(())
    })
}

/// Whether a `write` signal is still to be followed; asked just before the writer is called.
#[napi]
pub fn write_begin(engine: u32, ticket: f64) -> Result<bool> {
    guard(|| Ok(engines::get(engine)?.tickets.begin(count(ticket, "ticket")?)))
}

#[napi]
pub fn write_done(engine: u32, ticket: f64, ok: bool, reason: String, cause: u32) -> Result<()> {
    guard(|| {
        let outcome = if ok { Ok(()) } else { Err(EngineError::new(ErrorCode::Writer, reason).caused_by(cause)) };
        engines::get(engine)?.tickets.settle(count(ticket, "ticket")?, outcome);
        Ok(())
    })
}

#[napi]
pub fn stats(engine: u32) -> Result<NativeStats> {
    guard(|| {
        let stats = engines::get(engine)?.engine.stats();
        Ok(NativeStats {
            accepted_messages: stats.accepted_messages as f64,
            accepted_rows: stats.accepted_rows as f64,
            raw_rows: stats.raw_rows as f64,
            late_rows: stats.late_rows as f64,
            unsegmented_rows: stats.unsegmented_rows as f64,
            overflowed_rows: stats.overflowed_rows as f64,
            cut_texts: stats.cut_texts as f64,
            tracked_messages: stats.tracked_messages as f64,
            tracked_rows: stats.tracked_rows as f64,
            rejected_messages: stats.rejected_messages as f64,
            rejected_rows: stats.rejected_rows as f64,
            queue_bytes: stats.queue_bytes as f64,
            queue_messages: stats.queue_messages as f64,
            profile_bytes: stats.profile_bytes as f64,
            pending_writables: stats.pending_writables as f64,
            written_profiles: stats.written_profiles as f64,
            write_failures: stats.write_failures as f64,
            maybe_duplicates: stats.maybe_duplicates as f64,
            lost_profiles: stats.lost_profiles as f64,
            lost_rows: stats.lost_rows as f64,
        })
    })
}

/// The bucket that holds a time: its start and end, ms.
#[napi]
pub fn bucket_of(granularity_index: u32, timestamp_ms: f64) -> Result<Vec<f64>> {
    guard(|| {
        let bucket = granularity(granularity_index)?
            .bucket(milliseconds(timestamp_ms)?)
            .map_err(|error| from_engine(error.into()))?;
        Ok(vec![bucket.start_ms as f64, bucket.end_ms as f64])
    })
}

/// `replaces`: whether a file of that name may be replaced. `cleans`: whether what processes have left in the folder is removed first. Gives how
/// it failed.
#[napi]
pub fn write_local(
    dir: String,
    file_name: String,
    bytes: Uint8Array,
    replaces: bool,
    cleans: bool,
) -> Result<Option<NativeSystemFailure>> {
    guard(|| {
        let dir = Path::new(&dir);
        let written =
            if replaces { write_file(dir, &file_name, &bytes) } else { add_file(dir, &file_name, &bytes, cleans) };
        Ok(written.err().as_ref().map(NativeSystemFailure::from))
    })
}
