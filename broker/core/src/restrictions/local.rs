//! Keys that are kept from forwarded connections: what it takes to use one.
//!
//! An agent connection does not show where it begins. ssh says so since OpenSSH 8.9: it binds each
//! connection that it forwards before the far end can say anything. Other SSH clients forward
//! without a word, and what comes then looks like a program of this machine. So three things have
//! to be right: no session forwards; the program at this end, as the agent names it, is one that
//! does not forward without a word; and a login is bound to its session, which the host signed.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1.

use super::{Forwarding, MaybeForwarded};
use crate::client::ClientName;
use crate::session::{Path, Sessions};
use crate::signed_data::UserAuth;

/// Who asks, as far as an agent says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) sessions: &'a Sessions,
    /// `None` if the caller does not name one: it calls the broker itself, or the agent does not
    /// see the program.
    pub(crate) client: Option<&'a ClientName>,
}

/// Programs that forward no agent connection without binding it: OpenSSH's that use an agent, our
/// own, and `sudo`, which asks by `pam_ssh_agent_auth`. sshd's are those that have sign with host
/// keys, by their names before and since 9.8.
const BINDING: [&str; 8] = [
    "ssh",
    "ssh-keygen",
    "ssh-add",
    "sshd",
    "sshd-session",
    "sshd-auth",
    "sshtpm",
    "sudo",
];

impl Origin<'_> {
    /// Whether the program is ssh, which may forward an agent without saying so before 8.9.
    pub(crate) fn is_ssh(&self) -> bool {
        self.client.is_some_and(|name| name.as_str() == "ssh")
    }

    /// The program, if it is one that may forward an agent connection without binding it.
    pub(super) fn other_program(&self) -> Option<&str> {
        let name = self.client.map(ClientName::as_str);
        name.filter(|name| !BINDING.contains(name))
    }
}

impl Forwarding {
    /// Whether a key may be used at all for a request from `origin`.
    ///
    /// # Errors
    ///
    /// The connection is forwarded, or may be.
    pub(super) fn check(self, origin: Origin<'_>) -> Result<(), MaybeForwarded> {
        match (self, origin.other_program()) {
            (Self::Allowed, _) => Ok(()),
            (Self::Forbidden, _) if origin.sessions.are_forwarded() => {
                Err(MaybeForwarded::Forwarded)
            }
            (Self::Forbidden, Some(name)) => Err(MaybeForwarded::Client(name.to_owned())),
            (Self::Forbidden, None) => Ok(()),
        }
    }
}

impl Path<'_> {
    /// Whether it ends with the session of `login`. Beyond the first host the login has to name the
    /// host: one that the agent is forwarded to could sign the session of a login elsewhere.
    pub(super) fn ends_with(&self, login: &UserAuth) -> bool {
        let (before, last) = self.last();
        let is_its_session = !last.is_forwarding() && login.session_id() == last.session_id();
        let is_its_key = match login.host_key() {
            Some(key) => key == last.host_key(),
            None => before.is_empty(),
        };
        is_its_session && is_its_key
    }
}
