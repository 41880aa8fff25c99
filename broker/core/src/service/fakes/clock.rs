//! A clock that a test sets.

use std::time::{Duration, Instant};

use super::{Answer, Call, Fakes, locked};
use crate::ports::Clock;

impl Clock for Fakes {
    fn now(&self) -> u64 {
        // A time that is only noted need not be written down beforehand.
        if !matches!(locked(&self.script).front(), Some((Call::Now, _))) {
            return 0;
        }
        match self.answer(&Call::Now) {
            Answer::Time(seconds) => seconds,
            answer => panic!("{answer:?} is no time"),
        }
    }

    fn since_boot(&self) -> Duration {
        *locked(&self.passed)
    }

    fn monotonic(&self) -> Instant {
        *self.start.get_or_init(Instant::now) + *locked(&self.passed)
    }
}
