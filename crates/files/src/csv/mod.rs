//! CSV and TSV: a header, then a record a row (RFC 4180). Fields may be quoted, a quote inside is doubled, a quoted field may span lines. A quote that opens no
//! field is an ordinary character. Blank lines are passed over.
//!
//! ```text
//! source ──► RecordCutter: pieces that end with a record, and which of their lines are none ──► CsvParcel: marks → rows → columns → tables
//! ```
//!
//! Whether a line is a record is settled once, by `fate`, while the source is cut. So a worker meets records alone, whose quotes are in order.
//!
//! Floors, from the ground up: `field` (what text means), `fate` (of lines) → `cutter`, `marks` (separators) →
//! `rows`, `column` → `parcel`, and `header`.

mod column;
mod cutter;
mod fate;
mod field;
mod header;
mod marks;
mod parcel;
mod rows;

use std::io::{Cursor, Read};
use std::sync::Arc;

use memchr::memrchr;
use rolling_profiles_engine::ErrorCode;
use rolling_profiles_ingest::BYTE_ORDER_MARK;

use self::cutter::{Cut, RecordCutter};
use self::fate::Dialect;
use self::field::unquoted;
use self::marks::Marks;
use self::parcel::{CsvParcel, Layout};
use crate::SourceError;
use crate::complaint::Complaint;
use crate::delivery::Delivery;
use crate::options::{Format, ReadOptions};
use crate::report::Totals;

/// So much of a source says what it is like.
const HEAD_BYTES: u64 = 64 << 10;
/// More columns than this are none.
const MOST_COLUMNS: usize = 1 << 20;

/// Reads a source to its end. Blocks the caller while the engine has no room. `format` is CSV, or TSV.
///
/// # Errors
/// Why the source was not read to its end.
pub fn read_csv(
    mut source: impl Read,
    format: Format,
    options: &Arc<ReadOptions>,
    delivery: &mut Delivery<'_>,
) -> Result<(), SourceError> {
    let head = read_head(&mut source).map_err(SourceError::Io)?;
    let mut start = Start::of(&head, format, options)?;
    let rest = head.get(start.len..).unwrap_or_default().to_vec();
    let cutter = &mut RecordCutter::new(
        Cursor::new(rest).chain(source),
        start.dialect,
        options.parcel_bytes,
        options.max_record_bytes,
    );
    let names = start.header(cutter)?;
    let layout = Arc::new(layout(&names, start.dialect, options)?);
    let columns: Vec<String> = layout.columns.iter().map(|(_, name)| name.clone()).collect();
    delivery.open(format, &columns);
    delivery.leave_out(Totals { bytes: start.len as u64, lines: start.lines, ..Totals::default() });
    while let Some(cut) = cutter.next().map_err(SourceError::Io)? {
        match cut {
            Cut::Records(piece) => {
                let (layout, options) = (Arc::clone(&layout), Arc::clone(options));
                delivery.send(|place| Box::new(CsvParcel { place, piece, layout, options }))?;
            }
            Cut::TooLong(bytes) => {
                let reason = format!("the line is longer than {} bytes", options.max_record_bytes);
                let complaint = Complaint { place: 1, code: ErrorCode::MessageTooLarge, reason };
                let complaints = vec![complaint];
                delivery.leave_out(Totals { bytes, lines: 1, left_out: 1, complaints, ..Totals::default() });
            }
        }
    }
    Ok(())
}

fn read_head(source: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    source.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn layout(names: &[String], dialect: Dialect, options: &ReadOptions) -> Result<Layout, SourceError> {
    let place = |column: &String| {
        let found = names.iter().position(|name| name == column);
        found.ok_or_else(|| SourceError::NoColumn { column: column.clone(), columns: names.to_vec() })
    };
    let time = options.times.as_ref().map(|(column, _)| place(column)).transpose()?;
    let mut read: Vec<usize> = match &options.columns {
        None => (0..names.len()).collect(),
        Some(columns) => columns.iter().map(place).collect::<Result<_, _>>()?,
    };
    read.sort_unstable();
    read.dedup();
    let columns = read.into_iter().filter_map(|at| Some((at, names.get(at)?.clone()))).collect();
    Ok(Layout { dialect, fields: names.len(), columns, time })
}

/// What stands before the first record.
struct Start {
    dialect: Dialect,
    /// Its bytes and lines, as far as it was read.
    len: usize,
    lines: u64,
}

impl Start {
    /// Reads what is ahead of the header, and what the header says of the dialect.
    fn of(head: &[u8], format: Format, options: &ReadOptions) -> Result<Self, SourceError> {
        let is_all = (head.len() as u64) < HEAD_BYTES;
        let mut len = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let line_end = header::line_end(head, is_all);
        let mut lines = 0;
        let mut named = None;
        loop {
            let rest = head.get(len..).unwrap_or_default();
            let Some(end) = memchr::memchr(line_end, rest) else { break };
            let line = rest.get(..end).unwrap_or_default();
            let is_first = lines == 0;
            if is_first && header::named_delimiter(line).is_some() {
                named = header::named_delimiter(line);
            } else if !matches!(line, b"" | b"\r") {
                break;
            }
            len += end + 1;
            lines += 1;
        }
        let rest = head.get(len..).unwrap_or_default();
        let whole = if is_all { None } else { memrchr(line_end, rest).and_then(|end| rest.get(..=end)) };
        let found_out = || match format {
            Format::Tsv => b'\t',
            _ => header::delimiter(whole.unwrap_or(rest), line_end),
        };
        let delimiter = options.delimiter.or(named).unwrap_or_else(found_out);
        if !header::may_separate(delimiter) {
            let reason = format!("{:?} cannot separate fields", char::from(delimiter));
            return Err(SourceError::Unreadable { place: None, reason });
        }
        Ok(Self { dialect: Dialect { delimiter, line_end }, len, lines })
    }

    /// The names of the columns.
    fn header<R: Read>(&mut self, cutter: &mut RecordCutter<R>) -> Result<Vec<String>, SourceError> {
        loop {
            let place = Some(self.lines + 1);
            let unreadable = |reason: String| Err(SourceError::Unreadable { place, reason });
            let no_csv = |line: u64, reason: &str| unreadable(format!("the header in line {line} is no CSV: {reason}"));
            let line = self.lines + 1;
            let piece = match cutter.next_record().map_err(SourceError::Io)? {
                None => return Err(SourceError::Unreadable { place: None, reason: "no header line".to_owned() }),
                Some(Cut::TooLong(_)) => return no_csv(line, "the line is too long"),
                Some(Cut::Records(piece)) => piece,
            };
            if let Some(faulty) = piece.faulty.first() {
                return no_csv(line, faulty.fault.reason());
            }
            self.len += piece.bytes.len();
            self.lines += memchr::memchr_iter(self.dialect.line_end, &piece.bytes).count() as u64;
            if matches!(&*piece.bytes, b"\n" | b"\r\n" | b"\r") {
                continue;
            }
            if piece.bytes.last() != Some(&self.dialect.line_end) {
                self.lines += 1;
            }
            let Ok(text) = std::str::from_utf8(&piece.bytes) else { return no_csv(line, "it is no UTF-8") };
            let mut marks = Marks::default();
            marks.add(&piece.bytes, 0, piece.bytes.len(), self.dialect, 0);
            let fields = marks.places.len().saturating_sub(1);
            if fields > MOST_COLUMNS {
                return no_csv(line, "it has too many fields");
            }
            let field = |number| unquoted(marks.field(text, 0, number, fields)).into_owned();
            return Ok(header::column_names(&(0..fields).map(field).collect::<Vec<_>>()));
        }
    }
}
