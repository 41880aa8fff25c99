//! What time it is.

use std::time::{Duration, Instant};

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970-01-01 UTC.
    fn now(&self) -> u64;

    /// The time since boot, suspended time included. It cannot be set.
    fn since_boot(&self) -> Duration;

    /// A time that cannot be set, to measure durations.
    fn monotonic(&self) -> Instant;
}
