//! SSH sessions and destinations on the wire.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1 (`session-bind@openssh.com`), §2
//! (`restrict-destination-v00@openssh.com`); RFC 4253 §7.2 (session identifier).

use serde::{Deserialize, Serialize};
use zbus::{OwnedVariant, Type, Variant};

/// One SSH session for which a signature is asked: what a client said in
/// `session-bind@openssh.com`, which the broker verifies again. `(ayayayb)` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Binding {
    /// Public key blob of the host (RFC 4253 §6.6), up to [`crate::MAX_HOST_KEY_BYTES`].
    pub host_key: Vec<u8>,
    /// Session identifier, up to [`crate::MAX_SESSION_ID_BYTES`].
    pub session_id: Vec<u8>,
    /// The host's signature blob over the session identifier, from the key exchange, up to
    /// [`crate::MAX_HOST_SIGNATURE_BYTES`].
    pub signature: Vec<u8>,
    /// Whether the agent is forwarded to that host; otherwise the session is for logging in there.
    pub is_forwarding: bool,
}

/// One hop that a restricted key may take. `(sa(ayb)ssa(ayb))` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Destination {
    /// Name of the host from which the agent is reached, for people; empty for this machine.
    pub from_host: String,
    /// The keys by which that host is known; none for this machine.
    pub from_keys: Vec<HostKey>,
    /// User there; a pattern as in `ssh_config(5)`, empty for any.
    pub to_user: String,
    /// Name of the host to log in to, for people.
    pub to_host: String,
    /// The keys by which that host is known, at least one.
    pub to_keys: Vec<HostKey>,
}

/// A key by which a host is known. `(ayb)` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct HostKey {
    /// Public key blob.
    pub blob: Vec<u8>,
    /// Whether it is that of an authority which signs the host's certificates.
    pub is_authority: bool,
}

#[cfg(test)]
mod tests {
    use zbus::Type;

    use super::{Binding, Destination};

    #[test]
    fn the_types_on_the_wire_are_the_documented_ones() {
        assert_eq!(Binding::SIGNATURE.to_string(), "(ayayayb)");
        assert_eq!(Destination::SIGNATURE.to_string(), "(sa(ayb)ssa(ayb))");
    }
}
