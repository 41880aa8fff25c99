//! How long a target runs.

use std::time::{Duration, Instant};

/// Inputs of each target in an ordinary run of the tests: a fraction of a second.
const INPUTS: u64 = 300;

/// In the environment: how many inputs instead.
const ENV_INPUTS: &str = "SSHTPM_FUZZ_INPUTS";

/// In the environment: for how many seconds instead.
const ENV_SECONDS: &str = "SSHTPM_FUZZ_SECONDS";

/// In the environment: another seed than 0. The same one gives the same inputs.
const ENV_SEED: &str = "SSHTPM_FUZZ_SEED";

/// How long a target runs, and from which seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    until: Until,
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    Inputs(u64),
    Time(Instant),
}

impl Effort {
    /// As the environment asks, beginning now.
    pub(crate) fn asked() -> Self {
        let until = match (number(ENV_SECONDS), number(ENV_INPUTS)) {
            (Some(seconds), _) => Until::Time(Instant::now() + Duration::from_secs(seconds)),
            (None, Some(inputs)) => Until::Inputs(inputs),
            (None, None) => Until::Inputs(INPUTS),
        };
        Self {
            until,
            seed: number(ENV_SEED).unwrap_or(0),
        }
    }

    /// For so many inputs, from the usual seed.
    #[cfg(test)]
    pub(crate) fn of(inputs: u64) -> Self {
        Self {
            until: Until::Inputs(inputs),
            seed: 0,
        }
    }

    /// Whether another input follows after so many.
    pub(crate) fn goes_on(self, inputs: u64) -> bool {
        match self.until {
            Until::Inputs(most) => inputs < most,
            Until::Time(end) => Instant::now() < end,
        }
    }

    /// Whether it is a run of a certain time, which goes on from what earlier ones found.
    pub(crate) fn is_long(self) -> bool {
        matches!(self.until, Until::Time(_))
    }
}

/// # Panics
///
/// It is there and is no number.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is {text:?}, and must be a number")))
}
