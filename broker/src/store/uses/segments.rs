//! The last uses of each user's keys, in two files: the current one and the previous one.
//!
//! When the current file is full it replaces the previous one. So the last [`SEGMENT_BYTES`] bytes
//! are always there, and never more than twice as many.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix::fcntl::OFlag;

use super::line;
use crate::store::directory;
use crate::store::unnamed::{self, PRIVATE_FILE};
use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::uses::Noted;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Most bytes in one file: some 1,000 uses of 250 bytes.
const SEGMENT_BYTES: u64 = 256 * 1024;

/// Where uses are written down.
#[derive(Debug)]
pub(super) struct Segments {
    directory: PathBuf,
    /// Held while one file takes the place of the other, and while both are opened.
    turning: Mutex<()>,
}

impl Segments {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            turning: Mutex::default(),
        }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Adds `uses`, all of keys of one user, to what is known of that user. What fails half-way is
    /// taken back.
    ///
    /// # Errors
    ///
    /// The disk is full or fails, or other users can write to the directory.
    pub(super) fn append(&self, uses: &[Noted]) -> io::Result<()> {
        let Some(first) = uses.first() else {
            return Ok(());
        };
        let uid = first.used.owner.uid();
        let mut rest = &*uses
            .iter()
            .map(line::encode)
            .collect::<Result<Vec<_>, _>>()?;
        directory::ensure(&self.directory)?;
        while !rest.is_empty() {
            rest = self.append_some(uid, rest)?;
        }
        Ok(())
    }

    /// Adds as many of `lines` as fit into the current file, and at least one. The others.
    fn append_some<'a>(&self, uid: Uid, lines: &'a [String]) -> io::Result<&'a [String]> {
        let mut file = self.open_to_append(uid)?;
        let mut length = file.metadata()?.len();
        let mut fitting = how_many_fit(length, lines);
        if fitting == 0 && length > 0 {
            self.turn(uid)?;
            file = self.open_to_append(uid)?;
            length = file.metadata()?.len();
            fitting = how_many_fit(length, lines);
        }
        let (now, later) = lines.split_at(fitting.max(1).min(lines.len()));
        let written = end_line(&mut file, length);
        let written = written.and_then(|()| file.write_all(now.concat().as_bytes()));
        written.inspect_err(|_| {
            // A line that stays incomplete is skipped by the reader.
            drop(file.set_len(length));
        })?;
        Ok(later)
    }

    /// The last uses of `owner`'s keys, or of one of them, the oldest first; `at_most` as many.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub(super) fn last(
        &self,
        owner: &Owner,
        key: Option<Fingerprint>,
        at_most: usize,
    ) -> io::Result<Vec<Noted>> {
        let mut last = VecDeque::new();
        for file in self.open_all(owner.uid())? {
            let mut lines = BufReader::new(file.take(SEGMENT_BYTES)).split(b'\n');
            while let Some(line) = lines.next().transpose()? {
                let noted = line::decode(owner.uid(), &line).filter(|noted| {
                    noted.used.owner == *owner && key.is_none_or(|key| noted.used.key == key)
                });
                last.extend(noted);
                if last.len() > at_most {
                    last.pop_front();
                }
            }
        }
        Ok(last.into())
    }

    /// Deletes the uses of `owner`'s keys. Those of other users who had the uid stay. Only the
    /// thread that writes may call this.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub(super) fn forget(&self, owner: &Owner) -> io::Result<()> {
        let _turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        for path in [self.old(owner.uid()), self.current(owner.uid())] {
            match options().open(&path) {
                Ok(file) => self.put_without(owner, regular(file)?, &path)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Puts what `file` has of others at `path`, which is its own.
    fn put_without(&self, owner: &Owner, file: File, path: &Path) -> io::Result<()> {
        let lines = BufReader::new(file.take(SEGMENT_BYTES)).split(b'\n');
        let mut others = Vec::new();
        for line in lines {
            let line = line?;
            let noted = line::decode(owner.uid(), &line);
            if noted.is_some_and(|noted| noted.used.owner != *owner) {
                others.extend_from_slice(&line);
                others.push(b'\n');
            }
        }
        if others.is_empty() {
            return fs::remove_file(path);
        }
        unnamed::write(&self.directory, &others)?.persist(path)?;
        Ok(())
    }

    fn current(&self, uid: Uid) -> PathBuf {
        self.directory.join(format!("{}.jsonl", uid.0))
    }

    fn old(&self, uid: Uid) -> PathBuf {
        self.directory.join(format!("{}.old.jsonl", uid.0))
    }

    fn turn(&self, uid: Uid) -> io::Result<()> {
        let _turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        fs::rename(self.current(uid), self.old(uid))
    }

    fn open_to_append(&self, uid: Uid) -> io::Result<File> {
        let mut options = options();
        options.append(true).create(true).mode(PRIVATE_FILE);
        regular(options.open(self.current(uid))?)
    }

    /// Those that are there, the older one first.
    fn open_all(&self, uid: Uid) -> io::Result<Vec<File>> {
        let _turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = Vec::new();
        for path in [self.old(uid), self.current(uid)] {
            match options().open(path) {
                Ok(file) => files.push(regular(file)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(files)
    }
}

/// How many of `lines` a file of `length` bytes has room for.
fn how_many_fit(length: u64, lines: &[String]) -> usize {
    let ends = lines.iter().scan(length, |end, line| {
        *end = end.saturating_add(line.len() as u64);
        Some(*end)
    });
    ends.take_while(|end| *end <= SEGMENT_BYTES).count()
}

/// Neither follows a link nor waits for the other end of a pipe.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    options.read(true).custom_flags(flags.bits());
    options
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// Ends what a crash left incomplete, so that it spoils no other line.
fn end_line(file: &mut File, length: u64) -> io::Result<()> {
    let Some(last) = length.checked_sub(1) else {
        return Ok(());
    };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    if byte == *b"\n" {
        return Ok(());
    }
    file.write_all(b"\n")
}
