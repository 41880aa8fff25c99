//! The endorsement keys of a TPM, as `GetIdentity` returns them.

use serde::{Deserialize, Serialize};
use zbus::Type;

use crate::bounded;

/// Endorsement keys, and certificates of those that issued theirs. `a(ayay)aay` on the wire;
/// decoding refuses what is longer than its limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MachineIdentity {
    /// The keys, one at least.
    #[serde(deserialize_with = "bounded::list::<_, _, MOST_KEYS>")]
    pub endorsement_keys: Vec<EndorsementKey>,
    /// Certificates in DER.
    #[serde(deserialize_with = "bounded::list::<_, _, MOST_CHAIN_CERTIFICATES>")]
    pub chain: Vec<CertificateBytes>,
}

/// An endorsement key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EndorsementKey {
    /// TPMT_PUBLIC.
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_PUBLIC_BYTES>"
    )]
    pub public: Vec<u8>,
    /// Its certificate in DER; empty if the TPM has none.
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_CERTIFICATE_BYTES>"
    )]
    pub certificate: Vec<u8>,
}

/// A certificate in DER.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
#[zbus(signature = "ay")]
pub struct CertificateBytes(
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_CERTIFICATE_BYTES>"
    )]
    pub Vec<u8>,
);

/// The most endorsement keys: the TCG names indices for as many certificates.
const MOST_KEYS: usize = 8;

/// The most certificates of issuers that the broker passes on.
const MOST_CHAIN_CERTIFICATES: usize = 8;

/// Longest TPMT_PUBLIC, in bytes: that of an RSA-4096 key with a policy of SHA-512 has 600, rounded
/// up.
const MAX_PUBLIC_BYTES: usize = 1024;

/// Longest certificate, in bytes: the broker reads no longer NV index, and a chain goes over up to
/// 16 of them.
const MAX_CERTIFICATE_BYTES: usize = 16 * 4096;

#[cfg(test)]
mod tests {
    use zbus::message::Message;

    use super::*;

    fn identity(keys: usize, public: usize, chain: usize) -> MachineIdentity {
        let key = EndorsementKey {
            public: vec![1; public],
            certificate: vec![2; 900],
        };
        MachineIdentity {
            endorsement_keys: vec![key; keys],
            chain: vec![CertificateBytes(vec![3; 700]); chain],
        }
    }

    fn sent(identity: &MachineIdentity) -> Result<MachineIdentity, zbus::Error> {
        let message = Message::method_call("/", "M").build(identity);
        message.expect("a message").body().deserialize()
    }

    #[test]
    fn an_identity_arrives_as_it_was_sent() {
        let most = identity(MOST_KEYS, MAX_PUBLIC_BYTES, MOST_CHAIN_CERTIFICATES);
        assert_eq!(sent(&most).expect("it fits"), most);
        assert_eq!(MachineIdentity::SIGNATURE.to_string(), "(a(ayay)aay)");
    }

    #[test]
    fn an_identity_beyond_a_limit_is_not_decoded() {
        assert!(sent(&identity(MOST_KEYS + 1, 9, 0)).is_err());
        assert!(sent(&identity(1, MAX_PUBLIC_BYTES + 1, 0)).is_err());
        assert!(sent(&identity(1, 9, MOST_CHAIN_CERTIFICATES + 1)).is_err());
    }
}
