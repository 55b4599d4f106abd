//! Counters. In messages and in rows: submitted = tracked + rejected + waiting. Of tracked rows, those in no profile that is open, pending or
//! written are lost, or belong to no segment.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters shared by all threads of an engine.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) accepted_messages: AtomicU64,
    pub(crate) accepted_rows: AtomicU64,
    pub(crate) raw_rows: AtomicU64,
    pub(crate) late_rows: AtomicU64,
    pub(crate) unsegmented_rows: AtomicU64,
    pub(crate) overflowed_rows: AtomicU64,
    pub(crate) cut_texts: AtomicU64,
    pub(crate) tracked_messages: AtomicU64,
    pub(crate) tracked_rows: AtomicU64,
    pub(crate) rejected_messages: AtomicU64,
    pub(crate) rejected_rows: AtomicU64,
    pub(crate) pending_writables: AtomicU64,
    pub(crate) written_profiles: AtomicU64,
    pub(crate) write_failures: AtomicU64,
    pub(crate) maybe_duplicates: AtomicU64,
    pub(crate) lost_profiles: AtomicU64,
    pub(crate) lost_rows: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Messages submitted.
    pub accepted_messages: u64,
    /// Rows submitted.
    pub accepted_rows: u64,
    /// Rows found in messages that were submitted as bytes, and in parcels; `accepted_rows` counts them as well, once they are read.
    pub raw_rows: u64,
    /// Those of them that were tracked although their time is far from now.
    pub late_rows: u64,
    /// Rows that were tracked but belong to no segment of their dataset, so that they are in no profile.
    pub unsegmented_rows: u64,
    /// Rows in the overflow of a partition, since there were as many segments as there may be; in those of several partitions several times.
    pub overflowed_rows: u64,
    /// Texts in messages submitted as bytes that were longer than the limit: their start alone is used.
    pub cut_texts: u64,
    /// Messages whose rows are in a profile.
    pub tracked_messages: u64,
    /// Rows in a profile.
    pub tracked_rows: u64,
    /// Messages found unfit.
    pub rejected_messages: u64,
    /// Rows found unfit.
    pub rejected_rows: u64,
    /// Bytes in the lanes, without parcels.
    pub queue_bytes: u64,
    /// Bytes of parcels in the lanes.
    pub parcel_bytes: u64,
    /// Messages in the lanes.
    pub queue_messages: u64,
    /// What profiles take of memory, about: open ones, what is pending, and copies that writers hold.
    pub profile_bytes: u64,
    /// Profiles that wait for at least one writer.
    pub pending_writables: u64,
    /// Profiles that every writer has acknowledged.
    pub written_profiles: u64,
    /// Attempts to write that failed.
    pub write_failures: u64,
    /// Attempts after which a profile may be counted twice where it is written.
    pub maybe_duplicates: u64,
    /// Profiles that will never be written.
    pub lost_profiles: u64,
    /// Rows that will never be written, each once: one in segments of several partitions counts with that of the first. At an end, with
    /// those that no worker came to.
    pub lost_rows: u64,
}

pub(crate) fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn read(&self, queue_bytes: u64, queue_messages: u64) -> Stats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            accepted_messages: get(&self.accepted_messages),
            accepted_rows: get(&self.accepted_rows),
            raw_rows: get(&self.raw_rows),
            late_rows: get(&self.late_rows),
            unsegmented_rows: get(&self.unsegmented_rows),
            overflowed_rows: get(&self.overflowed_rows),
            cut_texts: get(&self.cut_texts),
            tracked_messages: get(&self.tracked_messages),
            tracked_rows: get(&self.tracked_rows),
            rejected_messages: get(&self.rejected_messages),
            rejected_rows: get(&self.rejected_rows),
            queue_bytes,
            queue_messages,
            profile_bytes: 0,
            parcel_bytes: 0,
            pending_writables: get(&self.pending_writables),
            written_profiles: get(&self.written_profiles),
            write_failures: get(&self.write_failures),
            maybe_duplicates: get(&self.maybe_duplicates),
            lost_profiles: get(&self.lost_profiles),
            lost_rows: get(&self.lost_rows),
        }
    }
}
