//! `WhyLabs` writers by number: engines share them, and they work alone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Object, Uint8Array};
use napi_derive::napi;
use rolling_profiles_engine::{Done, EngineError, ErrorCode, SegmentName, Writable, Writer};
use rolling_profiles_writers::{Reference, WhyLabsSettings, WhyLabsWriter};

use crate::calls::count;
use crate::fault::{Fault, Result, guard};

/// See `NativeWhyLabsOptions` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_to_js = false)]
pub struct NativeWhyLabsOptions {
    pub endpoint: String,
    pub api_key: String,
    pub org_id: Option<String>,
    pub region: Option<String>,
    pub transactions: bool,
    pub timeout_ms: f64,
    pub user_agent: String,
}

/// See `NativeUpload` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_to_js = false)]
pub struct NativeUpload {
    pub dataset_id: String,
    pub org_id: Option<String>,
    pub dataset_timestamp_ms: f64,
    pub idempotency_key: String,
    pub segment_tags: Vec<String>,
    pub bytes: Uint8Array,
}

/// How a call of a writer that works alone failed.
#[napi(object, object_from_js = false)]
pub struct NativeFailure {
    pub code: String,
    pub message: String,
}

type Table = Mutex<HashMap<u32, Arc<WhyLabsWriter>>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(Mutex::default)
}

thread_local! {
    /// The writers of this environment, which are let go with it; `None` before the first.
    static MINE: RefCell<Option<Vec<u32>>> = const { RefCell::new(None) };
}

/// The writer with a number.
pub fn get(id: u32) -> Result<Arc<WhyLabsWriter>> {
    let known = table().lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    known.ok_or_else(|| Fault::new(ErrorCode::UnknownHandle.as_str(), "the writer has been released".to_owned()))
}

fn forget(id: u32) {
    let writer = table().lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    // Without the lock. Its threads end by themselves.
    drop(writer);
}

#[napi]
pub fn whylabs_open(env: Env, options: NativeWhyLabsOptions) -> Result<u32> {
    static LAST: AtomicU32 = AtomicU32::new(0);
    guard(|| {
        let settings = WhyLabsSettings {
            endpoint: options.endpoint,
            api_key: options.api_key,
            org_id: options.org_id.unwrap_or_default(),
            region: options.region,
            transactions: options.transactions,
            timeout: Duration::from_millis(count(options.timeout_ms, "timeoutMs")?),
            user_agent: options.user_agent,
        };
        if MINE.with_borrow(Option::is_none) {
            let failed = |error: napi::Error| Fault::new(ErrorCode::Internal.as_str(), error.reason.clone());
            env.add_env_cleanup_hook((), |()| MINE.take().unwrap_or_default().into_iter().for_each(forget))
                .map_err(failed)?;
        }
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        table().lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::new(WhyLabsWriter::new(settings)));
        MINE.with_borrow_mut(|mine| mine.get_or_insert_default().push(id));
        Ok(id)
    })
}

/// Releases a writer's number; the engines that have it keep it.
#[napi]
pub fn whylabs_close(id: u32) -> Result<()> {
    guard(|| {
        MINE.with_borrow_mut(|mine| mine.as_mut().map(|mine| mine.retain(|&known| known != id)));
        forget(id);
        Ok(())
    })
}

/// A promise of `null`, or of how it failed.
fn promised(env: &Env, start: impl FnOnce(Done) -> Result<()>) -> Result<Object<'_>> {
    let failed = |error: napi::Error| Fault::new(ErrorCode::Internal.as_str(), error.reason.clone());
    let (deferred, promise) = env.create_deferred().map_err(failed)?;
    start(Done::new(move |outcome: std::result::Result<(), EngineError>| {
        let failure =
            outcome.err().map(|error| NativeFailure { code: error.code.as_str().to_owned(), message: error.message });
        deferred.resolve(move |_| Ok(failure));
    }))?;
    Ok(promise)
}

/// The partition is not known, and not asked for.
fn segment(tags: &[String]) -> Option<SegmentName> {
    let tags: Vec<_> = tags.as_chunks::<2>().0.iter().map(|[column, value]| (column.clone(), value.clone())).collect();
    (!tags.is_empty()).then(|| SegmentName {
        partition: String::new(),
        partition_id: String::new(),
        tags,
        is_overflow: false,
    })
}

fn timestamp(ms: f64) -> i64 {
    ms as i64
}

#[napi]
pub fn whylabs_write(env: &Env, id: u32, item: NativeUpload) -> Result<Object<'_>> {
    guard(|| {
        let writer = get(id)?;
        let item = Arc::new(Writable {
            bytes: item.bytes.to_vec(),
            file_name: item.idempotency_key.clone(),
            dataset_id: item.dataset_id,
            org_id: item.org_id,
            dataset_timestamp_ms: timestamp(item.dataset_timestamp_ms),
            idempotency_key: item.idempotency_key,
            segment: segment(&item.segment_tags),
            rows: 0,
        });
        promised(env, |done| {
            writer.write(&item, done);
            Ok(())
        })
    })
}

#[napi]
pub fn whylabs_write_reference(env: &Env, id: u32, alias: String, item: NativeUpload) -> Result<Object<'_>> {
    guard(|| {
        let writer = get(id)?;
        let reference = Reference {
            dataset_id: item.dataset_id,
            org_id: item.org_id,
            alias,
            dataset_timestamp_ms: timestamp(item.dataset_timestamp_ms),
            bytes: item.bytes.to_vec(),
        };
        promised(env, |done| {
            writer.write_reference(reference, done);
            Ok(())
        })
    })
}
