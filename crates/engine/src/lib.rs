//! The engine: columnar blocks of rows in, sealed whylogs-compatible profiles out, on threads of its own.
//!
//! Floors, from the ground up: `error`, `clock`, `schedule` (time), `writer`, `event` (the traits that others implement) → `block` (layout, gathering,
//! decoding) → `dataset`, `numbered`, `registry`, `budget`, `memory`, `watermark`, `stats`, `shared` (what threads share) → `plan`, `segment`, `period` (how rows become profiles) → `staged`, `partial`, `open_set`, `arrivals`, `placement`, `raw_lane`, `worker` (sketching) → `loss`, `seal`, `origin`, `claim`, `waits`, `turns`, `outbox`,
//! `writer_pool`, `coordinator` (writing) → `engine`, the façade. `ARCHITECTURE.md` has the words and the drawing.
#![forbid(unsafe_code)]

mod accounting;
mod arrivals;
pub mod block;
mod budget;
mod claim;
mod clock;
mod coordinator;
mod dataset;
mod engine;
mod error;
mod event;
mod failure;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod helpers;
mod lane;
mod loss;
mod memory;
mod numbered;
mod open_set;
mod origin;
mod outbox;
mod parcel;
mod parcel_lane;
mod partial;
mod period;
mod placement;
mod plan;
mod raw_lane;
mod registry;
mod schedule;
mod seal;
mod segment;
mod shared;
mod staged;
mod stats;
mod table_tracker;
mod track_block;
mod turns;
mod waits;
mod watermark;
mod worker;
mod writer;
mod writer_pool;

pub use budget::Limit;
pub use clock::{Clock, Moment, SystemClock};
pub use dataset::{Dataset, LateMetadata};
pub use engine::{Engine, KeyInfo, Parts, RAW_MESSAGE_BYTES, Settings};
pub use error::{Advice, EngineError, ErrorCode, Lines, SystemFailure};
pub use event::{DatasetStatus, Event, EventSink};
pub use failure::{Failpoint, Site};
pub use loss::Loss;
pub use memory::{HeldBytes, ProfileMemory, spare_profile_bytes};
pub use parcel::{Parcel, ParcelEnd, ParcelSender};
pub use plan::{Helper, Plan};
pub use registry::Idle;
pub use rolling_profiles_ingest::{Bucket, DatasetName, Granularity, RawKind, RawMessage, TimeWindow};
pub use rolling_profiles_profile::{ProfileSettings, Schema};
pub use schedule::Schedule;
pub use segment::{Partition, SegmentKey, SegmentName};
pub use stats::Stats;
pub use writer::{Done, Writable, Writer};
