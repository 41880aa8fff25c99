//! Renames damaged files, and removes only what a crash left unfinished.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use super::directory::DAMAGED_SUFFIX;

/// Renames a file so that the next start does not stumble over it again, and nothing is lost.
pub(super) fn set_aside(path: &Path, damage: &dyn Display) {
    let file = path.display();
    match free_name(path).map(|aside| fs::rename(path, &aside).map(|()| aside)) {
        Some(Ok(aside)) => tracing::warn!(
            %file, reason = %damage, aside = %aside.display(),
            "a file cannot be used and was set aside"
        ),
        Some(Err(error)) => tracing::error!(
            %file, reason = %damage, %error,
            "a file cannot be used, and cannot be set aside"
        ),
        None => tracing::error!(
            %file, reason = %damage,
            "a file cannot be used, and too many of its name are set aside already"
        ),
    }
}

/// `NAME.damaged`, or the first of `NAME.damaged.1`, `.2`, … that is free.
fn free_name(path: &Path) -> Option<PathBuf> {
    let numbers = (1..MAX_SET_ASIDE).map(|number| format!("{DAMAGED_SUFFIX}.{number}"));
    std::iter::once(DAMAGED_SUFFIX.to_owned())
        .chain(numbers)
        .map(|suffix| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        })
        .find(|aside| fs::symlink_metadata(aside).is_err())
}

/// How many files of one name are set aside. Each took a start of the broker and a new accident.
pub(super) const MAX_SET_ASIDE: usize = 100;

pub(super) fn remove_unfinished(path: &Path) {
    let file = path.display();
    match fs::remove_file(path) {
        Ok(()) => tracing::info!(%file, "an unfinished file was removed"),
        Err(error) => tracing::warn!(%file, %error, "an unfinished file cannot be removed"),
    }
}
