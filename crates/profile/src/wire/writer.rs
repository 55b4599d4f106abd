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
        self.out.extend(varint(value));
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

    /// A message or bytes that are written in place. Their length goes before them once it is known, which moves them by a byte or a few.
    pub(crate) fn nested(&mut self, number: u32, write: impl FnOnce(&mut Self)) {
        self.key(number, 2);
        let start = self.out.len();
        write(self);
        let len = (self.out.len() - start) as u64;
        self.out.splice(start..start, varint(len));
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

/// The bytes of a number: seven bits each, the lowest first, and a bit that says whether more follow.
fn varint(value: u64) -> impl ExactSizeIterator<Item = u8> {
    let last = (value | 1).ilog2() as u8 / 7;
    (0..=last).map(move |place| (value >> (7 * place)) as u8 & 0x7F | u8::from(place < last) << 7)
}
