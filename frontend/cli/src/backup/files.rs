//! Writes the backups of a key, reads them back, and tries them.
//!
//! May touch: those files. Must never replace one, nor leave one that was found wrong.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use rand_core::OsRng;
use sshtpm_backup::About;
use sshtpm_key_file::{KeyFileError, MadeKey, OpenSshKey};
use sshtpm_ssh::fingerprint::Fingerprint;
use zeroize::Zeroizing;

use super::passphrase::Passphrase;
use super::plan::{Plan, Sealed};
use crate::age;
use crate::atomic_file::{self, Existing};
use crate::error::Failure;

/// Permission bits of a private key file, as ssh wants them.
const FILE_MODE: u32 = 0o600;

/// Writes all files of `plan`, on a thread of its own because the passphrase takes a while of
/// computing. Afterwards each of them was read from the disk and tried, as far as that can be done
/// here: what age encrypts is tried before.
///
/// # Errors
///
/// A file cannot be written, or is not what was written. Then none of them is left.
pub(super) async fn write(
    key: MadeKey,
    plan: Plan,
    passphrase: Option<Passphrase>,
) -> Result<(), Failure> {
    let sealed = match &plan.sealed {
        Some(sealed) => Some(encrypted_for(&key, sealed).await?),
        None => None,
    };
    let work = tokio::task::spawn_blocking(move || {
        let mut written = Written(Vec::new());
        if let Some((path, content)) = sealed {
            written.write(&path, &content)?;
        }
        if let Some(passphrase) = &passphrase {
            with_passphrase(&key, &plan, passphrase, &mut written)?;
        }
        written.0.clear();
        Ok(())
    });
    let done = work.await;
    done.map_err(|error| failed(Path::new("of the key"), error))
        .flatten()
}

/// The file for recipients, and where it goes.
async fn encrypted_for(key: &MadeKey, sealed: &Sealed) -> Result<(PathBuf, Vec<u8>), Failure> {
    let plain = key.plain(&mut OsRng).file();
    tried(key, &sealed.path, key.try_backup(plain.as_bytes(), b""))?;
    let encrypted = age::encrypt(&sealed.recipients, plain.as_bytes()).await;
    let encrypted = encrypted.map_err(|error| failed(&sealed.path, error))?;
    Ok((sealed.path.clone(), encrypted))
}

fn with_passphrase(
    key: &MadeKey,
    plan: &Plan,
    passphrase: &Passphrase,
    written: &mut Written,
) -> Result<(), Failure> {
    let encrypted = key.encrypted(passphrase.bytes(), &mut OsRng);
    let encrypted = encrypted.map_err(|error| failed(Path::new("of the key"), error))?;
    if let Some(path) = &plan.file {
        let file = encrypted.file();
        let read = written.write(path, file.as_bytes())?;
        tried(key, path, key.try_backup(&read, passphrase.bytes()))?;
    }
    if let Some(path) = &plan.page {
        let (page, lines) = page(key, &encrypted).ok_or_else(|| {
            let why = "the comment of the key is too long for a page";
            failed(path, why).and_next("Give it a shorter one with -C.")
        })?;
        written.write(path, &page)?;
        tried(key, path, from_lines(key, &lines, passphrase))?;
    }
    Ok(())
}

/// A page, and the lines on it.
fn page(key: &MadeKey, encrypted: &OpenSshKey) -> Option<(Vec<u8>, String)> {
    let key = key.key();
    let public = key.private.public();
    let algorithm = public.algorithm();
    let about = About {
        algorithm: algorithm.as_ref(),
        fingerprint: &Fingerprint::of(&public).to_string(),
        comment: &key.comment,
        day: &Zoned::now().strftime("%Y-%m-%d").to_string(),
    };
    let page = sshtpm_backup::page(&about, encrypted.bytes(), &encrypted.file())?;
    let lines = sshtpm_backup::lines(encrypted.bytes())?.join("\n");
    Some((page, lines))
}

/// Tries what a person would type.
fn from_lines(key: &MadeKey, lines: &str, passphrase: &Passphrase) -> Result<(), KeyFileError> {
    let contents = sshtpm_backup::read(lines).map_err(|_| KeyFileError::NoPrivateKey)?;
    let file = OpenSshKey::of_bytes(contents).file();
    key.try_backup(file.as_bytes(), passphrase.bytes())
}

fn tried(key: &MadeKey, path: &Path, tried: Result<(), KeyFileError>) -> Result<(), Failure> {
    let fingerprint = Fingerprint::of(&key.key().private.public());
    tried.map_err(|error| {
        let why = format!("key {fingerprint} was not found in it afterwards: {error}");
        failed(path, why).and_next("The TPM did not get the key. Check the disk, and try again.")
    })
}

/// Files that go if not all of them come to be.
struct Written(Vec<PathBuf>);

impl Written {
    /// Writes a file, and reads it back.
    fn write(&mut self, path: &Path, content: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let written = atomic_file::write(path, content, FILE_MODE, Existing::Keep);
        written.map_err(|error| failed(path, error))?;
        self.0.push(path.to_owned());
        let read = fs::read(path).map(Zeroizing::new);
        let read = read.map_err(|error| failed(path, error))?;
        match *read == *content {
            true => Ok(read),
            false => Err(failed(path, "it is not what was written")),
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // A failure is on its way to the person already.
            let _: io::Result<()> = fs::remove_file(path);
        }
    }
}

fn failed(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot write the backup {}", path.display()), why)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rand_core::OsRng;
    use sshtpm_key_file::{MadeKey, MadeKind};

    use super::{Written, tried};
    use sshtpm_key_file::KeyFileError;

    #[test]
    fn a_backup_is_for_its_owner_alone_and_replaces_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("backup");
        let mut written = Written(Vec::new());
        assert_eq!(written.write(&path, b"key").unwrap().as_slice(), b"key");
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        written.0.clear();
        let mut again = Written(Vec::new());
        assert!(again.write(&path, b"other").is_err());
        drop(again);
        assert_eq!(std::fs::read(&path).unwrap(), b"key");
    }

    #[test]
    fn backups_go_if_one_of_them_fails() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("backup");
        let mut written = Written(Vec::new());
        written.write(&path, b"key").unwrap();
        let key = MadeKey::new(MadeKind::Ed25519, String::new(), &mut OsRng);
        let failure = tried(&key, &path, Err(KeyFileError::Mismatch)).unwrap_err();
        assert!(failure.to_string().contains("The TPM did not get the key"));
        drop(written);
        assert!(!path.exists());
    }
}
