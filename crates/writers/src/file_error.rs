//! Failures of the file system, with what the system said of them.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rolling_profiles_engine::SystemFailure;

/// A call of the system that failed: which one, of which file, and why.
#[derive(Debug)]
pub struct FileError {
    syscall: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    /// Names the call and the path of an `io::Error`.
    pub(crate) fn of(syscall: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self { syscall, path, source }
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }

    /// Why, where it is not the system that says so: nothing, where its number tells.
    #[must_use]
    pub fn reason(&self) -> String {
        self.source.raw_os_error().map_or_else(|| self.to_string(), |_| String::new())
    }

    /// What the system said, as it crosses to whoever is told.
    #[must_use]
    pub fn system(&self) -> SystemFailure {
        let known = (self.kind() == io::ErrorKind::AlreadyExists).then(|| rustix::io::Errno::EXIST.raw_os_error());
        SystemFailure {
            errno: self.source.raw_os_error().or(known),
            syscall: self.syscall.to_owned(),
            path: self.path.display().to_string(),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, {} '{}'", self.source, self.syscall, self.path.display())
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
