//! How setup turns off what is in the way, for a person who agrees.

use std::path::Path;

use super::keyring::Keyring;
use super::line_off::LineOff;
use super::unit_off;
use crate::error::Failure;
use crate::probe::ssh_agent::VARIABLE;
use crate::probe::user_manager::{Setter, systemctl};
use crate::setup::record::{Off, UnitOff};
use crate::shell_word::shell_word;

/// What is said of every one.
const BACK: &str = "`sshtpm setup --undo` turns it on again.";

/// What setup would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Remedy {
    /// Turn a unit off.
    Unit(UnitOff),
    /// Turn GNOME's keyring off.
    Keyring(Keyring),
    /// Turn a line off.
    Line(LineOff),
}

impl Remedy {
    /// Turns off this unit, if it has a name for that.
    pub(super) fn unit(setter: &Setter) -> Option<Self> {
        let unit = setter.unit.clone().try_into().ok()?;
        let how = match unit_off::is_of_the_system(setter) {
            true => Off::Masked,
            false => Off::Disabled,
        };
        Some(Self::Unit(UnitOff { unit, how }))
    }

    /// Whether systemd forgets the variable with it.
    pub(in crate::setup) fn has_systemd_forget(&self) -> bool {
        match self {
            Self::Unit(_) | Self::Keyring(_) => true,
            Self::Line(_) => false,
        }
    }

    /// What it does, for the person who is to agree.
    pub(in crate::setup) fn shown(&self) -> String {
        let what = match self {
            Self::Unit(unit) => {
                let verb = match unit.how {
                    Off::Masked => "mask",
                    Off::Disabled => "disable",
                };
                let name = shell_word(unit.unit.as_str());
                format!(
                    "To turn it off, setup runs\n    systemctl --user {verb} --now {name}\n    \
                     systemctl --user unset-environment {VARIABLE}"
                )
            }
            Self::Keyring(keyring) => format!(
                "GNOME's keyring does so when the desktop starts. To turn that off, setup writes\n\
                 \u{20}   {}\nIt holds from the next login on.",
                keyring.file().display()
            ),
            Self::Line(line) => format!(
                "To turn it off, setup has line {} of {} do nothing,\nand keeps a copy of the \
                 file. The line is\n    {}\nAn agent that already runs keeps running.",
                line.number,
                line.path.display(),
                line.text.trim()
            ),
        };
        format!("{what}\n{BACK}")
    }

    /// Does it; gives what was done.
    ///
    /// # Errors
    ///
    /// It cannot be done; then nothing was.
    pub(in crate::setup) async fn apply(&self, home: &Path) -> Result<String, Failure> {
        match self {
            Self::Unit(unit) => {
                unit_off::turn_off(unit, home).await?;
                Ok(format!("{} is turned off.", unit.unit))
            }
            Self::Keyring(keyring) => {
                keyring.turn_off()?;
                // Without systemd there is nothing to forget.
                let _ = systemctl(&["unset-environment", VARIABLE]).await;
                Ok("GNOME's keyring no longer serves ssh after the next login.".to_owned())
            }
            Self::Line(line) => {
                let copy = line.turn_off()?;
                Ok(format!(
                    "Line {} of {} is turned off. The file as it was: {}",
                    line.number,
                    line.path.display(),
                    copy.display()
                ))
            }
        }
    }
}
