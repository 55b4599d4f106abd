//! Buffers that a source fills and parcels give back: memory that is new costs more than reading into it.

use std::io::{ErrorKind, Read};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// So many buffers are kept for later at most, and none that is larger.
const MOST_KEPT: usize = 8;
const MOST_KEPT_BYTES: usize = 8 << 20;

/// Those that were given back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// An empty one.
    pub fn take(&self) -> Buffer {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Buffer { bytes: kept.pop().unwrap_or_default(), len: 0, home: self.clone() }
    }
}

/// Bytes that were read. Its memory goes back where it came from.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// All of the memory; what was read lies at its start.
    bytes: Vec<u8>,
    len: usize,
    home: Buffers,
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Buffer {}

impl Buffer {
    /// How much memory it has.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Reads until there are `wanted` bytes, or no more. Interruptions are passed over.
    ///
    /// # Errors
    /// Those of the source. What was read before stays.
    pub fn fill(&mut self, source: &mut impl Read, wanted: usize) -> std::io::Result<()> {
        if self.bytes.len() < wanted {
            self.bytes.reserve_exact(wanted - self.bytes.len());
            self.bytes.resize(wanted, 0);
        }
        while self.len < wanted {
            match source.read(self.bytes.get_mut(self.len..wanted).unwrap_or_default()) {
                Ok(0) => break,
                Ok(more) => self.len += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Keeps the bytes up to `end`; gives those behind it.
    pub fn split_off(&mut self, end: usize) -> Self {
        let mut rest = self.home.take();
        let moved = self.get(end..).unwrap_or_default();
        if rest.bytes.len() < moved.len() {
            rest.bytes.resize(moved.len(), 0);
        }
        if let Some(start) = rest.bytes.get_mut(..moved.len()) {
            start.copy_from_slice(moved);
        }
        rest.len = moved.len();
        self.len = self.len.min(end);
        rest
    }

    /// Forgets the first `len` bytes.
    pub fn drop_start(&mut self, len: usize) {
        let len = len.min(self.len);
        self.bytes.copy_within(len..self.len, 0);
        self.len -= len;
    }

    /// Forgets all bytes.
    pub fn clear(&mut self) {
        self.len = 0;
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut kept = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT && self.bytes.len() <= MOST_KEPT_BYTES && !self.bytes.is_empty() {
            kept.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_round_and_what_was_in_it_does_not() {
        let buffers = Buffers::default();
        let mut first = buffers.take();
        first.fill(&mut &b"abcdef"[..], 100).unwrap();
        assert_eq!(&*first, b"abcdef");
        let rest = first.split_off(4);
        assert_eq!((&*first, &*rest), (&b"abcd"[..], &b"ef"[..]));
        let place = first.bytes.as_ptr();
        drop(first);
        let mut again = buffers.take();
        assert_eq!((&*again, again.bytes.as_ptr()), (&b""[..], place));
        again.fill(&mut &b"xyz"[..], 2).unwrap();
        assert_eq!(&*again, b"xy");
        again.drop_start(1);
        assert_eq!(&*again, b"y");
        again.clear();
        assert_eq!((&*again, &*rest), (&b""[..], &b"ef"[..]));
    }

    #[test]
    fn no_more_is_kept_than_is_of_use() {
        let buffers = Buffers::default();
        let full = |len: usize| {
            let mut buffer = buffers.take();
            buffer.fill(&mut std::io::repeat(7), len).unwrap();
            buffer
        };
        let many: Vec<Buffer> = (0..10).map(|_| full(10)).collect();
        drop(many);
        assert_eq!(buffers.0.lock().unwrap().len(), MOST_KEPT);
        buffers.0.lock().unwrap().clear();
        drop(full(MOST_KEPT_BYTES + 1));
        assert!(buffers.0.lock().unwrap().is_empty());
    }
}
