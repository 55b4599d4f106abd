//! Writing the file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{COLUMN_CHUNK, DATASET_TIME_KEY, MAGIC, SegmentHeader, TAG_PREFIX};
use crate::Profile;
use crate::column::Part;
use crate::wire::Writer;

pub(crate) fn encode(profile: &Profile) -> Vec<u8> {
    let settled: Vec<_> = profile.columns().map(|(name, column)| (name, column.settled())).collect();
    let columns: Vec<_> = settled.iter().map(|(name, column)| (name, column.parts())).collect();
    let mut indices: BTreeMap<&str, u64> =
        columns.iter().flat_map(|(_, parts)| parts).map(|(path, _)| (&**path, 0)).collect();
    for (number, index) in (0..).zip(indices.values_mut()) {
        *index = number;
    }

    let mut chunks = Writer::new();
    let mut header = Writer::new();
    header.message(1, &properties(profile));
    for (name, parts) in &columns {
        let mut offset = Writer::new();
        offset.raw_varint(chunks.len() as u64);
        let mut offsets = Writer::new();
        offsets.message(1, &offset);
        let mut entry = Writer::new();
        entry.bytes(1, name.as_bytes()).message(2, &offsets);
        header.message(2, &entry);
        chunk(&mut chunks, parts, &indices);
    }
    if chunks.len() > 0 {
        header.varint(4, chunks.len() as u64);
    }
    for (path, &index) in &indices {
        let mut entry = Writer::new();
        entry.varint(1, index).bytes(2, path.as_bytes());
        header.message(5, &entry);
    }

    let segment = segment_header(profile.segment_header());
    let mut out = Writer::new();
    out.raw(MAGIC).raw_varint(segment.len() as u64).raw(&segment);
    let header = header.finish();
    out.raw_varint(header.len() as u64).raw(&header).raw(&chunks.finish());
    out.finish()
}

fn properties(profile: &Profile) -> Writer {
    let dataset_time = profile.dataset_timestamp_ms();
    let mut metadata = profile.metadata().clone();
    if dataset_time < 0 {
        metadata.insert(DATASET_TIME_KEY.to_owned(), dataset_time.to_string());
    }
    let mut tags = profile.tags().clone();
    let prefixed: Vec<String> = metadata.keys().filter(|key| key.starts_with(TAG_PREFIX)).cloned().collect();
    for key in prefixed {
        if let Some(value) = metadata.remove(&key) {
            tags.insert(key, value);
        }
    }
    let mut out = Writer::new();
    for (field, time) in [(4, profile.creation_timestamp_ms()), (5, dataset_time)] {
        let time = u64::try_from(time).unwrap_or(0);
        if time > 0 {
            out.varint(field, time);
        }
    }
    for (field, entries) in [(6, tags), (7, metadata)] {
        for (key, value) in &entries {
            out.text_entry(field, key, value);
        }
    }
    out
}

fn chunk(chunks: &mut Writer, parts: &[(Cow<'_, str>, Part<'_>)], indices: &BTreeMap<&str, u64>) {
    let mut body = Writer::new();
    for (path, part) in parts {
        body.nested(1, |entry| entry.varint(1, indices[&**path]).nested(2, |component| part.write(component)));
    }
    let mut header = Writer::new();
    header.varint(1, COLUMN_CHUNK).varint(3, body.len() as u64);
    let header = header.finish();
    chunks.raw_varint(header.len() as u64).raw(&header).raw(&body.finish());
}

fn segment_header(header: &SegmentHeader) -> Vec<u8> {
    let mut out = Writer::new();
    if header.has_segments {
        out.varint(1, 1);
    }
    for segment in &header.segments {
        let mut message = Writer::new();
        for (key, value) in &segment.tags {
            message.text_entry(1, key, value);
        }
        if !segment.partition_id.is_empty() {
            message.bytes(2, segment.partition_id.as_bytes());
        }
        out.message(4, &message);
    }
    for &(number, offset) in &header.offsets {
        let mut entry = Writer::new();
        entry.varint(1, u64::from(number)).varint(2, offset);
        out.message(5, &entry);
    }
    out.finish()
}
