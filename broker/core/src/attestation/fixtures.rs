//! An attestation key of which a test has the private part, what it signs, and a key to attest.

use std::sync::Arc;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha256};
use ssh_key::public::{EcdsaPublicKey, KeyData};

use super::{AttestationKey, Stated};
use crate::certificates::Certificates;
use crate::comment::Comment;
use crate::identity::Owner;
use crate::key::{Holding, KeyBlob, KeyRecord, Origin, ParentName, Protection, TpmKey};
use crate::restrictions::Restrictions;
use crate::signature::RawSignature;
use sshtpm_ssh::algorithm::Algorithm;

/// A TPM, as far as it attests.
pub(crate) struct Attester(SigningKey);

impl Attester {
    /// One of two hundred.
    pub(crate) fn new(number: u8) -> Self {
        Self(SigningKey::from_slice(&[number + 1; 32]).expect("a key"))
    }

    pub(crate) fn key(&self) -> AttestationKey {
        let point = self.0.verifying_key().to_encoded_point(false);
        let (x, y) = (point.x().expect("x"), point.y().expect("y"));
        let area = [&super::key::SHAPE[..], &[0, 32], &x[..], &[0, 32], &y[..]].concat();
        let length = u16::try_from(area.len()).expect("a length").to_be_bytes();
        let public = [&length[..], &area].concat();
        let parent = ParentName::new(vec![0, 11, 1]).expect("a name");
        AttestationKey::new(public.into(), [0, 2, 7, 7].into(), parent).expect("an attestation key")
    }

    pub(crate) fn sign(&self, statement: Vec<u8>) -> Stated {
        let signature: Signature = self.0.sign(&statement);
        let (r, s) = signature.split_bytes();
        Stated {
            statement,
            signature: RawSignature::Ecdsa {
                r: r.to_vec(),
                s: s.to_vec(),
            },
        }
    }

    /// What a TPM states of the key of `record`.
    pub(crate) fn state(&self, record: &KeyRecord, qualifying_data: &[u8]) -> Stated {
        self.sign(statement(record, qualifying_data))
    }
}

/// A TPMS_ATTEST about the key of `record`.
pub(crate) fn statement(record: &KeyRecord, extra_data: &[u8]) -> Vec<u8> {
    let name = [&[0, 11], &Sha256::digest(record.key.blob.public_area())[..]].concat();
    let sized = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).expect("a length").to_be_bytes();
        [&length[..], bytes].concat()
    };
    let head = [0xff, 0x54, 0x43, 0x47, 0x80, 0x17];
    let parts = [
        &head[..],
        &sized(&[0, 11, 9]),
        &sized(extra_data),
        &[0; 25],
        &sized(&name),
        &sized(&name),
    ];
    parts.concat()
}

/// A key of `owner` that a TPM can attest: SHA-256 is its Name algorithm.
pub(crate) fn attestable(owner: &Owner) -> KeyRecord {
    let point = Attester::new(100).0.verifying_key().to_encoded_point(false);
    let point = EcdsaPublicKey::from_sec1_bytes(point.as_bytes()).expect("a point");
    let area = [&[0, 0x23, 0, 0x0b][..], &[1; 60]].concat();
    KeyRecord {
        owner: owner.clone(),
        algorithm: Algorithm::from_name_and_bits("ecdsa-sha2-nistp256", 256).expect("known"),
        comment: Comment::new("laptop".to_owned()).expect("a comment"),
        created: 1_700_000_000,
        origin: Origin::Generated,
        backed_up: false,
        restrictions: Arc::new(Restrictions::before_they_were_named(owner)),
        key: TpmKey {
            public: KeyData::Ecdsa(point),
            parent: ParentName::new(vec![0, 11, 1]).expect("a name"),
            blob: KeyBlob {
                public: [&[0, 64][..], &area].concat().into(),
                private: [0, 1, 2].into(),
            },
            holding: Holding::Tpm,
            protection: Protection::Nothing,
            persistent: None,
            pcrs: None,
        },
        certificates: Certificates::default(),
    }
}
