//! Rests: for how long a host to which the agent is forwarded asks for no PIN after a question in
//! vain.
//!
//! Each such question makes the next rest of that host longer, whatever the key: otherwise a host
//! could go from key to key. A PIN that unlocks a key ends it.

use std::time::Duration;

use tokio::time::Instant;

/// How long the rests are. After the first question, a user has a minute to end the session that
/// opens such dialogues.
pub(super) const RESTS: [Duration; 3] = [
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(600),
];

/// How long after the end of a rest a further question in vain makes the next one longer.
const MEMORY: Duration = Duration::from_secs(3600);

/// Hosts that are remembered: a person is logged in to fewer with a forwarded agent.
const MOST_HOSTS: usize = 16;

/// The hosts that rest, or did so lately.
#[derive(Debug, Default)]
pub(super) struct Rests {
    hosts: Vec<Host>,
}

/// A host, by the fingerprint of its key. `None` stands for all whose key is not known.
pub(super) type HostName = Option<String>;

#[derive(Debug)]
struct Host {
    name: HostName,
    /// Questions in vain.
    times: usize,
    until: Instant,
}

impl Rests {
    /// How long the rest of `host` lasts yet.
    pub(super) fn left(&self, host: &HostName, now: Instant) -> Option<Duration> {
        let until = match self.hosts.iter().find(|one| one.name == *host) {
            Some(known) => Some(known.until),
            // There is no room for one more, so no further host asks until there is.
            None if self.hosts.len() >= MOST_HOSTS => self.hosts.iter().map(|one| one.until).min(),
            None => None,
        };
        let left = until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// `host` asked in vain.
    pub(super) fn add(&mut self, host: HostName, now: Instant) {
        self.hosts.retain(|one| now < one.until + MEMORY);
        let known = self.hosts.iter().position(|one| one.name == host);
        let replaced = match known {
            Some(known) => Some(known),
            // A host that comes with ever new keys takes over what it had before.
            None if self.hosts.len() >= MOST_HOSTS => self.ends_first(),
            None => None,
        };
        let replaced = replaced.map(|at| self.hosts.swap_remove(at));
        let times = replaced.map_or(0, |one| one.times);
        let rest = RESTS.get(times).or(RESTS.last()).copied();
        self.hosts.push(Host {
            name: host,
            times: times.saturating_add(1),
            until: now + rest.unwrap_or_default(),
        });
    }

    /// A person gave the PIN to `host`.
    pub(super) fn forget(&mut self, host: &HostName) {
        self.hosts.retain(|one| one.name != *host);
    }

    fn ends_first(&self) -> Option<usize> {
        let hosts = self.hosts.iter().enumerate();
        let first = hosts.min_by_key(|(_, one)| one.until);
        first.map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(number: usize) -> HostName {
        Some(number.to_string())
    }

    #[tokio::test]
    async fn each_question_in_vain_makes_the_rest_longer() {
        let (mut rests, mut now) = (Rests::default(), Instant::now());
        for rest in [60, 300, 600, 600] {
            assert_eq!(rests.left(&host(1), now), None);
            rests.add(host(1), now);
            assert_eq!(rests.left(&host(1), now), Some(Duration::from_secs(rest)));
            assert_eq!(rests.left(&host(2), now), None);
            now += Duration::from_secs(rest);
        }
    }

    #[tokio::test]
    async fn a_pin_ends_the_rest_and_its_growth() {
        let (mut rests, now) = (Rests::default(), Instant::now());
        rests.add(host(1), now);
        rests.add(host(1), now);
        rests.forget(&host(1));
        assert_eq!(rests.left(&host(1), now), None);
        rests.add(host(1), now);
        assert_eq!(rests.left(&host(1), now), Some(RESTS[0]));
    }

    #[tokio::test]
    async fn an_hour_after_its_rest_a_host_is_forgotten() {
        let (mut rests, now) = (Rests::default(), Instant::now());
        rests.add(host(1), now);
        let later = now + RESTS[0] + MEMORY;
        rests.add(host(1), later);
        assert_eq!(rests.left(&host(1), later), Some(RESTS[0]));
    }

    #[tokio::test]
    async fn a_host_with_ever_new_keys_rests_longer_and_longer() {
        // Two for each place, and then one for each every ten minutes.
        const FEW: usize = MOST_HOSTS * 8;
        let (mut rests, start) = (Rests::default(), Instant::now());
        let (mut now, mut questions, mut number) = (start, 0, 0);
        while now < start + MEMORY && questions <= FEW {
            number += 1;
            match rests.left(&host(number), now) {
                Some(left) => now += left,
                None => {
                    rests.add(host(number), now);
                    questions += 1;
                }
            }
        }
        assert!(questions <= FEW, "{questions} questions in an hour");
        assert_eq!(rests.hosts.len(), MOST_HOSTS);
    }
}
