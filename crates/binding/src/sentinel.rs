//! Pipes that end when an engine does: what can be polled, and waited for, like a process.

use std::io;

/// The end that an engine holds; dropping it makes the other one readable.
pub struct SentinelEnd {
    #[cfg(unix)]
    _end: io::PipeWriter,
}

/// A pipe: the number of its read end, which is the caller's to close, and its other end.
#[cfg(unix)]
pub fn open() -> io::Result<(Option<i32>, SentinelEnd)> {
    use std::os::fd::IntoRawFd;
    let (reader, end) = io::pipe()?;
    Ok((Some(reader.into_raw_fd()), SentinelEnd { _end: end }))
}

/// Nothing of the kind.
#[cfg(not(unix))]
pub fn open() -> io::Result<(Option<i32>, SentinelEnd)> {
    Ok((None, SentinelEnd {}))
}
