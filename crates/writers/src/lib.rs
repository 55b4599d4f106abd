//! Writers: where sealed profiles go.
#![forbid(unsafe_code)]

mod file_error;
mod local;
mod temporary;
mod whylabs;

pub use file_error::FileError;
pub use local::{LocalWriter, add_file, write_file};
pub use whylabs::{Reference, WhyLabsSettings, WhyLabsWriter};
