//! The connections behind of one connection of a client: one for each agent, opened when it is
//! needed and kept as long as the client's.
//!
//! Requests of a connection that leads back from an agent behind reach no agent behind.

use std::rc::Rc;

use futures_util::future::join_all;
use sshtpm_ssh::wire::Malformed;
use tokio::net::UnixStream;
use tracing::debug;

use super::agents::Agents;
use super::dial::Starting;
use super::exchange::{Patience, Request, Told, process_of};
use super::host_places::HostPlace;
use super::link::Link;
use super::listed::Offered;
use super::loop_check::{Number, Path};
use super::passage::Passage;
use crate::origin::Origin;

/// Message number of `SSH_AGENT_FAILURE`.
const FAILURE: u8 = 5;

/// The connections behind of one connection of a client.
pub(crate) struct Links {
    agents: Rc<Agents>,
    links: Vec<Option<Link>>,
    /// The agents through which the client's requests came.
    path: Path,
    /// The process at the client's end.
    client: Option<i32>,
    is_a_loop: bool,
}

/// A place of a forwarded request. Local ones need none.
struct Place<'a> {
    _of_host: Option<HostPlace<'a>>,
}

impl Links {
    /// No connections yet, for a client without a process.
    pub(crate) fn new(agents: Rc<Agents>) -> Self {
        Self {
            links: (0..agents.count()).map(|_| None).collect(),
            agents,
            path: Path::default(),
            client: None,
            is_a_loop: false,
        }
    }

    /// The same for the client at the other end of `stream`.
    pub(crate) fn of(agents: Rc<Agents>, stream: &UnixStream) -> Self {
        Self {
            client: process_of(stream),
            ..Self::new(agents)
        }
    }

    /// The agents behind.
    pub(crate) fn agents(&self) -> Rc<Agents> {
        Rc::clone(&self.agents)
    }

    /// Whether there are no agents behind.
    pub(crate) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Notes through which agents the requests came. Returns the number of this process if it is
    /// among them, and then no agent behind is asked.
    ///
    /// # Errors
    ///
    /// `content` is malformed, or names too many agents; no agent behind is asked then, either.
    pub(crate) fn follow(&mut self, content: &[u8]) -> Result<Option<Number>, Malformed> {
        let followed = Path::parse(content).map(|path| {
            let own = self.agents.own_number_in(&path);
            self.path = path;
            own
        });
        if followed != Ok(None) {
            self.is_a_loop = true;
            debug!("a connection leads back from an agent behind; it gets the TPM's keys alone");
        }
        followed
    }

    /// Notes that the TPM has these keys.
    pub(crate) fn note_own(&self, keys: &[Offered]) {
        self.agents.known.note_own(keys);
    }

    /// Notes that the TPM no longer has this key or certificate.
    pub(crate) fn forget_own(&self, blob: &[u8]) {
        self.agents.known.forget_own(blob);
    }

    /// Whether the TPM had this key or certificate when its keys were listed.
    pub(crate) fn is_own(&self, blob: &[u8]) -> bool {
        self.agents.known.is_own(blob)
    }

    /// The agent that had this key or certificate when it was last listed.
    pub(crate) fn holder(&self, blob: &[u8]) -> Option<usize> {
        self.agents.known.holder(blob)
    }

    /// The keys of each agent behind, in their order. An agent that fails has none. The caller has
    /// a turn to list ([`Agents::turn_to_list`]).
    pub(crate) async fn identities(&mut self, passage: &Passage) -> Vec<Vec<Offered>> {
        if self.leads_back() {
            return Vec::new();
        }
        let agents = Rc::clone(&self.agents);
        let path = &self.path;
        let links = self.links.iter_mut().enumerate();
        let lists = links.map(|(index, link)| agents.list(index, link, passage, path));
        let lists = join_all(lists).await;
        lists.into_iter().map(Result::unwrap_or_default).collect()
    }

    /// Asks the agent with this index, which may ask a person. `None` if it fails.
    pub(crate) async fn ask(
        &mut self,
        index: usize,
        message: &[u8],
        passage: &Passage,
    ) -> Option<Vec<u8>> {
        let starting = Starting::Never;
        self.ask_one(index, message, passage, starting).await
    }

    /// Asks the agent for ordinary keys, and starts OpenSSH's if that is the one, except for
    /// another host. `None` if there is none, or it fails.
    pub(crate) async fn ask_ordinary(
        &mut self,
        message: &[u8],
        passage: &Passage,
    ) -> Option<Vec<u8>> {
        let index = self.agents.ordinary?;
        let starting = match passage.origin {
            Origin::Local => Starting::IfNeeded,
            Origin::Forwarded => Starting::Never,
        };
        self.ask_one(index, message, passage, starting).await
    }

    /// Whether there is an agent for ordinary keys.
    pub(crate) fn keep_ordinary(&self) -> bool {
        self.agents.ordinary.is_some()
    }

    /// Asks one agent after the other, and returns the first answer that is not
    /// `SSH_AGENT_FAILURE`.
    pub(crate) async fn ask_in_turn(
        &mut self,
        message: &[u8],
        passage: &Passage,
    ) -> Option<Vec<u8>> {
        for index in 0..self.links.len() {
            let answer = self.ask(index, message, passage).await;
            if let Some(answer) = answer.filter(|answer| *answer != [FAILURE]) {
                return Some(answer);
            }
        }
        None
    }

    /// Tells all agents at once, also those that rest.
    pub(crate) async fn tell_all(&mut self, message: &[u8], passage: &Passage) -> Told {
        let agents = Rc::clone(&self.agents);
        let Some(_place) = self.place(&agents, passage) else {
            return Told::Refused;
        };
        let request = Request {
            is_urgent: true,
            patience: Patience::Told,
            ..request(message, passage, &self.path)
        };
        let links = self.links.iter_mut().enumerate();
        let told = links.map(|(index, link)| agents.tell(index, link, request));
        let told = join_all(told).await;
        told.into_iter().max().unwrap_or(Told::Absent)
    }

    async fn ask_one(
        &mut self,
        index: usize,
        message: &[u8],
        passage: &Passage,
        starting: Starting,
    ) -> Option<Vec<u8>> {
        let agents = Rc::clone(&self.agents);
        let _place = self.place(&agents, passage)?;
        let request = Request {
            starting,
            ..request(message, passage, &self.path)
        };
        let link = self.links.get_mut(index)?;
        agents.ask(index, link, request).await.ok()
    }

    /// Whether the requests come from an agent behind.
    fn leads_back(&self) -> bool {
        let is_from = |client| self.agents.has_process(client);
        let leads_back = self.is_a_loop || self.client.is_some_and(is_from);
        if leads_back {
            debug!("asked no agent behind: the request comes from one of them");
        }
        leads_back
    }

    /// `None` if the request must not reach an agent behind.
    fn place<'a>(&self, agents: &'a Agents, passage: &Passage) -> Option<Place<'a>> {
        if self.leads_back() {
            return None;
        }
        let _of_host = match passage.origin {
            Origin::Local => None,
            Origin::Forwarded => Some(agents.forwarded.take(&passage.sessions)?),
        };
        Some(Place { _of_host })
    }
}

fn request<'a>(message: &'a [u8], passage: &'a Passage, path: &'a Path) -> Request<'a> {
    Request {
        message,
        passage,
        path,
        patience: Patience::Person,
        starting: Starting::Never,
        is_urgent: false,
    }
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
