//! How a case ends, and what must hold when nothing comes after.

use std::collections::{BTreeMap, BTreeSet};

use rolling_profiles_engine::{EngineError, ErrorCode, Event};
use rolling_profiles_testkit::{Arena, Cell};

use crate::events::Said;
use crate::plan::Op;
use crate::run::Run;

const CLOSE_TIMEOUT_MS: u64 = 60_000;
/// More than what is given to attempts that are under way at the end.
const LAST_WORD_MS: u64 = 1000;

impl Run {
    pub fn close(mut self, before: &[Op], healed: bool) {
        if healed {
            self.writers.heal();
            self.flushes.iter_mut().for_each(|flush| flush.held_by = Some(BTreeSet::new()));
            self.rest();
        }
        self.ops(before);
        let profiles = self.book.open.len() as u64 + self.pending;
        let id = self.waiter();
        self.rig.engine.close(id, CLOSE_TIMEOUT_MS).unwrap();
        if !healed {
            self.reach_or_end();
            self.rig.clock.pass(CLOSE_TIMEOUT_MS + LAST_WORD_MS);
        }
        let (written, pending, _) = self.rig.closed(id);
        // Without time, what the clock's move makes due may be written just before the close begins to count.
        assert!(written + pending <= profiles, "{written} and {pending} of {profiles} profiles");
        let said = self.stopped();
        assert_eq!(said.stopped, [None]);
        self.book.check_at_rest(&self.rig.engine.stats());
        self.check_waiters(&said, true);
        assert_eq!(self.rig.engine.stats().pending_writables, pending);
        if healed {
            assert_eq!((written, pending, said.lost.len()), (profiles, 0, 0));
            self.check_rows(&[], &said);
        }
        // Without time to retry, what is not written is told as lost, to the row.
        let mut ends = said.lost.clone();
        for ((id, _), _, rows) in &said.written {
            *ends.entry(id.clone()).or_default() += rows;
        }
        let mut tracked = BTreeMap::new();
        for ((dataset, _), rows) in &self.book.tracked {
            *tracked.entry(self.names[*dataset].0.clone()).or_default() += rows;
        }
        assert_eq!(ends, tracked, "rows written and told as lost");
    }

    /// Waits until everything before is tracked, so that the close has sealed it.
    fn reach_or_end(&mut self) {
        let id = self.waiter();
        if self.rig.engine.reach(id).is_err() {
            return;
        }
        self.rig.sink.wait("answer or end", |event| match event {
            Event::Settled(settled) => settled.iter().any(|(waiter, _)| *waiter == id).then_some(()),
            Event::Stopped(_) => Some(()),
            _ => None,
        });
        self.unbooked.insert(id);
    }

    pub fn stop(mut self, before: &[Op]) {
        self.ops(before);
        self.rig.engine.stop(EngineError::new(ErrorCode::Closed, "told to stop"));
        let said = self.stopped();
        assert_eq!(said.stopped, [Some(ErrorCode::Closed)]);
        let stats = self.rig.engine.stats();
        self.book.check_at_work(&stats);
        let settled = stats.tracked_messages + stats.rejected_messages;
        assert_eq!(settled + stats.queue_messages, stats.accepted_messages, "messages, those that wait for ever too");
        assert_eq!(said.rejected, (stats.rejected_messages, stats.rejected_rows));
        self.check_waiters(&said, false);
    }

    /// Waits for the end; then nothing is taken any more.
    fn stopped(&self) -> Said {
        self.rig.sink.wait("stop", |event| matches!(event, Event::Stopped(_)).then_some(()));
        self.rig.engine.join();
        let (arena, text) = Arena::new(self.shape, 3).row(0, [Cell::Number(1.0)]).build();
        assert_eq!(self.rig.engine.submit(0, &arena, &text).unwrap_err().code, ErrorCode::NotAlive);
        assert_eq!(self.rig.engine.flush(1, None).unwrap_err().code, ErrorCode::NotAlive);
        assert_eq!(self.rig.engine.status(1, None).unwrap_err().code, ErrorCode::NotAlive);
        let said = Said::of(self.rig.sink.events());
        assert!(said.errors.is_empty(), "{:?}", said.errors);
        assert!(said.flushed.values().all(|answers| answers.len() == 1), "a flush was answered twice");
        said
    }
}
