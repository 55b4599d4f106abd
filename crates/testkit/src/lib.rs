//! For tests only: a clock moved by hand, a sink and a writer that remember, an engine on them, a builder of blocks, and what the fuzz targets do.
#![forbid(unsafe_code)]

mod blocks;
mod clock;
pub mod fuzz;
mod rig;
mod scripted;
mod sink;
mod writer;

pub use blocks::{Arena, Cell};
pub use clock::ManualClock;
pub use rig::{NOW_MS, Rig, counted, raw, settings};
pub use scripted::{Answer, Attempt, Begins, ScriptedWriter};
pub use sink::RecordingSink;
pub use writer::{HangingWriter, MemoryWriter};
