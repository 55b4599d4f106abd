//! The image of one sketch: the input is the only component of the only column of a file.

use rolling_profiles_profile::{FormatError, Profile, SketchError};

use super::container::works;
use super::meter::Bound;

/// A set of hashes, 4 bytes each, is read by way of lists of seven; an item of a table has a counter, two slots of it and its text.
const BOUND: Bound = Bound { bytes: 16 << 10, times: 64 };

pub(super) fn frequent(input: &[u8]) {
    image("frequent_items/frequent_strings", 4, input);
}

pub(super) fn hll(input: &[u8]) {
    image("cardinality/hll", 5, input);
}

pub(super) fn kll(input: &[u8]) {
    image("distribution/kll", 6, input);
}

fn image(path: &str, field: u8, image: &[u8]) {
    let file = file(path, field, image);
    match BOUND.hold(&file, || Profile::deserialize(&file)) {
        Ok(profile) => works(&profile),
        // The file is sound, so nothing but the image can be wrong.
        Err(FormatError::Sketch { source, .. }) => {
            assert!(matches!(source, SketchError::Truncated | SketchError::Preamble(_) | SketchError::Inconsistent(_)));
        }
        Err(error) => panic!("the image is what is wrong, not: {error}"),
    }
}

/// A file with one column, which has that image as its component `path`.
fn file(path: &str, field: u8, image: &[u8]) -> Vec<u8> {
    let component = message(field, &message(1, image));
    let body = message(1, &[varint_field(1, 0), message(2, &component)].concat());
    let chunk_header = [varint_field(1, 2), varint_field(3, body.len())].concat();
    let offsets = message(1, &[0]);
    let column = message(2, &[message(1, b"x"), message(2, &offsets)].concat());
    let paths = message(5, &[varint_field(1, 0), message(2, path.as_bytes())].concat());
    let header = [column, paths].concat();
    [b"WHY1\0", &varint(header.len())[..], &header, &varint(chunk_header.len()), &chunk_header, &body].concat()
}

/// Field `number` of a protobuf message, with bytes.
fn message(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2], &varint(bytes.len())[..], bytes].concat()
}

fn varint_field(number: u8, value: usize) -> Vec<u8> {
    [&[number << 3], &varint(value)[..]].concat()
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
