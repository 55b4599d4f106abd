//! The addon: translates between JavaScript and the engine, and puts the parts together. It decides nothing.
//!
//! Floors: `fault` (errors with codes), `signal` (what goes to JavaScript) → `sink` (one wake-up for many signals), `js_writer` → `engines` (handles and their
//! end) → `plan` (how rows become profiles, from JSON), `calls` (the functions), `raw` (those for bytes), `profile` (the profile class). `ts/native.ts` has the same names in the same order.
//!
//! Unsafe code is in `sink` alone, where the event loop is held and released, and in `trim`, which calls the C library. Every entry catches panics: one must never end the process.
#![allow(missing_docs, reason = "the documented twin of these objects and functions is `ts/native.ts`")]
#![allow(clippy::missing_errors_doc, reason = "each fails with the code that the engine or the profile documents")]
#![allow(clippy::needless_pass_by_value, reason = "napi-rs makes arguments owned")]

pub mod calls;
mod engines;
mod fault;
pub mod files;
mod js_writer;
mod pipe;
mod plan;
pub mod profile;
pub mod raw;
mod sentinel;
mod signal;
mod sink;
pub mod system;
mod trim;
pub mod whylabs;
