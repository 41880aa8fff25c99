//! Places for requests of other hosts at agents behind.
//!
//! A host gets a further place as long as more places are free than it has. Whatever one host does,
//! it takes half of them at most, and the next one finds half of the rest.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use sshtpm_ssh::session::Binding;

/// Most requests of forwarded connections that are at agents behind, so that one host has eight at
/// a time. A further one is answered as if there were no agent behind. Each may wait for a person.
pub(crate) const MAX_FORWARDED: usize = 16;

/// The places of all hosts.
#[derive(Debug, Default)]
pub(super) struct HostPlaces {
    state: RandomState,
    taken: RefCell<Vec<Host>>,
}

/// A host, by a hash of its key with a secret of this process. `None` stands for all whose key is
/// not known.
type Host = Option<u64>;

/// A place of one request. Dropping it makes the place free.
#[derive(Debug)]
pub(crate) struct HostPlace<'p> {
    places: &'p HostPlaces,
    host: Host,
}

impl HostPlaces {
    /// A place for a request that came through `sessions`, from this machine outwards. `None` if
    /// the host of the first one has as many as are free. ssh on this machine proved that host's
    /// key; the host itself could name any for the others.
    pub(super) fn take(&self, sessions: &[Binding]) -> Option<HostPlace<'_>> {
        let nearest = sessions.first();
        let host = nearest.map(|session| self.state.hash_one(&session.host_key));
        let mut taken = self.taken.borrow_mut();
        let has = taken.iter().filter(|&&one| one == host).count();
        let free = MAX_FORWARDED.saturating_sub(taken.len());
        if has >= free {
            return None;
        }
        taken.push(host);
        Some(HostPlace { places: self, host })
    }
}

impl Drop for HostPlace<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.borrow_mut();
        if let Some(at) = taken.iter().position(|one| *one == self.host) {
            taken.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Binding, HostPlace, HostPlaces, MAX_FORWARDED};

    fn through(host: &str) -> Vec<Binding> {
        let binding = |host: &str| Binding {
            host_key: host.into(),
            session_id: Vec::new(),
            signature: Vec::new(),
            is_forwarding: true,
        };
        vec![binding(host), binding("further")]
    }

    fn take_all<'p>(places: &'p HostPlaces, host: &str) -> Vec<HostPlace<'p>> {
        std::iter::from_fn(|| places.take(&through(host))).collect()
    }

    #[test]
    fn one_host_takes_half_of_the_places_at_most() {
        let places = HostPlaces::default();
        let first = take_all(&places, "first");
        assert_eq!(first.len(), MAX_FORWARDED / 2);
        let second = take_all(&places, "second");
        assert_eq!(second.len(), MAX_FORWARDED / 4);
        assert!(places.take(&through("third")).is_some());
    }

    #[test]
    fn hosts_together_take_no_more_places_than_there_are() {
        let places = HostPlaces::default();
        let hosts = 0..2 * MAX_FORWARDED;
        let taken = hosts.filter_map(|host| places.take(&through(&host.to_string())));
        assert_eq!(taken.collect::<Vec<_>>().len(), MAX_FORWARDED);
    }

    #[test]
    fn a_place_that_is_given_up_is_free_again() {
        let places = HostPlaces::default();
        drop(take_all(&places, "first"));
        assert_eq!(take_all(&places, "second").len(), MAX_FORWARDED / 2);
    }
}
