//! Statistical profiles of columns, compatible with whylogs 1.6.
//!
//! Typed values go into a [`Column`] of a [`Profile`]; a profile merges with others and turns into the bytes that whylogs reads and back.
//! Nothing here does I/O, starts a thread or reads a clock, and randomness comes from the seed given to [`Profile::new`]: the same
//! calls give the same bytes.
//!
//! The floors, from the ground up:
//!
//! 1. `wire`: protobuf's primitives; `moments`: mean and second moment; `murmur`: the hash of the cardinality sketch.
//! 2. `sketch`: what sketches have in common; `hll`, `kll`, `frequent`: cardinality, quantiles, frequent items, each with its image.
//! 3. `column`: the metrics of one column, how values update them, how they merge and what can be read from them; `condition` and `unicode`:
//!    two metrics that a [`Schema`] has to ask for.
//! 4. `container`: the file.
//! 5. [`Profile`]: columns by name, times, tags and metadata; `hands`: who merges and writes its columns; `origin`: what metadata say of where it
//!    comes from.

#![forbid(unsafe_code)]

mod column;
mod condition;
mod container;
mod error;
mod frequent;
mod hands;
mod hll;
mod kll;
mod moments;
mod murmur;
mod origin;
mod pattern;
mod profile;
mod schema;
mod settings;
mod sketch;
mod unicode;
mod wire;

pub use column::{Cardinality, Column, Component, Counts, Distribution, Ints, Types};
pub use condition::{Comparison, ConditionCounts, Operand, Predicate};
pub use container::{Segment, SegmentHeader};
pub use error::{FormatError, MergeError, SketchError};
pub use frequent::FrequentItem;
pub use hands::{Alone, Hands};
pub use origin::{Owner, source_key};
pub use pattern::{Anchor, Pattern};
pub use profile::{ColumnId, Profile};
pub use schema::{ColumnSchema, MetricSet, MetricSets, Schema, ValueType};
pub use settings::ProfileSettings;
pub use unicode::UnicodeRanges;
