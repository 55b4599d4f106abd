//! Data that come by column: typed arrays and lists of values from `columns`, the arrays of an Arrow table, and Arrow IPC bytes.
//!
//! Floors: `bytes` (bits, offsets, numbers) → `node` (one array, and a value of it) → `feed` (an array into cells) → `frame` (our own form, in which
//! JavaScript hands over arrays), and `compression` → `layout` (a record batch into nodes) → `ipc` (messages of a stream or file) → `rows` (a batch of a
//! file, row by row), and `head` (what messages say of themselves).
//!
//! Arrow's crate is asked for the metadata alone, which it verifies. The arrays are read by `node`, one reader for all three forms, which
//! neither trusts a length nor claims memory by one.

mod batch_times;
mod bytes;
mod compression;
mod feed;
mod frame;
mod head;
mod ipc;
mod layout;
mod node;
mod rows;

#[cfg(test)]
mod tests;

pub use bytes::{decimal, half};
pub use head::{ArrowFooter, ArrowHead, ArrowKind};
pub use rows::{ArrowRows, ArrowSchema};

use crate::cells::Cells;
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;
use crate::message::{RawMessage, named_outside};
use crate::moment;
use crate::parsed::{Parsed, Rows};
use crate::table::Table;

/// Our own form.
///
/// # Errors
/// `InvalidData`, `InvalidTimestamp`, `MissingDatasetId`, `TooManyColumns`.
pub(super) fn columns(message: &RawMessage, limits: &IngestLimits) -> Result<Parsed, IngestError> {
    parsed(message, frame::read(&message.bytes, limits)?)
}

/// Arrow IPC: a stream or a file.
///
/// # Errors
/// As [`columns`].
pub(super) fn arrow(message: &RawMessage, limits: &IngestLimits) -> Result<Parsed, IngestError> {
    parsed(message, ipc::read(&message.bytes, limits)?)
}

fn parsed(message: &RawMessage, table: Table) -> Result<Parsed, IngestError> {
    let dataset = named_outside(message)?;
    let time = moment::millis(message.timestamp_ms)?;
    Ok(Parsed { dataset, rows: Rows::of(time, table) })
}

/// Named columns as a table of `rows` rows.
fn table_of(
    columns: impl Iterator<Item = (String, Cells)>,
    rows: u64,
    limits: &IngestLimits,
) -> Result<Table, IngestError> {
    let mut table = Table::default();
    for (name, cells) in columns {
        if cells.slots() != rows {
            return Err(invalid("its columns differ in length"));
        }
        table.insert(&name, cells, limits)?;
    }
    table.set_rows(rows);
    Ok(table)
}
