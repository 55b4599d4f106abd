//! What the engine has said so far, added up.

use std::collections::BTreeMap;

use rolling_profiles_engine::{DatasetStatus, ErrorCode, Event, Loss};

/// Dataset id and organisation.
pub type Name = (String, Option<String>);

#[derive(Default)]
pub struct Said {
    /// Each answer to each waiter.
    pub settled: BTreeMap<u64, Vec<Result<(), ErrorCode>>>,
    /// (written, pending) of each answer to each flush and close.
    pub flushed: BTreeMap<u64, Vec<(u64, u64)>>,
    pub statuses: BTreeMap<u64, Vec<DatasetStatus>>,
    /// Messages and rows.
    pub rejected: (u64, u64),
    /// Dataset, file name and rows of each.
    pub written: Vec<(Name, String, u64)>,
    /// In how many milliseconds each failed attempt was to be made again.
    pub retries_ms: Vec<u64>,
    /// Rows that a close gave up, by dataset id.
    pub lost: BTreeMap<String, u64>,
    pub stopped: Vec<Option<ErrorCode>>,
    pub errors: Vec<String>,
}

impl Said {
    pub fn of(events: Vec<Event>) -> Self {
        let mut said = Self::default();
        for event in events {
            said.add(event);
        }
        said
    }

    fn add(&mut self, event: Event) {
        match event {
            Event::Settled(settled) => {
                for (waiter, outcome) in settled {
                    self.settled.entry(waiter).or_default().push(outcome.map_err(|error| error.code));
                }
            }
            Event::Closed { waiter, written, pending, lost } => {
                self.flushed.entry(waiter).or_default().push((written, pending));
                for Loss { dataset, rows, .. } in lost {
                    *self.lost.entry(dataset.unwrap_or_default()).or_default() += rows;
                }
            }
            Event::Lost { error, .. } | Event::Error(error) | Event::Warning(error) => self.errors.push(error.message),
            Event::Flushed { waiter, written, pending } => {
                self.flushed.entry(waiter).or_default().push((written, pending));
            }
            Event::Status { waiter, datasets } => {
                assert!(self.statuses.insert(waiter, datasets).is_none(), "status {waiter} was answered twice");
            }
            Event::Rejected { messages, rows, .. } => {
                self.rejected.0 += messages;
                self.rejected.1 += rows;
            }
            Event::Written { dataset, org, file_name, rows } => self.written.push(((dataset, org), file_name, rows)),
            Event::WriteFailed { retry_in_ms, .. } => self.retries_ms.push(retry_in_ms),
            Event::Stopped(reason) => self.stopped.push(reason.map(|error| error.code)),
            Event::Drained => self.errors.push("nobody armed a mark".to_owned()),
            Event::DatasetWanted(name) => self.errors.push(format!("nobody sent bytes for {name:?}")),
        }
    }
}
