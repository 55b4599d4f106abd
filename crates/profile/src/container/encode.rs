//! Writing the file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{COLUMN_CHUNK, DATASET_TIME_KEY, MAGIC, SegmentHeader, TAG_PREFIX};
use crate::Profile;
use crate::column::Part;
use crate::hands::{Hands, PIECE_COLUMNS};
use crate::wire::Writer;

/// `more` gives another entry for the metadata; it is shown the bytes of the columns.
pub(crate) fn encode(
    profile: &Profile,
    hands: &impl Hands,
    more: impl FnOnce(&mut dyn Iterator<Item = &[u8]>) -> Option<(String, String)>,
) -> Vec<u8> {
    let settled: Vec<_> = profile.columns().map(|(name, column)| (name, column.settled())).collect();
    let columns: Vec<_> = settled.iter().map(|(name, column)| (*name, column.parts())).collect();
    let mut indices: BTreeMap<&str, u64> =
        columns.iter().flat_map(|(_, parts)| parts).map(|(path, _)| (&**path, 0)).collect();
    for (number, index) in (0..).zip(indices.values_mut()) {
        *index = number;
    }
    let pieces =
        hands.share(columns.chunks(PIECE_COLUMNS).collect(), |columns: &[Named<'_>]| chunks(columns, &indices));

    let mut header = Writer::new();
    let more = more(&mut pieces.iter().map(|piece| piece.bytes.as_slice()));
    header.message(1, &properties(profile, more));
    let mut offset = 0;
    for (name, len) in columns.iter().map(|(name, _)| name).zip(pieces.iter().flat_map(|piece| &piece.lens)) {
        let mut offset_message = Writer::new();
        offset_message.raw_varint(offset);
        let mut offsets = Writer::new();
        offsets.message(1, &offset_message);
        let mut entry = Writer::new();
        entry.bytes(1, name.as_bytes()).message(2, &offsets);
        header.message(2, &entry);
        offset += len;
    }
    if offset > 0 {
        header.varint(4, offset);
    }
    for (path, &index) in &indices {
        let mut entry = Writer::new();
        entry.varint(1, index).bytes(2, path.as_bytes());
        header.message(5, &entry);
    }

    let segment = segment_header(profile.segment_header());
    let header = header.finish();
    let mut out = Writer::with_capacity(MAGIC.len() + segment.len() + header.len() + offset as usize + 20);
    out.raw(MAGIC).raw_varint(segment.len() as u64).raw(&segment).raw_varint(header.len() as u64).raw(&header);
    for piece in pieces {
        out.raw(&piece.bytes);
    }
    out.finish()
}

fn properties(profile: &Profile, more: Option<(String, String)>) -> Writer {
    let dataset_time = profile.dataset_timestamp_ms();
    let mut metadata = profile.metadata().clone();
    metadata.extend(more);
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

/// A column's name and what it holds.
type Named<'a> = (&'a str, Vec<(Cow<'a, str>, Part<'a>)>);

/// The chunks of some columns, with the length of each.
struct Chunks {
    bytes: Vec<u8>,
    lens: Vec<u64>,
}

fn chunks(columns: &[Named<'_>], indices: &BTreeMap<&str, u64>) -> Chunks {
    let mut out = Writer::new();
    let mut lens = Vec::with_capacity(columns.len());
    for (_, parts) in columns {
        let start = out.len();
        chunk(&mut out, parts, indices);
        lens.push((out.len() - start) as u64);
    }
    Chunks { bytes: out.finish(), lens }
}

fn chunk(out: &mut Writer, parts: &[(Cow<'_, str>, Part<'_>)], indices: &BTreeMap<&str, u64>) {
    let mut body = Writer::new();
    for (path, part) in parts {
        body.nested(1, |entry| entry.varint(1, indices[&**path]).nested(2, |component| part.write(component)));
    }
    let mut header = Writer::new();
    header.varint(1, COLUMN_CHUNK).varint(3, body.len() as u64);
    let header = header.finish();
    out.raw_varint(header.len() as u64).raw(&header).raw(&body.finish());
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
