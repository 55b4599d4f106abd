//! Arrow IPC: a parcel is a record batch with all that it needs, the schema and the dictionaries that hold then.
//!
//! A stream is read message by message. Of a file the footer is read, which has the schema and says where messages lie: dictionaries may lie behind the
//! batches that name them, and not every writer puts the schema in front as well.

mod messages;
mod parcel;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{Cursor, Read};
use std::sync::Arc;

use rolling_profiles_ingest::{ArrowFooter, ArrowKind};

use crate::SourceError;
use crate::delivery::Delivery;
use crate::names::own_name;
use crate::options::{Format, ReadOptions};
use crate::positioned::Positioned;
use crate::report::Totals;

use messages::{Fault, Message};
use parcel::ArrowParcel;

const MAGIC: &[u8] = b"ARROW1";
/// Enough to see what it is.
const HEAD_BYTES: usize = 8;
/// A footer that is larger is refused.
const MAX_FOOTER_BYTES: u64 = 256 << 20;

/// Whether bytes that begin so are a file, and no stream.
pub(crate) fn is_file(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Reads a file to its end, whose content is a file or a stream. Blocks the caller while the engine has no room.
///
/// # Errors
/// Why it was not read to its end.
pub fn read_arrow(file: File, options: &Arc<ReadOptions>, delivery: &mut Delivery<'_>) -> Result<(), SourceError> {
    let file = Positioned::new(file).map_err(SourceError::Io)?;
    let head = file.read(0, (MAGIC.len() as u64).min(file.bytes()) as usize).map_err(SourceError::Io)?;
    if head != MAGIC {
        return read_arrow_stream(From { file: &file, at: 0 }, options, delivery);
    }
    let mut cutter = Cutter::new(options, delivery);
    let (footer, bytes) = footer(&file).map_err(|fault| fault.at(None))?;
    cutter.is_by_footer = true;
    cutter.open(&footer.names, bytes)?;
    for (start, length) in footer.dictionaries.into_iter().chain(footer.batches) {
        let place = cutter.rows.saturating_add(1);
        let message = message(&file, start, start.saturating_add(length)).map_err(|fault| fault.at(Some(place)))?;
        cutter.take(message)?;
    }
    cutter.end(Some(file.bytes()))
}

/// Reads a stream to its end. Blocks the caller while the engine has no room.
///
/// # Errors
/// Why it was not read to its end.
pub fn read_arrow_stream(
    mut source: impl Read,
    options: &Arc<ReadOptions>,
    delivery: &mut Delivery<'_>,
) -> Result<(), SourceError> {
    let mut cutter = Cutter::new(options, delivery);
    let mut head = Vec::new();
    source.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(SourceError::Io)?;
    if head.starts_with(b"FEA1") {
        return Err(unreadable("it is Feather of version 1, which is not read"));
    }
    let mut source = Cursor::new(head).chain(source);
    loop {
        match messages::next(&mut source).map_err(|fault| fault.at(Some(cutter.rows.saturating_add(1))))? {
            Ok(message) => cutter.take(message)?,
            Err(bytes) => {
                cutter.bytes += bytes;
                break;
            }
        }
    }
    if std::io::copy(&mut source, &mut std::io::sink()).map_err(SourceError::Io)? > 0 {
        return Err(unreadable("there are bytes behind its end"));
    }
    cutter.end(None)
}

fn unreadable(reason: &str) -> SourceError {
    SourceError::Unreadable { place: None, reason: reason.to_owned() }
}

/// The message between two places of a file.
fn message(file: &Positioned, start: u64, end: u64) -> Result<Message, Fault> {
    let most = end.min(file.bytes()).saturating_sub(start);
    messages::next(&mut From { file, at: start }.take(most))?.map_err(|_| Fault::CutOff)
}

fn footer(file: &Positioned) -> Result<(ArrowFooter, Vec<u8>), Fault> {
    let tail_bytes = MAGIC.len() + 4;
    let end = file.bytes().checked_sub(tail_bytes as u64).ok_or(Fault::CutOff)?;
    let tail = file.read(end, tail_bytes)?;
    let (length, magic) = tail.split_first_chunk::<4>().ok_or(Fault::CutOff)?;
    let length = u64::from(u32::from_le_bytes(*length));
    let start = end.checked_sub(length).filter(|_| magic == MAGIC && length <= MAX_FOOTER_BYTES);
    let bytes = file.read(start.ok_or(Fault::CutOff)?, length as usize)?;
    Ok((ArrowFooter::of(&bytes).map_err(Fault::Damaged)?, bytes))
}

/// A file from a place on.
struct From<'a> {
    file: &'a Positioned,
    at: u64,
}

impl Read for From<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = (buffer.len() as u64).min(self.file.bytes().saturating_sub(self.at)) as usize;
        let bytes = self.file.read(self.at, len)?;
        buffer.iter_mut().zip(&bytes).for_each(|(into, byte)| *into = *byte);
        self.at += len as u64;
        Ok(len)
    }
}

/// Makes parcels of messages.
struct Cutter<'a, 'd> {
    options: &'a Arc<ReadOptions>,
    delivery: &'a mut Delivery<'d>,
    /// A message, or a footer.
    schema: Option<Arc<Vec<u8>>>,
    is_by_footer: bool,
    /// Each field's name, and whether it is profiled.
    columns: Arc<Vec<(String, bool)>>,
    dictionaries: BTreeMap<i64, Vec<Arc<Vec<u8>>>>,
    /// Rows and batches that were sent.
    rows: u64,
    batches: u64,
    /// Bytes that were told of, and those that were not.
    told: u64,
    bytes: u64,
}

impl<'a, 'd> Cutter<'a, 'd> {
    fn new(options: &'a Arc<ReadOptions>, delivery: &'a mut Delivery<'d>) -> Self {
        let (schema, columns, dictionaries) = (None, Arc::default(), BTreeMap::new());
        Self {
            options,
            delivery,
            schema,
            is_by_footer: false,
            columns,
            dictionaries,
            rows: 0,
            batches: 0,
            told: 0,
            bytes: 0,
        }
    }

    fn take(&mut self, message: Message) -> Result<(), SourceError> {
        self.bytes += message.bytes.len() as u64;
        match message.head.kind {
            ArrowKind::Schema(names) => self.open(&names, message.bytes),
            _ if self.schema.is_none() => Err(unreadable("it is no Arrow IPC: its first message is no schema")),
            ArrowKind::Dictionary { id, is_delta } => {
                let pieces = self.dictionaries.entry(id).or_default();
                if !is_delta {
                    pieces.clear();
                }
                pieces.push(Arc::new(message.bytes));
                Ok(())
            }
            ArrowKind::Batch(rows) => self.send(rows, message.bytes),
            ArrowKind::Other => Err(unreadable("it has a message of an unknown kind")),
        }
    }

    fn open(&mut self, names: &[String], bytes: Vec<u8>) -> Result<(), SourceError> {
        if self.schema.is_some() {
            return Err(unreadable("it has two schemas"));
        }
        let mut known = HashSet::new();
        let names: Vec<String> = names.iter().map(|name| own_name(name, &mut known)).collect();
        let asked = self.options.columns.as_ref();
        let needed = asked.into_iter().flatten().chain(self.options.times.as_ref().map(|(name, _)| name));
        if let Some(missing) = needed.clone().find(|name| !known.contains(*name)) {
            return Err(SourceError::NoColumn { column: missing.clone(), columns: names });
        }
        let is_profiled = |name: &String| asked.is_none_or(|asked| asked.contains(name));
        let profiled: Vec<String> = names.iter().filter(|name| is_profiled(name)).cloned().collect();
        self.delivery.open(Format::Arrow, &profiled);
        let columns = names.into_iter().map(|name| {
            let is_profiled = is_profiled(&name);
            (name, is_profiled)
        });
        self.columns = Arc::new(columns.collect());
        self.schema = Some(Arc::new(bytes));
        Ok(())
    }

    fn send(&mut self, rows: u64, batch: Vec<u8>) -> Result<(), SourceError> {
        let Some(schema) = &self.schema else { return Ok(()) };
        self.batches += 1;
        let parcel = ArrowParcel {
            number: self.batches,
            schema: Arc::clone(schema),
            is_by_footer: self.is_by_footer,
            dictionaries: self.dictionaries.values().flatten().cloned().collect(),
            batch,
            columns: Arc::clone(&self.columns),
            rows,
            share: std::mem::take(&mut self.bytes),
            options: Arc::clone(self.options),
        };
        self.told += parcel.share;
        self.rows = self.rows.saturating_add(rows);
        self.delivery.send(|place| parcel.placed(place))
    }

    /// Tells of the bytes that no parcel has: of all of a file, where its size is known.
    fn end(self, size: Option<u64>) -> Result<(), SourceError> {
        if self.schema.is_none() {
            return Err(unreadable("it is no Arrow IPC: it has no schema"));
        }
        let bytes = size.map_or(self.bytes, |size| size.saturating_sub(self.told));
        self.delivery.leave_out(Totals { bytes, ..Totals::default() });
        Ok(())
    }
}
