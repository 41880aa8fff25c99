//! Bytes of answers that a user was sent, less those that the time since then allows.

use std::time::{Duration, Instant};

/// Bytes of answers at once: some 90 lists of 64 keys, and a thirtieth of what dbus-daemon takes
/// from the broker.
const BURST_BYTES: u64 = 4 * 1024 * 1024;

/// Bytes of answers in a second after that: more than anybody reads.
const BYTES_PER_SECOND: u64 = 256 * 1024;

/// Bytes of refusals that count after that: who was refused a thousand times or a million waits
/// one second.
const REFUSED_BYTES: u64 = 256 * 1024;

/// The debt, kept as the moment at which it is paid.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Debt {
    paid_at: Option<Instant>,
}

impl Debt {
    pub(super) fn add(&mut self, bytes: usize, now: Instant) {
        let since = self.paid_at.map_or(now, |at| at.max(now));
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.paid_at = since.checked_add(time_for(bytes)).or(self.paid_at);
    }

    /// Adds a refusal, unless those since the last answer are too many to count.
    pub(super) fn add_refusal(&mut self, bytes: usize, now: Instant) {
        if !self.was_told(now) {
            self.add(bytes, now);
        }
    }

    /// Whether so many calls were refused that further refusals can be short.
    pub(super) fn was_told(&self, now: Instant) -> bool {
        self.left(now) > time_for(BURST_BYTES + REFUSED_BYTES)
    }

    pub(super) fn is_paid(&self, now: Instant) -> bool {
        self.left(now).is_zero()
    }

    /// Whether it has to fade before the next answer.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.left(now) > time_for(BURST_BYTES)
    }

    fn left(&self, now: Instant) -> Duration {
        self.paid_at
            .map(|at| at.saturating_duration_since(now))
            .unwrap_or_default()
    }
}

/// How long it takes until that many bytes are paid.
fn time_for(bytes: u64) -> Duration {
    Duration::from_micros(bytes.saturating_mul(1_000_000) / BYTES_PER_SECOND)
}
