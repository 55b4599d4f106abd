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
        let mut end = ParcelEnd::default();
        let mut start = Some(0);
        while let Some(from) = start {
            start = self.take_part(ticket, &*parcel, from, &mut end, open, tracker);
        }
        book_source_rows(&self.shared, end.tracked, end.refused + end.bad.count);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| parcel.end(end))) {
            report_panic(&self.shared, None, &*panic);
        }
        self.shared.parcels.give(ticket.bytes);
        settle(&self.shared, ticket.sequence, Vec::new(), Vec::new());
    }

    /// Takes the rows from byte `start` on, as many as are read at once; gives where the rest begins.
    fn take_part(
        &mut self,
        ticket: &ParcelTicket,
        parcel: &dyn Parcel,
        start: usize,
        end: &mut ParcelEnd,
        open: &mut OpenSet,
        tracker: &mut BlockTracker,
    ) -> Option<usize> {
        let (number, owner) = &ticket.dataset;
        let source = Part { parcel, start };
        let keeps_rows = !owner.plan.partitions.is_empty();
        let mut rows = Rows::default();
        let outcome = self.tables.read(&source, owner.width, keeps_rows, &mut self.spare).and_then(|read| {
            rows = read;
            let target = Target { number: *number, owner, sequence: ticket.sequence, window: ticket.window };
            self.tables.track(&target, &source, &mut rows, open, tracker)
        });
        match outcome {
            Ok(()) => {
                end.tracked += rows.count();
                end.untimed += rows.untimed;
            }
            Err(error) => {
                end.refused += rows.count();
                end.error.get_or_insert(error);
            }
        }
        let rest = rows.rest;
        end.cut += rows.cut();
        end.bad.append(std::mem::take(&mut rows.bad), || parcel.lines_before(start));
        if let Some(spare) = rows.into_spare() {
            self.spare = spare;
        }
        // A parcel that does not get on ends.
        rest.map(|more| start + more).filter(|more| *more > start)
    }
}

/// The rows of a parcel from a byte on, as many as are read at once.
struct Part<'a> {
    parcel: &'a dyn Parcel,
    start: usize,
}

impl Source for Part<'_> {
    fn read(&self, reading: Reading<'_>) -> Result<Rows, EngineError> {
        Ok(self.parcel.read(self.start, reading)?)
    }

    fn leaves_out_rows(&self) -> bool {
        true
    }
}
