//! What a whole proof says, and what it does not.

use ssh_key::public::KeyData;
use sshtpm_ssh::claims::Claims;
use sshtpm_ssh::endorsement::EndorsementHash;

/// What no statement proves, in words.
pub const NOT_PROVED: [&str; 2] = [
    "that the claims are true: they are the word of root on that machine, or of anybody who could \
     use its TPM when it was enrolled",
    "what that machine has started: the state of its boot is not part of the statement",
];

/// The same, if certificates were what was believed.
const REVOCATION: &str = "that the endorsement certificate is not revoked: that is not checked";

/// A key that is in a TPM. Only a statement that was verified and bound to a TPM becomes one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Proved {
    /// The key, which cannot leave the TPM.
    pub key: KeyData,
    /// What the broker claims of it: root's word.
    pub claims: Claims,
    /// The endorsement key of the TPM.
    pub endorsement_key: EndorsementHash,
    /// How that is known to be a TPM.
    pub tpm_known_by: TpmKnownBy,
}

/// How an endorsement key is known to be that of a TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TpmKnownBy {
    /// The verifier had its hash.
    Hash,
    /// A root of the verifier's vouches for it.
    Chain,
}

impl Proved {
    pub(crate) fn new(
        key: KeyData,
        claims: Claims,
        endorsement_key: EndorsementHash,
        tpm_known_by: TpmKnownBy,
    ) -> Self {
        Self {
            key,
            claims,
            endorsement_key,
            tpm_known_by,
        }
    }

    /// What is proved, in words.
    pub fn words(&self) -> Vec<String> {
        let known = match self.tpm_known_by {
            TpmKnownBy::Hash => "its hash is one that was given",
            TpmKnownBy::Chain => "a root that was given vouches for it",
        };
        vec![
            "the private key is in a TPM, which generated it and never gives it out".to_owned(),
            format!(
                "that TPM has the endorsement key {}; {known}",
                self.endorsement_key
            ),
            "the TPM said so for this nonce".to_owned(),
        ]
    }

    /// What is not proved, in words.
    pub fn not_proved(&self) -> Vec<&'static str> {
        let mut words = NOT_PROVED.to_vec();
        if self.tpm_known_by == TpmKnownBy::Chain {
            words.push(REVOCATION);
        }
        words
    }
}
