//! A folder on this machine.
//!
//! A profile appears under its name whole or not at all: it is written to a temporary file in the same folder (`temporary.rs`), synced, renamed,
//! and the folder is synced. A file that is there already is never replaced: if it holds the same bytes, an earlier attempt has written it; otherwise
//! the write fails. Profiles hold values of the data (frequent items), so files and folders made here are their owner's alone.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rolling_profiles_engine::{Done, EngineError, ErrorCode, Writable, Writer};

use crate::file_error::FileError;
use crate::temporary::{Temporary, remove_left};

/// Writes profiles into one folder, which is made when it is missing. Its first write removes what processes have left there that ended while
/// they wrote.
#[derive(Debug)]
pub struct LocalWriter {
    name: String,
    dir: PathBuf,
    has_begun: AtomicBool,
}

impl LocalWriter {
    /// A writer into `dir`.
    #[must_use]
    pub fn new(name: String, dir: PathBuf) -> Self {
        Self { name, dir, has_begun: AtomicBool::new(false) }
    }
}

impl Writer for LocalWriter {
    fn name(&self) -> &str {
        &self.name
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        let is_first = !self.has_begun.swap(true, Ordering::Relaxed);
        done.tell(add_file(&self.dir, &item.file_name, &item.bytes, is_first).map_err(|error| {
            let reason = error.reason();
            let message = format!("{} could not be written to {}: {reason}", item.file_name, self.dir.display());
            EngineError::new(ErrorCode::Writer, message).of_system(error.system())
        }));
    }
}

/// Makes `bytes` appear as `file_name` in `dir`, whole and durable, in place of what has that name.
///
/// # Errors
/// What the operating system says; `InvalidInput` when `file_name` is not the name of a file. Nothing is left behind then.
pub fn write_file(dir: &Path, file_name: &str, bytes: &[u8]) -> Result<(), FileError> {
    place(dir, file_name, bytes, false, |temporary, target| {
        std::fs::rename(temporary, target).map_err(FileError::of("rename", target))
    })
}

/// The same, but never in place of another file; one with the same bytes is as good. `cleans`: what processes have left in the folder is removed
/// as well.
///
/// # Errors
/// As [`write_file`]; `AlreadyExists` when a file of that name holds something else.
pub fn add_file(dir: &Path, file_name: &str, bytes: &[u8], cleans: bool) -> Result<(), FileError> {
    place(dir, file_name, bytes, cleans, |temporary, target| match rename_new(temporary, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !holds(target, bytes).map_err(FileError::of("open", target))? {
                let message = "another file has this name, and is left as it is";
                return Err(FileError::of("rename", target)(io::Error::new(io::ErrorKind::AlreadyExists, message)));
            }
            std::fs::remove_file(temporary).map_err(FileError::of("unlink", temporary))
        }
        outcome => outcome.map_err(FileError::of("rename", target)),
    })
}

fn place(
    dir: &Path,
    file_name: &str,
    bytes: &[u8],
    cleans: bool,
    rename: impl FnOnce(&Path, &Path) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let target = dir.join(file_name);
    if Path::new(file_name).file_name().is_none_or(|name| name != file_name) {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not the name of a file");
        return Err(FileError::of("open", &target)(error));
    }
    make_dir(dir).map_err(FileError::of("mkdir", dir))?;
    let mut temporary = Temporary::new(dir)?;
    if cleans {
        remove_left(dir, &temporary);
    }
    let path = temporary.path().to_path_buf();
    temporary.file().write_all(bytes).map_err(FileError::of("write", &path))?;
    temporary.file().sync_all().map_err(FileError::of("fsync", &path))?;
    rename(&path, &target)?;
    temporary.keep();
    sync_dir(dir).map_err(FileError::of("fsync", dir))
}

/// Renames unless something has the new name.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // The file system, or the kernel, has no such call.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {}
            outcome => return outcome.map_err(io::Error::from),
        }
    }
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Nor hard links: then this is as near as one gets.
        Err(_) if std::fs::symlink_metadata(to).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => std::fs::rename(from, to),
    }
}

/// Whether a file holds just these bytes.
fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    // Not through a link, nor from what is no file and may never end.
    let metadata = std::fs::symlink_metadata(path)?;
    Ok(metadata.is_file() && metadata.len() == bytes.len() as u64 && std::fs::read(path)? == bytes)
}

fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)
}

/// Makes the renaming durable. Other systems than Unix have no such call.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_and_alone() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("a/b");
        write_file(&dir, "one.bin", b"first").unwrap();
        write_file(&dir, "one.bin", b"second").unwrap();
        write_file(&dir, "two.bin", b"").unwrap();
        assert_eq!(names(&dir), ["one.bin", "two.bin"]);
        assert_eq!(std::fs::read(dir.join("one.bin")).unwrap(), b"second");
    }

    #[test]
    fn a_file_is_added_and_never_replaced() {
        let root = tempfile::tempdir().unwrap();
        add_file(root.path(), "one.bin", b"first", false).unwrap();
        let error = add_file(root.path(), "one.bin", b"other", false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let error = add_file(root.path(), "one.bin", b"second, longer", false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        add_file(root.path(), "one.bin", b"first", false).unwrap();
        assert_eq!(std::fs::read(root.path().join("one.bin")).unwrap(), b"first");
        assert_eq!(names(root.path()), ["one.bin"]);
    }

    #[test]
    fn of_many_that_add_one_name_one_wins() {
        let root = tempfile::tempdir().unwrap();
        let outcomes: Vec<bool> = std::thread::scope(|scope| {
            let add = |number: u8| add_file(root.path(), "one.bin", &[number; 1000], false).is_ok();
            let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || add(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|&&is_ok| is_ok).count(), 1);
        assert_eq!(names(root.path()), ["one.bin"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_never_taken_for_one() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("target");
        std::fs::write(&target, b"first").unwrap();
        std::os::unix::fs::symlink(&target, root.path().join("link.bin")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, root.path().join("pipe.bin"), rustix::fs::Mode::RWXU).unwrap();
        for name in ["link.bin", "pipe.bin"] {
            assert_eq!(add_file(root.path(), name, b"first", false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(names(root.path()), ["link.bin", "pipe.bin", "target"]);
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let root = tempfile::tempdir().unwrap();
        for name in ["../out.bin", "/out.bin", "a/b.bin", "..", ""] {
            assert_eq!(write_file(root.path(), name, b"x").unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn a_failure_leaves_nothing_and_is_told() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("taken.bin")).unwrap();
        assert!(write_file(root.path(), "taken.bin", b"x").is_err());
        assert_eq!(names(root.path()), ["taken.bin"]);
        let file = root.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert!(write_file(&file, "x.bin", b"x").is_err());
    }
}
