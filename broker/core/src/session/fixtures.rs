//! Sessions of real hosts: each signs with a key of its own.

use signature::Signer as _;
use ssh_encoding::Encode as _;
use ssh_key::PrivateKey;
use ssh_key::certificate::{Builder, CertType};
use ssh_key::private::Ed25519Keypair;
use ssh_key::public::KeyData;

use super::{Binding, Sessions};

/// A host, or an authority that certifies some.
#[derive(Clone)]
pub(crate) struct TestHost(PrivateKey);

/// The host of that number, always the same.
pub(crate) fn host(number: u8) -> TestHost {
    TestHost(PrivateKey::from(Ed25519Keypair::from_seed(&[number; 32])))
}

/// What the time is while certificates are [`TestHost::certified`].
pub(crate) const NOW: u64 = 1_800_000_000;

impl TestHost {
    pub(crate) fn key(&self) -> KeyData {
        self.0.public_key().key_data().clone()
    }

    pub(crate) fn blob(&self) -> Vec<u8> {
        self.0.public_key().to_bytes().expect("a blob")
    }

    /// A session for logging in there.
    pub(crate) fn login(&self, id: &[u8]) -> Binding {
        Binding {
            host_key: self.blob(),
            session_id: id.to_vec(),
            signature: self.sign(id),
            is_forwarding: false,
        }
    }

    /// A session through which the agent is forwarded.
    pub(crate) fn forward(&self, id: &[u8]) -> Binding {
        Binding {
            is_forwarding: true,
            ..self.login(id)
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut blob = Vec::new();
        let signature = self.0.key_data().sign(message);
        signature.encode(&mut blob).expect("a signature has a blob");
        blob
    }

    /// A certificate of `authority` for it, around [`NOW`].
    pub(crate) fn certified(&self, authority: &Self, principals: &[&str]) -> Vec<u8> {
        self.certified_as(authority, principals, CertType::Host, |_| {})
    }

    /// The same, with something else in it.
    pub(crate) fn certified_as(
        &self,
        authority: &Self,
        principals: &[&str],
        kind: CertType,
        further: impl FnOnce(&mut Builder),
    ) -> Vec<u8> {
        let mut builder =
            Builder::new([3; 16], self.key(), NOW - 10, NOW + 10).expect("a certificate");
        builder.cert_type(kind).expect("a type");
        for name in principals {
            builder.valid_principal(*name).expect("a name");
        }
        further(&mut builder);
        let certificate = builder.sign(&authority.0).expect("it is signed");
        certificate.to_bytes().expect("a blob")
    }
}

pub(crate) fn sessions(bindings: impl IntoIterator<Item = Binding>) -> Sessions {
    Sessions::new(bindings.into_iter().collect()).expect("not too many")
}
