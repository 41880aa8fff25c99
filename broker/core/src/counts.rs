//! What is counted of a user and outlives the broker: wrong PINs, and keys that were generated.
//!
//! Moments are counted from the machine's boot ([`crate::ports::Clock::since_boot`]), which cannot
//! be set. After another boot, the counts are as if no time had passed since they were written, and
//! none before the boot: less than what has passed in truth, so that nothing is forgotten early.

mod on_disk;

pub(crate) use on_disk::OnDisk;

use std::time::Duration;

use super::identity::Owner;
use sshtpm_ssh::fingerprint::Fingerprint;

/// What is counted of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The keys that were given a wrong PIN since their PIN was last right.
    pub keys: Vec<WrongPins>,
    /// When the PINs were tried that the TPM may remember as wrong ones, the oldest first.
    pub tries: Vec<Duration>,
    /// How long the TPM takes to forget one of anybody's; zero if this user has none.
    pub recovery: Duration,
    /// From when on that time is counted; zero if this user has none.
    pub forgot: Duration,
    /// When the keys of the last hour were generated, the oldest first.
    pub generated: Vec<Duration>,
}

/// The wrong PINs of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongPins {
    /// Whose key it is.
    pub owner: Owner,
    /// Its name.
    pub key: Fingerprint,
    /// How many were wrong.
    pub wrong: u32,
    /// From when on the next one may be tried.
    pub not_before: Duration,
}

/// What is left of the counts of a user when the broker starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// These, and when they were written.
    Counts(Counts, Duration),
    /// There are some that nobody can read. The user is taken to be at each limit: what made them
    /// unreadable must not be a way to begin anew.
    Unreadable,
}

impl Counts {
    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.tries.is_empty() && self.generated.is_empty()
    }

    /// The same, as seen `now`, if it was `written` then.
    pub(crate) fn seen(mut self, written: Duration, now: Duration) -> Self {
        // A time that is yet to come was counted from another boot.
        if written > now {
            let moments = self.keys.iter_mut().map(|key| &mut key.not_before);
            moments
                .chain(&mut self.tries)
                .chain([&mut self.forgot])
                .chain(&mut self.generated)
                .for_each(|moment| *moment = moment.saturating_sub(written));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn counts(moments: [u64; 2]) -> Counts {
        Counts {
            tries: moments.map(at).into(),
            generated: moments.map(at).into(),
            ..Counts::default()
        }
    }

    #[test]
    fn within_one_boot_counts_stay_what_they_are() {
        let kept = counts([10, 20]);
        assert_eq!(kept.clone().seen(at(20), at(20)), kept);
        assert_eq!(kept.clone().seen(at(20), at(5000)), kept);
    }

    #[test]
    fn after_another_boot_counts_begin_with_the_boot_and_delays_go_on() {
        assert_eq!(counts([10, 25]).seen(at(20), at(19)), counts([0, 5]));
    }
}
