//! Sealed keys for the tests of this room.

use ssh_key::private::Ed25519Keypair;
use ssh_key::public::KeyData;

use super::seed::{SEED_BYTES, Seed};
use sshtpm_core::certificates::Certificates;
use sshtpm_core::comment::Comment;
use sshtpm_core::identity::{Owner, Uid, UserName};
use sshtpm_core::key::{Holding, KeyBlob, KeyRecord, Origin, ParentName, Protection, TpmKey};
use sshtpm_core::restrictions::Restrictions;
use sshtpm_ssh::algorithm::Algorithm;

pub(in crate::tpm) fn seed(number: u8) -> Seed {
    Seed::of_unsealed(&[number; SEED_BYTES]).expect("a seed")
}

/// The record of a sealed key of alice's without a PIN; another one for each number.
pub(in crate::tpm) fn record(number: u8) -> KeyRecord {
    let owner = Owner::new(Uid(1000), UserName::new("alice").expect("a user name"));
    let public = Ed25519Keypair::from_seed(&[number; SEED_BYTES]).public;
    KeyRecord {
        algorithm: Algorithm::Ed25519,
        comment: Comment::new("sealed").expect("a comment"),
        created: 0,
        origin: Origin::Generated,
        backed_up: false,
        restrictions: Restrictions::before_they_were_named(&owner).into(),
        key: TpmKey {
            public: KeyData::Ed25519(public),
            parent: ParentName::new([&[0, 0x0b][..], &[7; 32]].concat()).expect("a name"),
            blob: KeyBlob {
                public: [0, 1, number].into(),
                private: [0, 1, number].into(),
            },
            holding: Holding::Sealed,
            protection: Protection::Nothing,
            persistent: None,
            pcrs: None,
        },
        certificates: Certificates::default(),
        owner,
    }
}
