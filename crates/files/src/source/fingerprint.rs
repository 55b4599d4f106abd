//! What tells a source from others: a hash of its bytes as they lie there.

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::{Arc, Mutex, PoisonError};

use twox_hash::XxHash3_128;

const CHUNK_BYTES: usize = 1 << 20;

/// Takes up what is read; XXH3, 128 bits: <https://github.com/Cyan4973/xxHash>.
#[derive(Clone)]
pub(super) struct Fingerprint(Arc<Mutex<XxHash3_128>>);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(XxHash3_128::new())))
    }
}

impl Fingerprint {
    pub fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
    }

    /// 32 hexadecimal digits.
    pub fn text(&self) -> String {
        format!("{:032x}", self.0.lock().unwrap_or_else(PoisonError::into_inner).finish_128())
    }

    /// That of a whole file, which is not read from its start to its end otherwise.
    pub fn of(mut file: &File) -> std::io::Result<Self> {
        let all = Self::default();
        let mut chunk = vec![0; CHUNK_BYTES];
        file.rewind()?;
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(all),
                size => all.add(chunk.get(..size).unwrap_or_default()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn it_is_the_same_however_bytes_come() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let pieces = Fingerprint::default();
        bytes.chunks(777).for_each(|piece| pieces.add(piece));
        assert_eq!(pieces.text(), Fingerprint::of(&file).unwrap().text());
        assert_eq!(Fingerprint::default().text(), "99aa06d3014798d86001c324468d497f");
    }
}
