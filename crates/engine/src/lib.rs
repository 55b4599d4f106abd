//! The engine: columnar blocks of rows in, sealed whylogs-compatible profiles out, on threads of its own.
//!
//! Floors, from the ground up: `error`, `clock`, `bucket` (time), `writer`, `event` (the traits that others implement) → `block` (layout, gathering,
//! decoding), `ingest` (bytes that are parsed here) → `registry`, `budget`, `watermark`, `stats`, `shared` (what threads share) → `plan`, `segment` (how rows become profiles) → `staged`, `partial`, `placement`, `raw_lane`, `worker` (sketching) → `seal`, `outbox`,
//! `writer_pool`, `coordinator` (writing) → `engine`, the façade. `ARCHITECTURE.md` has the words and the drawing.
#![forbid(unsafe_code)]

pub mod block;
mod bucket;
mod budget;
mod clock;
mod coordinator;
mod engine;
mod error;
mod event;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod helpers;
mod ingest;
mod lane;
mod open_set;
mod outbox;
mod partial;
mod placement;
mod plan;
mod raw_lane;
mod registry;
mod seal;
mod segment;
mod shared;
mod staged;
mod stats;
mod watermark;
mod worker;
mod writer;
mod writer_pool;

pub use bucket::{Bucket, Granularity, Schedule};
pub use budget::Limit;
pub use clock::{Clock, SystemClock};
pub use engine::{Engine, KeyInfo, Parts, RAW_MESSAGE_BYTES, Settings};
pub use error::{Advice, EngineError, ErrorCode};
pub use event::{DatasetStatus, Event, EventSink};
pub use ingest::{DatasetName, RawKind, RawMessage, TimeWindow};
pub use plan::{Helper, Plan};
pub use registry::Dataset;
pub use rolling_profiles_profile::{ProfileSettings, Schema};
pub use segment::{Partition, SegmentKey, SegmentName};
pub use stats::Stats;
pub use writer::{Done, Writable, Writer};
