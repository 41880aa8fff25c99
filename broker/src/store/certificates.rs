//! The stored form of certificates.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`, in base64 as in `NAME-cert.pub`.

use serde::{Deserialize, Serialize};
use ssh_key::public::KeyData;

use super::damage::Damage;
use sshtpm_core::certificates::Certificates;
use sshtpm_ssh::certificate;

/// Each as type and base64, in the order in which they were added.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct StoredCertificates(Vec<String>);

impl StoredCertificates {
    /// # Errors
    ///
    /// One has no text.
    pub(super) fn of(certificates: &Certificates) -> Result<Self, Damage> {
        let blobs = certificates.iter().map(|one| one.blob());
        let lines = blobs.map(certificate::to_line).collect::<Result<_, _>>();
        lines.map(Self).map_err(|_| Damage::Certificates)
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of `key`, and how many are left out because they are damaged.
    pub(super) fn parse(&self, key: &KeyData) -> (Certificates, usize) {
        let lines = self.0.iter();
        // A damaged line becomes an empty blob, which is not a certificate and is counted.
        let blobs = lines.map(|line| certificate::from_line(line).unwrap_or_default());
        Certificates::of_record(blobs, key)
    }
}

#[cfg(test)]
mod tests;
