//! Keys that are kept from forwarded connections: what it takes to use one.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1.

use super::{Forwarding, MaybeForwarded};
use crate::session::{Path, Sessions};
use crate::signed_data::UserAuth;

/// Who asks, as far as an agent says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) sessions: &'a Sessions,
}

impl Forwarding {
    /// Whether a key may be used at all for a request from `origin`.
    ///
    /// # Errors
    ///
    /// The connection is forwarded, or may be.
    pub(super) fn check(self, origin: Origin<'_>) -> Result<(), MaybeForwarded> {
        match self == Self::Forbidden && origin.sessions.are_forwarded() {
            true => Err(MaybeForwarded::Forwarded),
            false => Ok(()),
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
