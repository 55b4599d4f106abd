//! Lanes: FIFO queues with one worker behind each, and what travels on them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::Sender;

use crate::block::Block;
use crate::budget::Charge;
use crate::coordinator::{Command, Purpose};
use crate::dataset::{Dataset, Key};
use crate::error::EngineError;
use crate::parcel::{Parcel, ParcelTicket};
use crate::partial::OpenPartial;
use crate::schedule::Schedule;
use rolling_profiles_ingest::{DatasetName, RawMessage, TimeWindow};

/// What travels on a lane.
pub(crate) enum LaneMessage {
    /// Rows.
    Block {
        block: Block,
        sequence: u64,
        /// What the budget is given back when this is done.
        bytes: u64,
        messages: u64,
        rows: u64,
    },
    /// A message that is still bytes.
    Raw(Box<RawTicket>, RawMessage),
    /// A piece of a file.
    Parcel(Box<ParcelTicket>, Box<dyn Parcel>),
    /// What became of a dataset that was asked for.
    Answer(Arc<DatasetAnswer>),
    /// Hand over what is open.
    Barrier {
        number: u64,
        takes: Takes,
        /// But not the profiles of these datasets.
        kept: Arc<HashSet<u64>>,
    },
    /// Hand over something, if profiles take too much memory.
    Shrink,
    /// Look at the stop flag.
    Wake,
}

impl LaneMessage {
    /// What it takes of the budget.
    pub fn charge(&self) -> Charge {
        match self {
            Self::Block { bytes, messages, .. } => Charge { bytes: *bytes, messages: *messages },
            Self::Raw(ticket, _) => ticket.charge(),
            _ => Charge::default(),
        }
    }
}

/// What a barrier wants of the open profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing: that everything before it is tracked.
    Nothing,
    /// Copies, of one dataset or of all.
    Copies(Option<u64>),
    /// The profiles, of one dataset or of all.
    Profiles(Option<u64>),
    /// The profiles of all datasets that have this schedule.
    Scheduled(Schedule),
}

impl Takes {
    /// Whether it is about the profiles of this key.
    pub fn concerns(self, key: &Key) -> bool {
        match self {
            Self::Nothing => false,
            Self::Copies(dataset) | Self::Profiles(dataset) => dataset.is_none_or(|dataset| dataset == key.dataset),
            Self::Scheduled(schedule) => key.owner.schedule == Some(schedule),
        }
    }

    /// Whether profiles are open no more afterwards.
    pub const fn takes_profiles(self) -> bool {
        matches!(self, Self::Profiles(_) | Self::Scheduled(_))
    }

    /// Whether the profiles stay open.
    pub const fn copies(self) -> bool {
        matches!(self, Self::Copies(_))
    }
}

/// What is booked when a raw message is done.
pub(crate) struct RawTicket {
    pub sequence: u64,
    /// What the budget is given back.
    pub bytes: u64,
    pub waiter: u64,
    pub window: TimeWindow,
    /// The dataset that came with the message, if it is open: it is not let go before the message is read.
    #[expect(dead_code, reason = "it is there to be held")]
    pub dataset: Option<Arc<Dataset>>,
}

impl RawTicket {
    /// What the message takes of the budget.
    pub const fn charge(&self) -> Charge {
        Charge { bytes: self.bytes, messages: 1 }
    }
}

/// A dataset that was asked for is open, or its messages are refused.
pub(crate) struct DatasetAnswer {
    pub name: DatasetName,
    /// Its number. It is held, so that it is not let go before its messages are tracked.
    pub outcome: Result<(u64, Arc<Dataset>), EngineError>,
}

/// One lane's answer to a barrier.
pub(crate) struct HandOver {
    pub barrier: u64,
    pub lane: usize,
    pub partials: Vec<OpenPartial>,
}

/// All lanes of an engine, and the way to its coordinator.
pub(crate) struct Lanes {
    senders: Vec<Sender<LaneMessage>>,
    commands: Sender<Command>,
    last_barrier: Mutex<u64>,
    /// The sequence number of what was submitted last. Held while a number is given and what has it is sent: so each lane has them in their order.
    last_sequence: Mutex<u64>,
}

impl Lanes {
    pub fn new(senders: Vec<Sender<LaneMessage>>, commands: Sender<Command>) -> Self {
        Self { senders, commands, last_barrier: Mutex::default(), last_sequence: Mutex::default() }
    }

    pub fn len(&self) -> usize {
        self.senders.len()
    }

    /// Sends down one lane; false when its worker is gone.
    pub fn send(&self, lane: usize, message: LaneMessage) -> bool {
        self.senders.get(lane).is_some_and(|lane| lane.send(message).is_ok())
    }

    /// Submits what `make` makes of the next sequence number. What it refuses leaves no gap.
    ///
    /// # Errors
    /// What `make` failed with.
    pub fn submit<R>(
        &self,
        lane: usize,
        make: impl FnOnce(u64) -> Result<(R, LaneMessage), EngineError>,
    ) -> Result<R, EngineError> {
        let mut last = self.last_sequence.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, message) = make(*last + 1)?;
        *last += 1;
        self.send(lane, message);
        Ok(answer)
    }

    /// The sequence number of what was submitted last.
    pub fn last_sequence(&self) -> u64 {
        *self.last_sequence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something while nothing is submitted.
    pub fn while_quiet(&self, work: impl FnOnce()) {
        let _last = self.last_sequence.lock().unwrap_or_else(PoisonError::into_inner);
        work();
    }

    /// Puts a barrier behind everything that was submitted. Barriers stand in the same order in all lanes, and the coordinator
    /// learns of each before any lane can answer: so when one is complete, all earlier ones are.
    /// Profiles of the datasets `kept` stay open.
    pub fn barrier(&self, purpose: Purpose, kept: HashSet<u64>) -> bool {
        let kept = Arc::new(kept);
        let mut last = self.last_barrier.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        let (number, takes) = (*last, purpose.takes());
        let is_known = self.commands.send(Command::Barrier { number, purpose }).is_ok();
        for lane in 0..self.senders.len() {
            // Its worker may be gone already: a close without time ends the engine at once, and is answered.
            self.send(lane, LaneMessage::Barrier { number, takes, kept: Arc::clone(&kept) });
        }
        is_known
    }

    pub fn command(&self, command: Command) -> bool {
        self.commands.send(command).is_ok()
    }

    /// Tells every worker what became of a dataset that was asked for.
    pub fn answer(&self, answer: &Arc<DatasetAnswer>) {
        for lane in 0..self.senders.len() {
            self.send(lane, LaneMessage::Answer(Arc::clone(answer)));
        }
    }

    /// Makes every worker see whether profiles take too much memory.
    pub fn shrink(&self) {
        for lane in 0..self.senders.len() {
            self.send(lane, LaneMessage::Shrink);
        }
    }

    /// Makes every worker look at the stop flag.
    pub fn wake(&self) {
        for lane in 0..self.senders.len() {
            self.send(lane, LaneMessage::Wake);
        }
    }
}

/// Raised once; workers look at it between blocks.
#[derive(Debug, Default)]
pub(crate) struct StopFlag(AtomicBool);

impl StopFlag {
    pub fn raise(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
