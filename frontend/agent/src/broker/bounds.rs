//! How many requests may be at the broker at a time, and how many may wait.

use super::places::Bounds;
use crate::asking::conversations;
use crate::behind::host_places;
use crate::serving::limit::{MAX_CONNECTIONS, MIN_CONNECTIONS};

/// Requests of local programs that wait: as many as there can be, because each connection has one
/// request in progress at a time. What they hold is bounded elsewhere
/// (`serving/requests.rs`). A program that logs in to some hundred hosts at once waits for the TPM,
/// as it would for a slow file system, and is not refused.
const LOCAL_WAITING: usize = MAX_CONNECTIONS;

/// Signatures for local programs. A person can answer only a few questions at once, and the TPM
/// makes one signature after the other.
pub(super) const LOCAL_SIGNS: Bounds = Bounds {
    at_broker: 16,
    waiting: LOCAL_WAITING,
};

/// Lists for local programs. Each takes milliseconds, and a signature usually follows.
pub(super) const LOCAL_LISTS: Bounds = Bounds {
    at_broker: 8,
    waiting: LOCAL_WAITING,
};

/// Signatures for all hosts to which the agent is forwarded, and as many lists. People log in
/// from one host to the next, one at a time.
pub(super) const FORWARDED: Bounds = Bounds {
    at_broker: 4,
    waiting: 16,
};

/// Most requests of forwarded connections that are in progress at a time, at the broker or at
/// agents behind.
pub(crate) const MAX_FORWARDED_REQUESTS: usize =
    2 * FORWARDED.sum() + conversations::MAX_FORWARDED_WAITING + host_places::MAX_FORWARDED;

// The agent closes no connection with a request in progress. Forwarded ones must not fill it this
// way.
const _: () = assert!(MAX_FORWARDED_REQUESTS < MIN_CONNECTIONS);
