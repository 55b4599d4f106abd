//! `WhyLabs`, or another endpoint that speaks its upload protocol.

mod api;
mod uploads;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use api::Api;
pub use api::WhyLabsSettings;
use crossbeam_channel::{Receiver, Sender, unbounded};
use rolling_profiles_engine::{Done, EngineError, ErrorCode, Writable, Writer};
use uploads::Uploads;

/// How many calls are under way at once.
const THREADS: usize = 2;

type Job = Box<dyn FnOnce(&Api, &Uploads) + Send>;

/// Uploads profiles, on threads of its own, so that a slow endpoint holds up no other writer. The threads start with the first upload, and end
/// by themselves when the writer is dropped, after the call that is under way: nobody waits for them.
pub struct WhyLabsWriter {
    name: String,
    settings: WhyLabsSettings,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    /// `None`: no thread could be started, so that nobody would ever take a job.
    jobs: Option<Sender<Job>>,
}

impl fmt::Debug for WhyLabsWriter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "WhyLabsWriter({:?})", self.settings)
    }
}

/// A reference profile: one that others are compared with.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The dataset.
    pub dataset_id: String,
    /// Its organisation; that of the settings when missing.
    pub org_id: Option<String>,
    /// What the profile is called there.
    pub alias: String,
    /// Its time, ms since the epoch.
    pub dataset_timestamp_ms: i64,
    /// The profile.
    pub bytes: Vec<u8>,
}

impl WhyLabsWriter {
    /// A writer that has not yet called anybody.
    #[must_use]
    pub fn new(settings: WhyLabsSettings) -> Self {
        Self { name: format!("whylabs:{}", settings.endpoint), settings, threads: Mutex::new(None) }
    }

    /// Uploads a reference profile, once, and tells how it went.
    pub fn write_reference(&self, reference: Reference, done: Done) {
        self.run(Box::new(move |api, _| {
            let org = reference.org_id.as_deref().unwrap_or(&api.settings().org_id);
            let upload =
                api.log_reference(org, &reference.dataset_id, &reference.alias, reference.dataset_timestamp_ms);
            let outcome = upload.and_then(|upload| api.put(&upload, &reference.bytes));
            done.tell(outcome.map_err(|failure| failure.error));
        }));
    }

    /// A job that is not taken is dropped, and with it what tells its outcome: that tells a failure.
    fn run(&self, job: Job) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let threads = threads.get_or_insert_with(|| Threads::start(&self.settings));
        if let Some(jobs) = &threads.jobs {
            jobs.send(job).ok();
        }
    }
}

impl Writer for WhyLabsWriter {
    fn name(&self) -> &str {
        &self.name
    }

    fn blocks(&self) -> bool {
        false
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        if item.org_id.is_none() && self.settings.org_id.is_empty() {
            let message = "WhyLabs: no organisation: give the writer an orgId, or set WHYLABS_DEFAULT_ORG_ID";
            done.tell(Err(EngineError::new(ErrorCode::Writer, message)));
            return;
        }
        let item = Arc::clone(item);
        self.run(Box::new(move |api, uploads| {
            if done.begin() {
                done.tell(uploads.attempt(api, &item));
            }
        }));
    }
}

impl Threads {
    fn start(settings: &WhyLabsSettings) -> Self {
        let (jobs, queue) = unbounded::<Job>();
        let shared = Arc::new((Api::new(settings.clone()), Uploads::default()));
        let started = (0..THREADS).filter(|number| {
            let (queue, shared) = (queue.clone(), Arc::clone(&shared));
            let thread = std::thread::Builder::new().name(format!("whylabs-{number}"));
            thread.spawn(move || work(&queue, &shared)).is_ok()
        });
        Self { jobs: (started.count() > 0).then_some(jobs) }
    }
}

fn work(queue: &Receiver<Job>, shared: &(Api, Uploads)) {
    for job in queue {
        // A panic drops what tells the outcome, and that tells a failure.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&shared.0, &shared.1))).ok();
    }
}
