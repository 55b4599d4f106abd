//! Bytes into pieces that end with a line.

use std::io::Read;

use memchr::{memchr, memrchr};

use crate::buffers::{Buffer, Buffers};

/// What comes next of a source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Whole lines; the last one of the source may lack its end.
    Lines(Buffer),
    /// A line that is longer than a line may be, and how many bytes it has. They are gone.
    TooLong(u64),
}

/// Cuts a source into pieces of about `piece_bytes`. A line that is longer makes a larger piece, up to `max_line_bytes`.
pub(crate) struct LineCutter<R> {
    source: R,
    piece_bytes: usize,
    max_line_bytes: usize,
    /// The start of the next piece.
    carried: Buffer,
    at_end: bool,
}

impl<R: Read> LineCutter<R> {
    pub fn new(source: R, piece_bytes: usize, max_line_bytes: usize) -> Self {
        let piece_bytes = piece_bytes.max(1);
        Self {
            source,
            piece_bytes,
            max_line_bytes: max_line_bytes.max(piece_bytes),
            carried: Buffers::default().take(),
            at_end: false,
        }
    }

    /// The next piece; `None`: that was all.
    ///
    /// # Errors
    /// Those of the source.
    pub fn next(&mut self) -> std::io::Result<Option<Cut>> {
        let empty = self.carried.split_off(self.carried.len());
        let mut piece = std::mem::replace(&mut self.carried, empty);
        let mut size = self.piece_bytes;
        let mut searched = 0;
        loop {
            self.fill(&mut piece, size)?;
            if self.at_end && piece.len() <= size {
                return Ok((!piece.is_empty()).then_some(Cut::Lines(piece)));
            }
            if let Some(end) = memrchr(b'\n', piece.get(searched..size).unwrap_or_default()) {
                self.carried = piece.split_off(searched + end + 1);
                return Ok(Some(Cut::Lines(piece)));
            }
            if size >= self.max_line_bytes {
                return self.skip_line(piece).map(Some);
            }
            searched = size;
            size = size.saturating_add(self.piece_bytes).min(self.max_line_bytes);
        }
    }

    /// Reads until there are more than `size` bytes, so that the end of the source is known where it comes with them.
    fn fill(&mut self, piece: &mut Buffer, size: usize) -> std::io::Result<()> {
        let wanted = size.saturating_add(1);
        if wanted > piece.len() && !self.at_end {
            piece.fill(&mut self.source, wanted)?;
            self.at_end = piece.len() < wanted;
        }
        Ok(())
    }

    /// Passes over the rest of a line of which `start` has been read.
    fn skip_line(&mut self, start: Buffer) -> std::io::Result<Cut> {
        let mut bytes = 0;
        let mut piece = start;
        loop {
            if let Some(end) = memchr(b'\n', &piece) {
                self.carried = piece.split_off(end + 1);
                return Ok(Cut::TooLong(bytes + piece.len() as u64));
            }
            bytes += piece.len() as u64;
            if self.at_end {
                return Ok(Cut::TooLong(bytes));
            }
            piece.clear();
            self.fill(&mut piece, self.piece_bytes)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes in portions of these sizes, over and over; 0 is an interruption.
    struct Portions<'a> {
        bytes: &'a [u8],
        sizes: Vec<usize>,
        turn: usize,
    }

    impl Read for Portions<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let size = self.sizes[self.turn % self.sizes.len()];
            self.turn += 1;
            if size == 0 {
                return Err(ErrorKind::Interrupted.into());
            }
            let size = size.min(buffer.len()).min(self.bytes.len());
            let (portion, rest) = self.bytes.split_at(size);
            buffer[..size].copy_from_slice(portion);
            self.bytes = rest;
            Ok(size)
        }
    }

    fn cuts(source: impl Read, piece_bytes: usize, max_line_bytes: usize) -> Vec<Cut> {
        let mut cutter = LineCutter::new(source, piece_bytes, max_line_bytes);
        std::iter::from_fn(|| cutter.next().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn every_line_is_in_one_piece_however_bytes_arrive(
            lines in prop::collection::vec(0..60_usize, 0..60),
            ends_with_a_line in any::<bool>(),
            piece_bytes in 1..50_usize,
            max_line_bytes in 1..50_usize,
            mut sizes in prop::collection::vec(0..40_usize, 1..8),
        ) {
            sizes.push(7);
            let texts: Vec<String> = lines.iter().enumerate().map(|(at, &len)| format!("{at}{}", "x".repeat(len))).collect();
            let mut bytes = texts.join("\n").into_bytes();
            if ends_with_a_line && !bytes.is_empty() {
                bytes.push(b'\n');
            }
            let found = cuts(&*bytes, piece_bytes, max_line_bytes);
            let portions = Portions { bytes: &bytes, sizes, turn: 0 };
            prop_assert_eq!(&found, &cuts(portions, piece_bytes, max_line_bytes));
            let most = max_line_bytes.max(piece_bytes);
            let mut rest = &bytes[..];
            for cut in &found {
                let len = match cut {
                    Cut::Lines(piece) => {
                        prop_assert!(piece.len() <= most);
                        prop_assert_eq!(&**piece, &rest[..piece.len()]);
                        piece.len()
                    }
                    Cut::TooLong(len) => {
                        prop_assert!(*len as usize > most, "a line of {len} fits");
                        prop_assert_eq!(rest[..*len as usize].iter().position(|&byte| byte == b'\n').map_or(*len, |at| at as u64 + 1), *len);
                        *len as usize
                    }
                };
                rest = &rest[len..];
                prop_assert!(rest.is_empty() || bytes[bytes.len() - rest.len() - 1] == b'\n', "a line is cut");
            }
            prop_assert!(rest.is_empty());
        }
    }

    #[test]
    fn a_source_that_fails_says_so() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(ErrorKind::PermissionDenied.into())
            }
        }
        let mut cutter = LineCutter::new(b"a\nb".chain(Failing), 100, 100);
        assert_eq!(cutter.next().unwrap_err().kind(), ErrorKind::PermissionDenied);
    }
}
