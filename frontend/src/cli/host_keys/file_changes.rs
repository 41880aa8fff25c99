//! Changes of several files that are kept together or taken back together.
//!
//! May touch: the files it is given. Dropped without [`FileChanges::keep`], be it for an error or a
//! signal, it puts everything back as it was.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::cli::atomic_file::{self, Existing, directory_of};
use crate::cli::error::Failure;
use crate::cli::printable::printable;

/// Largest file that is remembered, in bytes; drop-ins and public keys have less than 2 KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Permission bits of new files: everyone may know host keys and configuration.
const FILE_MODE: u32 = 0o644;

/// Changes so far, and what was there before.
#[derive(Debug, Default)]
pub(crate) struct FileChanges {
    before: Vec<(PathBuf, Option<Content>)>,
}

/// A regular file: its bytes and permission bits.
#[derive(Debug)]
pub(crate) struct Content {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    mode: u32,
}

impl FileChanges {
    /// Gives `path` this content.
    ///
    /// # Errors
    ///
    /// It cannot be written, or is no regular file of ordinary size.
    pub(crate) fn write(&mut self, path: &Path, content: &str) -> Result<(), Failure> {
        self.remember(path)?;
        atomic_file::write(path, content.as_bytes(), FILE_MODE, Existing::Replace)
            .map_err(|error| cannot("write", path, error))
    }

    /// Removes `path`, if it is there.
    ///
    /// # Errors
    ///
    /// It cannot be removed, or is no regular file of ordinary size.
    pub(crate) fn remove(&mut self, path: &Path) -> Result<(), Failure> {
        self.remember(path)?;
        remove(path).map_err(|error| cannot("remove", path, error))
    }

    /// Keeps the changes.
    pub(crate) fn keep(mut self) {
        self.before.clear();
    }

    /// Takes the changes back because of `failure`, which then also tells whether that worked.
    pub(crate) fn take_back(mut self, failure: Failure) -> Failure {
        match self.restore() {
            problems if problems.is_empty() => failure,
            problems => failure.and_next(format!(
                "Not everything could be taken back; look after it yourself:\n{}",
                problems.join("\n")
            )),
        }
    }

    fn remember(&mut self, path: &Path) -> Result<(), Failure> {
        let content = read(path)?;
        self.before.push((path.to_owned(), content));
        Ok(())
    }

    fn restore(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        while let Some((path, content)) = self.before.pop() {
            let restored = match content {
                None => remove(&path),
                Some(Content { bytes, mode }) => {
                    atomic_file::write(&path, &bytes, mode, Existing::Replace)
                }
            };
            if let Err(error) = restored {
                problems.push(format!("{}: {error}", path.display()));
            }
        }
        problems
    }
}

impl Drop for FileChanges {
    fn drop(&mut self) {
        for problem in self.restore() {
            let _ = writeln!(
                io::stderr(),
                "sshtpm: cannot take back {}",
                printable(&problem)
            );
        }
    }
}

/// The file at `path`; `None` if there is none.
///
/// # Errors
///
/// It cannot be read, or is no regular file of ordinary size.
pub(crate) fn read(path: &Path) -> Result<Option<Content>, Failure> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|error| cannot("read", path, error))?,
    };
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return Err(cannot("use", path, "it is no regular file, or too large"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|error| cannot("read", path, error))?;
    let mode = metadata.permissions().mode() & 0o7777;
    Ok(Some(Content { bytes, mode }))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => atomic_file::sync_directory(directory_of(path)),
    }
}

fn cannot(verb: &str, path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot {verb} {}", path.display()), why)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{Failure, FileChanges};

    #[test]
    fn dropped_changes_leave_everything_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("changed"), "before").unwrap();
        fs::set_permissions(path("changed"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(path("removed"), "here").unwrap();
        let mut changes = FileChanges::default();
        changes.write(&path("changed"), "once").unwrap();
        changes.write(&path("changed"), "twice").unwrap();
        changes.remove(&path("removed")).unwrap();
        changes.write(&path("new"), "new").unwrap();
        assert!(path("new").exists() && !path("removed").exists());
        drop(changes);
        assert_eq!(fs::read(path("changed")).unwrap(), b"before");
        assert_eq!(
            fs::metadata(path("changed")).unwrap().permissions().mode() & 0o7777,
            0o600
        );
        assert_eq!(fs::read(path("removed")).unwrap(), b"here");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn kept_changes_stay() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut changes = FileChanges::default();
        changes.write(&path, "new").unwrap();
        changes.keep();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o644
        );
    }

    #[test]
    fn what_is_no_regular_file_is_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        let mut changes = FileChanges::default();
        assert!(changes.write(&link, "x").is_err());
        assert!(changes.remove(&link).is_err());
        drop(changes);
        assert!(link.is_symlink());
    }

    #[test]
    fn what_cannot_be_taken_back_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sub/file");
        fs::create_dir(directory.path().join("sub")).unwrap();
        fs::write(&path, "before").unwrap();
        let mut changes = FileChanges::default();
        changes.write(&path, "after").unwrap();
        fs::remove_dir_all(directory.path().join("sub")).unwrap();
        let text = changes.take_back(Failure::new("it", "failed")).to_string();
        assert!(
            text.contains("Not everything could be taken back"),
            "{text}"
        );
        assert!(text.contains("sub/file"), "{text}");
    }
}
