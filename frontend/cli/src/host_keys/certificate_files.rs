//! The certificates beside the public key files that name the host keys to sshd.
//!
//! Invariant: sshd is told only of certificates that are valid. A client that believes the
//! authority refuses a host whose certificate has expired, even if it knows the key.

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::certificate::{from_line, to_line};

use super::drop_in::{self, SshdPath};
use super::file_changes::{self, FileChanges};
use super::host_certificate::HostCertificate;
use super::key_files;
use super::offered::Remarks;
use crate::error::Failure;
use crate::key_selector::describe;

/// How the name of a certificate goes on behind that of its key.
const SUFFIX: &str = "-cert.pub";

/// What becomes of certificates. Those that neither list names stay.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Those that sshd is to get.
    pub(crate) new: Vec<HostCertificate>,
    /// The fingerprints of keys of which sshd is to have none.
    pub(crate) without: Vec<String>,
}

/// The certificates of which sshd is told.
#[derive(Debug, Default)]
pub(crate) struct Certified {
    /// Their files.
    pub(crate) files: Vec<SshdPath>,
    /// Their keys, in the same order.
    pub(crate) keys: Vec<KeyInfo>,
    /// Why others are left out.
    pub(crate) remarks: Remarks,
}

impl Certified {
    /// Writes those of `keys` that are `wanted`. The files of the keys are `host_keys`, in the same
    /// order. Of other keys, the certificates that are there and valid are named, unless the
    /// drop-in `before` does without: then a running sshd alone may still use them.
    ///
    /// # Errors
    ///
    /// sshd does not get the key of a new one, or a file cannot be written.
    pub(crate) fn place(
        host_keys: &[SshdPath],
        keys: &[KeyInfo],
        wanted: &Wanted,
        before: Option<&str>,
        changes: &mut FileChanges,
    ) -> Result<Self, Failure> {
        let new = &wanted.new;
        if !new.iter().all(|one| keys.iter().any(|key| one.is_of(key))) {
            return Err(Failure::new(
                "cannot use a certificate",
                "sshd does not use the host key that it certifies",
            )
            .and_next("Nothing was changed. `sshtpm host-keys enable` says which keys it uses."));
        }
        let named = before.map(drop_in::certificate_files);
        let is_named = |path: &PathBuf| named.as_ref().is_none_or(|named| named.contains(path));
        let mut certified = Self::default();
        for (file, key) in host_keys.iter().zip(keys) {
            let path = beside(Path::new(file.as_str()));
            match new.iter().rfind(|one| one.is_of(key)) {
                Some(one) => write(&path, one, changes)?,
                None if wanted.without.contains(&key.fingerprint) => continue,
                None if !is_named(&path) || !certified.is_fit(&path, key) => continue,
                None => {}
            }
            certified.files.push(SshdPath::new(&path)?);
            certified.keys.push(key.clone());
        }
        Ok(certified)
    }

    /// Whether there is a certificate of ours for `key` that sshd can go on using.
    fn is_fit(&mut self, path: &Path, key: &KeyInfo) -> bool {
        let Some(content) = file_changes::read(path).ok().flatten() else {
            return false;
        };
        if !key_files::is_own(&content.bytes) {
            return false;
        }
        let line = String::from_utf8_lossy(&content.bytes);
        let blob = from_line(&line).unwrap_or_default();
        match HostCertificate::of(blob, std::slice::from_ref(key)) {
            Ok(_) => true,
            Err((why, _)) => {
                let (path, key) = (path.display(), describe(key));
                let remark = format!(
                    "sshd no longer gets the certificate of host key {key} in {path}: {why}; have \
                     the authority issue a new one for `sshtpm host-keys cert`"
                );
                self.remarks.push(remark);
                false
            }
        }
    }
}

/// The file of the certificate of the host key that sshd's configuration calls `host_key`.
fn beside(host_key: &Path) -> PathBuf {
    let mut name = host_key.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

fn write(path: &Path, new: &HostCertificate, changes: &mut FileChanges) -> Result<(), Failure> {
    let line = to_line(new.blob())
        .map_err(|error| Failure::new(format!("cannot write {}", path.display()), error))?;
    key_files::write(path, &key_files::marked(&line), changes)
}
