//! SSHSIG: what `ssh-keygen -Y sign` and `git` sign.
//!
//! Specs: OpenSSH `PROTOCOL.sshsig` §3.

use sshtpm_ssh::limits::MAX_NAME_BYTES;
use sshtpm_ssh::wire::{Malformed, Reader};

/// A message, known by its hash, that is to be signed for a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshSig {
    namespace: String,
}

impl SshSig {
    /// What the signature is for: 1 to [`MAX_NAME_BYTES`], no control characters, as those
    /// namespaces are to which a key can be limited.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(super) fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let mut wire = Reader::new(data);
        if wire.bytes(PREAMBLE.len())? != PREAMBLE {
            return Err(Malformed);
        }
        let namespace = wire.text()?;
        let fits = (1..=MAX_NAME_BYTES).contains(&namespace.len());
        if !fits || namespace.chars().any(char::is_control) {
            return Err(Malformed);
        }
        wire.exactly(RESERVED)?;
        let length = match wire.string()? {
            b"sha256" => 32,
            b"sha512" => 64,
            _ => return Err(Malformed),
        };
        if wire.string()?.len() != length {
            return Err(Malformed);
        }
        wire.end()?;
        Ok(Self {
            namespace: namespace.to_owned(),
        })
    }
}

const PREAMBLE: &[u8] = b"SSHSIG";

/// What a value here would mean is not defined yet, so there may be none.
const RESERVED: &[u8] = b"";
