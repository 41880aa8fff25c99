//! A unit of the user's systemd that sets the variable: turned off as a person would, and on again.
//!
//! May touch: runs `systemctl --user`, and notes in the [`Record`] what it turns off.
//!
//! Source: systemctl(1), `mask`, `disable`, `is-enabled`.

use std::path::Path;

use crate::error::Failure;
use crate::probe::ssh_agent::VARIABLE;
use crate::probe::user_manager::{Setter, start_or_stop, systemctl};
use crate::setup::record::{Off, Record, UnitOff};

/// Whether a unit is as it was turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setup) enum State {
    /// It is off.
    Off,
    /// Somebody has turned it on again, or it is gone.
    Changed,
    /// systemd does not say.
    Unknown,
}

/// Whether a package or the administrator has brought the unit. One of theirs cannot be disabled
/// for one user, and one of the user's own cannot be masked.
pub(super) fn is_of_the_system(setter: &Setter) -> bool {
    let mut places = ["/usr", "/etc", "/run"].iter();
    places.any(|place| setter.file.starts_with(place))
}

/// Turns it off, and has systemd forget the variable.
///
/// # Errors
///
/// It cannot be noted, or systemd refuses; then the unit is as it was.
pub(super) async fn turn_off(unit: &UnitOff, home: &Path) -> Result<(), Failure> {
    let before = Record::read(home)?;
    let mut record = before.clone();
    record.note_unit(unit.clone());
    record.write(home)?;
    let verb = match unit.how {
        Off::Masked => "mask",
        Off::Disabled => "disable",
    };
    if let Err(error) = start_or_stop(&[verb, "--now", unit.unit.as_str()]).await {
        let failure = Failure::new(format!("cannot turn off {}", unit.unit), error);
        // It may have come half way.
        return Err(match state(unit).await {
            State::Off => failure.and_next("`sshtpm setup --undo` turns it on again."),
            State::Changed | State::Unknown => {
                before.write(home)?;
                failure
            }
        });
    }
    let forgotten = systemctl(&["unset-environment", VARIABLE]).await;
    forgotten.map_err(|error| {
        Failure::new(format!("systemd does not forget {VARIABLE}"), error)
            .and_next("`sshtpm setup --undo` turns the unit on again.")
    })?;
    Ok(())
}

/// Turns it on again.
///
/// # Errors
///
/// systemd refuses.
pub(in crate::setup) async fn turn_on(unit: &UnitOff) -> Result<(), Failure> {
    let name = unit.unit.as_str();
    let done = match unit.how {
        Off::Masked => match systemctl(&["unmask", name]).await {
            Ok(_) => start_or_stop(&["start", name]).await,
            Err(error) => Err(error),
        },
        Off::Disabled => start_or_stop(&["enable", "--now", name]).await,
    };
    done.map(drop)
        .map_err(|error| Failure::new(format!("cannot turn on {name}"), error))
}

/// What systemd says of it now.
pub(in crate::setup) async fn state(unit: &UnitOff) -> State {
    let arguments = ["show", "--property=UnitFileState", unit.unit.as_str()];
    let Ok(said) = systemctl(&arguments).await else {
        return State::Unknown;
    };
    let said = String::from_utf8_lossy(&said);
    let now = said.trim().trim_start_matches("UnitFileState=");
    match (unit.how, now) {
        (Off::Masked, "masked") | (Off::Disabled, "disabled") => State::Off,
        _ => State::Changed,
    }
}
