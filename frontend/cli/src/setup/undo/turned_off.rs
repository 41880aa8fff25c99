//! What setup turned off: lines of start files, GNOME's keyring, units.

use std::path::Path;

use super::edit::{Change, Edit};
use super::files::has;
use super::found::Found;
use super::step::Step;
use crate::probe::login_shell::Login;
use crate::probe::start_files;
use crate::setup::in_the_way::{Keyring, OFF, State, state};
use crate::setup::record::Record;
use crate::setup::user_file::UserFile;

/// Everything of it.
pub(super) async fn look(home: &Path, record: &Record) -> Found {
    let mut found = Found::default();
    let shell_home = Login::of_user().map_or_else(|| home.to_owned(), |login| login.home);
    let mut seen = Vec::new();
    for name in start_files::own(&shell_home) {
        let real = name.canonicalize().unwrap_or_else(|_| name.clone());
        if !seen.contains(&real) && has(&name, OFF) {
            match UserFile::look(&name) {
                Ok(file) => {
                    let edit = Edit::of(&name, &file, Change::TurnedOn);
                    found.steps.extend(edit.map(Step::File));
                }
                Err(failure) => found.changed.push(failure.to_string()),
            }
        }
        seen.push(real);
    }
    found
        .steps
        .extend(Keyring::turned_off(home).map(Step::Keyring));
    for unit in &record.units {
        match state(unit).await {
            State::Off | State::Unknown => found.steps.push(Step::Unit(unit.clone())),
            State::Changed => found.changed.push(format!("whether {} is off", unit.unit)),
        }
    }
    found
}

/// Drops units from the record that somebody else has turned on.
pub(super) async fn forget(record: &mut Record) {
    let mut kept = Vec::new();
    for unit in &record.units {
        if !matches!(state(unit).await, State::Changed) {
            kept.push(unit.clone());
        }
    }
    record.units = kept;
}
