//! Bytes of a source, counted as they are read.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fingerprint::Fingerprint;
use crate::report::Report;

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
