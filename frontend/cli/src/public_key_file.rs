//! The file that tells ssh which key of the agent to use: `~/.ssh/id_sshtpm_<family>.pub`.
//!
//! May touch: that file, and `~/.ssh`, which it creates. Must never replace a file unless told to.
//!
//! Source: ssh(1), `-i`: "You can also specify a public key file to use the corresponding private
//! key that is loaded in ssh-agent".

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::atomic_file::{self, Existing, directory_of};
use super::error::Failure;
use super::prompt;
use sshtpm_ssh::text::printable;

/// Permission bits of a public key file, as ssh-keygen has them.
const FILE_MODE: u32 = 0o644;

/// Permission bits of `~/.ssh`, as ssh-keygen has them.
const DIRECTORY_MODE: u32 = 0o700;

/// Largest file that is looked into for a key, in bytes: an RSA-4096 line has about 800.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Most directory entries that are looked at.
const MAX_ENTRIES: usize = 4096;

/// Whether a file that is there may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwriting {
    /// Yes.
    Allowed,
    /// If the person at the terminal says so.
    Ask,
    /// No.
    Refused,
}

impl Overwriting {
    /// As `--force` and the terminal have it.
    pub(crate) fn new(force: bool) -> Self {
        match force {
            true => Self::Allowed,
            false if prompt::can_ask() => Self::Ask,
            false => Self::Refused,
        }
    }
}

/// A place that was found fit to take a public key.
#[derive(Debug)]
pub(crate) struct PublicKeyFile {
    path: PathBuf,
    existing: Existing,
}

impl PublicKeyFile {
    /// The file that `-f` names; `.pub` is appended if missing, because a
    /// name without it suggests a private key.
    pub(crate) fn named(file: PathBuf) -> PathBuf {
        if file.extension().is_some_and(|extension| extension == "pub") {
            return file;
        }
        let mut name = OsString::from(file);
        name.push(".pub");
        PathBuf::from(name)
    }

    /// The file in `home` for a key of `family`; creates `~/.ssh`.
    ///
    /// # Errors
    ///
    /// The directory cannot be created.
    pub(crate) fn in_home(home: &Path, family: &str) -> Result<PathBuf, Failure> {
        let directory = home.join(".ssh");
        match DirBuilder::new().mode(DIRECTORY_MODE).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(cannot("create", &directory, error).and_next("Name another file with -f FILE."))
            }
            _ => Ok(directory.join(format!("id_sshtpm_{family}.pub"))),
        }
    }

    /// Looks whether `path` can take a key; before the key is generated, as it is a pity to find
    /// out afterwards.
    ///
    /// # Errors
    ///
    /// A file is there and is not to be replaced; the directory cannot be written to.
    pub(crate) async fn prepare(path: PathBuf, overwriting: Overwriting) -> Result<Self, Failure> {
        let directory = directory_of(&path);
        access(directory, AccessFlags::W_OK | AccessFlags::X_OK)
            .map_err(|errno| cannot("write to", directory, errno.into()))?;
        let existing = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Existing::Keep,
            Err(error) => return Err(cannot("look at", &path, error)),
            Ok(metadata) if metadata.is_dir() => {
                return Err(cannot("write", &path, io::ErrorKind::IsADirectory.into()));
            }
            Ok(_) => may_replace(&path, overwriting).await?,
        };
        Ok(Self { path, existing })
    }

    /// Where the key goes.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `line` and a line feed.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or appeared since it was looked for.
    pub(crate) fn write(&self, line: &str) -> io::Result<()> {
        let content = format!("{line}\n");
        atomic_file::write(&self.path, content.as_bytes(), FILE_MODE, self.existing)
    }
}

/// The files `PREFIX*.pub` in `directory` that hold `public_key` (key type and base64 blob). What
/// cannot be read is left out: this only serves to remind the user of them.
pub(crate) fn files_with_key(directory: &Path, prefix: &str, public_key: &str) -> Vec<PathBuf> {
    files_where(directory, prefix, |path| holds(path, public_key))
}

/// The files `PREFIX*.pub` in `directory` that are `wanted`, in the order of their names.
pub(crate) fn files_where(
    directory: &Path,
    prefix: &str,
    wanted: impl Fn(&Path) -> bool,
) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .take(MAX_ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_candidate(path, prefix) && wanted(path))
        .collect();
    files.sort();
    files
}

/// Whether the regular file at `path` holds `public_key` (key type and base64 blob), with any
/// comment. A file that cannot be read does not.
pub(crate) fn holds(path: &Path, public_key: &str) -> bool {
    let mut text = String::new();
    let read = path.is_file()
        && fs::File::open(path)
            .and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text))
            .is_ok();
    read && text.lines().any(|line| same_key(line, public_key))
}

/// The key (type and base64 blob) in the regular file at `path`, if that holds one key with any
/// comment, and nothing else.
pub(crate) fn only_key_in(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = path.is_file().then(|| fs::File::open(path))?.ok()?;
    let mut file = file.take(MAX_FILE_BYTES);
    file.read_to_string(&mut text).ok()?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (line, more) = (lines.next()?, lines.next());
    let key = ssh_key::PublicKey::from_openssh(line).ok()?;
    let words: Vec<&str> = line.split_whitespace().take(2).collect();
    (more.is_none() && !key.key_data().is_other()).then(|| words.join(" "))
}

async fn may_replace(path: &Path, overwriting: Overwriting) -> Result<Existing, Failure> {
    let name = printable(&path.display().to_string());
    let question = format!("{name} already exists.\nOverwrite");
    match overwriting {
        Overwriting::Allowed => Ok(Existing::Replace),
        Overwriting::Ask if prompt::confirm(&question).await? => Ok(Existing::Replace),
        Overwriting::Ask => Err(Failure::Declined),
        Overwriting::Refused => Err(cannot("write", path, io::ErrorKind::AlreadyExists.into())
            .and_next("Choose another file with -f FILE, or replace it with --force.")),
    }
}

fn is_candidate(path: &Path, prefix: &str) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    name.starts_with(prefix) && name.ends_with(".pub")
}

fn same_key(line: &str, public_key: &str) -> bool {
    line.split_whitespace()
        .take(2)
        .eq(public_key.split_whitespace())
}

fn cannot(verb: &str, path: &Path, error: io::Error) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::AlreadyExists => "it already exists".to_owned(),
        _ => error.to_string(),
    };
    Failure::new(format!("cannot {verb} {}", path.display()), why)
}

#[cfg(test)]
#[path = "public_key_file_tests.rs"]
mod tests;
