//! What `sshd` signs with its host keys.
//!
//! Specs: RFC 4253 §8 (the exchange hash H, which is signed as it is); OpenSSH `PROTOCOL` §2.5
//! (`hostkeys-prove-00@openssh.com`).

use super::key::Signer;
use sshtpm_ssh::limits::MAX_SESSION_ID_BYTES;
use sshtpm_ssh::wire::{Malformed, Reader};

/// A proof that a host has the key that is asked to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostProof {
    /// To a client that connects.
    KeyExchange,
    /// To a client that is connected, and asks for the other keys of the host.
    FurtherKey,
}

impl HostProof {
    /// An exchange hash has no structure: any bytes of such a length are one.
    pub(super) fn parse_exchange_hash(data: &[u8]) -> Result<Self, Malformed> {
        let fits = EXCHANGE_HASH_BYTES.contains(&data.len());
        fits.then_some(Self::KeyExchange).ok_or(Malformed)
    }

    pub(super) fn parse_hostkeys_prove(data: &[u8], signer: Signer<'_>) -> Result<Self, Malformed> {
        let mut wire = Reader::new(data);
        wire.exactly(HOSTKEYS_PROVE)?;
        let session_id = wire.string()?;
        let key = wire.string()?;
        wire.end()?;
        let fits = (1..=MAX_SESSION_ID_BYTES).contains(&session_id.len()) && signer.is(key);
        fits.then_some(Self::FurtherKey).ok_or(Malformed)
    }
}

/// SHA-256, SHA-384 and SHA-512. Key exchanges with SHA-1 are off in OpenSSH since 8.2.
const EXCHANGE_HASH_BYTES: [usize; 3] = [32, 48, 64];

const HOSTKEYS_PROVE: &[u8] = b"hostkeys-prove-00@openssh.com";
