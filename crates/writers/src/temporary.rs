//! Temporary files of a folder: made so that nothing planted is written to, and removed when their process has gone.
//!
//! * A name is random, and the file is made anew (`O_EXCL`, `O_NOFOLLOW`): a file, link or pipe that has the name already
//!   fails the call, and another name is taken.
//! * Who writes a temporary file holds a lock on it (`flock`), which the kernel lets go of when the process ends, however it
//!   ends. Who finds a file of that pattern without a lock removes it.
//! * Between making a file and locking it, somebody may find it and take it for a left one. So who has locked its file looks
//!   whether it is still there, and makes another one otherwise.
//! * On some network file systems a lock is known to its own machine alone. A name says on which start of which machine it was
//!   made; a file of another start or machine is removed only when it is an hour older, by the file system's own clock,
//!   than one made just now.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use crate::file_error::FileError;

const PREFIX: &str = ".rolling-profiles-";
const SUFFIX: &str = ".tmp";
/// Hexadecimal digits of the start, and of the random part.
const START_DIGITS: usize = 16;
const RANDOM_DIGITS: usize = 32;
/// How many names are tried.
const TRIES: u32 = 16;
/// A file of another machine that is older than this is nobody's: the write of a profile takes seconds.
const OLD: Duration = Duration::from_hours(1);

/// A temporary file that is being written. What is not given up by `keep` is removed when it is dropped.
pub struct Temporary {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Temporary {
    /// Makes one in `dir`.
    pub fn new(dir: &Path) -> Result<Self, FileError> {
        Self::with_names(dir, random_name)
    }

    fn with_names(dir: &Path, mut name: impl FnMut() -> String) -> Result<Self, FileError> {
        for _ in 0..TRIES {
            let path = dir.join(name());
            let file = match open_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(FileError::of("open", &path))?,
            };
            if hold(&file, &path) {
                return Ok(Self { path, file, is_kept: false });
            }
        }
        let error = io::Error::new(io::ErrorKind::AlreadyExists, "every temporary name is taken");
        Err(FileError::of("open", dir)(error))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// It has another name now, or none.
    pub fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_kept {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

/// Removes what processes have left in `dir` that ended while they wrote. `newest` was made just now. A file that cannot be
/// looked at or removed stays, and harms nothing.
pub fn remove_left(dir: &Path, newest: &Temporary) {
    let (Ok(entries), Ok(now)) = (std::fs::read_dir(dir), newest.file.metadata().and_then(|data| data.modified()))
    else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(start) = name.to_str().and_then(start_of) else { continue };
        // Not a link, nor a pipe, which would be waited for.
        if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        let is_old = || {
            let modified = entry.metadata().and_then(|data| data.modified());
            modified.is_ok_and(|then| now.duration_since(then).is_ok_and(|age| age >= OLD))
        };
        if start != this_start() && !is_old() {
            continue;
        }
        let Ok(file) = open_left(&path) else { continue };
        if lock(&file) && is_still(&file, &path) {
            std::fs::remove_file(&path).ok();
        }
    }
}

/// Not to be guessed, and much shorter than a profile's name.
fn random_name() -> String {
    // Two keys that the system made at random.
    let state = RandomState::new();
    format!("{PREFIX}{}-{:016x}{:016x}{SUFFIX}", this_start(), state.hash_one(0), state.hash_one(1))
}

/// The start in the name of a temporary file; `None`: it is no such name.
fn start_of(name: &str) -> Option<&str> {
    let (start, random) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
    let is_hex = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex(start, START_DIGITS) && is_hex(random, RANDOM_DIGITS)).then_some(start)
}

/// Stands for this start of this machine; random where that cannot be told, so that nothing else has it.
fn this_start() -> &'static str {
    static START: OnceLock<String> = OnceLock::new();
    START.get_or_init(|| {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits: String = boot.chars().filter(char::is_ascii_hexdigit).take(START_DIGITS).collect();
        if digits.len() == START_DIGITS { digits } else { format!("{:016x}", RandomState::new().hash_one(0)) }
    })
}

fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path)
}

fn open_left(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    options.open(path)
}

/// Locks a file that was just made; `false`: somebody took it for a left one.
fn hold(file: &File, path: &Path) -> bool {
    // Where the file system has no locks, nobody removes it either.
    if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
        return false;
    }
    is_still(file, path)
}

fn lock(file: &File) -> bool {
    file.try_lock().is_ok()
}

/// Whether `path` still names the file.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(held), Ok(named)) = (file.metadata(), std::fs::symlink_metadata(path)) else { return false };
    (held.dev(), held.ino()) == (named.dev(), named.ino())
}

#[cfg(not(unix))]
fn is_still(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests;
