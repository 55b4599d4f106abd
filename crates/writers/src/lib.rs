//! Writers: where sealed profiles go.
#![forbid(unsafe_code)]

mod local;
mod whylabs;

pub use local::{LocalWriter, add_file, write_file};
pub use whylabs::{Reference, WhyLabsSettings, WhyLabsWriter};
