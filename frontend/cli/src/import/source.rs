//! Where a private key comes from: a file, standard input, paper, or this process.
//!
//! May touch: that file, for reading.

use std::fmt::Display;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nix::sys::prctl;
use sshtpm_key_file::KeyFileError;
use sshtpm_key_file::bounds::MAX_FILE_BYTES;
use zeroize::Zeroizing;

use crate::args::ImportArgs;
use crate::error::Failure;
use crate::output::{advise, warn};
use crate::shell_word::shell_word;

/// What stands for standard input.
const STDIN: &str = "-";

/// Permissions that let others read or change a file.
const OTHERS: u32 = 0o077;

/// Keeps this process, which is about to have a private key in its memory, out of core dumps and
/// away from other programs of the user.
pub(crate) fn hide_from_others() {
    // The kernel does not refuse that.
    let _ = prctl::set_dumpable(false);
}

/// Where a key comes from.
#[derive(Debug)]
pub(crate) struct Source {
    place: Place,
    /// What the file was when it was read; its name can lead to another one later.
    read: OnceLock<Metadata>,
}

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    StandardInput,
    /// Lines that a person types.
    Paper,
    /// Nowhere: this process makes the key.
    Here,
}

impl Source {
    fn at(place: Place) -> Self {
        Self {
            place,
            read: OnceLock::new(),
        }
    }

    /// What the command line names.
    ///
    /// # Errors
    ///
    /// The file and something else are to come from standard input.
    pub(super) fn of(args: &ImportArgs) -> Result<Self, Failure> {
        let place = match &args.file {
            None => Place::Paper,
            Some(file) if file.as_os_str() == STDIN => Place::StandardInput,
            Some(file) => Place::File(file.clone()),
        };
        let is_stdin = !matches!(place, Place::File(_));
        if is_stdin && (args.passphrase_stdin || args.pin.pin_stdin) {
            return Err(Failure::Usage(
                "the key comes from standard input, so neither --passphrase-stdin nor --pin-stdin \
                 can be used"
                    .to_owned(),
            ));
        }
        Ok(Self::at(place))
    }

    /// The file at `path`.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self::at(Place::File(path))
    }

    /// This process, which makes the key.
    pub(crate) fn made() -> Self {
        Self::at(Place::Here)
    }

    /// Whether a person has it on paper, and no file has.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self.place, Place::Paper)
    }

    /// The file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::StandardInput | Place::Paper | Place::Here => None,
        }
    }

    /// What the file was when it was read, if it is one and was read.
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        self.read.get()
    }

    /// What it is called in sentences.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::File(path) => path.display().to_string(),
            Place::StandardInput => "the key on standard input".to_owned(),
            Place::Paper => "the key on paper".to_owned(),
            Place::Here => "the new key".to_owned(),
        }
    }

    /// What a failure says first.
    pub(crate) fn cannot(&self) -> String {
        format!("cannot import {}", self.name())
    }

    /// Its bytes, at most one more than a key file has.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(crate) async fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let path = self.path().map(Path::to_owned);
        // On a thread of its own, so that a signal is heard while nothing comes.
        let read = tokio::task::spawn_blocking(move || match path {
            Some(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                Ok((bounded(file)?, Some(metadata)))
            }
            None => Ok((bounded(io::stdin().lock())?, None)),
        });
        let read = read.await.map_err(io::Error::other).flatten();
        let (bytes, metadata) = read.map_err(|error| self.failed(error))?;
        if let Some(metadata) = metadata {
            self.read.get_or_init(|| metadata);
        }
        Ok(bytes)
    }

    /// Warns if other users can read the file that was read, as ssh does, which then refuses to use
    /// it.
    pub(crate) fn warn_of_readers(&self) {
        let (Some(path), Some(found)) = (self.path(), self.metadata()) else {
            return;
        };
        let mode = found.permissions().mode() & 0o7777;
        if found.uid() == nix::unistd::geteuid().as_raw() && mode & OTHERS != 0 {
            warn(&format!(
                "other users may have read {}: its permissions are {mode:04o}",
                path.display()
            ));
            advise(
                "If others can log in to this machine, make a new key with `sshtpm keygen` \
                 instead: the TPM cannot take back what was copied.",
            );
        }
    }

    /// The failure to read what is in it.
    pub(crate) fn refused(&self, error: &KeyFileError) -> Failure {
        let failure = self.failed(error);
        let word = self.path().map(shell_word);
        match error.next(word.as_deref().unwrap_or("FILE")) {
            Some(next) => failure.and_next(next),
            None => failure,
        }
    }

    fn failed(&self, why: impl Display) -> Failure {
        Failure::new(self.cannot(), why)
    }
}

/// Reads into memory that does not grow, so that no copy is left behind.
fn bounded(mut input: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; MAX_FILE_BYTES + 1]);
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{MAX_FILE_BYTES, bounded};

    #[test]
    fn an_endless_file_is_read_up_to_the_bound() {
        let read = bounded(std::io::repeat(b'x')).unwrap();
        assert_eq!(read.len(), MAX_FILE_BYTES + 1);
        assert_eq!(bounded(&b"key"[..]).unwrap().as_slice(), b"key");
    }
}
