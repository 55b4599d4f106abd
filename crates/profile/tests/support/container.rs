//! A reader of profile files that shares no code with the crate, so that both sides' bytes are compared by a third.

use std::collections::BTreeMap;

/// What a component's oneof holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Component {
    Integral(i64),
    /// The bits of a double.
    Fractional(u64),
    FrequentItems(Vec<u8>),
    Hll(Vec<u8>),
    Kll(Vec<u8>),
    /// Field number and bytes of anything else.
    Other(u64, Vec<u8>),
}

/// A profile file, taken apart.
#[derive(Debug, Default, PartialEq)]
pub struct Container {
    pub creation_timestamp_ms: u64,
    pub dataset_timestamp_ms: u64,
    pub tags: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    /// Column → metric path → type id and value.
    pub columns: BTreeMap<String, BTreeMap<String, (u64, Component)>>,
}

/// A field of a message.
enum Field<'a> {
    Varint(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn varint(&self) -> u64 {
        match self {
            Self::Varint(value) => *value,
            _ => panic!("not a varint"),
        }
    }

    fn bytes(&self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => panic!("not bytes"),
        }
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (&byte, rest) = bytes.split_first().expect("a varint ends inside the message");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a varint of more than ten bytes");
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> &'a [u8] {
    let (head, rest) = bytes.split_at(usize::try_from(length).unwrap());
    *bytes = rest;
    head
}

fn delimited<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = varint(bytes);
    take(bytes, length)
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let field = match tag & 7 {
            0 => Field::Varint(varint(&mut bytes)),
            1 => Field::Fixed(u64::from_le_bytes(take(&mut bytes, 8).try_into().unwrap())),
            2 => Field::Bytes(delimited(&mut bytes)),
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, field));
    }
    found
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("a string is UTF-8")
}

fn string_pair(bytes: &[u8]) -> (String, String) {
    let mut pair = (String::new(), String::new());
    for (number, field) in fields(bytes) {
        *(if number == 1 { &mut pair.0 } else { &mut pair.1 }) = string(field.bytes());
    }
    pair
}

/// Takes a file apart.
///
/// # Panics
///
/// When it is no profile file.
pub fn read(mut bytes: &[u8]) -> Container {
    assert_eq!(take(&mut bytes, 4), b"WHY1");
    delimited(&mut bytes);
    let header = fields(delimited(&mut bytes));
    let mut container = Container::default();
    let mut paths = BTreeMap::new();
    let mut offsets: Vec<(String, Vec<u64>)> = Vec::new();
    for (number, field) in &header {
        match number {
            1 => properties(&mut container, field.bytes()),
            2 => offsets.push(column_offsets(field.bytes())),
            4 => assert!(field.varint() <= bytes.len() as u64, "the header's length fits the file"),
            5 => {
                let mut entry = (0, String::new());
                for (part, value) in fields(field.bytes()) {
                    if part == 1 { entry.0 = value.varint() } else { entry.1 = string(value.bytes()) }
                }
                paths.insert(entry.0, entry.1);
            }
            other => panic!("header field {other}"),
        }
    }
    for (column, starts) in offsets {
        let mut components = BTreeMap::new();
        for start in starts {
            components.extend(chunk(&bytes[usize::try_from(start).unwrap()..], &paths));
        }
        container.columns.insert(column, components);
    }
    container
}

fn properties(container: &mut Container, bytes: &[u8]) {
    for (number, field) in fields(bytes) {
        match number {
            4 => container.creation_timestamp_ms = field.varint(),
            5 => container.dataset_timestamp_ms = field.varint(),
            6 => container.tags.extend([string_pair(field.bytes())]),
            7 => container.metadata.extend([string_pair(field.bytes())]),
            other => panic!("property {other}"),
        }
    }
}

fn column_offsets(bytes: &[u8]) -> (String, Vec<u64>) {
    let mut entry = (String::new(), Vec::new());
    for (number, field) in fields(bytes) {
        if number == 1 {
            entry.0 = string(field.bytes());
        } else {
            for (_, packed) in fields(field.bytes()) {
                let mut rest = packed.bytes();
                while !rest.is_empty() {
                    entry.1.push(varint(&mut rest));
                }
            }
        }
    }
    entry
}

fn chunk(mut bytes: &[u8], paths: &BTreeMap<u64, String>) -> BTreeMap<String, (u64, Component)> {
    let header = fields(delimited(&mut bytes));
    let length = header.iter().find(|(number, _)| *number == 3).map_or(0, |(_, field)| field.varint());
    let message = take(&mut bytes, length);
    fields(message)
        .into_iter()
        .map(|(_, entry)| {
            let (mut index, mut value) = (0, None);
            for (number, field) in fields(entry.bytes()) {
                if number == 1 { index = field.varint() } else { value = Some(component(field.bytes())) }
            }
            (paths[&index].clone(), value.expect("a component has a value"))
        })
        .collect()
}

fn component(bytes: &[u8]) -> (u64, Component) {
    let (mut type_id, mut value) = (0, None);
    let sketch =
        |field: &Field<'_>| fields(field.bytes()).first().map_or(Vec::new(), |(_, image)| image.bytes().to_vec());
    for (number, field) in fields(bytes) {
        match (number, &field) {
            (1, _) => type_id = field.varint(),
            (2, _) => value = Some(Component::Integral(field.varint().cast_signed())),
            (3, Field::Fixed(bits)) => value = Some(Component::Fractional(*bits)),
            (4, _) => value = Some(Component::FrequentItems(sketch(&field))),
            (5, _) => value = Some(Component::Hll(sketch(&field))),
            (6, _) => value = Some(Component::Kll(sketch(&field))),
            (other, _) => value = Some(Component::Other(other, field.bytes().to_vec())),
        }
    }
    (type_id, value.expect("a component's oneof is set"))
}
