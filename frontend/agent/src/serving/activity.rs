//! What a connection is doing, as a basis for choosing one to close.

use std::cell::Cell;
use std::rc::Rc;

use tokio::time::Instant;

use crate::origin::Origin;
use crate::peer::Peer;
use crate::standing::Standing;

/// What one connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    peer: Peer,
    standing: Rc<Standing>,
    last: Cell<Instant>,
}

impl Activity {
    /// The activity of a new connection, at whose other end is `peer`.
    pub(super) fn new(peer: Peer, standing: Rc<Standing>) -> Self {
        Self {
            peer,
            standing,
            last: Cell::new(Instant::now()),
        }
    }

    /// The time since which nothing was read or written. `None` while a request is in progress.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.standing.can_be_spared().then(|| self.last.get())
    }

    /// Where the requests come from, according to the bindings of the connection.
    pub(super) fn origin(&self) -> Origin {
        self.standing.origin()
    }

    /// Whether sshd may hold the connection for a session.
    pub(super) fn is_of_local_root(&self) -> bool {
        self.peer == Peer::Root && self.origin() == Origin::Local
    }

    /// Notes that bytes were read or written.
    pub(super) fn note(&self) {
        self.last.set(Instant::now());
    }

    /// Notes that a request is in progress.
    pub(super) fn begin(&self) {
        self.standing.begin();
    }

    /// Notes that the request was answered, and that requests of the connection come from `origin`.
    pub(super) fn end(&self, origin: Origin) {
        self.note();
        self.standing.end(origin);
    }
}
