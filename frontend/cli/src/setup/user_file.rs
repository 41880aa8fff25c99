//! A file of the user's that gets lines at its end, or loses lines that setup added.
//!
//! May touch: that file, by way of [`atomic_file`], and directories that it needs. What is there
//! stays byte for byte, with its permission bits; of a symbolic link the file that it leads to is
//! changed. Dropped without [`Written::keep`], be it for an error or a signal, everything is as it
//! was.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::atomic_file::{self, Existing, directory_of};
use crate::error::Failure;
use sshtpm_ssh::text::printable;

/// Permission bits of a new file: for the owner alone.
const FILE_MODE: u32 = 0o600;

/// Permission bits of a new directory, as ssh-keygen has them for `~/.ssh`.
const DIRECTORY_MODE: u32 = 0o700;

/// Largest file that is added to, in bytes; configurations by hand have some KiB.
pub(crate) const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A file, or where one could be.
#[derive(Debug)]
pub(crate) struct UserFile {
    /// Where it really is.
    path: PathBuf,
    before: Option<Before>,
}

/// What was there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Before {
    bytes: Vec<u8>,
    mode: u32,
}

impl UserFile {
    /// Reads the file at `path`, which need not be there.
    ///
    /// # Errors
    ///
    /// It is no regular file of ordinary size, has hard links, cannot be read, or is not to be
    /// written to.
    pub(crate) fn look(path: &Path) -> Result<Self, Failure> {
        let real = match path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self {
                    path: path.to_owned(),
                    before: None,
                });
            }
            _ => path.canonicalize(),
        };
        let real = real.map_err(|error| cannot("read", path, error))?;
        let before = read(&real).map_err(|error| cannot("read", path, error))?;
        access(&real, AccessFlags::W_OK)
            .and_then(|()| access(directory_of(&real), AccessFlags::W_OK))
            .map_err(|errno| cannot("write to", path, errno.into()))?;
        if real.metadata().is_ok_and(|metadata| metadata.nlink() > 1) {
            let why =
                io::Error::other("it has several hard links, and only this name would change");
            return Err(cannot("write to", path, why));
        }
        Ok(Self {
            path: real,
            before: Some(before),
        })
    }

    /// Where it really is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is there.
    pub(crate) fn exists(&self) -> bool {
        self.before.is_some()
    }

    /// What is in it; nothing where it is not there.
    pub(crate) fn content(&self) -> &[u8] {
        self.before.as_ref().map_or(&[], |before| &before.bytes)
    }

    /// Adds `lines` below what is there, with an empty line between.
    ///
    /// # Errors
    ///
    /// It cannot be written, or was changed since it was read.
    pub(crate) fn append(self, lines: &str) -> Result<Written, Failure> {
        let directory = directory_of(&self.path);
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(directory)
            .map_err(|error| cannot("create", directory, error))?;
        let content = [self.content(), separator(self.content()), lines.as_bytes()].concat();
        self.rewrite(content)
    }

    /// Replaces what is there by `content`.
    ///
    /// # Errors
    ///
    /// It cannot be written, or was changed since it was read.
    pub(crate) fn rewrite(self, content: Vec<u8>) -> Result<Written, Failure> {
        self.is_unchanged()?;
        let (mode, existing) = match &self.before {
            None => (FILE_MODE, Existing::Keep),
            Some(before) => (before.mode, Existing::Replace),
        };
        atomic_file::write(&self.path, &content, mode, existing)
            .map_err(|error| cannot("write to", &self.path, error))?;
        Ok(Written {
            undo: Some(self),
            content,
        })
    }

    /// Removes it.
    ///
    /// # Errors
    ///
    /// It cannot be removed, or was changed since it was read.
    pub(crate) fn remove(self) -> Result<(), Failure> {
        self.is_unchanged()?;
        fs::remove_file(&self.path).map_err(|error| cannot("remove", &self.path, error))
    }

    fn is_unchanged(&self) -> Result<(), Failure> {
        let Some(before) = &self.before else {
            return Ok(());
        };
        let now = read(&self.path).map_err(|error| cannot("read", &self.path, error))?;
        match now == *before {
            true => Ok(()),
            false => {
                let why = io::Error::other("another program is changing it");
                Err(cannot("write to", &self.path, why).and_next("Run it again."))
            }
        }
    }
}

/// A change that is taken back, unless it is kept.
#[derive(Debug)]
pub(crate) struct Written {
    undo: Option<UserFile>,
    content: Vec<u8>,
}

impl Written {
    /// Leaves the file as it is now.
    pub(crate) fn keep(mut self) {
        self.undo = None;
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let Some(file) = self.undo.take() else {
            return;
        };
        let as_written = read(&file.path).is_ok_and(|now| now.bytes == self.content);
        let undone = match &file.before {
            // Another program has changed the file since: leave its change.
            _ if !as_written => return,
            None => fs::remove_file(&file.path),
            Some(before) => {
                atomic_file::write(&file.path, &before.bytes, before.mode, Existing::Replace)
            }
        };
        if let Err(error) = undone {
            let path = printable(&file.path.display().to_string());
            let _ = writeln!(
                io::stderr(),
                "sshtpm: cannot put {path} back as it was: {error}"
            );
        }
    }
}

fn read(path: &Path) -> io::Result<Before> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE_BYTES) {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(Before {
        bytes,
        mode: metadata.permissions().mode() & 0o7777,
    })
}

/// What makes the lines begin on a line of their own.
fn separator(content: &[u8]) -> &'static [u8] {
    match content {
        [] => b"",
        [.., b'\n'] => b"\n",
        _ => b"\n\n",
    }
}

fn cannot(verb: &str, path: &Path, error: io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}", path.display()), error)
}

#[cfg(test)]
#[path = "user_file_tests.rs"]
mod tests;
