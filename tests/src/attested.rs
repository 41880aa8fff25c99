//! Attestations, as a client of D-Bus gets them, and what a verifier looks at first.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sshtpm_dbus::{ATTESTATION_INTERFACE, BUS_NAME, OBJECT_PATH};
use sshtpm_ssh::claims::{Claims, qualifying_data};

use crate::call::{Answer, Request};
use crate::user::User;

/// What `Attest` gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// As they were hashed.
    pub claims: Vec<u8>,
    /// TPMS_ATTEST.
    pub statement: Vec<u8>,
    /// TPMT_SIGNATURE.
    pub signature: Vec<u8>,
    /// TPMT_PUBLIC.
    pub key_public: Vec<u8>,
    /// TPMT_PUBLIC.
    pub attestation_key: Vec<u8>,
}

/// A nonce that a verifier could choose.
pub const NONCE: [u8; 16] = *b"chosen by a test";

impl Attested {
    /// From the five arguments of a reply.
    ///
    /// # Panics
    ///
    /// They are others.
    pub fn of(reply: &Value) -> Self {
        let parts: Vec<Vec<u8>> = serde_json::from_value(reply.clone()).expect("bytes");
        let [claims, statement, signature, key_public, attestation_key] =
            parts.try_into().expect("five parts");
        Self {
            claims,
            statement,
            signature,
            key_public,
            attestation_key,
        }
    }

    /// What is claimed, of the very bytes that the statement is about.
    ///
    /// # Panics
    ///
    /// The statement is about other claims or another key, or they are none.
    pub fn claimed(&self) -> Claims {
        let has = |part: &[u8]| self.statement.windows(part.len()).any(|one| one == part);
        assert!(has(&qualifying_data(&self.claims)), "other claims");
        let name = Sha256::digest(&self.key_public);
        assert!(has(&[&[0, 11][..], &name].concat()), "another key");
        Claims::parse(&self.claims).expect("claims")
    }

    /// The 64 bytes of the signature, and the 65 of the point of the key that made it.
    pub fn signature_and_point(&self) -> (Vec<u8>, Vec<u8>) {
        // TPM 2.0 Part 2: two numbers of 32 bytes behind two algorithms and before their lengths.
        let signature = [&self.signature[6..38], &self.signature[40..72]].concat();
        let area = &self.attestation_key;
        let point = [&[4][..], &area[22..54], &area[56..88]].concat();
        (signature, point)
    }
}

impl User<'_> {
    /// `Attest`.
    pub fn attest(&self, fingerprint: &str, nonce: &[u8]) -> Answer {
        self.call(&Request::attest(fingerprint, nonce))
    }

    /// `Attest`, of which nothing is expected but an attestation.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    #[track_caller]
    pub fn attested(&self, fingerprint: &str) -> Attested {
        Attested::of(&self.attest(fingerprint, &NONCE).expect("an attestation"))
    }
}

impl Request {
    /// `Attest`.
    pub fn attest(fingerprint: &str, nonce: &[u8]) -> Self {
        let request = Self {
            destination: BUS_NAME.to_owned(),
            path: OBJECT_PATH.to_owned(),
            interface: ATTESTATION_INTERFACE.to_owned(),
            ..Self::keys("Attest")
        };
        request
            .with(fingerprint)
            .with(nonce)
            .with(crate::call::none())
    }
}
