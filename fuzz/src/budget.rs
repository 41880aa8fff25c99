//! What reading an input may cost.

use std::fmt;
use std::time::Duration;

/// A straight line: so much for any input, and so much for each byte of it.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// For any input.
    pub fixed: u64,
    /// For each byte.
    pub per_byte: u64,
}

impl Line {
    fn at(self, bytes: usize) -> u64 {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let growth = self.per_byte.saturating_mul(bytes);
        self.fixed.saturating_add(growth)
    }
}

/// Most room that a length alone makes: `MAX_SIZE` in `decode.rs` of `ssh_encoding` 0.2.
const ANNOUNCED_BYTES: u64 = 1024 * 1024;

/// What a reader may take for an input.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Allocations: the reader's steps, as far as they can be counted the same in each run.
    pub steps: Line,
    /// Bytes of memory at a time.
    pub memory: Line,
    /// Time on the processor. Machines differ, so it is for what gets out of hand.
    pub time: Duration,
}

impl Budget {
    /// For a reader that borrows, or copies each field once: up to four bytes of memory for a
    /// byte, one allocation for each four. Half a second is thousands of times what such a reader
    /// takes, in a build for tests and on a busy machine.
    pub const PLAIN: Self = Self {
        steps: Line {
            fixed: 64,
            per_byte: 1,
        },
        memory: Line {
            fixed: 16 * 1024,
            per_byte: 4,
        },
        time: Duration::from_millis(500),
    };

    /// The same for a reader that has `ssh-key` decode a key of which the lengths were not held
    /// against the data before: `ssh_encoding` makes room for what a length announces, up to
    /// 1 MiB.
    #[must_use]
    pub const fn trusting_announced_lengths(self) -> Self {
        let Line { fixed, per_byte } = self.memory;
        let fixed = fixed + ANNOUNCED_BYTES;
        Self {
            memory: Line { fixed, per_byte },
            ..self
        }
    }

    /// What of `cost` is beyond it, for an input of so many bytes.
    pub(crate) fn exceeded(&self, cost: Cost, bytes: usize) -> Option<Exceeded> {
        let limits = [
            ("allocations", cost.steps, self.steps.at(bytes)),
            ("bytes of memory", cost.memory, self.memory.at(bytes)),
            ("microseconds", micros(cost.time), micros(self.time)),
        ];
        let mut over = limits.into_iter().filter(|(_, cost, most)| cost > most);
        over.next()
            .map(|(what, cost, most)| Exceeded { what, cost, most })
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What reading one input took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) steps: u64,
    pub(crate) memory: u64,
    pub(crate) time: Duration,
}

impl Cost {
    /// Of each kind the greater one.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            steps: self.steps.max(other.steps),
            memory: self.memory.max(other.memory),
            time: self.time.max(other.time),
        }
    }
}

/// A limit that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    what: &'static str,
    cost: u64,
    most: u64,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, cost, most } = self;
        write!(f, "it took {cost} {what}, and may take {most}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Cost};

    #[test]
    fn a_cost_beyond_the_line_of_its_length_is_noticed() {
        let cost = |steps, memory| Cost {
            steps,
            memory,
            ..Cost::default()
        };
        let over = |cost, bytes| {
            Budget::PLAIN
                .exceeded(cost, bytes)
                .map(|over| over.to_string())
        };
        assert_eq!(over(cost(100, 20_000), 1000), None);
        let steps = over(cost(100, 0), 0).unwrap();
        assert_eq!(steps, "it took 100 allocations, and may take 64");
        assert!(over(cost(0, 20_000), 10).unwrap().contains("memory"));
    }
}
