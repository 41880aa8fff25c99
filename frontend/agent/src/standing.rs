//! Which connection can be spared when one has to be closed.
//!
//! [`serving`](crate::serving) chooses the connection. [`protocol`](crate::protocol) knows where
//! its requests come from. Both share one [`Standing`] for each connection.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;

use crate::origin::Origin;

/// What is known of one connection.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    origin: Cell<Origin>,
    work: Cell<Work>,
    /// Wakes the accept loop, which waits while no connection can be spared.
    spared: Rc<Notify>,
}

/// What the agent does for a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Work {
    /// Nothing: it waits for the client.
    #[default]
    Nothing,
    /// It answers a request. Closing the connection would lose the answer.
    Answering,
    /// It verifies a session for a host to which the agent is forwarded. Such a host could have any
    /// number of connections in this state.
    VerifyingForwarded,
}

impl Standing {
    /// A new connection, which counts as local until it is bound. `spared` is woken when it can be
    /// closed.
    pub(crate) fn new(spared: Rc<Notify>) -> Rc<Self> {
        Rc::new(Self {
            spared,
            ..Self::default()
        })
    }

    /// Where the requests come from, as far as the connection was bound.
    pub(crate) fn origin(&self) -> Origin {
        self.origin.get()
    }

    /// Whether the connection can be closed without losing an answer.
    pub(crate) fn can_be_spared(&self) -> bool {
        self.work.get() != Work::Answering
    }

    /// Notes that a request is in progress.
    pub(crate) fn begin(&self) {
        self.work.set(Work::Answering);
    }

    /// Notes that the request was answered, and that requests of the connection come from `origin`.
    pub(crate) fn end(&self, origin: Origin) {
        self.origin.set(origin);
        self.spare(Work::Nothing);
    }

    /// Notes that a session is being verified, and that requests of the connection come from
    /// `origin` if it is proven.
    pub(crate) fn verify(&self, origin: Origin) {
        if origin == Origin::Forwarded {
            self.origin.set(origin);
            self.spare(Work::VerifyingForwarded);
        }
    }

    fn spare(&self, work: Work) {
        self.work.set(work);
        self.spared.notify_one();
    }
}
