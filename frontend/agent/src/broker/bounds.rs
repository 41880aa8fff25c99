//! How many requests may be at the broker at a time, and how many may wait.

use super::places::Bounds;
use crate::asking::conversations;

/// Signatures for local programs. A person can answer only a few questions at once, and the TPM
/// makes one signature after the other. Many requests wait if sshd begins many logins at the same
/// time (`MaxStartups`, 100), or if a program logs in to a hundred hosts.
pub(super) const LOCAL_SIGNS: Bounds = Bounds {
    at_broker: 16,
    waiting: 128,
};

/// Lists for local programs. Each takes milliseconds, and a signature usually follows.
pub(super) const LOCAL_LISTS: Bounds = Bounds {
    at_broker: 8,
    waiting: 128,
};

/// Signatures for all hosts to which the agent is forwarded, and as many lists. People log in
/// from one host to the next, one at a time.
pub(super) const FORWARDED: Bounds = Bounds {
    at_broker: 4,
    waiting: 16,
};

/// Most requests of forwarded connections that are in progress at a time.
pub(crate) const MAX_FORWARDED_REQUESTS: usize =
    2 * FORWARDED.sum() + conversations::MAX_FORWARDED_WAITING;

/// Most requests that are in progress at a time.
pub(crate) const MAX_REQUESTS: usize = LOCAL_SIGNS.sum()
    + LOCAL_LISTS.sum()
    + conversations::MAX_LOCAL_WAITING
    + MAX_FORWARDED_REQUESTS;
