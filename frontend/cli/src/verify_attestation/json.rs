//! A proof, for programs.

use serde::Serialize;
use sshtpm_attest::{Proved, TpmKnownBy};
use sshtpm_ssh::claims::Claims;
use sshtpm_ssh::fingerprint::Fingerprint;

/// What `--json` prints if all is proved. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(super) struct VerifiedJson<'a> {
    /// `true`.
    verified: bool,
    /// `SHA256:` and 43 characters.
    fingerprint: String,
    /// Key type and base64 blob.
    public_key: String,
    /// `SHA256:` and the hexadecimal digits of the hash of the SubjectPublicKeyInfo.
    endorsement_key: String,
    /// `hash` or `chain`.
    tpm_known_by: &'static str,
    /// What root on that machine claims, as it was signed.
    claims: &'a Claims,
    /// In words.
    proved: Vec<String>,
    /// In words.
    not_proved: Vec<&'static str>,
}

/// The same if something is not.
#[derive(Debug, Serialize)]
pub(super) struct RefusedJson<'a> {
    /// `false`.
    verified: bool,
    /// What failed, and what to do next.
    reason: &'a str,
}

impl<'a> VerifiedJson<'a> {
    pub(super) fn new(proved: &'a Proved) -> Self {
        let key = ssh_key::PublicKey::new(proved.key.clone(), "");
        Self {
            verified: true,
            fingerprint: Fingerprint::of(&proved.key).to_string(),
            // A key that was read can be written.
            public_key: key.to_openssh().unwrap_or_default(),
            endorsement_key: proved.endorsement_key.to_string(),
            tpm_known_by: match proved.tpm_known_by {
                TpmKnownBy::Hash => "hash",
                TpmKnownBy::Chain => "chain",
            },
            claims: &proved.claims,
            proved: proved.words(),
            not_proved: proved.not_proved(),
        }
    }
}

impl<'a> RefusedJson<'a> {
    pub(super) fn new(reason: &'a str) -> Self {
        Self {
            verified: false,
            reason: reason.strip_prefix("sshtpm: ").unwrap_or(reason),
        }
    }
}
