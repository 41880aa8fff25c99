//! The SSH sessions for which a signature is asked, from this machine outwards.
//!
//! What a client says of them is believed as far as it can be: each host has signed the identifier of
//! its session (`Path::verify`), so nobody names a host who did not talk to it. Whether the agent is
//! forwarded there nobody signs; the SSH client of this machine says it first, and whoever is at the
//! other end can only add to it.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1 (`session-bind@openssh.com`); RFC 4253 §7.2.

mod host;
mod path;
mod turns;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use host::Host;
pub(crate) use path::{Forged, Path};
pub(crate) use turns::Turns;

/// Most sessions behind one request: `AGENT_MAX_SESSION_IDS` of OpenSSH's `ssh-agent.c`.
pub const MAX_SESSIONS: usize = 16;

/// Longest session identifier, in bytes: `AGENT_MAX_SID_LEN` of OpenSSH's `ssh-agent.c`.
pub(crate) const MAX_SESSION_ID_BYTES: usize = 128;

/// Longest host key, in bytes. The longest plain key that can be verified has some 550; the rest is
/// room for the principals of a host certificate.
pub(crate) const MAX_HOST_KEY_BYTES: usize = 16 * 1024;

/// What a client says of its sessions. All but the last are hops through which it is forwarded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    bindings: Vec<Binding>,
}

/// What was said about one session, and the proof of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Public key blob of the host.
    pub host_key: Vec<u8>,
    /// The identifier of the session, 1 to 128 bytes in one that is believed.
    pub session_id: Vec<u8>,
    /// The host's signature blob over the session identifier.
    pub signature: Vec<u8>,
    /// Whether the agent is forwarded to that host; otherwise the session is for logging in there.
    pub is_forwarding: bool,
}

impl Sessions {
    /// `None` if there are more than [`MAX_SESSIONS`].
    pub fn new(bindings: Vec<Binding>) -> Option<Self> {
        (bindings.len() <= MAX_SESSIONS).then_some(Self { bindings })
    }

    /// Whether the request comes from another machine, by way of an agent that is forwarded there.
    /// One that could not be bound to its session, and says so, counts as such.
    pub(crate) fn are_forwarded(&self) -> bool {
        self.bindings.len() > 1 || self.bindings.iter().any(|binding| binding.is_forwarding)
    }

    /// Whether the last session is one for logging in, and nothing else.
    pub(crate) fn are_for_login(&self) -> bool {
        let last = self.bindings.last();
        last.is_some_and(|binding| !binding.is_forwarding)
    }

    /// The way from here to the last host, with nothing verified yet; `None` without any session.
    ///
    /// # Errors
    ///
    /// A host key cannot be read, or the sessions do not fit together.
    pub(crate) fn path(&self) -> Result<Option<Path<'_>>, Forged> {
        match self.bindings.as_slice() {
            [] => Ok(None),
            bindings => Path::read(bindings).map(Some),
        }
    }
}
