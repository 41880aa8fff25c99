//! The certificates in `~/.ssh` that the broker could keep with a key of the user, and does not.
//!
//! May touch: `~/.ssh/*-cert.pub`, for reading.

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::certificate::Kind;
use sshtpm_ssh::fingerprint::Fingerprint;

use super::file;
use crate::certificate::{Shown, Validity, now};
use crate::public_key_file::files_where;

/// A certificate, and where it comes from.
#[derive(Debug)]
pub(crate) struct Found {
    /// The file.
    pub(crate) path: PathBuf,
    /// The certificate.
    pub(crate) blob: Vec<u8>,
}

impl Found {
    /// The one of `keys` that is certified.
    pub(super) fn key<'k>(&self, keys: &'k [KeyInfo]) -> Option<&'k KeyInfo> {
        certified(&Shown::new(&self.blob)?, keys)
    }
}

/// The certificates for users in `home`'s `.ssh` that are of one of `keys`, have not expired, and
/// are not kept with it.
pub(crate) fn not_kept(home: &Path, keys: &[KeyInfo]) -> Vec<Found> {
    let is_named_so = |path: &Path| path.to_string_lossy().ends_with(file::SUFFIX);
    let files = files_where(&home.join(".ssh"), "", is_named_so).into_iter();
    let found = files.filter_map(|path| {
        let blob = file::read(&path).ok()?;
        Some(Found { path, blob })
    });
    found.filter(|one| is_new(&one.blob, keys)).collect()
}

fn is_new(blob: &[u8], keys: &[KeyInfo]) -> bool {
    let Some(shown) = Shown::new(blob) else {
        return false;
    };
    let is_kept = |key: &&KeyInfo| key.certificates.iter().any(|kept| kept == blob);
    let certified = certified(&shown, keys).filter(|key| !is_kept(key));
    let is_for_users = shown.fields().kind == Kind::User;
    certified.is_some() && is_for_users && shown.validity(now()) != Validity::Expired
}

fn certified<'k>(shown: &Shown<'_>, keys: &'k [KeyInfo]) -> Option<&'k KeyInfo> {
    let fingerprint = Fingerprint::of(&shown.fields().key).to_string();
    keys.iter().find(|key| key.fingerprint == fingerprint)
}
