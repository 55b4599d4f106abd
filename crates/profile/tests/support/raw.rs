//! Profile files put together byte by byte.

/// A number of variable length.
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A field of bytes.
pub fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2][..], &varint(bytes.len() as u64), bytes].concat()
}

/// A file of raw header fields and chunks.
pub fn file(header: &[u8], chunks: &[u8]) -> Vec<u8> {
    [b"WHY1\0", &varint(header.len() as u64)[..], header, chunks].concat()
}

/// A column's chunk of (index of a path, component).
pub fn chunk(entries: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> = entries
        .iter()
        .flat_map(|(index, component)| field(1, &[&[8, *index][..], &field(2, component)].concat()))
        .collect();
    let header = [&[8, 2, 24][..], &varint(body.len() as u64)].concat();
    [&varint(header.len() as u64)[..], &header, &body].concat()
}

/// The header's entry of a column with the offsets of its chunks.
pub fn column(name: &str, offsets: &[u8]) -> Vec<u8> {
    field(2, &[field(1, name.as_bytes()), field(2, &field(1, offsets))].concat())
}

/// The header's entry of a path.
pub fn path(index: u8, path: &str) -> Vec<u8> {
    field(5, &[&[8, index][..], &field(2, path.as_bytes())].concat())
}
