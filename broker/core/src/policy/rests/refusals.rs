//! What people refused to one user, and the rests that follow.

use std::time::Duration;

use super::topic::{Origin, Topic};

/// The refusals of one user that still count.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    local: Vec<Refusal>,
    forwarded: Vec<Refusal>,
}

/// One topic, and how often it was refused.
#[derive(Debug)]
struct Refusal {
    topic: Topic,
    times: usize,
    /// The time of the last one.
    last: Duration,
    /// The end of the rest.
    until: Duration,
}

/// Rests of a program on this machine. A first refusal may have been a slip, and the owner of the
/// key, who is there, may need it: the longest rest is short.
const LOCAL: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(10),
    Duration::from_secs(60),
];

/// Rests of another machine. A person who refuses has time to end the session; the longest lets a
/// machine open six dialogues in an hour.
const FORWARDED: [Duration; 3] = [
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
];

/// How long after the end of a rest a further refusal makes the next one longer.
const MEMORY: Duration = Duration::from_secs(3600);

/// Refusals of programs on this machine that are remembered for one user: as many as a user has
/// keys by default.
const MOST_LOCAL: usize = 64;

/// Refusals of other machines that are remembered for one user: a person is logged in to fewer with
/// a forwarded agent, and refuses fewer keys to one.
const MOST_FORWARDED: usize = 16;

impl Refusals {
    /// How long a rest of `topic` lasts yet.
    pub(super) fn rest(&self, topic: &Topic, now: Duration) -> Option<Duration> {
        let (list, most) = match topic.origin {
            Origin::Local => (&self.local, usize::MAX),
            Origin::Forwarded(_) => (&self.forwarded, MOST_FORWARDED),
        };
        let known = list.iter().find(|one| one.topic == *topic);
        let until = match known {
            Some(known) => Some(known.until),
            // There is no room for one more refusal, so no further machine asks until there is.
            None if list.len() >= most => list.iter().map(|one| one.until).min(),
            None => None,
        };
        until?.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// A person refused, at `now`, a question that was `begun` earlier. Of questions that were open
    /// at the same time, the first one counts.
    pub(super) fn add(&mut self, topic: Topic, begun: Duration, now: Duration) {
        self.drop_old(now);
        let (list, rests) = match topic.origin {
            Origin::Local => (&mut self.local, &LOCAL),
            Origin::Forwarded(_) => (&mut self.forwarded, &FORWARDED),
        };
        let known = list.iter().position(|one| one.topic == topic);
        let known = known.map(|at| list.swap_remove(at));
        let times = match known {
            Some(known) if begun < known.last => return list.push(known),
            Some(known) => known.times,
            None => make_room(list, topic.origin),
        };
        let rest = rests.get(times).or(rests.last()).copied();
        list.push(Refusal {
            topic,
            times: times.saturating_add(1),
            last: now,
            until: now.saturating_add(rest.unwrap_or_default()),
        });
    }

    /// A person agreed.
    pub(super) fn forget(&mut self, topic: &Topic) {
        self.local.retain(|one| one.topic != *topic);
        self.forwarded.retain(|one| one.topic != *topic);
    }

    /// Whether there is anything to remember.
    pub(super) fn are_remembered(&self, now: Duration) -> bool {
        let mut all = self.local.iter().chain(&self.forwarded);
        all.any(|one| one.counts(now))
    }

    fn drop_old(&mut self, now: Duration) {
        self.local.retain(|one| one.counts(now));
        self.forwarded.retain(|one| one.counts(now));
    }
}

impl Refusal {
    fn counts(&self, now: Duration) -> bool {
        now < self.until.saturating_add(MEMORY)
    }
}

/// Drops the refusal whose rest ends first, if there is no room for another one. Returns how often
/// the other one counts as refused by that: a machine that comes with ever new host keys takes over
/// what it had before.
fn make_room(list: &mut Vec<Refusal>, origin: Origin) -> usize {
    let (most, takes_over) = match origin {
        Origin::Local => (MOST_LOCAL, false),
        Origin::Forwarded(_) => (MOST_FORWARDED, true),
    };
    if list.len() < most {
        return 0;
    }
    let first = list.iter().enumerate().min_by_key(|(_, one)| one.until);
    let Some((at, _)) = first else { return 0 };
    let dropped = list.swap_remove(at);
    if takes_over { dropped.times } else { 0 }
}

#[cfg(test)]
mod tests;
