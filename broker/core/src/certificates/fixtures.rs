//! Certificates for tests: a real authority signs each.

use ssh_key::certificate::{Builder, CertType};
use ssh_key::private::Ed25519Keypair;
use ssh_key::public::KeyData;
use ssh_key::{Certificate, PrivateKey};

use super::UserCertificate;

/// What the time is while the certificates are valid.
pub(crate) const NOW: u64 = 1_800_000_000;

/// The end of the validity of [`certificate`].
pub(crate) const END: u64 = NOW + 100;

/// What a certificate says beside the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) authority: u8,
    pub(crate) key_id: &'static str,
    pub(crate) principals: &'static [&'static str],
    pub(crate) from: u64,
    pub(crate) until: u64,
    pub(crate) command: Option<&'static str>,
    pub(crate) kind: CertType,
}

/// What most of them say.
pub(crate) const USUAL: Said = Said {
    authority: 1,
    key_id: "alice@example.com",
    principals: &["alice", "deploy"],
    from: NOW - 100,
    until: END,
    command: None,
    kind: CertType::User,
};

/// The certificate that says so of `key`.
pub(crate) fn blob(key: &KeyData, said: Said) -> Vec<u8> {
    let certificate = signed(key, said);
    certificate.to_bytes().expect("a blob")
}

fn signed(key: &KeyData, said: Said) -> Certificate {
    let authority = PrivateKey::from(Ed25519Keypair::from_seed(&[said.authority; 32]));
    let builder = Builder::new([3; 16], key.clone(), said.from, said.until);
    let mut builder = builder.expect("a certificate");
    builder.cert_type(said.kind).expect("a type");
    builder.key_id(said.key_id).expect("a key ID");
    for name in said.principals {
        builder.valid_principal(*name).expect("a name");
    }
    if let Some(command) = said.command {
        builder
            .critical_option("force-command", command)
            .expect("an option");
    }
    builder.sign(&authority).expect("it is signed")
}

/// A certificate of `key` that was taken.
pub(crate) fn certificate(key: &KeyData, said: Said) -> UserCertificate {
    let taken = UserCertificate::of_caller(&blob(key, said), said.from);
    taken.expect("a certificate").0
}
