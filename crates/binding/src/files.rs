//! Files that are read into a dataset, each on a thread of its own. `NativeFiles` and `NativeFile` of `ts/native.ts`.
//!
//! The thread opens the file, cuts it and sends the parcels; when it is through, it asks the engine to settle the waiter once everything sent before is
//! tracked. JavaScript then asks what became of the file. The thread holds no engine: one that stops meanwhile refuses the next parcel.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use napi_derive::napi;
use rolling_profiles_engine::{ErrorCode, ParcelSender, TimeWindow};
use rolling_profiles_files::{
    ColumnFacts, Delivery, Encoding, Format, ReadOptions, Report, Source, SourceError, TimeReader, read_source,
};

use rolling_profiles_profile::source_key;

use crate::calls::{count, number};
use crate::engines;
use crate::fault::{Fault, Result, from_engine, guard};
use crate::pipe::{Pipe, PipeReader};
use crate::system::NativeSystemFailure;

const UNREADABLE: &str = "ERR_UNREADABLE_FILE";

/// See `NativeFileOptions` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_to_js = false)]
pub struct NativeFileOptions {
    pub path: Option<String>,
    pub name: String,
    pub source_label: Option<String>,
    pub is_pushed: bool,
    pub format: Option<String>,
    pub delimiter: Option<String>,
    pub encoding: Option<String>,
    pub columns: Option<Vec<String>>,
    pub timestamp_column: Option<String>,
    pub timestamp_format: Option<String>,
    pub timestamp_ms: f64,
    pub earliest_ms: f64,
    pub latest_ms: f64,
    pub refuses: bool,
}

/// See `NativeFileProgress` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeFileProgress {
    pub bytes: f64,
    pub size: Option<f64>,
    pub rows: f64,
    pub left_out: f64,
}

/// See `NativeFileReport` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeFileReport {
    pub format: Option<&'static str>,
    pub bytes: f64,
    pub rows: f64,
    pub untimed: f64,
    pub left_out: f64,
    pub cut_texts: f64,
    pub columns: Vec<String>,
    pub facts: Vec<NativeColumnFacts>,
    pub notes: Vec<String>,
    pub complaints: Vec<NativeComplaint>,
    pub failure: Option<NativeFileFailure>,
}

/// See `NativeColumnFacts` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeColumnFacts {
    pub column: String,
    pub shortest: Option<f64>,
    pub longest: Option<f64>,
    pub first_ms: Option<f64>,
    pub last_ms: Option<f64>,
}

/// See `NativeComplaint` in `ts/native.ts`.
#[napi(object, object_from_js = false)]
pub struct NativeComplaint {
    pub place: f64,
    pub code: &'static str,
    pub reason: String,
}

/// See `NativeFileFailure` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeFileFailure {
    pub code: &'static str,
    pub message: String,
    pub place: Option<f64>,
    pub system: Option<NativeSystemFailure>,
}

/// A file that is being read.
struct Job {
    report: Arc<Report>,
    is_cancelled: AtomicBool,
    /// It could be opened.
    is_open: AtomicBool,
    /// Where JavaScript hands over what is read.
    pipe: Option<Arc<Pipe>>,
    failure: Mutex<Option<SourceError>>,
    options: Arc<ReadOptions>,
    name: String,
}

/// See the module.
#[napi]
pub struct NativeFile {
    job: Arc<Job>,
}

#[napi]
pub fn file_start(engine: u32, dataset: f64, options: NativeFileOptions, waiter: f64) -> Result<NativeFile> {
    guard(|| {
        let waiter = count(waiter, "waiter")?;
        let running = engines::get(engine)?;
        let dataset = number(dataset)?;
        let sender = running.engine.parcels(dataset, window_of(&options)).map_err(from_engine)?;
        let pipe = options.is_pushed.then(|| Arc::new(Pipe::new(Arc::clone(&running.sink))));
        let name = options.path.clone().unwrap_or_else(|| options.name.clone());
        let (report, failure) = (Arc::default(), Mutex::default());
        let job = Arc::new(Job {
            report,
            is_cancelled: AtomicBool::default(),
            is_open: AtomicBool::default(),
            pipe,
            failure,
            options: Arc::new(read_options_of(&options)?),
            name,
        });
        let work = (Arc::clone(&job), options);
        let running = Arc::downgrade(&running);
        let run = move || {
            let (job, options) = work;
            job.read(&options, sender);
            // Whoever waits hears of the end of an engine that is gone.
            if let Some(running) = running.upgrade() {
                if let (Some(label), Some(hash)) = (options.source_label, job.report.fingerprint()) {
                    running.engine.add_metadata(dataset, source_key(&hash), label).ok();
                }
                running.engine.reach(waiter).ok();
            }
        };
        let thread = std::thread::Builder::new().name("profiles-file".to_owned()).spawn(run);
        thread.map_err(|error| Fault::new("ERR_THREAD", format!("no thread for a file could be started: {error}")))?;
        Ok(NativeFile { job })
    })
}

/// Throws what is wrong with a timestamp format or an encoding.
#[napi]
pub fn file_check(timestamp_format: Option<String>, encoding: Option<String>) -> Result<()> {
    guard(|| {
        time_reader_of(timestamp_format.as_deref())?;
        encoding_of(encoding.as_deref()).map(drop)
    })
}

#[napi]
impl NativeFile {
    /// Hands over the next bytes; `false`: `waiter` is settled when more are wanted.
    #[napi]
    pub fn push(&self, chunk: &[u8], waiter: f64) -> Result<bool> {
        guard(|| {
            let waiter = count(waiter, "waiter")?;
            Ok(self.job.pipe.as_ref().is_none_or(|pipe| pipe.push(chunk.to_vec(), waiter)))
        })
    }

    /// There are no more bytes, or they broke off.
    #[napi]
    pub fn end(&self, failure: Option<String>) -> Result<()> {
        guard(|| {
            self.job.pipe.iter().for_each(|pipe| pipe.end(failure.clone()));
            Ok(())
        })
    }

    /// No further parcel is sent.
    #[napi]
    pub fn cancel(&self) -> Result<()> {
        guard(|| {
            self.job.is_cancelled.store(true, Ordering::Relaxed);
            self.job.pipe.iter().for_each(|pipe| pipe.close());
            Ok(())
        })
    }

    #[napi]
    pub fn progress(&self) -> Result<NativeFileProgress> {
        guard(|| {
            let report = &self.job.report;
            let (rows, left_out) = report.counts();
            Ok(NativeFileProgress {
                bytes: report.bytes_read() as f64,
                size: report.size().map(|size| size as f64),
                rows: rows as f64,
                left_out: left_out as f64,
            })
        })
    }

    #[napi]
    pub fn report(&self) -> Result<NativeFileReport> {
        guard(|| Ok(self.job.native_report()))
    }
}

impl Job {
    fn read(&self, options: &NativeFileOptions, mut sender: ParcelSender) {
        let gives_up = || self.is_cancelled.load(Ordering::Relaxed);
        let read = || {
            let source = self.open(options)?;
            self.is_open.store(true, Ordering::Relaxed);
            read_source(source, &self.options, &mut Delivery::new(&mut sender, &self.report, &gives_up))
        };
        let outcome = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            Err(SourceError::Engine(rolling_profiles_engine::EngineError::new(
                ErrorCode::Internal,
                "the reader of the file failed",
            )))
        });
        if let Some(pipe) = &self.pipe {
            pipe.close();
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = outcome.err();
    }

    fn open(&self, options: &NativeFileOptions) -> std::result::Result<Source, SourceError> {
        let name = options.name.clone();
        if let Some(pipe) = &self.pipe {
            return Ok(Source::Stream { bytes: Box::new(PipeReader(Arc::clone(pipe))), name });
        }
        match &options.path {
            Some(path) => Ok(Source::File { file: std::fs::File::open(path).map_err(SourceError::Io)?, name }),
            None => Ok(Source::Stream { bytes: Box::new(std::io::stdin()), name }),
        }
    }

    fn native_report(&self) -> NativeFileReport {
        let totals = self.report.totals();
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let of_parcel = totals.failure.as_ref().map(|(place, error)| NativeFileFailure {
            // What a parcel cannot be read for is wrong with the file.
            code: if error.code == ErrorCode::InvalidData { UNREADABLE } else { error.code.as_str() },
            message: error.message.clone(),
            place: Some(*place as f64),
            system: None,
        });
        NativeFileReport {
            format: self.report.format().map(Format::name),
            bytes: self.report.bytes_read() as f64,
            rows: totals.rows as f64,
            untimed: totals.untimed as f64,
            left_out: totals.left_out as f64,
            cut_texts: totals.cut_texts as f64,
            columns: totals.columns,
            facts: self.report.facts().into_iter().map(NativeColumnFacts::from).collect(),
            notes: totals.notes.into_iter().chain(self.options.remarks()).collect(),
            complaints: totals
                .complaints
                .into_iter()
                .map(|complaint| NativeComplaint {
                    place: complaint.place as f64,
                    code: complaint.code.as_str(),
                    reason: complaint.reason,
                })
                .collect(),
            failure: failure.as_ref().map(|error| self.failure_of(error)).or(of_parcel),
        }
    }

    fn failure_of(&self, error: &SourceError) -> NativeFileFailure {
        let of = |code, message| NativeFileFailure { code, message, place: None, system: None };
        match error {
            SourceError::Io(error) => {
                let syscall = if self.is_open.load(Ordering::Relaxed) { "read" } else { "open" };
                let path = Some(self.name.clone());
                let system = NativeSystemFailure { path, ..NativeSystemFailure::of_call(syscall, error) };
                NativeFileFailure { system: Some(system), ..of("ERR_IO", error.to_string()) }
            }
            SourceError::Engine(error) => of(error.code.as_str(), error.message.clone()),
            SourceError::Cancelled => of("ERR_CANCELLED", String::new()),
            SourceError::Unreadable { place, reason } => {
                NativeFileFailure { place: place.map(|place| place as f64), ..of(UNREADABLE, reason.clone()) }
            }
            SourceError::NoColumn { column, columns } => {
                of("ERR_UNKNOWN_COLUMN", format!("no column {column:?}; there are {}", some_of(columns)))
            }
        }
    }
}

impl From<(String, ColumnFacts)> for NativeColumnFacts {
    fn from((column, ColumnFacts { lengths, times }): (String, ColumnFacts)) -> Self {
        Self {
            column,
            shortest: lengths.map(|(shortest, _)| shortest as f64),
            longest: lengths.map(|(_, longest)| longest as f64),
            first_ms: times.map(|(first, _)| first as f64),
            last_ms: times.map(|(_, last)| last as f64),
        }
    }
}

/// The first few names.
fn some_of(columns: &[String]) -> String {
    const NAMED: usize = 12;
    let more = if columns.len() > NAMED { ", …" } else { "" };
    let named: Vec<&str> = columns.iter().take(NAMED).map(String::as_str).collect();
    named.join(", ") + more
}

fn window_of(options: &NativeFileOptions) -> TimeWindow {
    TimeWindow { earliest_ms: options.earliest_ms, latest_ms: options.latest_ms, refuses: options.refuses }
}

fn read_options_of(options: &NativeFileOptions) -> Result<ReadOptions> {
    let reader = time_reader_of(options.timestamp_format.as_deref())?;
    Ok(ReadOptions {
        format: options.format.as_deref().map(format_of).transpose()?,
        delimiter: options.delimiter.as_ref().and_then(|delimiter| delimiter.bytes().next()),
        encoding: encoding_of(options.encoding.as_deref())?,
        is_fingerprinted: options.source_label.is_some(),
        columns: options.columns.clone(),
        times: options.timestamp_column.clone().map(|column| (column, reader)),
        window: window_of(options),
        ..ReadOptions::new(options.timestamp_ms as i64)
    })
}

fn format_of(name: &str) -> Result<Format> {
    Format::by_name(name).ok_or_else(|| Fault::new("ERR_INVALID_OPTION", format!("no such format: {name}")))
}

fn time_reader_of(format: Option<&str>) -> Result<TimeReader> {
    let Some(format) = format else { return Ok(TimeReader::default()) };
    TimeReader::compile(format).map_err(|problem| Fault::new("ERR_INVALID_OPTION", problem))
}

fn encoding_of(label: Option<&str>) -> Result<Option<Encoding>> {
    let Some(label) = label else { return Ok(None) };
    let known = Encoding::by_label(label);
    known.map(Some).ok_or_else(|| Fault::new("ERR_INVALID_OPTION", format!("no such encoding: {label}")))
}
