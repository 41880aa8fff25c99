//! Generations of long keys: when the next one may start.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Line;

/// How long a generation lets others go first, and how long others come first after one at least:
/// about as long as one keeps a slow chip. After one that took longer, they come first for as long
/// as it took, so that with others waiting the chip makes keys half of the time at most. A user who
/// derives keys can choose those that take longest.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How long the TPM has to have had no other work before a generation starts. Programs ask for one
/// signature after the other, and a login needs that of the host and that of the user; between
/// two of them nothing waits, and yet half a minute would be felt.
pub(super) const LULL: Duration = Duration::from_secs(1);

/// Those that wait, in the order in which they came; of each line one at most.
#[derive(Debug)]
pub(super) struct Generations<T> {
    waiting: VecDeque<Waiting<T>>,
    /// When the last one began.
    began: Option<Instant>,
    /// Until when others come first after the last one.
    rests_until: Option<Instant>,
    /// When the TPM last did something else.
    others: Option<Instant>,
}

#[derive(Debug)]
struct Waiting<T> {
    line: Line,
    since: Instant,
    item: T,
}

impl<T> Generations<T> {
    pub(crate) fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            began: None,
            rests_until: None,
            others: None,
        }
    }

    pub(super) fn push(&mut self, line: Line, item: T, now: Instant) {
        self.waiting.push_back(Waiting {
            line,
            since: now,
            item,
        });
    }

    /// The next one, which begins now.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(Line, T)> {
        let next = self.waiting.pop_front()?;
        self.began = Some(now);
        Some((next.line, next.item))
    }

    /// Drops all but those that are `wanted`.
    pub(super) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.waiting.retain(|one| wanted(&one.item));
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many of them are of `line`.
    pub(super) fn of(&self, line: Line) -> usize {
        self.waiting.iter().filter(|one| one.line == line).count()
    }

    /// One of them has ended.
    pub(super) fn ended(&mut self, now: Instant) {
        let took = self.began.map(|began| now.saturating_duration_since(began));
        self.rests_until = Some(now + took.unwrap_or_default().max(PATIENCE));
    }

    /// The TPM has done something else.
    pub(super) fn others_were_served(&mut self, now: Instant) {
        self.others = Some(now);
    }

    /// From when on the next one may start; `None` if there is none.
    pub(super) fn start_at(&self, others_wait: bool) -> Option<Instant> {
        let next = self.waiting.front()?;
        let patient_until = next.since + PATIENCE;
        let patient_until = self
            .rests_until
            .map_or(patient_until, |rest| rest.max(patient_until));
        if others_wait {
            return Some(patient_until);
        }
        let lull = self.others.map_or(next.since, |others| others + LULL);
        Some(lull.min(patient_until))
    }
}
