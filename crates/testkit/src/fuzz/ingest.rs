//! Messages that cross as bytes: the first byte of the input says their form, the rest is the message.

use rolling_profiles_engine::{RawKind, RawMessage, fuzzing};
use rolling_profiles_ingest::IngestErrorKind;

use super::container::works;
use super::meter::Bound;
use crate::raw;

/// A line of newline-delimited JSON, 12 bytes or so, may ask for a table of its own; the columns of one are limited in number.
const JSON: Bound = Bound { bytes: 128 << 10, times: 128 };
/// Beyond multiples of the message: a mebibyte of decompressed buffers, one of texts named again and again, and as many rows that no byte stands
/// behind, with 8 bytes each, thrice that while their vector grows past them.
const COLUMNAR: Bound = Bound { bytes: 32 << 20, times: 128 };

const FORMS: [RawKind; 5] =
    [RawKind::LogRequest, RawKind::EmbeddingsRequest, RawKind::PubSub, RawKind::PubSubEmbeddings, RawKind::Ndjson];

/// Requests, envelopes and lines. Bit 3 of the first byte asks for times in the data, bit 4 leaves the dataset to the message, bit 5
/// asks for segments.
pub(super) fn json(input: &[u8]) {
    let Some((&form, bytes)) = input.split_first() else { return };
    let mut message = raw(FORMS[usize::from(form & 7) % FORMS.len()], bytes);
    message.timestamp_column = (form & 8 != 0).then(|| "t".to_owned());
    if form & 16 != 0 {
        message.dataset_id = None;
    }
    run(&message, form & 32 != 0, JSON);
}

/// Our own frame, or Arrow IPC, by bit 0; bit 1 asks for segments.
pub(super) fn columnar(input: &[u8]) {
    let Some((&form, bytes)) = input.split_first() else { return };
    let kind = if form & 1 == 0 { RawKind::Columns } else { RawKind::Arrow };
    run(&raw(kind, bytes), form & 2 != 0, COLUMNAR);
}

fn run(message: &RawMessage, by_segment: bool, bound: Bound) {
    match bound.hold(&message.bytes, || fuzzing::read(message, by_segment)) {
        Ok(read) => {
            let segments = read.segments();
            let all: u64 = read.profiles().map(|(rows, _)| rows).sum();
            let dealt: u64 = segments.iter().map(|(rows, _)| rows).sum();
            assert_eq!(dealt, if by_segment { all } else { 0 }, "each row is in one segment");
            for (rows, profile) in read.profiles().chain(segments) {
                assert!(rows > 0, "a table without rows is none");
                for (name, column) in profile.columns() {
                    assert_eq!(column.counts().n, rows, "column {name:?} has a value or null a row");
                }
                works(&profile);
            }
        }
        Err(error) => {
            assert!(error.kind != IngestErrorKind::BucketWindow, "{}", error.message);
        }
    }
}
