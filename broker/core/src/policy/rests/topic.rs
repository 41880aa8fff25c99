//! What a question to a person is about.

use crate::policy::action::Action;
use sshtpm_ssh::fingerprint::Fingerprint;

/// What a question is about, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Topic {
    pub(in crate::policy) action: Action,
    pub(in crate::policy) key: Option<Fingerprint>,
    pub(in crate::policy) origin: Origin,
}

/// Where a request comes from, as far as the broker knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This machine, as far as the agent says.
    Local,
    /// A machine to which the agent is forwarded, by the SHA-256 of the host key of the nearest
    /// one. The SSH client of this machine states that key; the machine behind it cannot.
    Forwarded([u8; 32]),
}

impl Topic {
    pub(super) fn is_forwarded(&self) -> bool {
        self.origin != Origin::Local
    }
}
