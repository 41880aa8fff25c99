//! git's settings that setup made, and noted.

use super::found::Found;
use super::step::Step;
use crate::error::Failure;
use crate::setup::git::settings;
use crate::setup::record::{GitSetting, Record};

/// How a setting is now.
enum Now {
    /// As setup made it.
    Made,
    /// As it was before.
    Before,
    /// The user has set it otherwise.
    Changed,
}

/// The settings that are noted.
///
/// # Errors
///
/// git does not say what there is.
pub(super) async fn look(record: &Record) -> Result<Found, Failure> {
    let mut found = Found::default();
    for noted in known(record) {
        match now(noted).await? {
            Now::Made => found.steps.push(Step::Setting(noted.clone())),
            Now::Before => {}
            Now::Changed => found.changed.push(format!("git's setting {}", noted.name)),
        }
    }
    // The last one that was made goes first.
    found.steps.reverse();
    Ok(found)
}

/// Drops settings from the record that are no longer as setup made them.
///
/// # Errors
///
/// git does not say what there is.
pub(super) async fn forget(record: &mut Record) -> Result<(), Failure> {
    let mut kept = Vec::new();
    for noted in known(record) {
        if matches!(now(noted).await?, Now::Made) {
            kept.push(noted.clone());
        }
    }
    record.git = kept;
    Ok(())
}

/// The settings that setup makes. Undo leaves every other one in the file alone.
fn known(record: &Record) -> impl Iterator<Item = &GitSetting> {
    let noted = record.git.iter();
    noted.filter(|noted| settings::NAMES.contains(&noted.name.as_str()))
}

async fn now(noted: &GitSetting) -> Result<Now, Failure> {
    let now = settings::of_user(&noted.name).await?;
    Ok(match now {
        now if now.as_ref() == Some(&noted.value) => Now::Made,
        now if now == noted.before => Now::Before,
        _ => Now::Changed,
    })
}
