//! The ledger: whatever is done to an engine, in whatever order, every row and every message is accounted for.
//!
//! A case is a plan (`plan`): blocks good and bad, messages over several of them, flushes, statuses, scheduled writes, retries, writers that
//! fail or hold back, and an end. It is run against the engine (`run`, `ends`) and booked in a model of plain sums (`book`); wherever the
//! engine has come to rest the two must agree (`checks`). Only the test moves the clock, and it waits for conditions alone. A case that
//! hangs takes long to fail, so the time to shrink is bounded.

mod book;
mod checks;
mod ends;
mod events;
mod plan;
mod run;
mod writers;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_row_and_message_is_accounted_for(plan in plan::plan()) {
        run::run(&plan);
    }
}
