//! The certificates beside the public key files that name the host keys to sshd.
//!
//! Invariant: sshd is told only of certificates that are valid. A client that believes the
//! authority refuses a host whose certificate has expired, even if it knows the key.

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::certificate::{from_line, to_line};

use super::drop_in::SshdPath;
use super::file_changes::{self, FileChanges};
use super::host_certificate::HostCertificate;
use super::key_files;
use super::offered::Remarks;
use crate::error::Failure;
use crate::key_selector::describe;

/// How the name of a certificate goes on behind that of its key.
const SUFFIX: &str = "-cert.pub";

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
    /// Writes the `new` ones of `keys`, whose files are `host_keys`, in the same order. Of keys
    /// without a new one, those that are there and valid are named.
    ///
    /// # Errors
    ///
    /// sshd does not get the key of a new one, or a file cannot be written.
    pub(crate) fn place(
        host_keys: &[SshdPath],
        keys: &[KeyInfo],
        new: &[HostCertificate],
        changes: &mut FileChanges,
    ) -> Result<Self, Failure> {
        if !new.iter().all(|one| keys.iter().any(|key| one.is_of(key))) {
            return Err(Failure::new(
                "cannot use a certificate",
                "sshd does not use the host key that it certifies",
            )
            .and_next("Nothing was changed. `sshtpm host-keys enable` says which keys it uses."));
        }
        let mut certified = Self::default();
        for (file, key) in host_keys.iter().zip(keys) {
            let path = beside(Path::new(file.as_str()));
            match new.iter().rfind(|one| one.is_of(key)) {
                Some(one) => write(&path, one, changes)?,
                None if !certified.is_fit(&path, key) => continue,
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
