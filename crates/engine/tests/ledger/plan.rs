//! What a case does: an engine, its writers, and steps with a quiet point behind each.

use proptest::collection::vec;
use proptest::prelude::*;

/// One case.
#[derive(Debug, Clone)]
pub struct Plan {
    pub workers: usize,
    /// Whether profiles are written every five minutes.
    pub scheduled: bool,
    /// Each dataset's writers.
    pub datasets: Vec<Vec<WriterPlan>>,
    pub steps: Vec<Step>,
    pub end: End,
}

/// How a writer behaves.
#[derive(Debug, Clone, Copy)]
pub struct WriterPlan {
    /// So many first attempts of every profile fail.
    pub failures: u32,
    /// They fail by saying nothing at all.
    pub silent: bool,
    /// It keeps what it is given until it is released.
    pub holds: bool,
}

/// Things done without waiting; then the engine comes to rest.
#[derive(Debug, Clone)]
pub enum Step {
    Work(Vec<Op>),
    Flush { before: Vec<Op>, after: Vec<Op> },
    Advance { before: Vec<Op>, by_ms: i64 },
    Hold { writer: usize },
    Release { writer: usize, succeeds: bool },
}

#[derive(Debug, Clone)]
pub enum Op {
    /// Blocks in a row; the last message of each goes on as the first of the next.
    Submit(Vec<BlockPlan>),
    Status,
    CloseKey(Slot),
    ReleaseShape,
}

#[derive(Debug, Clone)]
pub struct BlockPlan {
    pub lane: usize,
    pub flaw: Flaw,
    pub messages: Vec<MessagePlan>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    Nothing,
    /// Refused by `submit`.
    Truncated,
    NoSuchLane,
    /// Found by the worker.
    NoSuchKey,
    NoSuchShape,
    OtherColumns,
}

#[derive(Debug, Clone)]
pub struct MessagePlan {
    pub rows: Vec<RowPlan>,
    pub waits: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct RowPlan {
    pub slot: Slot,
    /// Columns with a value, of which a profile may have two.
    pub columns: usize,
}

/// A dataset (modulo how many there are) and how many days ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    pub dataset: usize,
    pub day: i64,
}

#[derive(Debug, Clone)]
pub enum End {
    /// With every writer in order again, or with its faults and no time for retries.
    Close {
        before: Vec<Op>,
        healed: bool,
    },
    Stop {
        before: Vec<Op>,
    },
}

pub fn plan() -> impl Strategy<Value = Plan> {
    (1..=3usize, any::<bool>(), vec(vec(writer(), 0..3), 1..4), vec(step(), 1..9), end())
        .prop_map(|(workers, scheduled, datasets, steps, end)| Plan { workers, scheduled, datasets, steps, end })
}

fn writer() -> impl Strategy<Value = WriterPlan> {
    (0..3u32, any::<bool>(), proptest::bool::weighted(0.2)).prop_map(|(failures, silent, holds)| WriterPlan {
        failures,
        silent,
        holds,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let by_ms = prop_oneof![0..400i64, 400..20_000i64, 60_000..400_000i64, Just(172_800_000i64)];
    prop_oneof![
        3 => ops().prop_map(Step::Work),
        3 => (ops(), ops()).prop_map(|(before, after)| Step::Flush { before, after }),
        3 => (ops(), by_ms).prop_map(|(before, by_ms)| Step::Advance { before, by_ms }),
        1 => (0..6usize).prop_map(|writer| Step::Hold { writer }),
        2 => (0..6usize, any::<bool>()).prop_map(|(writer, succeeds)| Step::Release { writer, succeeds }),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        2 => (ops(), any::<bool>()).prop_map(|(before, healed)| End::Close { before, healed }),
        1 => ops().prop_map(|before| End::Stop { before }),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => vec(block(), 1..4).prop_map(Op::Submit),
        2 => Just(Op::Status),
        1 => slot().prop_map(Op::CloseKey),
        1 => Just(Op::ReleaseShape),
    ];
    vec(op, 0..5)
}

fn block() -> impl Strategy<Value = BlockPlan> {
    let flaw = prop_oneof![
        12 => Just(Flaw::Nothing),
        1 => Just(Flaw::Truncated),
        1 => Just(Flaw::NoSuchLane),
        1 => Just(Flaw::NoSuchKey),
        1 => Just(Flaw::NoSuchShape),
        1 => Just(Flaw::OtherColumns),
    ];
    (0..6usize, flaw, vec(message(), 1..4)).prop_map(|(lane, flaw, messages)| BlockPlan { lane, flaw, messages })
}

fn message() -> impl Strategy<Value = MessagePlan> {
    (vec(row(), 1..4), any::<bool>()).prop_map(|(rows, waits)| MessagePlan { rows, waits })
}

fn row() -> impl Strategy<Value = RowPlan> {
    (slot(), prop_oneof![4 => Just(1usize), 4 => Just(2usize), 1 => Just(3usize)])
        .prop_map(|(slot, columns)| RowPlan { slot, columns })
}

fn slot() -> impl Strategy<Value = Slot> {
    (0..6usize, 0..3i64).prop_map(|(dataset, day)| Slot { dataset, day })
}
