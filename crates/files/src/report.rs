//! What became of a source's records, in the order of the source, though parcels end in any order.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rolling_profiles_engine::EngineError;
use rolling_profiles_ingest::Rows;

use crate::complaint::Complaint;
use crate::facts::{ColumnFacts, Facts};
use crate::options::Format;

/// The order of so many columns at most is kept: a profile has no more, and hostile rows may name new ones for ever.
const MOST_COLUMNS: usize = 1 << 16;

/// How many complaints are kept; more are counted.
const KEPT_COMPLAINTS: usize = 100;

/// How often a source that waits for its last pieces looks whether it is to give up.
const LOOK: Duration = Duration::from_millis(50);

/// The sums over a stretch of the source; lines are counted from its start.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Bytes.
    pub bytes: u64,
    /// Lines, blank ones among them.
    pub lines: u64,
    /// Rows that were tracked.
    pub rows: u64,
    /// Of these: rows that name no time, where a column is to.
    pub untimed: u64,
    /// Records that were left out.
    pub left_out: u64,
    /// Texts that were cut.
    pub cut_texts: u64,
    /// The columns that came up, in the order in which they did.
    pub columns: Vec<String>,
    /// Remarks on the source as a whole, for people.
    pub notes: Vec<String>,
    /// The first of the records that were left out, in the order of the source.
    pub complaints: Vec<Complaint>,
    /// Why a parcel as a whole does not count, with its first line: the first of these.
    pub failure: Option<(u64, EngineError)>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Report {
    state: Mutex<State>,
    /// Of the source as it lies there, packed or not.
    bytes_read: AtomicU64,
    /// 0: nobody knows.
    size: AtomicU64,
    /// Rows name their times in a column that is not profiled.
    has_seen_times: AtomicBool,
    /// A piece has ended.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    facts: Facts,
    fingerprint: Option<String>,
    format: Option<Format>,
    totals: Totals,
    /// Those of `totals`.
    columns: HashSet<String>,
    /// The number of the first piece that has not ended.
    next: usize,
    /// Those that ended before an earlier one.
    ahead: BTreeMap<usize, Totals>,
}

impl Report {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sums over all that has ended from the start of the source on.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.lock().totals.clone()
    }

    /// A hash of the source's bytes, 32 hexadecimal digits, where that was asked for and it was read to its end.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.lock().fingerprint.clone()
    }

    pub(crate) fn set_fingerprint(&self, fingerprint: String) {
        self.lock().fingerprint = Some(fingerprint);
    }

    /// What is known of columns and not in their profiles, by name.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, ColumnFacts)> {
        let facts = self.lock().facts.clone();
        facts.into_columns().collect()
    }

    pub(crate) fn note(&self, facts: Facts) {
        self.lock().facts.merge(facts);
    }

    /// How many rows were tracked so far, and how many records left out.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.totals.rows, state.totals.left_out)
    }

    /// How many bytes of the source were read so far, packed ones where it is packed.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        let read = self.bytes_read.load(Ordering::Relaxed);
        // What is read by position, here and there, is counted by its parcels.
        let state = self.lock();
        match self.size() {
            Some(size) if read < size && matches!(state.format, Some(Format::Parquet | Format::Arrow)) => {
                state.totals.bytes.clamp(read, size)
            }
            _ => read,
        }
    }

    /// How many there are, where that is known.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        Some(self.size.load(Ordering::Relaxed)).filter(|&size| size > 0)
    }

    /// So many more bytes were read.
    pub(crate) fn read(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// There are so many bytes.
    pub(crate) fn set_size(&self, size: u64) {
        self.size.store(size, Ordering::Relaxed);
    }

    /// What the source was found to be; `None`: it is not known yet.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        self.lock().format
    }

    pub(crate) fn saw_times(&self) {
        self.has_seen_times.store(true, Ordering::Relaxed);
    }

    /// Whether rows name their times in a column that is not profiled.
    pub(crate) fn has_seen_times(&self) -> bool {
        self.has_seen_times.load(Ordering::Relaxed)
    }

    /// Waits until the first `pieces` have ended, or `gives_up` says so.
    pub(crate) fn wait(&self, pieces: usize, gives_up: impl Fn() -> bool) {
        let mut state = self.lock();
        while state.next < pieces && !gives_up() {
            (state, _) = self.ended.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn open(&self, format: Format) {
        self.lock().format = Some(format);
    }

    /// Piece `number` has ended, with these sums; numbers count from 0, without gaps.
    pub(crate) fn end(&self, number: usize, piece: Totals) {
        let mut state = self.lock();
        state.ahead.insert(number, piece);
        loop {
            let next = state.next;
            let Some(mut piece) = state.ahead.remove(&next) else { break };
            piece.columns.retain(|column| state.columns.len() < MOST_COLUMNS && state.columns.insert(column.clone()));
            state.totals.add(piece);
            state.next += 1;
        }
        drop(state);
        self.ended.notify_all();
    }
}

impl Totals {
    /// Adds the stretch that follows.
    fn add(&mut self, piece: Self) {
        let before = self.lines;
        let room = KEPT_COMPLAINTS - self.complaints.len();
        let complaints = piece.complaints.into_iter().take(room);
        self.complaints.extend(complaints.map(|complaint| Complaint { place: before + complaint.place, ..complaint }));
        self.failure = self.failure.take().or(piece.failure.map(|(line, error)| (before + line, error)));
        self.bytes += piece.bytes;
        self.lines += piece.lines;
        self.rows += piece.rows;
        self.untimed += piece.untimed;
        self.columns.extend(piece.columns);
        self.notes.extend(piece.notes);
        self.left_out += piece.left_out;
        self.cut_texts += piece.cut_texts;
    }
}

/// Adds the names of columns that have values in `rows`, and are not known.
pub(crate) fn columns_of(rows: &Rows, known: &mut Vec<String>) {
    for (_, table) in &rows.tables {
        for (at, (name, ..)) in table.columns().enumerate() {
            // Tables mostly have their columns in one order.
            if known.get(at).is_none_or(|other| other != name) && !known.iter().any(|other| other == name) {
                known.push(name.to_owned());
            }
        }
    }
}
