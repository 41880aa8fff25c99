//! The callers of tests, their keys, and their TPM.

use std::sync::Arc;

use signature::Signer as _;
use ssh_encoding::Decode as _;
use ssh_key::Mpint;
use ssh_key::private::{EcdsaKeypair, EcdsaPrivateKey, KeypairData};
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData};

use crate::certificates::Certificates;
use crate::comment::Comment;
use crate::identity::{Caller, Owner, Uid, UserName};
use crate::key::{Holding, KeyBlob, KeyRecord, Origin, ParentName, Protection, TpmKey};
use crate::restrictions::Restrictions;
use crate::signature::RawSignature;
use crate::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::tpm::TpmState;

pub(super) fn alice() -> Owner {
    owner(1000, "alice")
}

pub(super) fn bob() -> Owner {
    owner(1001, "bob")
}

pub(super) fn root() -> Owner {
    owner(0, "root")
}

/// Whose keys are sshd's.
pub(super) fn host() -> Owner {
    owner(990, "sshtpm-host")
}

pub(super) fn owner(uid: u32, name: &str) -> Owner {
    Owner::new(Uid(uid), UserName::new(name).expect("a user name"))
}

pub(super) fn call_of(owner: &Owner) -> Caller {
    Caller {
        bus_name: ":1.7".to_owned(),
        owner: owner.clone(),
        interactive: true,
    }
}

pub(super) fn comment(text: &str) -> Comment {
    Comment::new(text).expect("a comment")
}

pub(super) fn p256() -> Algorithm {
    Algorithm::from_name_and_bits("ecdsa-sha2-nistp256", 256).expect("known")
}

pub(super) fn record(owner: &Owner) -> KeyRecord {
    KeyRecord {
        owner: owner.clone(),
        algorithm: p256(),
        comment: comment("laptop"),
        created: 1_700_000_000,
        origin: Origin::Generated,
        backed_up: false,
        restrictions: Arc::new(usual(owner)),
        key: key(),
        certificates: Certificates::default(),
    }
}

/// The same, restricted so.
pub(super) fn kept_to(owner: &Owner, restrictions: Restrictions) -> KeyRecord {
    KeyRecord {
        restrictions: Arc::new(restrictions),
        ..record(owner)
    }
}

/// The restrictions that it has.
pub(super) fn usual(owner: &Owner) -> Restrictions {
    Restrictions::before_they_were_named(owner)
}

/// The same, with a PIN.
pub(super) fn with_pin(owner: &Owner) -> KeyRecord {
    let key = TpmKey {
        protection: Protection::Pin,
        ..key()
    };
    KeyRecord {
        key,
        ..record(owner)
    }
}

/// The key that [`signature_of`] signs with.
pub(super) fn key() -> TpmKey {
    TpmKey {
        public: KeyData::Ecdsa(point()),
        parent: parent(7),
        blob: KeyBlob {
            public: [0, 1, 1].into(),
            private: [0, 1, 2].into(),
        },
        holding: Holding::Tpm,
        protection: Protection::Nothing,
        persistent: None,
        pcrs: None,
    }
}

/// Another one, with which nothing signs.
pub(super) fn another_key() -> TpmKey {
    TpmKey {
        public: KeyData::Ed25519(Ed25519PublicKey([7; 32])),
        ..key()
    }
}

pub(super) fn parent(seed: u8) -> ParentName {
    ParentName::new([&[0, 0x0b][..], &[seed; 32]].concat()).expect("a name")
}

/// What a TPM would say to `data`'s hash.
pub(super) fn signature_of(data: &[u8]) -> RawSignature {
    let EcdsaPublicKey::NistP256(public) = point() else {
        unreachable!("the point is one of P-256");
    };
    let scalar = [&[0, 0, 0, 33, 0][..], &hex(PRIVATE)].concat();
    let private = EcdsaPrivateKey::decode(&mut &scalar[..]).expect("a scalar");
    let pair = KeypairData::Ecdsa(EcdsaKeypair::NistP256 { public, private });
    let signature = pair.try_sign(data).expect("a signature");
    let mut numbers = signature.as_bytes();
    let mut number = || {
        let number = Mpint::decode(&mut numbers).expect("a number");
        number.as_positive_bytes().expect("positive").to_vec()
    };
    RawSignature::Ecdsa {
        r: number(),
        s: number(),
    }
}

/// A TPM that makes P-256 and RSA-2048 keys under the parent of [`key`].
pub(super) fn ready() -> TpmStatus {
    let rsa = Algorithm::from_name_and_bits("ssh-rsa", 2048).expect("known");
    TpmStatus {
        state: TpmState::Ready,
        reason: String::new(),
        parent: Some(parent(7)),
        facts: Some(TpmFacts {
            manufacturer: "TEST".to_owned(),
            firmware: "1.2.3.4".to_owned(),
            algorithms: vec![p256(), rsa],
            parent_public: [0].into(),
        }),
    }
}

// The P-256 key of RFC 6979, appendix A.2.5.
const PRIVATE: &str = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
const PUBLIC: &str = "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6\
                      7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";

fn point() -> EcdsaPublicKey {
    EcdsaPublicKey::from_sec1_bytes(&hex(PUBLIC)).expect("a point")
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(byte).collect()
}
