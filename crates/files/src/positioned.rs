//! A file that many threads read, each at places of its own: none moves the place that another reads at.

use std::fs::File;
use std::io::{ErrorKind, Result};

/// See the module.
#[derive(Debug)]
pub(crate) struct Positioned {
    store: Store,
    bytes: u64,
}

#[derive(Debug)]
enum Store {
    #[cfg(any(unix, windows))]
    File(File),
    #[cfg(not(any(unix, windows)))]
    File(std::sync::Mutex<File>),
    #[cfg(any(test, feature = "fuzzing"))]
    Memory(Vec<u8>),
}

impl Positioned {
    /// # Errors
    /// Where its size cannot be had.
    pub fn new(file: File) -> Result<Self> {
        let bytes = file.metadata()?.len();
        #[cfg(not(any(unix, windows)))]
        let file = std::sync::Mutex::new(file);
        Ok(Self { store: Store::File(file), bytes })
    }

    /// Bytes that stand for a file.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self { store: Store::Memory(bytes), bytes: size }
    }

    /// How many bytes it had when it was opened.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// So many bytes from `at` on.
    ///
    /// # Errors
    /// `UnexpectedEof` where there are not as many; memory is claimed for no more than there are.
    pub fn read(&self, at: u64, len: usize) -> Result<Vec<u8>> {
        if at.checked_add(len as u64).is_none_or(|end| end > self.bytes) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; len];
        let (mut filled, mut at) = (0, at);
        while filled < len {
            match self.some(bytes.get_mut(filled..).unwrap_or_default(), at) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(more) => {
                    filled += more;
                    at += more as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }

    fn some(&self, buffer: &mut [u8], at: u64) -> Result<usize> {
        match &self.store {
            #[cfg(unix)]
            Store::File(file) => std::os::unix::fs::FileExt::read_at(file, buffer, at),
            #[cfg(windows)]
            Store::File(file) => std::os::windows::fs::FileExt::seek_read(file, buffer, at),
            #[cfg(not(any(unix, windows)))]
            Store::File(file) => {
                use std::io::{Read, Seek, SeekFrom};
                let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                file.seek(SeekFrom::Start(at))?;
                file.read(buffer)
            }
            #[cfg(any(test, feature = "fuzzing"))]
            Store::Memory(bytes) => {
                use std::io::Read;
                bytes.get(at as usize..).unwrap_or_default().read(buffer)
            }
        }
    }
}
