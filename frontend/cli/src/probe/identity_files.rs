//! Which keys of the agent ssh offers: all, or with `IdentitiesOnly` those that its configuration
//! names.
//!
//! May touch: public key files that ssh's configuration names, to read them. Must never open a file
//! that may hold a private key.
//!
//! Sources: ssh_config(5), `IdentitiesOnly`, `IdentityFile`: the file may be the public half alone,
//! and its name may lack `.pub`. `ssh -G` prints the names as they are written.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;

use super::ssh_settings::SshSettings;
use crate::key_state::is_lost;
use crate::public_key_file;

/// What ssh offers of the keys in its agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// All of them.
    All,
    /// Those whose public half is in one of these files.
    Named(Vec<PathBuf>),
}

impl Offered {
    /// From ssh's `settings`, for the user whose home directory this is.
    pub(crate) fn read(settings: &SshSettings, home: Option<&Path>) -> Self {
        if settings.text("identitiesonly").as_deref() != Some("yes") {
            return Self::All;
        }
        Self::Named(named(settings, home))
    }

    /// Whether this key is offered.
    pub(crate) fn includes(&self, key: &KeyInfo) -> bool {
        match self {
            Self::All => true,
            Self::Named(files) => files.iter().any(|file| holds(file, &key.public_key)),
        }
    }

    /// Whether there are keys that can be used, and none of them is offered.
    pub(crate) fn hides_all(&self, keys: &[KeyInfo]) -> bool {
        let mut usable = keys.iter().filter(|key| !is_lost(key)).peekable();
        usable.peek().is_some() && !usable.any(|key| self.includes(key))
    }
}

/// The files that ssh's `settings` name, whether they are there or not.
pub(crate) fn named(settings: &SshSettings, home: Option<&Path>) -> Vec<PathBuf> {
    let names = settings.values("identityfile");
    names.map(|name| expanded(name, home)).collect()
}

/// The path that ssh means by `name`.
pub(crate) fn expanded(name: OsString, home: Option<&Path>) -> PathBuf {
    let text = name.to_str().unwrap_or_default();
    let in_home = text
        .strip_prefix("~/")
        .or_else(|| text.strip_prefix("%d/"))
        .or_else(|| text.strip_prefix("${HOME}/"));
    match (in_home, home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(name),
    }
}

/// Whether ssh finds this public half (key type and base64 blob) if `file` is named.
pub(crate) fn holds(file: &Path, public_key: &str) -> bool {
    let mut with_suffix = file.as_os_str().to_owned();
    with_suffix.push(".pub");
    let is_public = file.extension().is_some_and(|suffix| suffix == "pub");
    let is_in = |file: &Path| public_key_file::holds(file, public_key);
    (is_public && is_in(file)) || is_in(Path::new(&with_suffix))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Offered, SshSettings};
    use crate::key_listing::example_key;

    fn read(settings: &str, home: &Path) -> Offered {
        Offered::read(&SshSettings::of(settings), Some(home))
    }

    #[test]
    fn without_the_setting_all_keys_are_offered() {
        let settings = "identitiesonly no\nidentityfile ~/.ssh/id_rsa\n";
        let offered = read(settings, Path::new("/nonexistent"));
        assert_eq!(offered, Offered::All);
        assert!(!offered.hides_all(&[example_key()]));
    }

    #[test]
    fn a_key_is_offered_if_its_public_half_is_named_in_any_form() {
        let home = tempfile::tempdir().unwrap();
        let line = format!("{} laptop\n", example_key().public_key);
        std::fs::write(home.path().join("tpm.pub"), line).unwrap();
        let absolute = format!("{}/tpm.pub", home.path().display());
        for name in ["~/tpm.pub", "~/tpm", "%d/tpm.pub", "${HOME}/tpm", &absolute] {
            let settings = format!("identitiesonly yes\nidentityfile {name}\n");
            let offered = read(&settings, home.path());
            assert!(!offered.hides_all(&[example_key()]), "{name}");
        }
        let settings = "identitiesonly yes\nidentityfile ~/.ssh/id_rsa\n";
        let offered = read(settings, home.path());
        assert!(offered.hides_all(&[example_key()]));
        assert!(!offered.hides_all(&[]), "there is nothing to offer");
    }
}
