//! What stands at a connection and decides which messages pass.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use zbus::message::Message;

use super::incoming::Incoming;

/// Decides which messages pass. One stands at each connection.
pub(in crate::bus) trait Keeper: Debug + Send + Sync + 'static {
    /// How long the peer may take to read a part of a message before it is given up.
    const PATIENCE: Duration;

    /// Messages that may wait for [`Self::lets_in`] at a time. With that many, nothing further is
    /// read.
    const AT_ONCE: usize;

    /// Whether a message comes in. It may wait. Messages come in in the order in which they came.
    fn lets_in(&self, incoming: &Incoming) -> impl Future<Output = bool> + Send;

    /// Whether a message goes out.
    fn lets_out(&self, _message: &Message) -> bool {
        true
    }

    /// A message went out, or never will: its peer is gone, or [`Self::lets_out`] said no.
    fn is_out(&self, _message: &Message) {}

    /// The peer was given up: it read nothing for [`Self::PATIENCE`].
    fn gives_up(&self) {}

    /// As whom the peer has to authenticate, if it is the one that does.
    fn peer(&self) -> Option<u32> {
        None
    }
}
