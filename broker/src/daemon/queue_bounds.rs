//! How much may wait for the TPM.

use crate::config::Config;
use sshtpm_core::queue::QueueBounds;

/// Most requests of users that wait for the TPM in all.
const QUEUE_LENGTH: usize = 1024;

/// The bounds of the queue, by the configuration.
pub(super) fn queue_bounds(config: &Config) -> QueueBounds {
    QueueBounds {
        per_user: config.limits().requests_per_user,
        in_all: QUEUE_LENGTH,
        host_per_second: config.host_signatures_per_second(),
    }
}
