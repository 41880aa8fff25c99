//! Interface `org.sshtpm.Broker1.Attestation`: the client's proxy.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sshtpm_ssh::limits::MAX_CLAIMS_BYTES;
use zbus::{Type, Variant};

use crate::{MachineIdentity, bounded};

/// Stating that keys are in this TPM.
#[zbus::proxy(
    interface = "org.sshtpm.Broker1.Attestation",
    default_service = "org.sshtpm.Broker1",
    default_path = "/org/sshtpm/Broker1"
)]
pub trait Attestation {
    /// Has the TPM state that it holds a key of the caller, for the verifier that chose `nonce`.
    /// No option is known yet.
    #[zbus(allow_interactive_auth)]
    fn attest(
        &self,
        fingerprint: &str,
        nonce: &[u8],
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<Attestation>;

    /// The endorsement keys of the TPM with their certificates. No option is known yet.
    #[zbus(allow_interactive_auth)]
    fn get_identity(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<MachineIdentity>;

    /// Has the TPM decrypt a credential: a TPM2B_ID_OBJECT and a TPM2B_ENCRYPTED_SECRET.
    #[zbus(allow_interactive_auth)]
    fn activate_credential(
        &self,
        credential: &[u8],
        encrypted_secret: &[u8],
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<Vec<u8>>;
}

/// What shows that a key is in a TPM (`ayayayayay` on the wire); decoding refuses what is longer
/// than its limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Attestation {
    /// [`Claims`](sshtpm_ssh::claims::Claims), as they were hashed; up to [`MAX_CLAIMS_BYTES`].
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_CLAIMS_BYTES>"
    )]
    pub claims: Vec<u8>,
    /// TPMS_ATTEST.
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_STRUCTURE_BYTES>"
    )]
    pub statement: Vec<u8>,
    /// TPMT_SIGNATURE of the statement.
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_STRUCTURE_BYTES>"
    )]
    pub signature: Vec<u8>,
    /// TPMT_PUBLIC of the key.
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_STRUCTURE_BYTES>"
    )]
    pub key_public: Vec<u8>,
    /// TPMT_PUBLIC of the key that signed the statement.
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_STRUCTURE_BYTES>"
    )]
    pub attestation_key: Vec<u8>,
}

/// Longest structure of a TPM in an attestation, in bytes: TPMT_PUBLIC of an RSA-4096 key with a
/// policy of SHA-512 has 600, rounded up.
const MAX_STRUCTURE_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use zbus::message::Message;

    use super::*;

    fn attestation(claims: usize, structure: usize) -> Attestation {
        Attestation {
            claims: vec![1; claims],
            statement: vec![2; structure],
            signature: vec![3; structure],
            key_public: vec![4; structure],
            attestation_key: vec![5; structure],
        }
    }

    fn sent(attestation: &Attestation) -> Result<Attestation, zbus::Error> {
        let message = Message::method_call("/", "M").build(attestation);
        message.expect("a message").body().deserialize()
    }

    #[test]
    fn an_attestation_arrives_as_it_was_sent() {
        let longest = attestation(MAX_CLAIMS_BYTES, MAX_STRUCTURE_BYTES);
        assert_eq!(sent(&longest).expect("it fits"), longest);
        assert_eq!(Attestation::SIGNATURE.to_string(), "(ayayayayay)");
    }

    #[test]
    fn a_part_beyond_its_limit_is_not_decoded() {
        assert!(sent(&attestation(MAX_CLAIMS_BYTES + 1, 1)).is_err());
        assert!(sent(&attestation(1, MAX_STRUCTURE_BYTES + 1)).is_err());
    }
}
