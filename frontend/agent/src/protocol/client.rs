//! The client at the other end of one connection: what the answers to its messages depend on.

use std::rc::Rc;

use tokio::net::UnixStream;

use super::hidden::Hidden;
use super::session_bind::Bindings;
use crate::asker::{Asker, ClientName};
use crate::behind::agents::Agents;
use crate::behind::links::Links;
use crate::behind::passage::Passage;
use crate::origin::Origin;

/// The client at the other end of one connection.
pub(crate) struct Client {
    pub(super) bindings: Bindings,
    name: Option<ClientName>,
    /// Its connections to agents behind.
    pub(super) links: Links,
    /// The keys that this agent no longer shows to anybody.
    pub(super) hidden: Rc<Hidden>,
}

impl Client {
    /// The client at the other end of `stream`, whose sessions `bindings` will have.
    pub(crate) fn of(
        stream: &UnixStream,
        bindings: Bindings,
        agents: Rc<Agents>,
        hidden: Rc<Hidden>,
    ) -> Self {
        Self {
            bindings,
            name: ClientName::of(stream),
            links: Links::of(agents, stream),
            hidden,
        }
    }

    /// Where its requests come from.
    pub(crate) fn origin(&self) -> Origin {
        self.bindings.origin()
    }

    /// Whether it tried to bind the connection in vain often enough.
    pub(crate) fn failed_too_often(&self) -> bool {
        self.bindings.failed_too_often()
    }

    /// What the broker is told of it.
    pub(super) fn asker(&self) -> Asker {
        Asker {
            origin: self.bindings.origin(),
            sessions: self.bindings.sessions(),
            client: self.name.clone(),
        }
    }

    /// Its way to agents behind. `None` if its connection was to be bound and is not: nothing of it
    /// may reach an agent behind, which would take it for a local one.
    pub(super) fn passage(&self) -> Option<Passage> {
        self.bindings.are_whole().then(|| Passage {
            sessions: self.bindings.sessions(),
            origin: self.bindings.origin(),
        })
    }
}

#[cfg(test)]
impl Client {
    /// A client without a name, with no sessions, in front of `agents`.
    pub(crate) fn before(agents: Rc<Agents>) -> Self {
        Self {
            bindings: Bindings::default(),
            name: None,
            links: Links::new(agents),
            hidden: Rc::default(),
        }
    }
}

#[cfg(test)]
impl Default for Client {
    /// The same, with no agents behind.
    fn default() -> Self {
        Self::before(Rc::new(Agents::none()))
    }
}
