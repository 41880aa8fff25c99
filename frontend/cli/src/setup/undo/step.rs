//! One thing to take back: how it is shown, and done.

use std::path::Path;

use super::edit::Edit;

use crate::error::Failure;
use crate::setup::git::settings;
use crate::setup::in_the_way::{Keyring, turn_on};
use crate::setup::record::{GitSetting, Off, Record, UnitOff};
use crate::shell_word::shell_word;

/// One thing to take back.
#[derive(Debug)]
pub(super) enum Step {
    /// A file loses lines, or gets some back.
    File(Edit),
    /// A setting of git's is as it was.
    Setting(GitSetting),
    /// GNOME's keyring serves ssh again.
    Keyring(Keyring),
    /// A unit is turned on.
    Unit(UnitOff),
}

impl Step {
    /// What it does, as a part of a list.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::File(edit) => edit.shown(),
            Self::Setting(setting) => settings::command(&setting.name, setting.before.as_deref()),
            Self::Keyring(keyring) => format!("rm {}", shell_word(keyring.file())),
            Self::Unit(unit) => {
                let name = shell_word(unit.unit.as_str());
                match unit.how {
                    Off::Masked => {
                        format!("systemctl --user unmask {name}; systemctl --user start {name}")
                    }
                    Off::Disabled => format!("systemctl --user enable --now {name}"),
                }
            }
        }
    }

    /// Whether sessions have a variable by it.
    pub(super) fn is_of_session(&self) -> bool {
        matches!(self, Self::File(edit) if edit.is_of_session())
    }

    /// Whether it turns a unit on.
    pub(super) fn is_unit(&self) -> bool {
        matches!(self, Self::Unit(_))
    }

    /// Does it.
    ///
    /// # Errors
    ///
    /// It cannot be done.
    pub(super) async fn take(self, home: &Path) -> Result<(), Failure> {
        match self {
            Self::File(edit) => {
                edit.make()?;
                match edit.noted() {
                    Some(noted) => forget(home, |record| {
                        record.signers.retain(|one| one != noted);
                    }),
                    None => Ok(()),
                }
            }
            Self::Setting(setting) => {
                settings::write(&setting.name, setting.before.as_deref())?;
                forget(home, |record| record.git.retain(|one| *one != setting))
            }
            Self::Keyring(keyring) => keyring.turn_on(),
            Self::Unit(unit) => {
                turn_on(&unit).await?;
                forget(home, |record| record.units.retain(|one| *one != unit))
            }
        }
    }
}

fn forget(home: &Path, change: impl FnOnce(&mut Record)) -> Result<(), Failure> {
    let mut record = Record::read(home)?;
    change(&mut record);
    record.write(home)
}
