//! What time it is.

use std::time::{Duration, Instant};

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970-01-01 UTC.
    fn now(&self) -> u64;

    /// How long the machine is up, times included in which it slept; nobody sets it.
    fn since_boot(&self) -> Duration;

    /// A time that nobody sets, to measure how long something is ago.
    fn monotonic(&self) -> Instant;
}
