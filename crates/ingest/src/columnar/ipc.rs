//! Arrow IPC: the messages of a stream, or of a file, whose index says where its messages lie.
//!
//! A stream's dictionaries come before the batches that name them, and may be replaced. A file's may lie anywhere: they are read first.

use std::collections::HashMap;
use std::rc::Rc;

use arrow_ipc::{Block, DictionaryBatch, Endianness, Field, Message, MetadataVersion, RecordBatch, Schema};
use arrow_ipc::{root_as_footer, root_as_message};

use super::batch_times::{Clock, Unit};
use super::bytes::fixed;
use super::compression::Unpacker;
use super::feed::Feed;
use super::layout::{Batch, Dictionaries, damaged};
use super::node::Node;
use super::table_of;
use crate::cells::Cells;
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;
use crate::table::Table;
use crate::table::{check_name, too_many};

const FILE_MAGIC: &[u8] = b"ARROW1";
const CONTINUATION: u32 = u32::MAX;

/// # Errors
/// `InvalidData`, `TooManyColumns`.
pub(super) fn read(bytes: &[u8], limits: &IngestLimits) -> Result<Table, IngestError> {
    let reader = if bytes.starts_with(FILE_MAGIC) { read_file(bytes, limits)? } else { read_stream(bytes, limits)? };
    let names = reader.fields.iter().map(|field| field.name().unwrap_or_default().to_owned());
    table_of(names.zip(reader.cells), reader.rows, limits)
}

fn read_stream<'a, 'l>(bytes: &'a [u8], limits: &'l IngestLimits) -> Result<Reader<'a, 'l>, IngestError> {
    let mut messages = Messages::new(bytes);
    let Some((first, _)) = messages.next()? else { return Err(invalid("it is no Arrow IPC")) };
    let schema = first.header_as_schema().ok_or_else(|| invalid("its first message is no schema"))?;
    let mut reader = Reader::new(&schema, first.version(), bytes.len(), limits)?;
    while let Some((message, body)) = messages.next()? {
        reader.take(&message, body)?;
    }
    Ok(reader)
}

fn read_file<'a, 'l>(bytes: &'a [u8], limits: &'l IngestLimits) -> Result<Reader<'a, 'l>, IngestError> {
    let cut = || invalid("its Arrow file is cut short");
    let rest = bytes.get(8..).and_then(|rest| rest.strip_suffix(FILE_MAGIC)).ok_or_else(cut)?;
    let (rest, length) = rest.split_last_chunk::<4>().ok_or_else(cut)?;
    let at = rest.len().checked_sub(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
    let footer = root_as_footer(rest.get(at..).ok_or_else(cut)?).map_err(|_| damaged())?;
    let mut reader = Reader::new(&footer.schema().ok_or_else(damaged)?, footer.version(), bytes.len(), limits)?;
    let blocks = || footer.dictionaries().into_iter().chain(footer.recordBatches()).flatten();
    let mut places = blocks().map(place).collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable();
    // An index that names one block many times would make much of a short message.
    if places.iter().zip(places.iter().skip(1)).any(|((_, end), (next, _))| end > next) {
        return Err(invalid("its Arrow file has blocks that overlap"));
    }
    for block in blocks() {
        let (start, end) = place(block)?;
        let mut messages = Messages::new(bytes.get(start..end).ok_or_else(cut)?);
        let (message, body) = messages.next()?.ok_or_else(damaged)?;
        reader.take(&message, body)?;
    }
    Ok(reader)
}

/// Where a block begins and ends.
fn place(block: &Block) -> Result<(usize, usize), IngestError> {
    let size = |size: i64| usize::try_from(size).map_err(|_| damaged());
    let start = size(block.offset())?;
    let end = start.checked_add(size(block.metaDataLength().into())?).ok_or_else(damaged)?;
    Ok((start, end.checked_add(size(block.bodyLength())?).ok_or_else(damaged)?))
}

/// The messages of a stream, each with its body.
pub(super) struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn next(&mut self) -> Result<Option<(Message<'a>, &'a [u8])>, IngestError> {
        let cut = || invalid("its Arrow data are cut short");
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut length = u32::from_le_bytes(fixed(self.rest, 0).ok_or_else(cut)?);
        self.rest = self.rest.get(4..).ok_or_else(cut)?;
        // Before version 0.15 of the format the length came first.
        if length == CONTINUATION {
            length = u32::from_le_bytes(fixed(self.rest, 0).ok_or_else(cut)?);
            self.rest = self.rest.get(4..).ok_or_else(cut)?;
        }
        if length == 0 {
            self.rest = &[];
            return Ok(None);
        }
        let metadata = self.rest.split_off(..length as usize).ok_or_else(cut)?;
        let message = root_as_message(metadata).map_err(|_| damaged())?;
        let length = usize::try_from(message.bodyLength()).map_err(|_| damaged())?;
        let body = self.rest.split_off(..length).ok_or_else(cut)?;
        Ok(Some((message, body)))
    }
}

pub(super) struct Reader<'a, 'l> {
    fields: Vec<Field<'a>>,
    /// The field whose entries each dictionary holds.
    encoded: HashMap<i64, Field<'a>>,
    dictionaries: Dictionaries<'a>,
    cells: Vec<Cells>,
    rows: u64,
    version: MetadataVersion,
    limits: &'l IngestLimits,
    unpacker: Unpacker,
    feed: Feed<'l>,
}

/// The rows of a batch, a node a column, and the one that holds times.
type Nodes<'a> = (usize, Vec<Node<'a>>, Option<Clock<'a>>);

impl<'a, 'l> Reader<'a, 'l> {
    pub fn new(
        schema: &Schema<'a>,
        version: MetadataVersion,
        message_bytes: usize,
        limits: &'l IngestLimits,
    ) -> Result<Self, IngestError> {
        if version < MetadataVersion::V4 || schema.endianness() != Endianness::Little {
            return Err(invalid("its Arrow data are of a version or byte order that is not read"));
        }
        let fields = schema.fields().into_iter().flatten().collect::<Vec<_>>();
        if fields.len() > limits.max_columns {
            return Err(too_many(limits));
        }
        let mut encoded = HashMap::new();
        for field in &fields {
            check_name(field.name().unwrap_or_default(), limits)?;
            if let Some(encoding) = field.dictionary() {
                encoded.insert(encoding.id(), *field);
            }
        }
        Ok(Self {
            cells: vec![Cells::keeping_rows(limits.keeps_rows); fields.len()],
            fields,
            encoded,
            dictionaries: HashMap::new(),
            rows: 0,
            version,
            limits,
            unpacker: Unpacker::new(message_bytes),
            feed: Feed::new(limits, message_bytes),
        })
    }

    /// The same for a batch of a file, which may unpack to more than a message may.
    pub fn of_file(self) -> Self {
        Self { unpacker: self.unpacker.of_file(), ..self }
    }

    /// Reads a batch's columns, each checked; field `times` also as times.
    pub fn nodes(
        &mut self,
        batch: RecordBatch<'a>,
        body: &'a [u8],
        times: Option<usize>,
    ) -> Result<Nodes<'a>, IngestError> {
        let Self { dictionaries, limits, unpacker, .. } = self;
        let mut batch = Batch::new(batch, body, self.version, dictionaries, limits, unpacker);
        let rows = batch.rows()?;
        if rows > u32::MAX as usize {
            return Err(invalid("it has too many rows"));
        }
        let (mut nodes, mut clock) = (Vec::new(), None);
        for (at, field) in self.fields.iter().enumerate() {
            let is_clock = times == Some(at);
            if let Some(unit) = Unit::of(field).filter(|_| is_clock) {
                let node = batch.integers_of_times(field, Unit::width(field))?;
                nodes.push(node.as_objects());
                clock = Some(Clock { node, unit: Some(unit) });
                continue;
            }
            let node = batch.column(field, false)?;
            if is_clock {
                clock = Some(Clock { node: node.clone(), unit: None });
            }
            nodes.push(node);
        }
        Ok((rows, nodes, clock))
    }

    pub fn take(&mut self, message: &Message<'a>, body: &'a [u8]) -> Result<(), IngestError> {
        if let Some(dictionary) = message.header_as_dictionary_batch() {
            return self.dictionary(&dictionary, body);
        }
        let batch = message.header_as_record_batch().ok_or_else(|| invalid("it has a message of an unknown kind"))?;
        let Self { dictionaries, limits, unpacker, .. } = self;
        let mut batch = Batch::new(batch, body, self.version, dictionaries, limits, unpacker);
        // The most that our own form counts, so that no counter has to fear a batch of nulls that claims more.
        self.rows = self.rows.saturating_add(batch.rows()? as u64);
        if self.rows > u32::MAX.into() {
            return Err(invalid("it has too many rows"));
        }
        self.feed.rows(batch.rows()?)?;
        for (field, cells) in self.fields.iter().zip(&mut self.cells) {
            let node = batch.column(field, false)?;
            self.feed.all(&node, cells)?;
        }
        Ok(())
    }

    fn dictionary(&mut self, dictionary: &DictionaryBatch<'a>, body: &'a [u8]) -> Result<(), IngestError> {
        // Those that only lists or objects name are not needed.
        let Some(field) = self.encoded.get(&dictionary.id()) else { return Ok(()) };
        let batch = dictionary.data().ok_or_else(damaged)?;
        let none = HashMap::new();
        let mut batch = Batch::new(batch, body, self.version, &none, self.limits, &mut self.unpacker);
        let piece = batch.column(field, true)?;
        let entries = self.dictionaries.entry(dictionary.id()).or_default();
        if !dictionary.isDelta() {
            *entries = Rc::default();
        }
        // No batch is being read, so nobody else holds it.
        Rc::get_mut(entries).ok_or_else(damaged)?.add(piece);
        Ok(())
    }
}
