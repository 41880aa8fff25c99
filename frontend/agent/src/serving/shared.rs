//! What the connections of one agent share.

use std::rc::Rc;

use tokio::sync::Notify;

use super::buffers::{Buffers, MAX_BUFFERED_BYTES};
use super::requests::{MAX_FORWARDED_BYTES, MAX_LOCAL_BYTES, Requests};
use crate::protocol::Verifier;

/// What the connections of one agent share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// Their unfinished messages.
    pub(super) buffers: Rc<Buffers>,
    /// Their requests in progress.
    pub(super) requests: Rc<Requests>,
    /// Verifies the proofs of their sessions.
    pub(super) verifier: Rc<Verifier>,
    /// Is woken when one of them can be closed.
    pub(super) spared: Rc<Notify>,
}

impl Default for Shared {
    /// For an agent without connections.
    fn default() -> Self {
        Self {
            buffers: Buffers::new(MAX_BUFFERED_BYTES),
            requests: Requests::new(MAX_LOCAL_BYTES, MAX_FORWARDED_BYTES),
            verifier: Rc::default(),
            spared: Rc::default(),
        }
    }
}
