//! How many requests may be at the broker at the same time, and how many may wait.

use super::places::Bounds;
use crate::asking::conversations;

/// Signatures for local programs. A person can be asked about a few things at once, and the TPM
/// does one after the other anyway; those that wait are the logins that sshd begins at the same
/// time (`MaxStartups`, 100), or a program that logs in to a hundred hosts.
pub(super) const LOCAL_SIGNS: Bounds = Bounds {
    at_broker: 16,
    waiting: 128,
};

/// Lists for local programs: each takes milliseconds, and comes before a signature.
pub(super) const LOCAL_LISTS: Bounds = Bounds {
    at_broker: 8,
    waiting: 128,
};

/// Signatures for all hosts to which the agent is forwarded, and as many lists: people jump from
/// one to the next, one at a time.
pub(super) const FORWARDED: Bounds = Bounds {
    at_broker: 4,
    waiting: 16,
};

/// Most requests of forwarded connections that are in progress at the same time.
pub(crate) const MAX_FORWARDED_REQUESTS: usize =
    2 * FORWARDED.sum() + conversations::MAX_FORWARDED_WAITING;

/// Most requests that are in progress at the same time.
pub(crate) const MAX_REQUESTS: usize = LOCAL_SIGNS.sum()
    + LOCAL_LISTS.sum()
    + conversations::MAX_LOCAL_WAITING
    + MAX_FORWARDED_REQUESTS;
