//! The model: what must have become of every row and message, in plain sums.

use std::collections::BTreeMap;

use rolling_profiles_engine::{ErrorCode, Stats};

/// Dataset and start of the bucket.
pub type Place = (usize, i64);

/// A message inside one block.
pub struct Part {
    /// Each row's place, and whether it has more columns than a profile may.
    pub rows: Vec<(Place, bool)>,
    pub continues: bool,
    /// 0: nobody.
    pub waiter: u64,
}

#[derive(Default)]
pub struct Book {
    pub blocks: u64,
    pub accepted_rows: u64,
    pub accepted_messages: u64,
    pub tracked_rows: u64,
    pub tracked_messages: u64,
    pub rejected_rows: u64,
    pub rejected_messages: u64,
    /// The codes of the rejected parts of each waiter's message whose end was submitted; none: it was tracked.
    pub waiters: BTreeMap<u64, Vec<ErrorCode>>,
    /// Rejected parts of messages that have not come to their end.
    unended: BTreeMap<u64, Vec<ErrorCode>>,
    /// Tracked rows that are not sealed.
    pub open: BTreeMap<Place, u64>,
    /// All tracked rows.
    pub tracked: BTreeMap<Place, u64>,
}

impl Book {
    /// Books an accepted block; `flaw` is why a worker cannot read it.
    pub fn block(&mut self, parts: &[Part], flaw: Option<ErrorCode>) {
        self.blocks += 1;
        for part in parts {
            let rows = part.rows.len() as u64;
            let ends = u64::from(!part.continues);
            self.accepted_rows += rows;
            self.accepted_messages += ends;
            let too_wide = part.rows.iter().any(|(_, too_wide)| *too_wide).then_some(ErrorCode::TooManyColumns);
            let reason = flaw.or(too_wide);
            if reason.is_some() {
                self.rejected_rows += rows;
                self.rejected_messages += ends;
            } else {
                self.tracked_rows += rows;
                self.tracked_messages += ends;
                for (place, _) in &part.rows {
                    *self.open.entry(*place).or_default() += 1;
                    *self.tracked.entry(*place).or_default() += 1;
                }
            }
            if part.waiter != 0 {
                self.unended.entry(part.waiter).or_default().extend(reason);
                if !part.continues {
                    let reasons = self.unended.remove(&part.waiter).unwrap_or_default();
                    assert!(self.waiters.insert(part.waiter, reasons).is_none());
                }
            }
        }
    }

    /// Seals what is open; gives the places.
    pub fn seal(&mut self) -> Vec<Place> {
        std::mem::take(&mut self.open).into_keys().collect()
    }

    /// At rest, everything accepted is tracked or rejected, and nothing waits.
    pub fn check_at_rest(&self, stats: &Stats) {
        self.check_accepted(stats);
        assert_eq!((stats.queue_bytes, stats.queue_messages), (0, 0), "what waits");
        assert_eq!(
            (stats.tracked_rows, stats.tracked_messages, stats.rejected_rows, stats.rejected_messages),
            (self.tracked_rows, self.tracked_messages, self.rejected_rows, self.rejected_messages),
            "tracked and rejected, rows and messages"
        );
    }

    /// While workers work: what is settled never exceeds what was accepted.
    pub fn check_at_work(&self, stats: &Stats) {
        self.check_accepted(stats);
        assert!(stats.tracked_rows + stats.rejected_rows <= stats.accepted_rows, "{stats:?}");
        assert!(stats.tracked_messages + stats.rejected_messages <= stats.accepted_messages, "{stats:?}");
        assert!(stats.queue_messages <= stats.accepted_messages, "{stats:?}");
    }

    fn check_accepted(&self, stats: &Stats) {
        assert_eq!(
            (stats.accepted_rows, stats.accepted_messages),
            (self.accepted_rows, self.accepted_messages),
            "accepted rows and messages"
        );
    }
}
