//! SSH sessions for which a signature is asked.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1 (`session-bind@openssh.com`); RFC 4253 §7.2 (session
//! identifier).

use crate::limits::{MAX_HOST_KEY_BYTES, MAX_HOST_SIGNATURE_BYTES, MAX_SESSION_ID_BYTES};
use crate::wire::{Malformed, Reader};

/// What a client said of one session in `session-bind@openssh.com`, and the proof of it. Nothing of
/// it is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Public key blob of the host (RFC 4253 §6.6), up to [`MAX_HOST_KEY_BYTES`].
    pub host_key: Vec<u8>,
    /// Session identifier, up to [`MAX_SESSION_ID_BYTES`].
    pub session_id: Vec<u8>,
    /// The host's signature blob over the session identifier, from the key exchange, up to
    /// [`MAX_HOST_SIGNATURE_BYTES`].
    pub signature: Vec<u8>,
    /// Whether the agent is forwarded to that host; otherwise the session is for logging in there.
    pub is_forwarding: bool,
}

/// Why a message binds no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotABinding {
    /// It is not of the form that `PROTOCOL.agent` gives.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The host key is too long.
    #[error("the host key is longer than {MAX_HOST_KEY_BYTES} bytes")]
    HostKey,
    /// The session identifier is too long.
    #[error("the session identifier is longer than {MAX_SESSION_ID_BYTES} bytes")]
    SessionId,
    /// The signature is too long.
    #[error("the signature is longer than {MAX_HOST_SIGNATURE_BYTES} bytes")]
    Signature,
}

impl Binding {
    /// Reads the content of `session-bind@openssh.com`: `string` host key, `string` session
    /// identifier, `string` signature, `boolean` is_forwarding.
    ///
    /// # Errors
    ///
    /// The content is malformed, or a field is too long.
    pub fn parse(content: &[u8]) -> Result<Self, NotABinding> {
        let mut reader = Reader::new(content);
        let (host_key, session_id) = (reader.string()?, reader.string()?);
        let signature = reader.string()?;
        let is_forwarding = reader.boolean()?;
        reader.end()?;
        let bounded = |field: &[u8], most, error| {
            let fits = field.len() <= most;
            fits.then(|| field.to_vec()).ok_or(error)
        };
        Ok(Self {
            session_id: bounded(session_id, MAX_SESSION_ID_BYTES, NotABinding::SessionId)?,
            host_key: bounded(host_key, MAX_HOST_KEY_BYTES, NotABinding::HostKey)?,
            signature: bounded(signature, MAX_HOST_SIGNATURE_BYTES, NotABinding::Signature)?,
            is_forwarding,
        })
    }

    /// A session that is missing and that no proof stands for. A request through it counts as
    /// forwarded, and no restricted key is used for it.
    pub fn unproven() -> Self {
        Self {
            host_key: Vec::new(),
            session_id: Vec::new(),
            signature: Vec::new(),
            is_forwarding: true,
        }
    }

    /// Bytes of its host key, session identifier and signature together.
    pub fn bytes(&self) -> usize {
        self.host_key.len() + self.session_id.len() + self.signature.len()
    }
}

#[cfg(test)]
mod fuzz;
