//! Writers: where sealed profiles go.
#![forbid(unsafe_code)]

mod local;

pub use local::{LocalWriter, write_file};
