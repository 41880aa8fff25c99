//! Who holds a key: the TPM, or an agent behind.

use ssh_key::PublicKey;
use sshtpm_ssh::identity::Identity;

use super::client::Client;
use super::{key_blob, request_identities};
use crate::keys::Keys;

/// Who holds a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// The broker, under this name. Also a certificate that an agent behind offers for such a key
    /// is used by it.
    Tpm(String),
    /// The agent behind with this index.
    Behind(usize),
    /// Nobody who was asked. The name is there if the key can be read.
    Unknown(Option<String>),
}

/// Finds the holder of the key or certificate `blob`: as the last list has it, or else a new one.
/// With no agents behind, no new list is made: only the TPM can have it.
pub(super) async fn find<K: Keys>(blob: &[u8], keys: &K, client: &mut Client) -> Holder {
    let identity = Identity::parse(blob).ok();
    let key = identity.map(Identity::into_key);
    let name = key.as_ref().map(key_blob::fingerprint);
    let plain = key.and_then(|key| PublicKey::from(key).to_bytes().ok());
    if let Some(holder) = known(blob, plain.as_deref(), name.as_deref(), client) {
        return holder;
    }
    if client.links.is_empty() {
        return Holder::Unknown(name);
    }
    request_identities::refresh(keys, client).await;
    known(blob, plain.as_deref(), name.as_deref(), client).unwrap_or(Holder::Unknown(name))
}

fn known(blob: &[u8], plain: Option<&[u8]>, name: Option<&str>, client: &Client) -> Option<Holder> {
    let is_own = |blob: &[u8]| client.links.is_own(blob);
    match name {
        Some(name) if is_own(blob) || plain.is_some_and(is_own) => {
            Some(Holder::Tpm(name.to_owned()))
        }
        _ => client.links.holder(blob).map(Holder::Behind),
    }
}
