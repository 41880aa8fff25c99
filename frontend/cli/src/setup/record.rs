//! What setup changed where no mark fits, so that `sshtpm setup --undo` knows it: settings of git,
//! lines of allowed signers, and units that were turned off.
//!
//! An entry is written before the change that it is about, so that one that is cut short is known,
//! too. Undo looks at what there is and does not trust the entry.
//!
//! May touch: `sshtpm/setup.toml` in `$XDG_STATE_HOME`. Source: XDG Base Directory Specification.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::unit_name::UnitName;
use crate::atomic_file::{self, Existing, directory_of};
use crate::error::Failure;

/// Largest file that is read, in bytes; one of a user has some hundred.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Most entries of each kind; git has six settings here, and a machine has a few agents.
const MAX_ENTRIES: usize = 64;

/// Permission bits: for the owner alone.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// What stands above the entries.
const HEADING: &str = "# Written by `sshtpm setup`, for `sshtpm setup --undo`.\n";

/// All entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Record {
    pub(super) git: Vec<GitSetting>,
    pub(super) signers: Vec<SignersLine>,
    pub(super) units: Vec<UnitOff>,
}

/// A setting of git's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GitSetting {
    /// Its name.
    pub(super) name: String,
    /// What setup made of it.
    pub(super) value: String,
    /// What it was in the user's file; nothing if it was not set there.
    pub(super) before: Option<String>,
}

/// A line of a file of allowed signers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignersLine {
    /// The file.
    pub(super) file: PathBuf,
    /// The line.
    pub(super) line: String,
}

/// A unit of the user's systemd that was turned off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitOff {
    /// The unit.
    pub(super) unit: UnitName,
    /// How.
    pub(super) how: Off,
}

/// How a unit was turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Off {
    /// `systemctl --user mask`
    Masked,
    /// `systemctl --user disable`
    Disabled,
}

impl Record {
    /// Reads the file of the user whose home this is; nothing is in one that is not there.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not as setup writes it.
    pub(super) fn read(home: &Path) -> Result<Self, Failure> {
        let path = path(home);
        let what = format!("cannot read {}", path.display());
        let text = match content(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::new(what, error)),
        };
        let next =
            "Move that file away, and run the command again. What it records stays as it is.";
        let record: Self = toml::from_str(&text).map_err(|error| {
            Failure::new(&what, format!("it is not as setup writes it: {error}")).and_next(next)
        })?;
        match record.is_bounded() {
            true => Ok(record),
            false => Err(Failure::new(what, "it has too many entries").and_next(next)),
        }
    }

    /// Writes it; nothing to write is no file.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn write(&self, home: &Path) -> Result<(), Failure> {
        let path = path(home);
        self.write_to(&path)
            .map_err(|error| Failure::new(format!("cannot write {}", path.display()), error))
    }

    fn write_to(&self, path: &Path) -> io::Result<()> {
        if *self == Self::default() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        if !self.is_bounded() {
            return Err(io::Error::other("it would have too many entries"));
        }
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let mut directory = DirBuilder::new();
        directory.recursive(true).mode(DIRECTORY_MODE);
        directory.create(directory_of(path))?;
        let content = format!("{HEADING}{text}");
        atomic_file::write(path, content.as_bytes(), FILE_MODE, Existing::Replace)
    }

    /// Notes a setting of git's. One that setup made before, and that the user left so, keeps what
    /// it was before the first time.
    pub(super) fn note_setting(&mut self, mut setting: GitSetting) {
        if let Some(index) = self.git.iter().position(|one| one.name == setting.name) {
            let earlier = self.git.remove(index);
            if setting.before.as_ref() == Some(&earlier.value) {
                setting.before = earlier.before;
            }
        }
        self.git.push(setting);
    }

    /// Notes a line.
    pub(super) fn note_signers(&mut self, line: SignersLine) {
        self.signers.retain(|one| *one != line);
        self.signers.push(line);
    }

    /// Notes a unit.
    pub(super) fn note_unit(&mut self, unit: UnitOff) {
        self.units.retain(|one| one.unit != unit.unit);
        self.units.push(unit);
    }

    fn is_bounded(&self) -> bool {
        let lengths = [self.git.len(), self.signers.len(), self.units.len()];
        lengths.iter().all(|length| *length <= MAX_ENTRIES)
    }
}

fn content(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= MAX_FILE_BYTES => Ok(text),
        _ => Err(ErrorKind::FileTooLarge.into()),
    }
}

/// Where the file is.
pub(super) fn path(home: &Path) -> PathBuf {
    let named = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = named.filter(|path| path.is_absolute());
    let state = state.unwrap_or_else(|| home.join(".local").join("state"));
    state.join("sshtpm").join("setup.toml")
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
