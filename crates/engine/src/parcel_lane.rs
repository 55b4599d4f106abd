//! Parcels on one lane: read, tracked, and told how they ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rolling_profiles_ingest::{Reading, Rows, Table};

use crate::accounting::{book_source_rows, settle};
use crate::error::EngineError;
use crate::failure::report_panic;
use crate::open_set::OpenSet;
use crate::parcel::{Parcel, ParcelEnd, ParcelTicket};
use crate::shared::Shared;
use crate::table_tracker::{Source, TableTracker, Target};
use crate::track_block::BlockTracker;

pub(crate) struct ParcelLane {
    shared: Arc<Shared>,
    tables: TableTracker,
    spare: Table,
}

impl ParcelLane {
    pub fn new(shared: Arc<Shared>, tables: TableTracker) -> Self {
        Self { shared, tables, spare: Table::default() }
    }

    /// Takes one parcel.
    pub fn take(
        &mut self,
        ticket: &ParcelTicket,
        parcel: Box<dyn Parcel>,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) {
        let (number, owner) = &ticket.dataset;
        let source = OfParcel(&*parcel);
        let keeps_rows = !owner.plan.partitions.is_empty();
        let mut rows = Rows::default();
        let outcome = self.tables.read(&source, owner.width, keeps_rows, &mut self.spare).and_then(|read| {
            rows = read;
            let target = Target { number: *number, owner, sequence: ticket.sequence, window: ticket.window };
            self.tables.track(&target, &source, &mut rows, open, tracker)
        });
        let count = rows.count();
        let (tracked_rows, refused) = if outcome.is_ok() { (count, 0) } else { (0, count) };
        book_source_rows(&self.shared, tracked_rows, refused + rows.bad.count);
        let bad = std::mem::take(&mut rows.bad);
        let end = ParcelEnd { tracked: tracked_rows, refused, cut: rows.cut(), bad, error: outcome.err() };
        if let Some(spare) = rows.into_spare() {
            self.spare = spare;
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| parcel.end(end))) {
            report_panic(&self.shared, None, &*panic);
        }
        self.shared.parcels.give(ticket.bytes);
        settle(&self.shared, ticket.sequence, Vec::new(), Vec::new());
    }
}

struct OfParcel<'a>(&'a dyn Parcel);

impl Source for OfParcel<'_> {
    fn read(&self, reading: Reading<'_>) -> Result<Rows, EngineError> {
        Ok(self.0.read(reading)?)
    }

    fn leaves_out_rows(&self) -> bool {
        true
    }
}
