//! Users and keys for tests.

use ssh_key::public::{Ed25519PublicKey, KeyData};

use crate::identity::{HOST_USER, Owner, Uid, UserName};
use crate::pins::KeyId;
use sshtpm_ssh::fingerprint::Fingerprint;

pub(super) fn user(uid: u32) -> Owner {
    owner(uid, &format!("user{uid}"))
}

/// Whose keys are sshd's.
pub(super) fn host() -> Owner {
    owner(990, HOST_USER)
}

fn owner(uid: u32, name: &str) -> Owner {
    Owner::new(Uid(uid), UserName::new(name).expect("a user name"))
}

/// One of many.
pub(super) fn key(owner: &Owner, number: u8) -> KeyId {
    let public = KeyData::Ed25519(Ed25519PublicKey([number; 32]));
    (owner.clone(), Fingerprint::of(&public))
}
