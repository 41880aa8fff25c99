//! What the connections of one agent share.

use std::rc::Rc;

use tokio::sync::Notify;

use super::buffers::{Buffers, MAX_BUFFERED_BYTES};
use super::requests::{MAX_FORWARDED_BYTES, MAX_LOCAL_BYTES, Requests};
use crate::behind::agents::Agents;
use crate::protocol::Verifier;
use crate::protocol::hidden::Hidden;

/// What the connections of one agent share.
#[derive(Clone)]
pub(super) struct Shared {
    /// Their unfinished messages.
    pub(super) buffers: Rc<Buffers>,
    /// Their requests in progress.
    pub(super) requests: Rc<Requests>,
    /// Verifies the proofs of their sessions.
    pub(super) verifier: Rc<Verifier>,
    /// The agents behind.
    pub(super) agents: Rc<Agents>,
    /// The keys that are no longer shown.
    pub(super) hidden: Rc<Hidden>,
    /// Is woken when one of them can be closed.
    pub(super) spared: Rc<Notify>,
}

impl Shared {
    /// For an agent without connections, in front of `agents`.
    pub(super) fn new(agents: Rc<Agents>) -> Self {
        Self {
            agents,
            hidden: Rc::default(),
            buffers: Buffers::new(MAX_BUFFERED_BYTES),
            requests: Requests::new(MAX_LOCAL_BYTES, MAX_FORWARDED_BYTES),
            verifier: Rc::default(),
            spared: Rc::default(),
        }
    }
}

#[cfg(test)]
impl Default for Shared {
    /// The same, without agents behind.
    fn default() -> Self {
        Self::new(Rc::new(Agents::none()))
    }
}
