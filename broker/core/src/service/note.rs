//! Recording what is decided about one request for a use of a key.

use std::time::Instant;

use super::Service;
use crate::error::Error;
use crate::identity::Owner;
use crate::key::KeyRecord;
use crate::ports::{Clock as _, Ports, UseRecord as _};
use crate::uses::{AskedFor, Outcome, Use};
use sshtpm_ssh::fingerprint::Fingerprint;

/// Records, when it is dropped, what was decided, or that the caller left before that.
#[derive(Debug)]
#[must_use = "it is written down as soon as it is dropped"]
pub(super) struct Note<'a, P: Ports> {
    service: &'a Service<P>,
    owner: Owner,
    key: Fingerprint,
    /// What was asked for, as far as it is known by now.
    pub(super) asked: AskedFor,
    outcome: Outcome,
    begun: Instant,
}

impl<'a, P: Ports> Note<'a, P> {
    /// Begins with a request about a key of its caller.
    pub(super) fn begin(service: &'a Service<P>, record: &KeyRecord, asked: AskedFor) -> Self {
        Self {
            service,
            owner: record.owner.clone(),
            key: record.fingerprint(),
            asked,
            outcome: Outcome::Left,
            begun: service.ports.clock().monotonic(),
        }
    }

    /// It was decided, and how.
    pub(super) fn decided<T>(mut self, result: &Result<T, Error>) {
        self.outcome = match result {
            Ok(_) => Outcome::Signed,
            Err(error) => Outcome::of_error(error.kind()),
        };
    }
}

impl<P: Ports> Drop for Note<'_, P> {
    fn drop(&mut self) {
        let ports = &self.service.ports;
        ports.uses().note(Use {
            time: ports.clock().now(),
            owner: self.owner.clone(),
            key: self.key,
            asked: std::mem::take(&mut self.asked),
            outcome: self.outcome,
            took: ports
                .clock()
                .monotonic()
                .saturating_duration_since(self.begun),
        });
    }
}
