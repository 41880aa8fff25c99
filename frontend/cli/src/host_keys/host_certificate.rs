//! A certificate of a host key, which was found fit for sshd.
//!
//! May touch: the file that is named, for reading.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`; sshd_config(5), `HostCertificate`.

use std::path::Path;

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::certificate::Kind;
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::cert::file;
use crate::certificate::{Shown, Validity, now};
use crate::error::Failure;

/// A certificate for hosts that is valid now, of a host key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HostCertificate {
    blob: Vec<u8>,
    /// Fingerprint of the key that it certifies.
    key: String,
}

impl HostCertificate {
    /// The certificate in the file at `path`, of one of `keys`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its certificate is for users, is not valid now, or is of another
    /// key.
    pub(crate) fn read(path: &Path, keys: &[KeyInfo]) -> Result<Self, Failure> {
        let blob = file::read(path)?;
        let fit = Self::of(blob, keys);
        fit.map_err(|(why, next)| {
            let what = format!("cannot use the certificate in {}", path.display());
            Failure::new(what, why).and_next(format!("Nothing was changed. {next}"))
        })
    }

    /// As [`Self::read`], for the certificate of which `blob` consists. An error says why it is not
    /// fit, and what to do.
    pub(crate) fn of(blob: Vec<u8>, keys: &[KeyInfo]) -> Result<Self, (String, &'static str)> {
        let Some(shown) = Shown::new(&blob) else {
            let why = "it is not a certificate".to_owned();
            return Err((why, "Have the authority issue another one."));
        };
        let key = Fingerprint::of(&shown.fields().key).to_string();
        if shown.fields().kind != Kind::Host {
            let next = "Add it to the key of a user with `sshtpm cert add`, or have the authority \
                        certify the host (`ssh-keygen -s CA -h`).";
            return Err(("it is for users".to_owned(), next));
        }
        if keys.iter().all(|known| known.fingerprint != key) {
            let why = format!("it is of another key, {key}");
            return Err((why, "`sshtpm host-keys list` shows the host keys."));
        }
        let now = now();
        match shown.validity(now) {
            Validity::Valid => Ok(Self { blob, key }),
            // Clients that believe the authority would refuse the host.
            Validity::NotYetValid | Validity::Expired => {
                let why = format!("it is {}", shown.when(now, &TimeZone::system()));
                Err((why, "Have the authority issue another one."))
            }
        }
    }

    /// The certificate itself.
    pub(crate) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Whether it certifies `key`.
    pub(crate) fn is_of(&self, key: &KeyInfo) -> bool {
        self.key == key.fingerprint
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::certificate::CertType;

    use super::{Fingerprint, HostCertificate, KeyInfo, Shown};
    use crate::certificate::tests::example;
    use crate::key_listing::example_key;

    fn why(blob: Vec<u8>) -> String {
        let shown = Shown::new(&blob).unwrap();
        let key = KeyInfo {
            fingerprint: Fingerprint::of(&shown.fields().key).to_string(),
            ..example_key()
        };
        HostCertificate::of(blob, &[key]).unwrap_err().0
    }

    #[test]
    fn what_clients_would_refuse_is_not_given_to_sshd() {
        let expired = example(CertType::Host, "host", &["alpha"]);
        assert!(why(expired).starts_with("it is expired "));
        let of_user = example(CertType::User, "ann", &["ann"]);
        assert_eq!(why(of_user), "it is for users");
        let host = example(CertType::Host, "host", &["alpha"]);
        let (why, _) = HostCertificate::of(host, &[]).unwrap_err();
        assert!(why.starts_with("it is of another key, SHA256:"), "{why}");
    }
}
