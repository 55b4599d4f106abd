//! Bytes of a source, counted as they are read.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fingerprint::Fingerprint;
use crate::report::Report;

/// So much is read at once: what was read is hashed while it is near.
const READ_BYTES: usize = 256 << 10;

/// See the module. Interruptions are not passed on.
pub(super) struct Counted<R> {
    pub bytes: R,
    pub report: Arc<Report>,
    pub fingerprint: Option<Fingerprint>,
    /// Raised once the source could not be read: what comes of it further up is no damage of its data.
    pub has_failed: Arc<AtomicBool>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = buffer.len().min(READ_BYTES);
        let buffer = buffer.get_mut(..size).unwrap_or_default();
        loop {
            match self.bytes.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.has_failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
                Ok(count) => {
                    self.report.read(count as u64);
                    if let Some(fingerprint) = &self.fingerprint {
                        fingerprint.add(buffer.get(..count).unwrap_or_default());
                    }
                    return Ok(count);
                }
            }
        }
    }
}
