//! Why keys were lately not added or removed: the last time of each reason.
//!
//! May touch: the log. Both the log and what is kept are bounded: one line a minute for each
//! reason, and as many reasons as a report has.

use std::collections::VecDeque;

use sshtpm_ssh::agent_report::{MAX_REFUSALS, Refused};
use tokio::time::Instant;
use tracing::warn;

use crate::throttle::Throttle;

/// The reasons, the newest first.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    logged: Throttle<&'static str>,
    last: VecDeque<(Instant, &'static str)>,
}

impl Refusals {
    /// Logs one, unless that was done within the last minute, and keeps it.
    pub(super) fn note(&mut self, why: &'static str) {
        if let Some(suppressed) = self.logged.passes(why) {
            warn!("{why}{suppressed}");
        }
        self.last.retain(|(_, one)| *one != why);
        self.last.push_front((Instant::now(), why));
        self.last.truncate(MAX_REFUSALS);
    }

    /// Those that are kept.
    pub(super) fn told(&self) -> Vec<Refused> {
        let told = self.last.iter().map(|(when, why)| Refused {
            seconds_ago: when.elapsed().as_secs(),
            why: (*why).to_owned(),
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Refusals;

    #[tokio::test(start_paused = true)]
    async fn each_reason_is_told_once_with_its_last_time() {
        let mut refusals = Refusals::default();
        refusals.note("one");
        refusals.note("two");
        tokio::time::advance(Duration::from_secs(60)).await;
        refusals.note("one");
        tokio::time::advance(Duration::from_secs(5)).await;
        let told = refusals.told();
        let told: Vec<_> = told
            .iter()
            .map(|one| (one.seconds_ago, &*one.why))
            .collect();
        assert_eq!(told, [(5, "one"), (65, "two")]);
    }
}
