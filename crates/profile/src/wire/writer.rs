//! Writing messages into a growing buffer.

/// Appends fields to a message. A nested message is written into a writer of its own, then added with [`Writer::bytes`].
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
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

    pub(crate) fn raw_varint(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
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

    /// An entry of a `map<string, string>`.
    pub(crate) fn text_entry(&mut self, number: u32, key: &str, value: &str) -> &mut Self {
        let mut entry = Self::new();
        entry.bytes(1, key.as_bytes()).bytes(2, value.as_bytes());
        self.message(number, &entry)
    }
}
