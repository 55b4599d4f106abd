//! For tests only: a clock moved by hand, a sink and a writer that remember, and a builder of blocks.
#![forbid(unsafe_code)]

mod blocks;
mod clock;
mod sink;
mod writer;

pub use blocks::{Arena, Cell};
pub use clock::ManualClock;
pub use sink::RecordingSink;
pub use writer::MemoryWriter;
