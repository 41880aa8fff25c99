//! Changes of several files that are kept together or taken back together.
//!
//! May touch: the files it is given; one that has the wanted content already is not touched, so
//! that nothing is written where nothing changes. Dropped without [`FileChanges::keep`], be it for
//! an error or a signal, it puts everything back as it was, the last change first.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::atomic_file::{self, Existing, directory_of};
use crate::error::Failure;
use sshtpm_ssh::text::printable;

/// Largest file that is remembered, in bytes; drop-ins and public keys have less than 2 KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Permission bits of new files: everyone may know host keys and configuration.
const FILE_MODE: u32 = 0o644;

/// Changes so far, and what was there before.
#[derive(Debug, Default)]
pub(crate) struct FileChanges {
    before: Vec<Before>,
}

/// What was there before a change.
#[derive(Debug)]
enum Before {
    /// This file, or none.
    Content(PathBuf, Option<Content>),
    /// The file of the second name, under the first one.
    Name(PathBuf, PathBuf),
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
        let before = read(path)?;
        if before
            .as_ref()
            .is_some_and(|before| before.bytes == content.as_bytes())
        {
            return Ok(());
        }
        self.before.push(Before::Content(path.to_owned(), before));
        atomic_file::write(path, content.as_bytes(), FILE_MODE, Existing::Replace)
            .map_err(|error| cannot("write", path, error))
    }

    /// Removes `path`, if it is there.
    ///
    /// # Errors
    ///
    /// It cannot be removed, or is no regular file of ordinary size.
    pub(crate) fn remove(&mut self, path: &Path) -> Result<(), Failure> {
        if let Some(before) = read(path)? {
            self.before
                .push(Before::Content(path.to_owned(), Some(before)));
        }
        remove(path).map_err(|error| cannot("remove", path, error))
    }

    /// Renames `from`, if it is there, to `to`, a name that must be free. Does not read its
    /// content.
    ///
    /// # Errors
    ///
    /// There is another file at `to`, or it cannot be renamed.
    pub(crate) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Failure> {
        match rename(from, to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => {
                // Also where it stopped half-way, with both names.
                if result.is_ok() || is_one_file(from, to).unwrap_or(false) {
                    self.before
                        .push(Before::Name(from.to_owned(), to.to_owned()));
                }
                let what = || format!("cannot rename {} to {}", from.display(), to.display());
                result.map_err(|error| Failure::new(what(), error))
            }
        }
    }

    /// Whether nothing was changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty()
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
                "Not every change could be undone; check these files yourself:\n{}",
                problems.join("\n")
            )),
        }
    }

    fn restore(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        while let Some(before) = self.before.pop() {
            let (path, restored) = match before {
                Before::Name(from, to) => {
                    let restored = rename(&to, &from);
                    (from, restored)
                }
                Before::Content(path, None) => {
                    let restored = remove(&path);
                    (path, restored)
                }
                Before::Content(path, Some(Content { bytes, mode })) => {
                    let restored = atomic_file::write(&path, &bytes, mode, Existing::Replace);
                    (path, restored)
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
                "sshtpm: cannot undo the change of {}",
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
        return Err(cannot(
            "use",
            path,
            "it is not a regular file, or it is too large",
        ));
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

/// Never overwrites, unlike rename(2), and works on every file system that sshd's files are on,
/// unlike renameat2(2). A crash in between leaves two names of one file, which is then finished
/// here.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_one_file(from, to)? => {}
        linked => linked?,
    }
    atomic_file::sync_directory(directory_of(to))?;
    fs::remove_file(from)?;
    atomic_file::sync_directory(directory_of(from))
}

fn is_one_file(one: &Path, other: &Path) -> io::Result<bool> {
    let number = |path| fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    Ok(number(one)? == number(other)?)
}

fn cannot(verb: &str, path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot {verb} {}", path.display()), why)
}

#[cfg(test)]
#[path = "file_changes_tests.rs"]
mod tests;
