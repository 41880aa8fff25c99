//! The part of GNOME's keyring that serves ssh, before release 46: turned off, and on again.
//!
//! May touch: one file in `~/.config/autostart`, which is the user's only if setup made it.
//!
//! Source: Desktop Application Autostart Specification, `Hidden`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::person;
use crate::setup::user_file::UserFile;

/// The file, below the home directory.
const FILE: &str = ".config/autostart/gnome-keyring-ssh.desktop";

/// What setup writes to it.
const CONTENT: &str = "\
# Turned off by `sshtpm setup`.
[Desktop Entry]
Type=Application
Name=SSH Key Agent
Exec=/bin/true
Hidden=true
";

/// The file in a home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Keyring(PathBuf);

impl Keyring {
    /// The file with which it can be turned off, unless the user has one there.
    pub(super) fn to_turn_off() -> Option<Self> {
        let file = person::home_directory().ok()?.join(FILE);
        let is_free = file.symlink_metadata().is_err();
        is_free.then_some(Self(file))
    }

    /// The file by which setup turned it off in `home`, if it did and the file is as it was.
    pub(in crate::setup) fn turned_off(home: &Path) -> Option<Self> {
        let file = home.join(FILE);
        let content = fs::read(&file).ok()?;
        (content == CONTENT.as_bytes()).then_some(Self(file))
    }

    /// The file.
    pub(in crate::setup) fn file(&self) -> &Path {
        &self.0
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn turn_off(&self) -> Result<(), Failure> {
        UserFile::look(&self.0)?.append(CONTENT)?.keep();
        Ok(())
    }

    /// Removes the file.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub(in crate::setup) fn turn_on(&self) -> Result<(), Failure> {
        UserFile::look(&self.0)?.remove()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FILE, Keyring};

    #[test]
    fn the_file_is_taken_away_only_as_setup_wrote_it() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Keyring::turned_off(home.path()), None);
        let file = home.path().join(FILE);
        Keyring(file.clone()).turn_off().unwrap();
        let keyring = Keyring::turned_off(home.path()).unwrap();
        keyring.turn_on().unwrap();
        assert!(!file.exists());
        fs::write(&file, "[Desktop Entry]\nHidden=true\n").unwrap();
        assert_eq!(Keyring::turned_off(home.path()), None);
    }
}
