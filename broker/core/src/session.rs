//! The SSH sessions for which a signature is asked, from this machine outwards.
//!
//! The broker believes what a host's signature proves: each host signed the identifier of its
//! session (`Path::verify`), so a client cannot name a host that it did not talk to. No signature
//! covers whether the agent is forwarded there. The SSH client of this machine says it first, and
//! the other end can only add to it.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1 (`session-bind@openssh.com`); RFC 4253 §7.2.

mod forged;
mod host;
mod hosts;
mod path;
mod pause;
mod proved_host;
mod steps;
mod turns;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use forged::Forged;
pub(crate) use host::Host;
pub(crate) use hosts::{Hosts, Places};
pub(crate) use path::Path;
pub(crate) use pause::pause;
pub(crate) use proved_host::ProvedHost;
pub use steps::OutOfSteps;
pub(crate) use steps::Steps;
pub(crate) use turns::Turns;

use sha2::{Digest as _, Sha256};
use sshtpm_ssh::limits::MAX_SESSIONS;
use sshtpm_ssh::session::Binding;

use crate::policy::Origin;

/// What a client says of its sessions. All but the last are hops through which it is forwarded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    bindings: Vec<Binding>,
}

impl Sessions {
    /// `None` if there are more than [`MAX_SESSIONS`].
    pub fn new(bindings: Vec<Binding>) -> Option<Self> {
        (bindings.len() <= MAX_SESSIONS).then_some(Self { bindings })
    }

    /// Whether there is none: the agent is not bound to a session, or the caller is no agent.
    pub(crate) fn are_none(&self) -> bool {
        self.bindings.is_empty()
    }

    /// Whether the request comes from another machine, by way of an agent that is forwarded there.
    /// One that could not be bound to its session, and says so, counts as such.
    pub(crate) fn are_forwarded(&self) -> bool {
        self.bindings.len() > 1 || self.bindings.iter().any(|binding| binding.is_forwarding)
    }

    /// Where the request comes from.
    pub(crate) fn origin(&self) -> Origin {
        let nearest = self.bindings.first();
        match nearest.filter(|_| self.are_forwarded()) {
            Some(nearest) => Origin::Forwarded(Sha256::digest(&nearest.host_key).into()),
            None => Origin::Local,
        }
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
