//! A folder on this machine.
//!
//! A profile appears under its name whole or not at all: it is written to a temporary file in the same folder, synced, renamed, and the folder
//! is synced. Names are unique, so writing one again puts the same bytes in its place. Profiles hold values of the data (frequent items),
//! so files and folders made here are their owner's alone.

use std::fs::{DirBuilder, File, OpenOptions};
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
        done.tell(write_file(&self.dir, &item.file_name, &item.bytes).map_err(|error| {
            EngineError::new(
                ErrorCode::Writer,
                format!("cannot write {} in {}: {error}", item.file_name, self.dir.display()),
            )
        }));
    }
}

/// Tells temporary files of one process apart.
static ATTEMPT: AtomicU64 = AtomicU64::new(0);

/// Makes `bytes` appear as `file_name` in `dir`, whole and durable.
///
/// # Errors
/// What the operating system says; `InvalidInput` when `file_name` is not the name of a file. Nothing is left behind then.
pub fn write_file(dir: &Path, file_name: &str, bytes: &[u8]) -> io::Result<()> {
    if Path::new(file_name).file_name().is_none_or(|name| name != file_name) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the file name is not a plain name"));
    }
    make_dir(dir)?;
    let attempt = ATTEMPT.fetch_add(1, Ordering::Relaxed);
    let temporary = dir.join(format!(".{}-{attempt}.tmp", std::process::id()));
    let written = write_temporary(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, dir.join(file_name)));
    if written.is_err() {
        std::fs::remove_file(&temporary).ok();
    }
    written.and_then(|()| sync_dir(dir))
}

fn write_temporary(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    let mut file = options.open(path)?;
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
