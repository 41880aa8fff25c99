//! The hosts that a person is told before confirming a use.
//!
//! A person reads the key of a host only if the host proved to have it, and a name only if the
//! owner of the SSH key gave that name to that host, in a destination. What a client says of names
//! is not asked for: a person would read it in the place of the key.

use super::Destinations;
use super::legs::Legs;
use crate::session::{Hosts, Path, ProvedHost, Sessions, Steps};
use crate::signed_data::UserAuth;
use sshtpm_ssh::fingerprint::Fingerprint;

/// The hosts of a request that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The host of a login. `None` if it is not known.
    pub(crate) login: Option<ProvedHost>,
    /// The host to which the SSH client of this machine forwards the agent. `None` if it is not
    /// forwarded, or that host is not known.
    pub(crate) nearest: Option<ProvedHost>,
}

/// Whether all sessions of a request are verified already, and end with its login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Given,
    Missing,
}

impl Proof {
    pub(super) fn of(is_given: bool) -> Self {
        match is_given {
            true => Self::Given,
            false => Self::Missing,
        }
    }
}

impl Told {
    /// Those of `sessions`, which are for `login` if there is one. A person can refuse a request of
    /// which none is known.
    pub(super) async fn find(
        destinations: &Destinations,
        (sessions, proof): (&Sessions, Proof),
        login: Option<&UserAuth>,
        now: u64,
    ) -> Self {
        let Ok(Some(path)) = sessions.path() else {
            return Self::default();
        };
        let is_for_login = login.is_some_and(|login| path.ends_with(login));
        let are_proved = proof == Proof::Given || (is_for_login && path.verify().await.is_ok());
        let is_near_proved = sessions.are_forwarded()
            && (are_proved || (!is_for_login && path.verify_nearest().await.is_ok()));
        let names = Names::of(destinations, &path, now);
        let host = |place| names.host(&path, place);
        Self {
            login: are_proved.then(|| host(path.length() - 1)).flatten(),
            nearest: is_near_proved.then(|| host(0)).flatten(),
        }
    }
}

/// What the owner of a key calls the hosts of a path.
struct Names<'a>(Option<Legs<'a>>);

impl<'a> Names<'a> {
    fn of(destinations: &'a Destinations, path: &'a Path<'a>, now: u64) -> Self {
        let mut steps = Steps::of_a_request();
        Self(Legs::of(destinations, &mut Hosts::of(path, now), &mut steps).ok())
    }

    fn host(&self, path: &Path<'_>, place: usize) -> Option<ProvedHost> {
        let key = path.hosts().nth(place)?.key();
        let name = self.0.as_ref().and_then(|legs| legs.name_at(place));
        Some(ProvedHost::new(Fingerprint::of(key), name))
    }
}
