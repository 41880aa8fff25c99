//! How much is measured.

use std::time::Duration;

use super::sampling::Rounds;

/// The whole of it, or the short form, which says whether every measure can still be made.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The short form.
    pub short: bool,
}

impl Plan {
    /// How often something and its floor take turns.
    pub fn rounds(self) -> Rounds {
        let count = self.pick(7, 3);
        let turns = self.pick(8, 2);
        Rounds { count, turns }
    }

    /// How long something quick is repeated in each turn.
    pub fn turn(self) -> Duration {
        Duration::from_millis(75)
    }

    /// One of two.
    pub fn pick<T>(self, whole: T, short: T) -> T {
        if self.short { short } else { whole }
    }
}
