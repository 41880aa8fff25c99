//! `sshtpm host-keys cert --remove`: which of the certificates that sshd shows are meant.
//!
//! May touch: the certificates that the drop-in names and files that a person names, for reading.

use std::path::Path;

use sshtpm_dbus::{HOST_USER, KeyInfo};
use sshtpm_ssh::fingerprint::Fingerprint;

use super::drop_in;
use crate::cert::file;
use crate::certificate::Shown;
use crate::error::Failure;
use crate::key_selector::{KeySelector, describe};

/// A certificate that sshd shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InUse {
    blob: Vec<u8>,
    /// The fingerprint of its key.
    pub(crate) key: String,
    /// What it is called.
    pub(crate) name: String,
}

/// The certificates that a drop-in with this `text` has sshd show. What cannot be read is none.
pub(crate) fn in_use(text: &str) -> Vec<InUse> {
    let files = drop_in::certificate_files(text).into_iter();
    let blobs = files.filter_map(|file| file::read(&file).ok());
    blobs.filter_map(InUse::new).collect()
}

/// Those of `all` that `words` mean, each once: that of a file, or that of one of `keys`.
///
/// # Errors
///
/// A word means no certificate that sshd shows.
pub(crate) fn meant(
    words: &[String],
    all: &[InUse],
    keys: &[KeyInfo],
) -> Result<Vec<InUse>, Failure> {
    let mut meant: Vec<InUse> = Vec::new();
    for word in words {
        let one = meant_by(word, all, keys)?;
        if !meant.contains(one) {
            meant.push(one.clone());
        }
    }
    Ok(meant)
}

fn meant_by<'u>(word: &str, all: &'u [InUse], keys: &[KeyInfo]) -> Result<&'u InUse, Failure> {
    let cannot = |why: String| {
        Failure::new("cannot remove a certificate", why).and_next(
            "Nothing was changed. Lines with HostCertificate in 50-sshtpm.conf name the \
             certificates that sshd shows.",
        )
    };
    if file::is_meant(word) {
        let blob = file::read(Path::new(word))?;
        let one = all.iter().find(|one| one.blob == blob);
        return one.ok_or_else(|| cannot(format!("sshd does not show the certificate in {word}")));
    }
    let key = KeySelector::new(word).find(keys, Some(HOST_USER))?;
    let one = all.iter().find(|one| one.key == key.fingerprint);
    one.ok_or_else(|| {
        cannot(format!(
            "sshd shows no certificate of host key {}",
            describe(key)
        ))
    })
}

impl InUse {
    fn new(blob: Vec<u8>) -> Option<Self> {
        let shown = Shown::new(&blob)?;
        let key = Fingerprint::of(&shown.fields().key).to_string();
        let name = shown.name();
        Some(Self { key, name, blob })
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::certificate::CertType;

    use super::{InUse, KeyInfo, meant};
    use crate::certificate::tests::example;
    use crate::key_listing::example_key;

    fn key_of(one: &InUse) -> KeyInfo {
        KeyInfo {
            fingerprint: one.key.clone(),
            ..example_key()
        }
    }

    #[test]
    fn a_key_means_its_certificate_once() {
        let one = InUse::new(example(CertType::Host, "host", &["alpha"])).unwrap();
        let words = [one.key.clone(), one.key.clone()];
        let found = meant(&words, std::slice::from_ref(&one), &[key_of(&one)]);
        assert_eq!(found.unwrap(), [one]);
    }

    #[test]
    fn what_sshd_does_not_show_is_not_removed() {
        let one = InUse::new(example(CertType::Host, "host", &["alpha"])).unwrap();
        let none = meant(std::slice::from_ref(&one.key), &[], &[key_of(&one)]).unwrap_err();
        assert!(
            none.to_string().contains("sshd shows no certificate of"),
            "{none}"
        );
        let file = tempfile::Builder::new()
            .suffix("-cert.pub")
            .tempfile()
            .unwrap();
        let other = example(CertType::Host, "other", &["alpha"]);
        let line = sshtpm_ssh::certificate::to_line(&other).unwrap();
        std::fs::write(file.path(), line).unwrap();
        let word = file.path().display().to_string();
        let keys = [key_of(&one)];
        let none = meant(&[word], &[one], &keys).unwrap_err();
        assert!(
            none.to_string()
                .contains("does not show the certificate in"),
            "{none}"
        );
    }
}
