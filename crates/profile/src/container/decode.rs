//! Reading the file.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::collections::BTreeMap;

use super::{COLUMN_CHUNK, DATASET_TIME_KEY, MAGIC, Segment, SegmentHeader};
use crate::column::{Column, Parts};
use crate::wire::{Message, Value, WireError};
use crate::{FormatError, Profile, ProfileSettings};

/// The paths of all components together may be so many times as long as the file. The header has each path once, however many components
/// point to it, and a metric that is not known is kept under its path.
const PATHS_EXPANSION: usize = 64;

/// What the profile header says.
#[derive(Default)]
struct Header<'a> {
    created: u64,
    dataset_time: u64,
    tags: BTreeMap<String, String>,
    metadata: BTreeMap<String, String>,
    columns: BTreeMap<&'a str, Vec<u64>>,
    paths: BTreeMap<u32, &'a str>,
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Profile, FormatError> {
    let mut file = Message::new(bytes.strip_prefix(MAGIC).ok_or(FormatError::Magic)?);
    let segment = file.delimited().and_then(segment_header).map_err(in_part("the segment header"))?;
    let header = file.delimited().and_then(profile_header).map_err(in_part("the profile header"))?;

    let mut profile = Profile::new(
        ProfileSettings::default(),
        i64::try_from(header.dataset_time).map_err(|_| out_of_range("the dataset time is out of range"))?,
        i64::try_from(header.created).map_err(|_| out_of_range("the creation time is out of range"))?,
        0,
    );
    *profile.segment_header_mut() = segment;
    *profile.tags_mut() = header.tags;
    *profile.metadata_mut() = header.metadata;
    if header.dataset_time == 0 {
        let text = profile.metadata().get(DATASET_TIME_KEY);
        if let Some(time) = text.and_then(|text| text.parse().ok()).filter(|&time: &i64| time < 0) {
            profile.set_dataset_timestamp_ms(time);
            profile.metadata_mut().remove(DATASET_TIME_KEY);
        }
    }
    // Each chunk may be read once: a header that names one chunk again and again would otherwise make the work quadratic.
    let mut allowance = file.rest().len();
    let mut paths_room = bytes.len().saturating_mul(PATHS_EXPANSION);
    for (name, offsets) in header.columns {
        let mut parts = Parts::new();
        for offset in offsets {
            let len = chunk(name, file.rest(), offset, &header.paths, &mut parts)?;
            allowance =
                allowance.checked_sub(len).ok_or_else(|| column_error(name, "its chunks overlap with others"))?;
        }
        let paths = parts.keys().map(|path| path.len()).fold(0, usize::saturating_add);
        paths_room =
            paths_room.checked_sub(paths).ok_or_else(|| column_error(name, "its paths are too long for the file"))?;
        profile.insert(name, |schema, seed| Column::from_parts(name, parts, schema, seed))?;
    }
    Ok(profile)
}

fn in_part(part: &'static str) -> impl Fn(WireError) -> FormatError {
    move |error| match error {
        WireError::Truncated => FormatError::Truncated { part },
        WireError::Malformed(reason) => FormatError::Message { part, reason },
    }
}

fn out_of_range(reason: &'static str) -> FormatError {
    FormatError::Message { part: "the profile header", reason }
}

fn column_error(column: &str, reason: &'static str) -> FormatError {
    FormatError::Column { column: column.to_owned(), reason }
}

fn segment_header(bytes: &[u8]) -> Result<SegmentHeader, WireError> {
    let mut message = Message::new(bytes);
    let mut header = SegmentHeader::default();
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => header.has_segments = field.value.varint()? != 0,
            4 => header.segments.push(segment(field.value.bytes()?)?),
            5 => {
                let (number, offset) = Message::map_entry(field.value.bytes()?)?;
                let number = number.map_or(Ok(0), Value::varint)?;
                let offset = offset.map_or(Ok(0), Value::varint)?;
                header.offsets.push((number as u32, offset));
            }
            _ => {}
        }
    }
    Ok(header)
}

fn segment(bytes: &[u8]) -> Result<Segment, WireError> {
    let mut message = Message::new(bytes);
    let mut segment = Segment::default();
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => segment.tags.push(text_entry(field.value.bytes()?)?),
            2 => field.value.text()?.clone_into(&mut segment.partition_id),
            _ => {}
        }
    }
    Ok(segment)
}

/// An entry of a `map<string, string>`; a segment's tag has the same form.
fn text_entry(bytes: &[u8]) -> Result<(String, String), WireError> {
    let (key, value) = Message::map_entry(bytes)?;
    let key = key.map_or(Ok(""), Value::text)?;
    let value = value.map_or(Ok(""), Value::text)?;
    Ok((key.to_owned(), value.to_owned()))
}

fn profile_header(bytes: &[u8]) -> Result<Header<'_>, WireError> {
    let mut message = Message::new(bytes);
    let mut header = Header::default();
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => properties(field.value.bytes()?, &mut header)?,
            2 => {
                let (name, offsets) = Message::map_entry(field.value.bytes()?)?;
                let name = name.map_or(Ok(""), Value::text)?;
                let offsets = offsets.map_or(Ok(&[][..]), Value::bytes)?;
                header.columns.insert(name, chunk_offsets(offsets)?);
            }
            5 => {
                let (index, path) = Message::map_entry(field.value.bytes()?)?;
                let index = index.map_or(Ok(0), Value::varint)?;
                let path = path.map_or(Ok(""), Value::text)?;
                header.paths.insert(index as u32, path);
            }
            _ => {}
        }
    }
    Ok(header)
}

fn properties(bytes: &[u8], header: &mut Header<'_>) -> Result<(), WireError> {
    let mut message = Message::new(bytes);
    while let Some(field) = message.next_field()? {
        match field.number {
            4 => header.created = field.value.varint()?,
            5 => header.dataset_time = field.value.varint()?,
            6 => header.tags.extend([text_entry(field.value.bytes()?)?]),
            7 => header.metadata.extend([text_entry(field.value.bytes()?)?]),
            _ => {}
        }
    }
    Ok(())
}

/// Offsets of a column's chunks, packed or one by one.
fn chunk_offsets(bytes: &[u8]) -> Result<Vec<u64>, WireError> {
    let mut message = Message::new(bytes);
    let mut offsets = Vec::new();
    while let Some(field) = message.next_field()? {
        if field.number != 1 {
            continue;
        }
        if let Ok(offset) = field.value.varint() {
            offsets.push(offset);
            continue;
        }
        let mut packed = Message::new(field.value.bytes()?);
        while !packed.rest().is_empty() {
            offsets.push(packed.varint()?);
        }
    }
    Ok(offsets)
}

/// Reads the components of one chunk; returns the chunk's length, its header included.
fn chunk<'a>(
    name: &str,
    chunks: &'a [u8],
    offset: u64,
    paths: &BTreeMap<u32, &'a str>,
    parts: &mut Parts<'a>,
) -> Result<usize, FormatError> {
    let wire = |error| match error {
        WireError::Truncated => column_error(name, "its chunk ends too early"),
        WireError::Malformed(reason) => column_error(name, reason),
    };
    let start = usize::try_from(offset).ok().and_then(|offset| chunks.get(offset..));
    let start = start.ok_or_else(|| column_error(name, "its chunk lies beyond the end"))?;
    let mut rest = Message::new(start);
    let mut header = Message::new(rest.delimited().map_err(wire)?);
    let (mut kind, mut len) = (0, 0);
    while let Some(field) = header.next_field().map_err(wire)? {
        match field.number {
            1 => kind = field.value.varint().map_err(wire)?,
            3 => len = field.value.varint().map_err(wire)?,
            _ => {}
        }
    }
    if kind != COLUMN_CHUNK {
        return Err(column_error(name, "its chunk is not one of a column"));
    }
    let len = usize::try_from(len).map_err(|_| column_error(name, "its chunk ends too early"))?;
    let body = rest.take(len).map_err(wire)?;
    let mut message = Message::new(body);
    while let Some(field) = message.next_field().map_err(wire)? {
        if field.number != 1 {
            continue;
        }
        let (index, component) = field.value.bytes().and_then(Message::map_entry).map_err(wire)?;
        let index = index.map_or(Ok(0), Value::varint).map_err(wire)?;
        let component = component.map_or(Ok(&[][..]), Value::bytes).map_err(wire)?;
        let path = u32::try_from(index).ok().and_then(|index| paths.get(&index));
        parts.insert(path.ok_or_else(|| column_error(name, "a component's index has no path"))?, component);
    }
    Ok(start.len().saturating_sub(rest.rest().len()))
}
