//! How much one request may compare.
//!
//! A caller chooses both sides of a comparison: the destinations of its keys, and the sessions with
//! their certificates. So what it costs is counted, by what is compared and not by a clock: the
//! same request always ends in the same way.

use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::pattern::{self, Pattern};
use thiserror::Error;

/// What is left to a request.
#[derive(Debug)]
pub(crate) struct Steps {
    left: usize,
}

/// A request took more than there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "comparing the destinations of your keys with this SSH session takes more than {MAX_STEPS} \
     steps; name fewer destinations, certificate authorities and patterns with `sshtpm restrict`, \
     delete keys that you do not need, or have the host show its plain key"
)]
pub struct OutOfSteps;

/// Most steps of a request: the destinations of 64 keys that have as many host keys as fit
/// (48 KiB of Ed25519, 963 each) take 64 × 963 × [`Steps::LOOK_UP`] = 493,056, and the rest is for
/// names. A step takes 14 ns at most (two characters beyond ASCII), so a request takes some 7 ms of
/// one processor, and others have their turn after each key.
const MAX_STEPS: usize = 512 * 1024;

impl Steps {
    /// What it counts for to look one key up among those of a path. That takes five comparisons of
    /// keys for the 16 hosts of the longest path.
    pub(super) const LOOK_UP: usize = 8;

    /// For one request.
    pub(crate) fn of_a_request() -> Self {
        Self { left: MAX_STEPS }
    }

    /// Takes `steps`.
    ///
    /// # Errors
    ///
    /// Not so many are left.
    pub(super) fn take(&mut self, steps: usize) -> Result<(), OutOfSteps> {
        self.left = self.left.checked_sub(steps).ok_or(OutOfSteps)?;
        Ok(())
    }

    /// Whether `pattern` stands for `name`. Takes a step for each comparison of characters.
    ///
    /// # Errors
    ///
    /// They are not enough.
    pub(crate) fn matches(&mut self, pattern: &str, name: &str) -> Result<bool, OutOfSteps> {
        let matches = Pattern::of(pattern).matches(name, &mut self.left);
        matches.map_err(|pattern::OutOfSteps| OutOfSteps)
    }

    /// How many were taken.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> usize {
        MAX_STEPS - self.left
    }
}

impl OutOfSteps {
    /// What the caller can do about it.
    pub fn kind(self) -> ErrorKind {
        ErrorKind::LimitsExceeded
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_STEPS, OutOfSteps, Steps};

    #[test]
    fn no_more_steps_are_taken_than_there_are() {
        let mut steps = Steps::of_a_request();
        assert_eq!(steps.take(MAX_STEPS - 1), Ok(()));
        assert_eq!(steps.take(2), Err(OutOfSteps));
        assert_eq!(steps.taken(), MAX_STEPS - 1);
        assert_eq!(steps.matches("*", ""), Err(OutOfSteps));
        assert_eq!(steps.taken(), MAX_STEPS);
    }

    #[test]
    fn a_comparison_of_names_takes_its_own_steps() {
        let mut steps = Steps::of_a_request();
        assert_eq!(steps.matches("git", "git"), Ok(true));
        assert_eq!(steps.taken(), 4);
    }
}
