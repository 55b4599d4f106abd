//! The threads on which writers are called, so that a slow disk holds up neither the coordinator nor a worker.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::coordinator::Command;
use crate::lane::Lanes;
use crate::outbox::Attempt;
use crate::writer::Done;

/// How many writes can block at once.
const THREADS: usize = 2;

type Job = (Attempt, Arc<Lanes>);

pub(crate) struct WriterPool {
    jobs: Sender<Job>,
}

impl WriterPool {
    /// Starts the threads; their handles go to whoever joins all threads.
    pub fn start() -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (jobs, queue) = unbounded::<Job>();
        let threads = (0..THREADS).map(|number| {
            let queue = queue.clone();
            std::thread::Builder::new().name(format!("profiles-write-{number}")).spawn(move || work(&queue))
        });
        Ok((Self { jobs }, threads.collect::<Result<_, _>>()?))
    }

    /// Makes an attempt on one of the threads; its outcome comes back as a command.
    pub fn make(&self, attempt: Attempt, lanes: &Arc<Lanes>) {
        // The threads end only when this sender is gone, so the job is always taken.
        self.jobs.send((attempt, Arc::clone(lanes))).ok();
    }

    /// Lets the threads end when they are done with what they have. Attempts that were not begun are given up.
    pub fn close(self) {
        drop(self.jobs);
    }
}

fn work(queue: &Receiver<Job>) {
    for (Attempt { ticket, writer, item }, lanes) in queue {
        let done = Done::new(move |outcome| {
            lanes.command(Command::Delivered { ticket, outcome });
        });
        // A panic drops `done`, and that tells a failure: the attempt will be made again.
        catch_unwind(AssertUnwindSafe(|| writer.write(&item, done))).ok();
    }
}
