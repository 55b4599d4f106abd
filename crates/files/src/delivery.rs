//! The way from a source to the engine: parcels, in order, each with its place in the report.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rolling_profiles_engine::{Parcel, ParcelEnd, ParcelSender};
use rolling_profiles_ingest::{IngestError, Reading, Rows};

use crate::SourceError;
use crate::complaint::Complaint;
use crate::facts::Facts;
use crate::options::Format;
use crate::report::{Report, Totals};

/// See the module.
pub struct Delivery<'a> {
    sender: &'a mut ParcelSender,
    report: Arc<Report>,
    gives_up: &'a dyn Fn() -> bool,
    next: usize,
}

/// A parcel's place in the report.
#[derive(Debug)]
pub(crate) struct Place {
    number: usize,
    report: Arc<Report>,
    has_ended: AtomicBool,
}

impl Drop for Place {
    /// A parcel that was dropped, as the engine's end drops them: nothing of it came about, and nobody waits for it.
    fn drop(&mut self) {
        if !self.has_ended.load(Ordering::Relaxed) {
            self.report.end(self.number, Totals::default());
        }
    }
}

impl<'a> Delivery<'a> {
    /// To where `sender` leads. `report` hears how parcels ended, while this goes on and after it; `gives_up` is asked now and then.
    pub fn new(sender: &'a mut ParcelSender, report: &Arc<Report>, gives_up: &'a dyn Fn() -> bool) -> Self {
        Self { sender, report: Arc::clone(report), gives_up, next: 0 }
    }

    /// What hears of the source.
    pub(crate) fn report(&self) -> &Arc<Report> {
        &self.report
    }

    /// Whether the source is to be given up.
    pub(crate) fn is_given_up(&self) -> bool {
        (self.gives_up)()
    }

    /// Tells what the source is, before its first parcel, and which columns it has, where the format says so ahead of the rows.
    pub(crate) fn open(&mut self, format: Format, columns: &[String]) {
        self.report.open(format);
        if !columns.is_empty() {
            self.leave_out(Totals { columns: columns.to_vec(), ..Totals::default() });
        }
    }

    /// Sends the next parcel. Blocks while the engine has no room.
    ///
    /// # Errors
    /// `Engine`, `Cancelled`.
    pub(crate) fn send(&mut self, parcel: impl FnOnce(Place) -> Box<dyn Parcel>) -> Result<(), SourceError> {
        if (self.gives_up)() {
            return Err(SourceError::Cancelled);
        }
        let place = self.place();
        let noted = Noted { parcel: parcel(place), facts: Mutex::default(), report: Arc::clone(&self.report) };
        match self.sender.send(Box::new(noted), self.gives_up).map_err(SourceError::Engine)? {
            None => Ok(()),
            Some(_) => Err(SourceError::Cancelled),
        }
    }

    /// Tells of a stretch of the source that holds no row, for the records that `piece` says were left out.
    pub(crate) fn leave_out(&mut self, piece: Totals) {
        self.sender.leave_out(piece.left_out);
        let place = self.place();
        place.tell(piece);
    }

    /// Waits until all that was sent has ended, or the source is to be given up.
    pub(crate) fn settle(&self) {
        self.report.wait(self.next, self.gives_up);
    }

    fn place(&mut self) -> Place {
        let number = self.next;
        self.next += 1;
        Place { number, report: Arc::clone(&self.report), has_ended: AtomicBool::default() }
    }
}

/// A parcel whose rows are looked at before they are tracked, for what profiles do not keep.
struct Noted {
    parcel: Box<dyn Parcel>,
    facts: Mutex<Facts>,
    report: Arc<Report>,
}

impl Parcel for Noted {
    fn bytes(&self) -> u64 {
        self.parcel.bytes()
    }

    fn read(&self, start: usize, reading: Reading<'_>) -> Result<Rows, IngestError> {
        let rows = self.parcel.read(start, reading)?;
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).note(&rows);
        Ok(rows)
    }

    fn lines_before(&self, start: usize) -> u64 {
        self.parcel.lines_before(start)
    }

    fn end(self: Box<Self>, end: ParcelEnd) {
        let Self { parcel, facts, report } = *self;
        report.note(facts.into_inner().unwrap_or_else(PoisonError::into_inner));
        parcel.end(end);
    }
}

impl Place {
    /// Tells how the parcel ended, of a stretch of so many bytes and lines, in which these columns came up.
    pub fn end(&self, bytes: u64, lines: u64, columns: Vec<String>, end: ParcelEnd) {
        let piece = Totals {
            bytes,
            lines,
            rows: end.tracked,
            untimed: end.untimed,
            left_out: end.bad.count + end.refused,
            cut_texts: end.cut,
            columns,
            notes: Vec::new(),
            complaints: end.bad.first.iter().map(|(line, error)| Complaint::new(*line, error)).collect(),
            failure: end.error.map(|error| (1, error)),
        };
        self.tell(piece);
    }

    /// Tells that rows name their times in a column that is not profiled.
    pub fn saw_times(&self) {
        self.report.saw_times();
    }

    fn tell(&self, piece: Totals) {
        self.has_ended.store(true, Ordering::Relaxed);
        self.report.end(self.number, piece);
    }
}
