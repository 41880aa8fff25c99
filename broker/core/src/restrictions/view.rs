//! Which keys are listed for a client: those that it might use.
//!
//! Some clients give up at the first key that refuses, so a key that refuses them anyway is not
//! listed. Nothing is verified for this. A client that lies gains nothing: one that says nothing of
//! itself sees every key.

use super::legs::Legs;
use super::{Destinations, Origin, Restrictions};
use crate::session::{Forged, Hosts, OutOfSteps, Path, Steps};

/// What a client sees of keys.
#[derive(Debug)]
pub(crate) struct View<'a> {
    origin: Origin<'a>,
    way: Way<'a>,
    steps: Steps,
}

/// Where the sessions lead.
#[derive(Debug)]
enum Way<'a> {
    /// There is no session.
    Unknown,
    /// They do not fit together.
    Forged,
    /// Along these hosts.
    Along {
        hosts: Hosts<'a>,
        length: usize,
        is_forwarding: bool,
    },
}

impl<'a> View<'a> {
    /// From `origin`, of whose sessions `path` was read; `now` is what the time is.
    pub(crate) fn from(
        origin: Origin<'a>,
        path: &'a Result<Option<Path<'a>>, Forged>,
        now: u64,
    ) -> Self {
        let way = match path {
            Ok(None) => Way::Unknown,
            Err(Forged) => Way::Forged,
            Ok(Some(path)) => Way::Along {
                hosts: Hosts::of(path, now),
                length: path.length(),
                is_forwarding: path.last().1.is_forwarding(),
            },
        };
        Self {
            origin,
            way,
            steps: Steps::of_a_request(),
        }
    }

    /// Whether a key with these restrictions is listed: it might be used there.
    ///
    /// # Errors
    ///
    /// This key and those before it take more steps than a request has.
    pub(crate) fn shows(&mut self, key: &'a Restrictions) -> Result<bool, OutOfSteps> {
        let sessions = self.origin.sessions;
        if key.forwarding.check(self.origin).is_err()
            || sessions.are_for_login() && !key.may_log_in()
        {
            return Ok(false);
        }
        if key.destinations.are_everywhere() {
            return Ok(true);
        }
        // What is not bound to a session logs in nowhere with such a key.
        if sessions.are_none() && self.origin.other_program().is_some() {
            return Ok(false);
        }
        self.way.is_allowed(&key.destinations, &mut self.steps)
    }

    /// How many steps the keys took by now.
    #[cfg(test)]
    pub(crate) fn steps_taken(&self) -> usize {
        self.steps.taken()
    }
}

impl<'a> Way<'a> {
    /// Whether a key may take the whole way, and where that does not end with a login, one further
    /// hop.
    fn is_allowed(
        &mut self,
        destinations: &'a Destinations,
        steps: &mut Steps,
    ) -> Result<bool, OutOfSteps> {
        match self {
            Self::Unknown => Ok(true),
            Self::Forged => Ok(false),
            Self::Along {
                hosts,
                length,
                is_forwarding,
            } => {
                let legs = Legs::of(destinations, hosts, steps)?;
                let goes_on = !*is_forwarding || legs.begin_at(length.saturating_sub(1));
                Ok(goes_on && legs.end_before(*length, None, steps)?.is_none())
            }
        }
    }
}
