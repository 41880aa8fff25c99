//! Statements as a TPM makes them, of which tests alter one thing.
//!
//! Keys in software play the TPM. Whether a TPM does the same, scenarios show.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use sshtpm_ssh::claims::{ClaimedOwner, Claims, Nonce, Version, qualifying_data};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::origin::{Holding, Origin};
use sshtpm_ssh::purpose::{Purpose, Purposes};
use sshtpm_tpm2::marshal::Writer;
use sshtpm_tpm2::{Public, ids};

use crate::endorsement::Endorsement;
use crate::enrolment::Enrolment;
use crate::file::AttestationFile;
use crate::nonce::FreshNonce;

/// When the tests are, in seconds since 1970: in January 2027.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) const FIXED: u32 = ids::FIXED_TPM | ids::FIXED_PARENT | ids::SENSITIVE_DATA_ORIGIN;
const KEY: u32 = FIXED | ids::USER_WITH_AUTH | ids::NO_DA | ids::SIGN;
const ATTESTATION_KEY: u32 = KEY | ids::RESTRICTED;
const ENDORSEMENT_KEY: u32 = FIXED | ids::RESTRICTED | ids::DECRYPT;

/// A TPM, and what a broker has it state. Each field can be altered before [`Self::file`].
pub(crate) struct Example {
    /// Tells the keys of one TPM from those of another.
    pub(crate) attestation_scalar: u8,
    pub(crate) attestation_attributes: u32,
    pub(crate) attestation_hash: u16,
    pub(crate) key_attributes: u32,
    pub(crate) key_policy: Vec<u8>,
    /// The key whose Name is certified; the key's own if there is none.
    pub(crate) certified: Option<Vec<u8>>,
    pub(crate) claims: Claims,
    /// What is signed instead of the claims, if there is something.
    pub(crate) other_claims: Option<Vec<u8>>,
    pub(crate) magic: u32,
    pub(crate) kind: u16,
}

impl Example {
    pub(crate) fn new() -> Self {
        let key = Public::read(&area(1, KEY, &[], Some(ids::SHA256))).unwrap();
        Self {
            attestation_scalar: 2,
            attestation_attributes: ATTESTATION_KEY,
            attestation_hash: ids::SHA256,
            key_attributes: KEY,
            key_policy: Vec::new(),
            certified: None,
            claims: claims(Fingerprint::of(&key.ssh_key().unwrap())),
            other_claims: None,
            magic: 0xff54_4347,
            kind: 0x8017,
        }
    }

    pub(crate) fn key_area(&self) -> Vec<u8> {
        area(1, self.key_attributes, &self.key_policy, Some(ids::SHA256))
    }

    pub(crate) fn attestation_area(&self) -> Vec<u8> {
        area(
            self.attestation_scalar,
            self.attestation_attributes,
            &[],
            Some(self.attestation_hash),
        )
    }

    pub(crate) fn file(&self) -> AttestationFile {
        let claims = self.other_claims.clone();
        let claims = claims.unwrap_or_else(|| self.claims.to_bytes().unwrap());
        let statement = self.statement(&qualifying_data(&claims));
        let key = SigningKey::from_slice(&[self.attestation_scalar; 32]).unwrap();
        let signature: Signature = key.sign(&statement);
        let (r, s) = signature.split_bytes();
        let signature = Writer::new()
            .uint16(ids::ECDSA)
            .uint16(self.attestation_hash)
            .sized(&r)
            .sized(&s)
            .finish();
        AttestationFile::new(
            claims,
            statement,
            signature.to_vec(),
            self.key_area(),
            self.attestation_area(),
        )
    }

    fn statement(&self, qualifying_data: &[u8]) -> Vec<u8> {
        let certified = self.certified.clone().unwrap_or_else(|| self.key_area());
        let name = name(&certified);
        let start = Writer::new().uint32(self.magic).uint16(self.kind);
        let start = start.sized(&[7; 34]).sized(qualifying_data);
        // Clock, resets, restarts, safe, firmware.
        let clock = start.bytes(&[0; 8]).uint32(1).uint32(2).bytes(&[1; 9]);
        clock.sized(&name).sized(&[9; 34]).finish().to_vec()
    }

    /// The record that a challenge leaves.
    pub(crate) fn enrolment(&self) -> Enrolment {
        let key = name(&self.attestation_area());
        Enrolment::new((key, "alice".to_owned()), endorsement(), NOW)
    }
}

pub(crate) fn nonce() -> FreshNonce {
    FreshNonce::by_the_word_of_the_caller(Nonce::new([7; 32]).unwrap())
}

/// An endorsement key, whose certificates are in `testdata`.
pub(crate) fn endorsement() -> Endorsement {
    Endorsement {
        public: area(7, ENDORSEMENT_KEY, &[0x83; 32], None).into(),
        certificate: Some(include_bytes!("testdata/leaf.der").to_vec().into()),
        chain: vec![include_bytes!("testdata/intermediate.der").to_vec().into()],
    }
}

pub(crate) fn root() -> Vec<u8> {
    include_bytes!("testdata/root.der").to_vec()
}

pub(crate) fn name(area: &[u8]) -> Vec<u8> {
    Public::read(area).unwrap().name().unwrap()
}

/// The public area of a P-256 key that signs with this hash; without one, a storage key.
pub(crate) fn area(scalar: u8, attributes: u32, policy: &[u8], hash: Option<u16>) -> Vec<u8> {
    let key = SigningKey::from_slice(&[scalar; 32]).unwrap();
    let point = key.verifying_key().to_encoded_point(false);
    let area = Writer::new().uint16(ids::ECC).uint16(ids::SHA256);
    let area = area.uint32(attributes).sized(policy);
    let area = match hash {
        Some(hash) => area.uint16(ids::NULL).uint16(ids::ECDSA).uint16(hash),
        None => [ids::AES, 128, ids::CFB, ids::NULL]
            .into_iter()
            .fold(area, Writer::uint16),
    };
    let area = area.uint16(ids::NIST_P256).uint16(ids::NULL);
    let (x, y) = (point.x().unwrap(), point.y().unwrap());
    area.sized(x).sized(y).finish().to_vec()
}

fn claims(fingerprint: Fingerprint) -> Claims {
    Claims {
        version: Version::One,
        nonce: Nonce::new([7; 32]).unwrap(),
        owner: ClaimedOwner {
            uid: 1000,
            name: "alice".to_owned(),
        },
        fingerprint,
        origin: Origin::Generated,
        holding: Holding::Tpm,
        backed_up: false,
        purposes: Purposes::of([Purpose::Auth]).unwrap(),
        namespaces: Vec::new(),
        destinations: Vec::new(),
        forwarding: true,
        confirm: false,
        pin: false,
        while_unlocked: false,
        pcrs: None,
        created: NOW,
    }
}
