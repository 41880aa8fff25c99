//! Who may talk to the agent.
//!
//! Specs: unix(7), `SO_PEERCRED`.

use nix::unistd::{Uid, geteuid};
use tokio::net::UnixStream;

/// As whom the other end of a connection runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Root,
    User,
}

impl Peer {
    /// Who it is; `None` if it is neither root nor the user of the agent.
    ///
    /// The mode of the socket keeps others out already; this holds for one that was made by
    /// somebody else and handed over, too.
    pub(super) fn of(stream: &UnixStream) -> Option<Self> {
        let uid = Uid::from_raw(stream.peer_cred().ok()?.uid());
        if uid.is_root() {
            Some(Self::Root)
        } else {
            (uid == geteuid()).then_some(Self::User)
        }
    }
}
