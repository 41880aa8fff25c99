//! Bindings for tests, made with real keys.

use ssh_agent_lib::ssh_encoding::Encode;
use ssh_key::private::EcdsaKeypair;
use ssh_key::rand_core::OsRng;
use ssh_key::{EcdsaCurve, PrivateKey};

use super::client::Client;
use super::fake_keys::{block_on, private_key, sign, string};
use super::session_bind::answer;
use crate::origin::Origin;

pub(crate) fn signature(key: &PrivateKey, data: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    sign(key, data).encode(&mut blob).unwrap();
    blob
}

pub(crate) fn content(host_key: &[u8], id: &[u8], signature: &[u8], is_forwarding: u8) -> Vec<u8> {
    let fields = [string(host_key), string(id), string(signature)];
    [fields.concat(), vec![is_forwarding]].concat()
}

pub(crate) fn bind_to(key: &PrivateKey, id: &[u8], is_forwarding: u8) -> Vec<u8> {
    let host_key = key.public_key().to_bytes().unwrap();
    content(&host_key, id, &signature(key, id), is_forwarding)
}

/// A host key whose proofs are dear to verify.
pub(crate) fn dear_key() -> PrivateKey {
    PrivateKey::from(EcdsaKeypair::random(&mut OsRng, EcdsaCurve::NistP521).unwrap())
}

/// The frame that binds a connection to a session with the host that has `key`.
pub(crate) fn bind_with(key: &PrivateKey, is_forwarding: bool) -> Vec<u8> {
    let name = string(b"session-bind@openssh.com");
    let bind = bind_to(key, b"id", u8::from(is_forwarding));
    string(&[vec![27], name, bind].concat())
}

/// The same for the host with the key of `seed`, which is cheap to verify.
pub(crate) fn bind(seed: u8, is_forwarding: bool) -> Vec<u8> {
    bind_with(&private_key(seed), is_forwarding)
}

/// A client whose requests come from `origin`, with no agents behind.
pub(crate) fn client(origin: Origin) -> Client {
    let mut client = Client::default();
    if origin == Origin::Forwarded {
        let bind = bind_to(&private_key(9), b"id", 1);
        block_on(answer(&bind, &mut client.bindings));
    }
    assert_eq!(client.origin(), origin);
    client
}
