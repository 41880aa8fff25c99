//! The user's key: the one there is, or a new one.
//!
//! May touch: the broker, to generate one; `~/.ssh`, for its public half. Must never take the place
//! of a file.

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;

use super::consent::Consent;
use crate::algorithm::Algorithm;
use crate::backup::{Passphrase, Plan};
use crate::error::Failure;
use crate::import::{OtherMachines, made};
use crate::key_state::is_lost;
use crate::keygen::{NO_WAY_BACK, NewKey, generate_into, make_into};
use crate::output::Output;
use crate::prompt;
use crate::public_key_file::{Overwriting, PublicKeyFile, files_with_key};
use crate::raw;
use crate::session::Session;

/// How all names of public key files of sshtpm's begin.
const PREFIX: &str = "id_sshtpm_";

/// Most names that are tried; a user has 64 keys by default.
const MAX_NAMES: u32 = 100;

/// What is said before a key is generated.
const IMPORT_INSTEAD: &str =
    "If you have a backup or a file of an earlier key, `sshtpm import FILE` brings that key back.";

/// A key that can be used, and where its public half is.
#[derive(Debug)]
pub(crate) struct OwnKey {
    /// The key.
    pub(crate) info: KeyInfo,
    /// The file with its public half, if there is one where ssh looks.
    pub(crate) file: Option<PathBuf>,
}

impl OwnKey {
    /// The oldest of `keys` that can be used and has its public half in a file; where none has, the
    /// oldest that can be used. A lost key does not count, nor a raw one, which is not for ssh.
    pub(crate) fn find(keys: &[KeyInfo], home: &Path) -> Option<Self> {
        let usable = keys.iter();
        let usable = usable.filter(|key| !is_lost(key) && !raw::is_raw(key));
        let mut own: Vec<Self> = usable.map(|key| Self::with_file(key, home)).collect();
        let with_file = own.iter().position(|key| key.file.is_some());
        (!own.is_empty()).then(|| own.swap_remove(with_file.unwrap_or(0)))
    }

    /// The key, with the file where ssh looks.
    pub(crate) fn with_file(info: &KeyInfo, home: &Path) -> Self {
        let files = files_with_key(&home.join(".ssh"), PREFIX, &info.public_key);
        Self {
            info: info.clone(),
            file: files.into_iter().next(),
        }
    }
}

/// What [`generate`] would do, as a line of a list.
///
/// # Errors
///
/// There is no name for the file.
pub(crate) fn plan(home: &Path, algorithm: Algorithm) -> Result<String, Failure> {
    let file = free_file(&home.join(".ssh"), algorithm.family())?;
    Ok(format!(
        "  - generate a key in the TPM ({algorithm}), with its public half in {}\n    \
         {IMPORT_INSTEAD}",
        file.display()
    ))
}

/// Generates a key, and writes its public half to a new file in `~/.ssh`. A person who is asked can
/// have it made with a backup.
///
/// # Errors
///
/// The broker refuses, or the file cannot be written.
pub(crate) async fn generate(
    session: &Session,
    (output, consent): (Output, Consent),
    home: &Path,
    algorithm: Algorithm,
    comment: &str,
) -> Result<OwnKey, Failure> {
    PublicKeyFile::in_home(home, algorithm.family())?;
    let path = free_file(&home.join(".ssh"), algorithm.family())?;
    let file = PublicKeyFile::prepare(path.clone(), Overwriting::Refused).await?;
    let new = NewKey::own(algorithm, comment);
    output.notice(IMPORT_INSTEAD)?;
    let info = match backup(consent, algorithm, &path).await? {
        Some((plan, passphrase)) => {
            let copies = (&plan, Some(passphrase), &OtherMachines::none());
            let info = make_into(session, output, new, copies, &file).await?;
            output.notice(&plan.told())?;
            info
        }
        None => {
            let info = generate_into(session, output, new, &file).await?;
            output.notice(NO_WAY_BACK)?;
            info
        }
    };
    Ok(OwnKey {
        info,
        file: Some(path),
    })
}

/// Offers a backup, because a key that the TPM generated cannot have one later.
async fn backup(
    consent: Consent,
    algorithm: Algorithm,
    public: &Path,
) -> Result<Option<(Plan, Passphrase)>, Failure> {
    let plan = match (consent, made::kind(algorithm)) {
        (Consent::Ask, Ok(_)) => Plan::beside(public).ok(),
        _ => None,
    };
    let Some(plan) = plan else {
        return Ok(None);
    };
    match prompt::confirm(&plan.offer()).await? {
        true => Ok(Some((plan, Passphrase::ask(false).await?))),
        false => Ok(None),
    }
}

/// `id_sshtpm_ecdsa.pub`, or where that is taken, such as by a lost key, `id_sshtpm_ecdsa_2.pub`,
/// and so on.
fn free_file(directory: &Path, family: &str) -> Result<PathBuf, Failure> {
    let first = format!("{PREFIX}{family}.pub");
    let others = (2..=MAX_NAMES).map(|number| format!("{PREFIX}{family}_{number}.pub"));
    let mut paths = std::iter::once(first)
        .chain(others)
        .map(|name| directory.join(name));
    paths
        .find(|path| path.symlink_metadata().is_err())
        .ok_or_else(|| {
            Failure::new(
                format!(
                    "cannot find a name for a public key in {}",
                    directory.display()
                ),
                "all names are taken",
            )
            .and_next(
                "Remove files of keys that no longer exist; `sshtpm list` shows those that do.",
            )
        })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use sshtpm_dbus::KeyInfo;
    use sshtpm_ssh::tpm::KeyState;

    use super::{OwnKey, free_file};
    use crate::key_listing::example_key;

    fn other(public_key: &str) -> KeyInfo {
        KeyInfo {
            public_key: public_key.to_owned(),
            ..example_key()
        }
    }

    #[test]
    fn a_lost_key_is_no_key() {
        let lost = KeyInfo {
            state: sshtpm_dbus::WireWord(KeyState::Lost),
            ..example_key()
        };
        assert!(OwnKey::find(&[lost], Path::new("/nonexistent")).is_none());
    }

    #[test]
    fn a_raw_key_is_no_key_for_ssh() {
        let raw = KeyInfo {
            purposes: vec!["raw".to_owned()],
            ..example_key()
        };
        let nowhere = Path::new("/nonexistent");
        assert!(OwnKey::find(std::slice::from_ref(&raw), nowhere).is_none());
        let found = OwnKey::find(&[raw, example_key()], nowhere);
        assert_eq!(found.unwrap().info.purposes, example_key().purposes);
    }

    #[test]
    fn a_key_with_a_file_comes_before_one_without() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join(".ssh");
        fs::create_dir(&directory).unwrap();
        let file = directory.join("id_sshtpm_ecdsa.pub");
        fs::write(&file, "ssh-rsa BBBB laptop\n").unwrap();
        let keys = [other("ssh-rsa AAAA"), other("ssh-rsa BBBB")];
        let found = OwnKey::find(&keys, home.path()).unwrap();
        assert_eq!(found.info, keys[1]);
        assert_eq!(found.file, Some(file));
        let found = OwnKey::find(&keys[..1], home.path()).unwrap();
        assert_eq!(found.file, None);
    }

    #[test]
    fn a_name_that_is_taken_is_not_used_even_by_a_dangling_link() {
        let directory = tempfile::tempdir().unwrap();
        let name = |number| free_file(directory.path(), number).unwrap();
        assert!(name("rsa").ends_with("id_sshtpm_rsa.pub"));
        fs::write(name("rsa"), "").unwrap();
        assert!(name("rsa").ends_with("id_sshtpm_rsa_2.pub"));
        std::os::unix::fs::symlink("nowhere", name("rsa")).unwrap();
        assert!(name("rsa").ends_with("id_sshtpm_rsa_3.pub"));
    }
}
