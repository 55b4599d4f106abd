//! The threads on which writers are called that may block, so that a slow disk holds up neither the coordinator nor a worker, nor any other writer.
//!
//! Each such writer has threads of its own, from its first profile until nobody has it any more. Nobody waits for them to end: one that hangs in
//! a call hangs alone, and holds nothing that an engine's end needs. Writers that never block are called where the attempt comes from.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::coordinator::Command;
use crate::error::{EngineError, ErrorCode, said_by};
use crate::lane::Lanes;
use crate::outbox::Attempt;
use crate::writer::{Done, Writer};

/// How many profiles one writer can be in the middle of. A thread is started when those before it are busy.
pub(crate) const THREADS: usize = 2;

type Job = (Attempt, Done);

struct Threads {
    writer: Weak<dyn Writer>,
    jobs: Sender<Job>,
    queue: Receiver<Job>,
    /// Jobs that are queued or under way.
    unfinished: Arc<AtomicUsize>,
    started: usize,
}

pub(crate) struct WriterPool {
    lanes: Arc<Lanes>,
    threads: HashMap<usize, Threads>,
}

/// Tells writers apart.
pub(crate) fn address(writer: &Arc<dyn Writer>) -> usize {
    Arc::as_ptr(writer).cast::<()>().addr()
}

impl WriterPool {
    pub fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes, threads: HashMap::new() }
    }

    /// Makes an attempt; its outcome comes back as a command.
    pub fn make(&mut self, attempt: Attempt) {
        let (lanes, ticket, number) = (Arc::clone(&self.lanes), attempt.ticket, attempt.number);
        let tell = move |outcome| {
            lanes.command(Command::Delivered { ticket, attempt: number, outcome });
        };
        let done = Done::claiming(Arc::clone(&attempt.claim), tell);
        if !attempt.writer.blocks() {
            write(&attempt, done);
            return;
        }
        let threads = self.threads_of(&attempt.writer);
        let unfinished = threads.unfinished.fetch_add(1, Ordering::SeqCst);
        if threads.started < THREADS && unfinished >= threads.started {
            let (queue, unfinished) = (threads.queue.clone(), Arc::clone(&threads.unfinished));
            let thread = std::thread::Builder::new().name("profiles-write".to_owned());
            match thread.spawn(move || work(&queue, &unfinished)) {
                Ok(_) => threads.started += 1,
                Err(error) if threads.started == 0 => {
                    threads.unfinished.fetch_sub(1, Ordering::SeqCst);
                    let message = format!("a thread could not be started: {}", said_by(&error));
                    done.tell(Err(EngineError::new(ErrorCode::Thread, message)));
                    return;
                }
                // The other one does it.
                Err(_) => {}
            }
        }
        // The queue has a receiver here, so the job is always taken.
        threads.jobs.send((attempt, done)).ok();
    }

    fn threads_of(&mut self, writer: &Arc<dyn Writer>) -> &mut Threads {
        let address = address(writer);
        if !self.threads.contains_key(&address) {
            // Without their sender, threads of writers that nobody has any more end.
            self.threads.retain(|_, threads| threads.writer.strong_count() > 0);
        }
        // A weak reference keeps the address from being given to another writer.
        self.threads.entry(address).or_insert_with(|| {
            let (jobs, queue) = unbounded();
            let unfinished = Arc::default();
            Threads { writer: Arc::downgrade(writer), jobs, queue, unfinished, started: 0 }
        })
    }
}

fn work(queue: &Receiver<Job>, unfinished: &AtomicUsize) {
    for (attempt, done) in queue {
        if done.begin() {
            write(&attempt, done);
        }
        unfinished.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A panic drops `done`, and that tells a failure: the attempt will be made again.
fn write(attempt: &Attempt, done: Done) {
    catch_unwind(AssertUnwindSafe(|| attempt.writer.write(&attempt.item, done))).ok();
}
