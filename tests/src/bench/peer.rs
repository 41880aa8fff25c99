//! A program with SSH keys that is not ours.

use crate::agent::Connection;
use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::user::Invocation;

/// An agent that is not ours, with one P-256 key.
pub(super) struct Peer<'m> {
    /// In the names of rows.
    pub(super) id: &'static str,
    /// For people.
    pub(super) title: &'static str,
    /// A `bash -c` of its user's, with all that its programs need.
    pub(super) shell: Box<dyn Fn() -> Invocation<'m> + 'm>,
    /// What makes one more key.
    pub(super) keygen: String,
    /// Its key, as in `authorized_keys`.
    pub(super) public_key: String,
    /// Where it listens.
    pub(super) socket: String,
    /// Where that is.
    pub(super) machine: &'m Machine,
    /// It, and what it needs.
    #[expect(dead_code, reason = "they end when this is dropped")]
    pub(super) daemons: Vec<Daemon>,
}

impl Peer<'_> {
    /// A connection to the agent.
    ///
    /// # Panics
    ///
    /// It no longer listens.
    pub(super) fn connect(&self) -> Connection {
        Connection::to(self.machine, &self.socket)
    }
}
