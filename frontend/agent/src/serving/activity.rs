//! What a connection is doing, for whoever has to choose one to close.

use std::cell::Cell;

use tokio::time::Instant;

use super::peer::Peer;
use crate::origin::Origin;

/// That of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    peer: Peer,
    origin: Cell<Origin>,
    last: Cell<Instant>,
    is_answering: Cell<bool>,
}

impl Activity {
    /// That of a connection which was just made.
    pub(super) fn new(peer: Peer) -> Self {
        Self {
            peer,
            origin: Cell::default(),
            last: Cell::new(Instant::now()),
            is_answering: Cell::new(false),
        }
    }

    /// Since when nothing came in or went out; `None` while a request is in progress.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        (!self.is_answering.get()).then(|| self.last.get())
    }

    /// Where its requests come from, as far as the connection has said.
    pub(super) fn origin(&self) -> Origin {
        self.origin.get()
    }

    /// Whether it may be one that sshd holds for a session.
    pub(super) fn is_of_local_root(&self) -> bool {
        self.peer == Peer::Root && self.origin() == Origin::Local
    }

    /// Something came in or went out.
    pub(super) fn note(&self) {
        self.last.set(Instant::now());
    }

    /// A request is in progress from now on.
    pub(super) fn begin(&self) {
        self.is_answering.set(true);
    }

    /// The request was answered, and showed where those of the connection come from.
    pub(super) fn end(&self, origin: Origin) {
        self.origin.set(origin);
        self.note();
        self.is_answering.set(false);
    }
}
