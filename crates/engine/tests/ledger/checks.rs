//! What must hold wherever the engine rests.

use std::collections::{BTreeMap, BTreeSet};

use rolling_profiles_engine::{DatasetStatus, ErrorCode};
use rolling_profiles_profile::Profile;
use rolling_profiles_testkit::counted;

use crate::book::Place;
use crate::events::Said;
use crate::run::Run;

impl Run {
    pub fn check(&mut self, shown: &[DatasetStatus], said: &Said) {
        let stats = self.rig.engine.stats();
        self.book.check_at_rest(&stats);
        assert_eq!(self.rig.engine.watermark(), self.book.blocks);
        self.check_waiters(said, true);
        assert_eq!(said.rejected, (self.book.rejected_messages, self.book.rejected_rows), "told as rejected");
        assert_eq!(stats.write_failures, self.writers.failed());
        assert_eq!(stats.write_failures, said.retries_ms.len() as u64);
        assert_eq!(stats.written_profiles, said.written.len() as u64);
        self.pending = shown.iter().map(|dataset| dataset.pending_writables).sum();
        assert_eq!(stats.pending_writables, self.pending);
        assert_eq!(open_rows(shown), self.book.open, "what is open");
        self.check_rows(shown, said);
        for (id, open) in std::mem::take(&mut self.statuses) {
            assert_eq!(open_rows(&said.statuses[&id]), open, "what a status on the way shows");
        }
        self.check_flushes(said);
    }

    /// Every waiter was answered once, with a code that its message gives reason for.
    pub fn check_waiters(&self, said: &Said, all: bool) {
        let of_messages = || said.settled.iter().filter(|(waiter, _)| !self.unbooked.contains(waiter));
        for (waiter, answers) in of_messages() {
            let reasons = &self.book.waiters[waiter];
            let fits = |answer: &Result<(), ErrorCode>| match answer {
                Ok(()) => reasons.is_empty(),
                Err(code) => reasons.contains(code),
            };
            assert!(answers.len() == 1 && fits(&answers[0]), "{waiter}: {answers:?}, not one of {reasons:?}");
        }
        if all {
            assert_eq!(of_messages().count(), self.book.waiters.len(), "answered waiters");
        }
    }

    /// No row is lost and none is doubled: open, pending and written ones are those that were tracked.
    pub fn check_rows(&self, status: &[DatasetStatus], said: &Said) {
        let mut found = open_rows(status);
        let mut add = |dataset: usize, bytes: &[u8]| {
            let start_ms = Profile::deserialize(bytes).unwrap().dataset_timestamp_ms();
            let rows = rows_of(bytes);
            *found.entry((dataset, start_ms)).or_default() += rows;
            rows
        };
        for (dataset, status) in status.iter().enumerate() {
            for view in &status.pending_views {
                add(dataset, view);
            }
        }
        let items = self.writers.written();
        let mut names = BTreeSet::new();
        let mut without_writers: BTreeMap<usize, u64> = BTreeMap::new();
        for (name, file_name, rows) in &said.written {
            assert!(names.insert(file_name), "{file_name} was written twice");
            let dataset = self.names.iter().position(|known| known == name).unwrap();
            let own = &self.dataset_writers[dataset];
            assert!(self.writers.have_all(own.iter().copied(), file_name), "{file_name} is not with every writer");
            if own.is_empty() {
                *without_writers.entry(dataset).or_default() += rows;
            } else {
                assert_eq!(add(dataset, &items[file_name].bytes), *rows, "rows that {file_name} counts");
            }
        }
        for dataset in 0..self.names.len() {
            let of_dataset = |rows: &BTreeMap<Place, u64>| -> BTreeMap<Place, u64> {
                rows.iter().filter(|(place, _)| place.0 == dataset).map(|(place, rows)| (*place, *rows)).collect()
            };
            let (found, tracked) = (of_dataset(&found), of_dataset(&self.book.tracked));
            if self.dataset_writers[dataset].is_empty() {
                let gone = without_writers.get(&dataset).copied().unwrap_or(0);
                assert_eq!(found.values().sum::<u64>() + gone, tracked.values().sum::<u64>(), "rows of {dataset}");
            } else {
                assert_eq!(found, tracked, "rows of dataset {dataset}");
            }
        }
    }

    /// A flush is answered once, when each writer has tried each profile; not before, and with the right sum.
    pub fn check_flushes(&mut self, said: &Said) {
        let holding = self.writers.holding();
        for flush in &mut self.flushes {
            let is_new = flush.held_by.is_none();
            let held_by = flush.held_by.get_or_insert_with(|| holding.clone());
            let answers = said.flushed.get(&flush.id).map_or(&[][..], Vec::as_slice);
            if !held_by.is_empty() {
                assert!(answers.is_empty(), "a flush was answered before every writer had tried: {answers:?}");
                continue;
            }
            assert_eq!(answers.len(), 1, "answers of a flush");
            let (written, pending) = answers[0];
            assert!(written <= flush.profiles && written + pending >= flush.profiles, "{answers:?} {}", flush.profiles);
            if is_new {
                assert_eq!(written + pending, flush.profiles, "profiles that a flush tells of");
            }
        }
    }
}

fn rows_of(view: &[u8]) -> u64 {
    counted([view], "n") as u64
}

fn open_rows(status: &[DatasetStatus]) -> BTreeMap<Place, u64> {
    let mut rows = BTreeMap::new();
    for (dataset, status) in status.iter().enumerate() {
        assert_eq!(status.views.len(), status.timestamps_ms.len());
        for (start_ms, view) in status.timestamps_ms.iter().zip(&status.views) {
            assert!(rows.insert((dataset, *start_ms), rows_of(view)).is_none(), "a bucket is shown twice");
        }
    }
    rows
}
