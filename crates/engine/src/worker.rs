//! A sketching thread: takes what comes down its lane, tracks it in partial profiles, and answers barriers.
//!
//! A worker owns its partials; nothing here is shared but counters, the budget and the watermark.
//!
//! Rows of a key are tracked in the order in which they were submitted, be they rows or bytes. So what stands behind a parked message waits if it is about the
//! same dataset, and everything behind that waits with it.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use crate::accounting::{BlockEnd, Rejections, end_block};
use crate::block::{Block, Keys};
use crate::budget::Charge;
use crate::coordinator::Command;
use crate::event::Event;
use crate::failure::report_panic;
use crate::lane::{HandOver, LaneMessage, Takes};
use crate::open_set::OpenSet;
use crate::parcel_lane::ParcelLane;
use crate::partial::{OpenPartial, ValueLimits, bytes_of};
use crate::raw_lane::RawLane;
use crate::shared::Shared;
use crate::track_block::BlockTracker;
use rolling_profiles_ingest::DatasetName;

pub(crate) struct Worker {
    lane: usize,
    shared: Arc<Shared>,
    commands: Sender<Command>,
    open: OpenSet,
    tracker: BlockTracker,
    raw: RawLane,
    parcels: ParcelLane,
    /// What its open profiles take of memory, as the budget knows.
    counted_bytes: u64,
    /// What waits for parked messages, and everything behind it.
    held: VecDeque<LaneMessage>,
}

impl Worker {
    pub fn new(
        lane: usize,
        shared: Arc<Shared>,
        commands: Sender<Command>,
        limits: ValueLimits,
        (raw, parcels): (RawLane, ParcelLane),
    ) -> Self {
        Self {
            lane,
            open: OpenSet::new(lane, Arc::clone(&shared)),
            tracker: BlockTracker::new(Arc::clone(&shared), limits),
            shared,
            commands,
            raw,
            parcels,
            counted_bytes: 0,
            held: VecDeque::new(),
        }
    }

    /// Works until the stop flag is raised or the lane's other end is gone.
    pub fn run(mut self, lane: &Receiver<LaneMessage>) {
        for message in lane {
            if self.shared.stop.is_raised() {
                return;
            }
            match message {
                LaneMessage::Answer(answer) => {
                    self.raw.answer(&answer, &mut self.open, &mut self.tracker);
                    // It holds the dataset, which may be idle by the end of what comes next.
                    drop(answer);
                    self.write_early();
                    self.go_on();
                }
                LaneMessage::Wake => {}
                LaneMessage::Shrink => self.shrink(),
                message if self.held.is_empty() && !self.must_wait(&message) => self.take(message),
                message => self.hold(message),
            }
        }
    }

    fn take(&mut self, message: LaneMessage) {
        match message {
            LaneMessage::Block { block, sequence, bytes, messages, rows } => {
                self.block(&block, sequence, rows, messages);
                self.shared.recycle(block);
                self.write_early();
                if self.shared.budget.give(Charge { bytes, messages }) {
                    self.shared.sink.emit(Event::Drained);
                }
            }
            LaneMessage::Raw(ticket, message) => {
                self.raw.take(*ticket, message, &mut self.open, &mut self.tracker);
                self.write_early();
            }
            LaneMessage::Parcel(ticket, parcel) => {
                self.parcels.take(&ticket, parcel, &mut self.open, &mut self.tracker);
                self.write_early();
            }
            LaneMessage::Barrier { number, takes, kept } => self.hand_over(number, takes, &kept),
            LaneMessage::Answer(_) | LaneMessage::Shrink | LaneMessage::Wake => {}
        }
    }

    /// Whether a message has to wait for what is parked: a barrier for all of it, a block for that of its datasets. Messages that are bytes are parked behind
    /// others of their dataset themselves.
    fn must_wait(&self, message: &LaneMessage) -> bool {
        match message {
            _ if !self.raw.waits() => false,
            LaneMessage::Barrier { .. } => true,
            LaneMessage::Block { block, .. } => self.is_of_parked(block),
            _ => false,
        }
    }

    fn is_of_parked(&self, block: &Block) -> bool {
        let is_parked = |number| self.shared.registry.key(number).is_ok_and(|key| self.raw.has_parked(&key.owner));
        match block.view().and_then(|view| view.keys().map(|keys| (view.rows(), keys))) {
            Ok((_, Keys::Single(key))) => is_parked(key),
            Ok((rows, Keys::Each(keys))) => (0..rows).any(|row| is_parked(keys.number(row))),
            Err(_) => false,
        }
    }

    fn hold(&mut self, message: LaneMessage) {
        self.shared.budget.stick(message.charge());
        self.held.push_back(message);
    }

    /// Takes what was held, up to what has to wait for messages that were parked meanwhile.
    fn go_on(&mut self) {
        while let Some(message) = self.held.pop_front() {
            if self.must_wait(&message) {
                self.held.push_front(message);
                return;
            }
            self.shared.budget.unstick(message.charge());
            self.take(message);
        }
    }

    fn block(&mut self, block: &Block, sequence: u64, rows: u64, messages: u64) {
        let entries = block.view().and_then(|view| view.messages()).unwrap_or_default();
        let tracked = catch_unwind(AssertUnwindSafe(|| self.tracker.track(&mut self.open, block, sequence, &entries)));
        let rejections = match tracked {
            Ok(Ok(rejections)) => rejections,
            Ok(Err(error)) => Rejections::of_all(rows as usize, error),
            Err(panic) => Rejections::of_all(rows as usize, report_panic(&self.shared, None, &*panic)),
        };
        let end = BlockEnd { sequence, rows, messages, entries: &entries };
        end_block(&self.shared, &end, rejections, || self.owner_of(block));
    }

    fn owner_of(&self, block: &Block) -> Option<DatasetName> {
        let Keys::Single(number) = block.view().ok()?.keys().ok()? else { return None };
        Some(self.shared.registry.key(number).ok()?.owner.name())
    }

    /// Hands over what is written now, as parts of their own: doubtful profiles, and those used least recently where profiles take too much
    /// memory. Waits while they do, if that can help: see `memory`.
    fn write_early(&mut self) {
        let mut turn = self.shared.memory.turn();
        let doubtful = self.tracker.take_doubtful();
        self.send_early(doubtful);
        let memory = Arc::clone(&self.shared.memory);
        loop {
            self.shrink();
            if !memory.exceeds() {
                return;
            }
            if memory.ask() {
                // Other lanes may have to hand over something, and it matters now what is under way.
                self.commands.send(Command::Full).ok();
            }
            if !memory.is_full() || memory.wait(turn, || self.shared.stop.is_raised()) {
                return;
            }
            turn = memory.turn();
        }
    }

    /// Hands over what was used least recently where profiles take too much memory.
    fn shrink(&mut self) {
        self.count();
        let excess = self.shared.memory.excess(self.open.bytes());
        if excess > 0 {
            let evicted = self.open.evict(excess, &self.shared.memory.kept_open());
            self.send_early(evicted);
        }
    }

    fn send_early(&mut self, mut partials: Vec<OpenPartial>) {
        partials.retain(|partial| partial.rows > 0);
        if partials.is_empty() {
            return;
        }
        self.complete(&mut partials);
        self.shared.memory.begin_sealing();
        self.shared.memory.hand_over(bytes_of(&partials));
        self.count();
        self.commands.send(Command::Early(partials)).ok();
    }

    /// Brings what is open here to the budget.
    fn count(&mut self) {
        self.shared.memory.open_changed(self.counted_bytes, self.open.bytes());
        self.counted_bytes = self.open.bytes();
    }

    fn hand_over(&mut self, barrier: u64, takes: Takes, kept: &HashSet<u64>) {
        let mut partials = self.open.hand_over(barrier, takes, kept);
        partials.retain(|partial| partial.rows > 0);
        // Hash order means nothing; the coordinator merges in an order that does not depend on it.
        partials.sort_by_cached_key(|partial| (partial.key.dataset, partial.key.bucket, partial.segment.clone()));
        self.complete(&mut partials);
        if takes.copies() {
            self.doubt_originals(&partials);
        } else {
            self.shared.memory.hand_over(bytes_of(&partials));
            self.count();
        }
        let hand_over = HandOver { barrier, lane: self.lane, partials };
        // The coordinator is gone only when the engine stops; then nobody waits for this.
        self.commands.send(Command::HandOver(hand_over)).ok();
        self.write_early();
    }

    /// What failed in a copy would fail in its original: that one takes no more, and loses the rows that could not be brought to it.
    fn doubt_originals(&mut self, copies: &[OpenPartial]) {
        for copy in copies.iter().filter(|copy| copy.doubtful) {
            let place = (copy.key.number, copy.segment.clone());
            if let Some(original) = self.open.get_mut(&place) {
                original.drop_buffer();
            }
            self.tracker.doubt(&mut self.open, &place, 0, 0);
        }
    }

    fn complete(&mut self, partials: &mut [OpenPartial]) {
        for partial in partials {
            self.tracker.complete(partial);
        }
    }
}
