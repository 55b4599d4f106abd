use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use super::*;
use crate::{add_file, write_file};

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A temporary file of this start that nobody holds, as a process leaves it that is killed.
fn left(dir: &Path) -> PathBuf {
    let path = dir.join(random_name());
    open_new(&path).unwrap();
    path
}

/// One of another machine, so long ago.
fn foreign(dir: &Path, digit: char, age: Duration) -> PathBuf {
    let path =
        dir.join(format!("{PREFIX}{}-{}{SUFFIX}", "0".repeat(START_DIGITS), digit.to_string().repeat(RANDOM_DIGITS)));
    let file = open_new(&path).unwrap();
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now - age).unwrap();
    path
}

#[test]
fn a_name_is_random_short_and_known_again() {
    let names: BTreeSet<String> = (0..1000).map(|_| random_name()).collect();
    assert_eq!(names.len(), 1000);
    assert!(names.iter().all(|name| name.len() < 100 && start_of(name) == Some(this_start())));
    for other in ["a.tmp", ".rolling-profiles-.tmp", ".rolling-profiles-0-1.tmp", "orders_2024.bin"] {
        assert_eq!(start_of(other), None, "{other}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_planted_under_a_temporary_name_is_never_written_to() {
    let root = tempfile::tempdir().unwrap();
    let victim = root.path().join("victim");
    std::fs::write(&victim, b"mine").unwrap();
    std::fs::hard_link(&victim, root.path().join("hard")).unwrap();
    std::os::unix::fs::symlink(&victim, root.path().join("soft")).unwrap();
    std::os::unix::fs::symlink(root.path().join("nothing"), root.path().join("dangling")).unwrap();
    let mut planned = ["hard", "soft", "dangling", "free"].into_iter();
    let mut temporary = Temporary::with_names(root.path(), || planned.next().unwrap().to_owned()).unwrap();
    temporary.file().write_all(b"a profile").unwrap();
    assert_eq!(temporary.path(), root.path().join("free"));
    assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
    drop(temporary);
    assert_eq!(names(root.path()), ["dangling", "hard", "soft", "victim"]);
}

#[cfg(unix)]
#[test]
fn what_is_planted_under_the_final_name_is_never_written_to() {
    let root = tempfile::tempdir().unwrap();
    let victim = root.path().join("victim");
    std::fs::write(&victim, b"mine").unwrap();
    for (name, is_hard) in [("hard.bin", true), ("soft.bin", false)] {
        let planted = root.path().join(name);
        let plant = || {
            if is_hard { std::fs::hard_link(&victim, &planted) } else { std::os::unix::fs::symlink(&victim, &planted) }
        };
        plant().unwrap();
        assert_eq!(add_file(root.path(), name, b"a profile", true).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        // To replace a file is to replace its name.
        write_file(root.path(), name, b"a profile").unwrap();
        assert_eq!(std::fs::read(&planted).unwrap(), b"a profile");
        assert!(std::fs::symlink_metadata(&planted).unwrap().is_file());
        assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
    }
    assert_eq!(names(root.path()), ["hard.bin", "soft.bin", "victim"]);
}

#[test]
fn what_a_dead_process_left_is_removed_and_what_is_written_stays() {
    let root = tempfile::tempdir().unwrap();
    let gone = left(root.path());
    let mut live = Temporary::new(root.path()).unwrap();
    live.file().write_all(b"half").unwrap();
    let other = root.path().join("notes.tmp");
    std::fs::write(&other, b"somebody's").unwrap();
    add_file(root.path(), "one.bin", b"first", true).unwrap();
    assert!(!gone.exists());
    assert_eq!(std::fs::read(live.path()).unwrap(), b"half");
    assert!(other.exists());
    // As long as it is written, however old it is.
    live.file.set_modified(live.file.metadata().unwrap().modified().unwrap() - Duration::from_hours(48)).unwrap();
    add_file(root.path(), "two.bin", b"second", true).unwrap();
    assert!(live.path().exists());
}

#[test]
fn what_another_machine_left_is_removed_once_it_is_old() {
    let root = tempfile::tempdir().unwrap();
    let young = foreign(root.path(), '1', Duration::from_mins(59));
    let old = foreign(root.path(), '2', Duration::from_mins(61));
    add_file(root.path(), "one.bin", b"first", true).unwrap();
    assert!(young.exists());
    assert!(!old.exists());
}

#[cfg(unix)]
#[test]
fn what_cannot_be_removed_harms_nothing() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join(random_name())).unwrap();
    std::os::unix::fs::symlink("/dev/null", root.path().join(random_name())).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, root.path().join(random_name()), rustix::fs::Mode::RWXU).unwrap();
    add_file(root.path(), "one.bin", b"first", true).unwrap();
    assert_eq!(names(root.path()).len(), 4);
}

#[test]
fn a_writer_whose_file_was_taken_for_a_left_one_makes_another() {
    let root = tempfile::tempdir().unwrap();
    let mut first = true;
    let dir = root.path().to_path_buf();
    // What somebody holds under a name that comes up is not waited for.
    let held = Temporary::new(root.path()).unwrap();
    let names = || {
        if std::mem::take(&mut first) {
            held.path().file_name().unwrap().to_str().unwrap().to_owned()
        } else {
            random_name()
        }
    };
    let made = Temporary::with_names(&dir, names).unwrap();
    assert_ne!(made.path(), held.path());
}
