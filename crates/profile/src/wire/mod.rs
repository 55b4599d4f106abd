//! Protobuf's wire encoding, as far as the container needs it.
//!
//! A message is a run of fields: a varint key (`number << 3 | wire type`), then a varint (type 0), eight bytes (1), a length and as
//! many bytes (2), or four bytes (5). Groups (3, 4) are refused: no message of the container has one.

mod reader;
mod writer;

pub(crate) use reader::{Message, Value, WireError};
pub(crate) use writer::Writer;
