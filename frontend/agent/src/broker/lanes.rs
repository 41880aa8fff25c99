//! Separate places for local and forwarded requests. A host to which the agent is forwarded
//! therefore takes no place from a program on this machine.

use std::cell::RefCell;

use sshtpm_dbus::Error;
use tracing::warn;

use super::bounds::{FORWARDED, LOCAL_LISTS, LOCAL_SIGNS};
use super::places::{Bounds, Places};
use super::reason::Reason;
use crate::origin::Origin;
use crate::throttle::Throttle;

/// The lane of each origin.
#[derive(Debug)]
pub(super) struct Lanes {
    local: Lane,
    forwarded: Lane,
}

/// The places and the log limit for the requests of one origin.
#[derive(Debug)]
pub(super) struct Lane {
    /// For requests to sign.
    pub(super) signs: Places,
    /// For all other requests, which the broker answers within milliseconds.
    pub(super) lists: Places,
    failures: RefCell<Throttle<Reason>>,
}

impl Default for Lanes {
    /// Lanes with all places free.
    fn default() -> Self {
        Self {
            local: Lane::new(LOCAL_SIGNS, LOCAL_LISTS),
            forwarded: Lane::new(FORWARDED, FORWARDED),
        }
    }
}

impl Lanes {
    /// The lane of the requests that come from `origin`.
    pub(super) fn of(&self, origin: Origin) -> &Lane {
        match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        }
    }
}

impl Lane {
    fn new(signs: Bounds, lists: Bounds) -> Self {
        Self {
            signs: Places::new(signs),
            lists: Places::new(lists),
            failures: RefCell::default(),
        }
    }

    /// Logs that `what` failed with `error`, at most once a minute for each reason.
    pub(super) fn report(&self, what: &'static str, error: &Error) {
        let reason = Reason::new(what, None, error);
        if let Some(suppressed) = self.failures.borrow_mut().passes(reason) {
            warn!("{what}: {error}{suppressed}");
        }
    }

    /// The same for a request to sign with the key that has `fingerprint`.
    pub(super) fn report_signing(&self, fingerprint: &str, error: &Error) {
        let reason = Reason::new("cannot sign", Some(fingerprint), error);
        if let Some(suppressed) = self.failures.borrow_mut().passes(reason) {
            warn!("cannot sign with {fingerprint}: {error}{suppressed}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lanes, Places};
    use crate::broker::places::Place;
    use crate::origin::Origin;
    use futures_util::FutureExt;

    /// Takes every place that is free.
    fn crowd(places: &Places) -> Vec<Place> {
        let taken = std::iter::from_fn(|| places.take().now_or_never());
        taken.map(|place| place.unwrap()).collect()
    }

    fn has_room(places: &Places) -> bool {
        places
            .take()
            .now_or_never()
            .is_some_and(|taken| taken.is_ok())
    }

    #[tokio::test]
    async fn a_list_does_not_wait_behind_signatures() {
        let lanes = Lanes::default();
        for origin in [Origin::Local, Origin::Forwarded] {
            let lane = lanes.of(origin);
            let _signing = crowd(&lane.signs);
            assert!(!has_room(&lane.signs));
            assert!(has_room(&lane.lists));
        }
    }

    #[tokio::test]
    async fn forwarded_requests_take_no_place_of_local_ones() {
        let lanes = Lanes::default();
        let (forwarded, local) = (lanes.of(Origin::Forwarded), lanes.of(Origin::Local));
        let _crowd = (crowd(&forwarded.signs), crowd(&forwarded.lists));
        assert!(!has_room(&forwarded.signs) && !has_room(&forwarded.lists));
        assert!(has_room(&local.signs) && has_room(&local.lists));
    }
}
