//! What a user noticed beside a load, as rows of the table.

use std::time::Duration;

use super::guard::MAX_MB;
use super::row::{Goal, Row};
use super::sampling::{Times, median_ms};
use crate::neighbours::Load;

/// Most that a signature may take, as a multiple of what it takes alone.
const MEDIAN_GOAL: f64 = 2.5;

/// Most seconds that the slowest signature, and a login, may take more than alone.
const LONGER_GOAL: f64 = 1.0;

/// Most memory of the broker, in megabytes: below `MemoryMax=` of its unit (256 MiB).
const MEMORY_GOAL_MB: f64 = 200.0;

/// What a user noticed.
#[derive(Debug, Default)]
pub struct Noticed {
    /// How long each signature took; one that was refused counts with the longest wait for one.
    pub signatures: Vec<Duration>,
    /// How many of them were refused or did not come.
    pub refused: usize,
    /// The same for logins.
    pub logins: Vec<Duration>,
    /// How many of them failed.
    pub logins_refused: usize,
    /// How long each login with key files took, which needs nothing of ours.
    pub logins_with_files: Vec<Duration>,
    /// What the load had done by then.
    pub done: usize,
    /// The greatest use of memory by the broker, in megabytes; `None` if it ended.
    pub peak_mb: Option<f64>,
    /// Whether the broker served at once when the load was over.
    pub recovered: bool,
}

impl Noticed {
    /// The rows about `load`, against the same `alone`. None of it is kept: the load's own share of
    /// the processors is another one on each machine.
    pub fn rows(&self, load: Load, alone: &Self) -> Vec<Row> {
        let row = |what: &str, title: &str| {
            let id = format!("neighbours.{}.{what}", load.name());
            Row::new(id, format!("{title}, {}", load.title()))
        };
        let ratio = median_ms(&self.signatures).zip(median_ms(&alone.signatures));
        let mut median = row("median", "signature");
        median.floor = Times::of(&alone.signatures);
        vec![
            median
                .times(Times::of(&self.signatures))
                .figure(ratio.map(|(ours, floor)| ours / floor), "x")
                .goal(Goal::AtMost(MEDIAN_GOAL))
                .note(self.note(load)),
            row("worst", "slowest signature")
                .figure(longer(&self.signatures, &alone.signatures), "s more")
                .goal(Goal::AtMost(LONGER_GOAL)),
            row("login", "slowest login")
                .figure(longer(&self.logins, &alone.logins), "s more")
                .goal(Goal::AtMost(LONGER_GOAL)),
            row("files", "slowest login with key files").figure(
                longer(&self.logins_with_files, &alone.logins_with_files),
                "s more",
            ),
            row("memory", "broker's peak memory")
                .figure(Some(self.peak_mb.unwrap_or(MAX_MB)), "MB")
                .goal(Goal::AtMost(MEMORY_GOAL_MB)),
        ]
    }

    fn note(&self, load: Load) -> String {
        let Self {
            refused,
            logins_refused,
            done,
            ..
        } = self;
        let after = match (self.peak_mb, self.recovered) {
            (None, _) => "the broker ended, and counts with the bound on its memory",
            (Some(_), true) => "the broker served at once afterwards",
            (Some(_), false) => "the broker had to be started anew",
        };
        format!(
            "{}: it had {done} things done; {refused} of {} signatures and {logins_refused} of {} \
             logins failed; {after}",
            load.name(),
            self.signatures.len(),
            self.logins.len()
        )
    }
}

/// How many seconds the longest of `ours` took more than the longest `alone`.
fn longer(ours: &[Duration], alone: &[Duration]) -> Option<f64> {
    let (ours, alone) = (ours.iter().max()?, alone.iter().max()?);
    Some(ours.as_secs_f64() - alone.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Load, Noticed};

    #[test]
    fn a_broker_that_ended_misses_the_goals_for_time_and_memory() {
        let times = |ms: &[u64]| ms.iter().copied().map(Duration::from_millis).collect();
        let noticed = |signatures: &[u64]| Noticed {
            signatures: times(signatures),
            logins: times(&[100]),
            logins_with_files: times(&[100]),
            ..Noticed::default()
        };
        let mut beside = noticed(&[10, 20, 2_000]);
        beside.refused = 1;
        let rows = beside.rows(Load::LargeValues, &noticed(&[10, 10, 10]));
        let met: Vec<_> = rows.iter().map(super::Row::is_within).collect();
        assert_eq!(
            met,
            [Some(true), Some(false), Some(true), None, Some(false)]
        );
        let note = &rows[0].note;
        assert!(
            note.contains("1 of 3 signatures") && note.contains("the broker ended"),
            "{note}"
        );
    }
}
