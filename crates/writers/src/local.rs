//! A folder on this machine.
//!
//! A profile appears under its name whole or not at all: it is written to a temporary file in the same folder, synced, renamed, and the folder
//! is synced. A file that is there already is never replaced: if it holds the same bytes, an earlier attempt has written it; otherwise the write
//! fails. Profiles hold values of the data (frequent items), so files and folders made here are their owner's alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rolling_profiles_engine::{Done, EngineError, ErrorCode, Writable, Writer};

/// Writes profiles into one folder, which is made when it is missing.
#[derive(Debug)]
pub struct LocalWriter {
    name: String,
    dir: PathBuf,
}

impl LocalWriter {
    /// A writer into `dir`.
    #[must_use]
    pub fn new(name: String, dir: PathBuf) -> Self {
        Self { name, dir }
    }
}

impl Writer for LocalWriter {
    fn name(&self) -> &str {
        &self.name
    }

    fn write(&self, item: &Arc<Writable>, done: Done) {
        done.tell(add_file(&self.dir, &item.file_name, &item.bytes).map_err(|error| {
            EngineError::new(
                ErrorCode::Writer,
                format!("cannot write {} in {}: {error}", item.file_name, self.dir.display()),
            )
        }));
    }
}

/// Tells temporary files of one process apart.
static ATTEMPT: AtomicU64 = AtomicU64::new(0);

/// Makes `bytes` appear as `file_name` in `dir`, whole and durable, in place of what has that name.
///
/// # Errors
/// What the operating system says; `InvalidInput` when `file_name` is not the name of a file. Nothing is left behind then.
pub fn write_file(dir: &Path, file_name: &str, bytes: &[u8]) -> io::Result<()> {
    place(dir, file_name, bytes, |temporary, target| std::fs::rename(temporary, target))
}

/// The same, but never in place of another file; one with the same bytes is as good.
///
/// # Errors
/// As [`write_file`]; `AlreadyExists` when a file of that name holds something else.
pub fn add_file(dir: &Path, file_name: &str, bytes: &[u8]) -> io::Result<()> {
    place(dir, file_name, bytes, |temporary, target| match rename_new(temporary, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !holds(target, bytes)? {
                let message = "another file has this name, and is left as it is";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
            }
            std::fs::remove_file(temporary)
        }
        outcome => outcome,
    })
}

fn place(
    dir: &Path,
    file_name: &str,
    bytes: &[u8],
    rename: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    if Path::new(file_name).file_name().is_none_or(|name| name != file_name) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the file name is not a plain name"));
    }
    make_dir(dir)?;
    let temporary = dir.join(temporary_name());
    // Made here and nowhere else, so that it is ours to remove.
    let file = open_new(&temporary)?;
    let written = write_synced(file, bytes).and_then(|()| rename(&temporary, &dir.join(file_name)));
    if written.is_err() {
        std::fs::remove_file(&temporary).ok();
    }
    written.and_then(|()| sync_dir(dir))
}

/// Not to be guessed, and much shorter than a profile's name.
fn temporary_name() -> String {
    let attempt = ATTEMPT.fetch_add(1, Ordering::Relaxed);
    let random = RandomState::new().hash_one(attempt);
    format!(".{}-{attempt}-{random:016x}.tmp", std::process::id())
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

fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn write_synced(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
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
        add_file(root.path(), "one.bin", b"first").unwrap();
        let error = add_file(root.path(), "one.bin", b"other").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let error = add_file(root.path(), "one.bin", b"second, longer").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        add_file(root.path(), "one.bin", b"first").unwrap();
        assert_eq!(std::fs::read(root.path().join("one.bin")).unwrap(), b"first");
        assert_eq!(names(root.path()), ["one.bin"]);
    }

    #[test]
    fn of_many_that_add_one_name_one_wins() {
        let root = tempfile::tempdir().unwrap();
        let outcomes: Vec<bool> = std::thread::scope(|scope| {
            let add = |number: u8| add_file(root.path(), "one.bin", &[number; 1000]).is_ok();
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
            assert_eq!(add_file(root.path(), name, b"first").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(names(root.path()), ["link.bin", "pipe.bin", "target"]);
    }

    #[test]
    fn a_temporary_name_is_short_and_never_meets_another() {
        let names: std::collections::BTreeSet<String> = (0..1000).map(|_| temporary_name()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.len() < 100));
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
