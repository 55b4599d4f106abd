//! Books what became of rows and messages, and tells who has to know.

use crate::block::MessageEntry;
use crate::error::EngineError;
use crate::event::Event;
use crate::shared::Shared;
use crate::stats::add;
use rolling_profiles_ingest::DatasetName;

/// The rows of a block that are not tracked, and why.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    /// By row: the number of its reason, counted from 1; 0: the row is tracked. Empty: no row is rejected.
    of_row: Vec<u8>,
    reasons: Vec<EngineError>,
}

impl Rejections {
    /// All rows, for one reason.
    pub fn of_all(rows: usize, reason: EngineError) -> Self {
        Self { of_row: vec![1; rows], reasons: vec![reason] }
    }

    /// Rejects rows of a block of `all` rows. A row has the first reason that is given for it.
    pub fn add(&mut self, all: usize, rows: impl Iterator<Item = usize>, reason: EngineError) {
        self.of_row.resize(all, 0);
        // Reasons are few: too many columns, and failures of this program. What is beyond has the last one's number.
        if self.reasons.len() < usize::from(u8::MAX) {
            self.reasons.push(reason);
        }
        let number = self.reasons.len() as u8;
        for row in rows {
            if let Some(of_row) = self.of_row.get_mut(row).filter(|of_row| **of_row == 0) {
                *of_row = number;
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether a row is among them.
    pub fn has(&self, row: usize) -> bool {
        self.of_row.get(row).is_some_and(|&reason| reason != 0)
    }

    /// Reasons of rows, counted from 0.
    fn of_rows(&self, rows: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
        let of_row = self.of_row.get(rows).unwrap_or_default();
        of_row.iter().filter(|&&reason| reason != 0).map(|&reason| usize::from(reason) - 1)
    }
}

/// A block that is done.
pub(crate) struct BlockEnd<'a> {
    pub sequence: u64,
    pub rows: u64,
    pub messages: u64,
    /// Messages of more than one row, or with somebody waiting.
    pub entries: &'a [MessageEntry],
}

/// Books the rows and messages of a block, and tells the waiters whose wait is over. `owner` tells whose all its rows are, where that is known.
pub(crate) fn end_block(
    shared: &Shared,
    end: &BlockEnd<'_>,
    rejections: Rejections,
    owner: impl FnOnce() -> Option<DatasetName>,
) {
    let counters = &shared.counters;
    let (mut rows, mut messages, mut failed) = (end.rows, end.messages, Vec::new());
    if !rejections.is_empty() {
        let sums = sums(&rejections, end.entries, &mut failed);
        let owner = owner();
        for ((unfit_rows, unfit_messages), reason) in sums.into_iter().zip(rejections.reasons) {
            rows -= unfit_rows;
            messages -= unfit_messages;
            tell_rejected(shared, owner.as_ref(), reason, unfit_messages, unfit_rows);
        }
    }
    add(&counters.tracked_rows, rows);
    add(&counters.tracked_messages, messages);
    let ended = end.entries.iter().filter(|entry| !entry.continues && entry.waiter != 0);
    settle(shared, end.sequence, ended.map(|entry| entry.waiter).collect(), failed);
}

/// Rows and messages by reason. A message is rejected for the first reason of its rows, which its waiter is told.
fn sums(rejections: &Rejections, entries: &[MessageEntry], failed: &mut Vec<(u64, EngineError)>) -> Vec<(u64, u64)> {
    let mut sums = vec![(0, 0); rejections.reasons.len()];
    // A row outside of all entries is a message of its own.
    for reason in rejections.of_rows(0..rejections.of_row.len()) {
        sums[reason].0 += 1;
        sums[reason].1 += 1;
    }
    for entry in entries {
        let rows = || rejections.of_rows(entry.first_row..entry.first_row + entry.rows);
        rows().for_each(|reason| sums[reason].1 -= 1);
        if let Some(reason) = rows().next() {
            sums[reason].1 += u64::from(!entry.continues);
            if entry.waiter != 0 {
                failed.push((entry.waiter, rejections.reasons[reason].clone()));
            }
        }
    }
    sums
}

/// Counts rows of a source, which are known only once they are read.
pub(crate) fn book_source_rows(shared: &Shared, tracked: u64, rejected: u64) {
    let counters = &shared.counters;
    add(&counters.raw_rows, tracked + rejected);
    add(&counters.accepted_rows, tracked + rejected);
    add(&counters.tracked_rows, tracked);
    add(&counters.rejected_rows, rejected);
}

/// Counts and tells of what was rejected.
pub(crate) fn tell_rejected(
    shared: &Shared,
    owner: Option<&DatasetName>,
    error: EngineError,
    messages: u64,
    rows: u64,
) {
    add(&shared.counters.rejected_messages, messages);
    add(&shared.counters.rejected_rows, rows);
    let (dataset, org) = owner.map_or((None, None), |name| (Some(name.id.clone()), name.org.clone()));
    shared.sink.emit(Event::Rejected { dataset, org, error, messages, rows });
}

/// A block or message is done: tells the waiters whose wait is over.
pub(crate) fn settle(shared: &Shared, sequence: u64, waiters: Vec<u64>, failed: Vec<(u64, EngineError)>) {
    let settled = shared.watermark.complete(sequence, waiters, failed);
    if !settled.is_empty() {
        shared.memory.end_waits(settled.len() as u64);
        shared.sink.emit(Event::Settled(settled));
    }
}
