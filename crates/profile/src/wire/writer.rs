//! Writing messages into a growing buffer.

/// Appends fields to a message.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes) }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.out.extend_from_slice(bytes);
        self
    }

    pub(crate) fn raw_varint(&mut self, value: u64) -> &mut Self {
        if value < 0x80 {
            self.out.push(value as u8);
        } else {
            let (bytes, len) = varint(value);
            self.out.extend_from_slice(&bytes[..len]);
        }
        self
    }

    fn key(&mut self, number: u32, wire_type: u32) -> &mut Self {
        self.raw_varint(u64::from(number << 3 | wire_type))
    }

    /// A number. Written also when it is 0: whether a default is left out is the caller's affair.
    pub(crate) fn varint(&mut self, number: u32, value: u64) -> &mut Self {
        self.key(number, 0).raw_varint(value)
    }

    pub(crate) fn double(&mut self, number: u32, value: f64) -> &mut Self {
        self.key(number, 1).raw(&value.to_bits().to_le_bytes())
    }

    pub(crate) fn bytes(&mut self, number: u32, bytes: &[u8]) -> &mut Self {
        self.key(number, 2).raw_varint(bytes.len() as u64).raw(bytes)
    }

    pub(crate) fn message(&mut self, number: u32, message: &Self) -> &mut Self {
        self.bytes(number, &message.out)
    }

    /// A message or bytes that are written in place. Their length goes before them once it is known: a byte is kept free for it, and what needs more is moved.
    pub(crate) fn nested(&mut self, number: u32, write: impl FnOnce(&mut Self)) {
        self.key(number, 2);
        let start = self.out.len();
        self.out.push(0);
        write(self);
        let end = self.out.len();
        let (bytes, len) = varint((end - start - 1) as u64);
        if len > 1 {
            self.out.resize(end + len - 1, 0);
            self.out.copy_within(start + 1..end, start + len);
        }
        self.out[start..start + len].copy_from_slice(&bytes[..len]);
    }

    /// Whatever is appended to the bytes.
    pub(crate) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.out);
    }

    /// An entry of a `map<string, string>`.
    pub(crate) fn text_entry(&mut self, number: u32, key: &str, value: &str) -> &mut Self {
        let mut entry = Self::new();
        entry.bytes(1, key.as_bytes()).bytes(2, value.as_bytes());
        self.message(number, &entry)
    }
}

/// The bytes of a number and how many they are: seven bits each, the lowest first, and a bit that says whether more follow.
fn varint(mut value: u64) -> ([u8; 10], usize) {
    let mut bytes = [0; 10];
    let mut len = 0;
    while value >= 0x80 {
        bytes[len] = value as u8 | 0x80;
        value >>= 7;
        len += 1;
    }
    bytes[len] = value as u8;
    (bytes, len + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_seven_bits_a_byte() {
        for (value, bytes) in [
            (0, &[0][..]),
            (0x7F, &[0x7F]),
            (0x80, &[0x80, 1]),
            (300, &[0xAC, 2]),
            (u64::MAX, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        ] {
            assert_eq!(Writer::new().raw_varint(value).out, bytes, "{value}");
        }
    }

    #[test]
    fn what_is_written_in_place_is_what_is_written_apart() {
        for len in [0, 1, 127, 128, 129, 20_000, 3_000_000] {
            let bytes: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let (mut within, mut apart) = (Writer::new(), Writer::new());
            within.nested(5, |writer| {
                writer.raw(&bytes);
            });
            apart.bytes(5, &bytes);
            assert_eq!(within.out, apart.out, "{len}");
        }
    }
}
