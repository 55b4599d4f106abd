//! Bytes in, columns out: what a worker reads on its own thread, instead of rows that were encoded in JavaScript.
//!
//! Floors, from the ground up: `error`, `limits`, `texts`, `key_text`, `number`, `bucket` (time), `message` → `cells`
//! (one column's values by type) → `table` (columns by name) → `parsed`, `row_buckets` → `moment` (times in data) →
//! `json` (requests and lines), `columnar` (arrays by column) → [`parse()`].
//!
//! A message is read whole before anything of it is tracked: what is wrong in it rejects it alone, with a kind of
//! failure and, where there is one, a row. Of newline-delimited JSON it rejects the line alone. Everything here takes
//! hostile bytes: nothing panics, recursion ends at `limits.maxDepth`, and memory stays within a small multiple of
//! the message.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

#[expect(clippy::arithmetic_side_effects, reason = "times are checked to lie between the years 1 and 9999")]
mod bucket;
mod cells;
mod columnar;
mod error;
mod json;
mod key_text;
mod limits;
mod message;
mod moment;
mod number;
mod parse;
mod parsed;
mod row_buckets;
mod table;
mod texts;

pub use bucket::{Bucket, Granularity};
pub use cells::{Cells, Dealt, Moment, NOWHERE};
pub use columnar::{ArrowFooter, ArrowHead, ArrowKind, ArrowRows, ArrowSchema, decimal, half};
pub use error::{IngestError, IngestErrorKind};
pub use json::{BYTE_ORDER_MARK, Lines, Names, Span};
pub use key_text::{text_of_double, text_of_number};
pub use limits::IngestLimits;
pub use message::{DatasetName, RawKind, RawMessage, TimeWindow, named_outside};
pub use moment::Times;
pub use number::{Number, number, short_integer, short_number, short_whole_double};
pub use parse::{Admits, Reading, parse};
pub use parsed::{BadLines, Parsed, Rows};
pub use row_buckets::RowBuckets;
pub use table::Table;
pub use texts::{Texts, UnfitTexts};
