//! Whether a person has to confirm each use of a key.
//!
//! May touch: the system bus.

use std::collections::HashMap;

use tokio::sync::Semaphore;

use super::bus::Bus;
use crate::origin::Origin;

/// Looks at a time for the requests of one origin. Many requests may take long at the same time,
/// and there are few notifications.
const LOOKS: usize = 1;

/// Looks at keys, one after the other.
#[derive(Debug)]
pub(super) struct Confirmed {
    bus: Bus,
    local: Semaphore,
    forwarded: Semaphore,
}

impl Confirmed {
    /// Keys at the other end of `bus`.
    pub(super) fn new(bus: Bus) -> Self {
        Self {
            bus,
            local: Semaphore::new(LOOKS),
            forwarded: Semaphore::new(LOOKS),
        }
    }

    /// Whether it is so for the key that has `fingerprint`, which a request from `origin` uses. A
    /// key that cannot be looked at is taken for one that needs nobody: this decides about a
    /// notification alone.
    pub(super) async fn is_confirmed(&self, fingerprint: &str, origin: Origin) -> bool {
        let turns = match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        };
        let Ok(_turn) = turns.acquire().await else {
            return false;
        };
        let options = HashMap::new();
        let list = self
            .bus
            .call(async |broker| broker.keys().list(&options).await);
        let keys = list.await.unwrap_or_default();
        let mut of_name = keys.iter().filter(|key| key.fingerprint == fingerprint);
        of_name.any(|key| key.confirm)
    }
}
