//! Which users may be at the other end of a connection: the user of the agent, and root.
//!
//! Specs: unix(7), `SO_PEERCRED`.

use nix::unistd::{Uid, geteuid};
use tokio::net::UnixStream;

/// The user at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Root,
    User,
}

impl Peer {
    /// The user at the other end of `stream`. `None` if it is neither root nor the user of the
    /// agent.
    ///
    /// The mode of the agent's own socket already keeps other users out. This check also covers a
    /// socket that another program made and handed over, and the sockets of agents behind.
    pub(crate) fn of(stream: &UnixStream) -> Option<Self> {
        let uid = Uid::from_raw(stream.peer_cred().ok()?.uid());
        if uid.is_root() {
            Some(Self::Root)
        } else {
            (uid == geteuid()).then_some(Self::User)
        }
    }
}
