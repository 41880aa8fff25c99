//! What a request brings along to agents behind: the sessions through which it came.

use std::rc::Rc;

use sshtpm_ssh::session::Binding;

use crate::origin::Origin;

/// The way of a request whose connection was bound to its sessions without an error. Requests of
/// any other connection reach no agent behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passage {
    /// From this machine outwards. Agents behind are told of each.
    pub(crate) sessions: Rc<Vec<Binding>>,
    /// A forwarded request reaches only agents that accepted all sessions.
    pub(crate) origin: Origin,
}
