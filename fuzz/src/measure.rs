//! Runs a reader once, and says where it got and what that took.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::budget::{Budget, Cost, Exceeded};

/// Measurements of an input whose time looks too long, before it counts: the machine may have been
/// interrupted.
const TRIES: usize = 3;

/// What an input led to.
#[derive(Debug)]
pub(crate) struct Run {
    /// What the reader took.
    pub(crate) cost: Cost,
    /// The place that it got to; `None` if it panicked.
    pub(crate) place: Option<u64>,
}

/// Why an input fails.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The reader panicked.
    Panic,
    /// It took too much.
    Cost(Exceeded),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Panic => f.write_str("the reader panicked"),
            Self::Cost(exceeded) => write!(f, "{exceeded}"),
        }
    }
}

/// Has `read` read `input` once.
pub(crate) fn run<T: Debug>(read: &impl Fn(&[u8]) -> T, input: &[u8]) -> Run {
    let mut outcome = None;
    let before = processor_time();
    let counted = allocation_counter::measure(|| {
        outcome = catch_unwind(AssertUnwindSafe(|| read(input))).ok();
    });
    let cost = Cost {
        steps: counted.count_total,
        memory: counted.bytes_max,
        time: processor_time().saturating_sub(before),
    };
    let place = outcome.map(|outcome| place(&outcome, cost.steps));
    Run { cost, place }
}

/// The same, held against `budget`.
pub(crate) fn fault<T: Debug>(
    read: &impl Fn(&[u8]) -> T,
    input: &[u8],
    budget: &Budget,
) -> (Run, Option<Fault>) {
    let mut last = run(read, input);
    for _ in 1..TRIES {
        if last.place.is_none() || last.cost.time <= budget.time {
            break;
        }
        last = run(read, input);
    }
    let fault = match last.place {
        None => Some(Fault::Panic),
        Some(_) => budget.exceeded(last.cost, input.len()).map(Fault::Cost),
    };
    (last, fault)
}

/// Two inputs are at the same place if the outcome is the same, and about as many allocations led
/// there. Many allocations are told apart less finely, or each length would be a place.
fn place(outcome: &impl Debug, steps: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{outcome:?}").hash(&mut hasher);
    let coarse = match steps {
        0..=32 => steps,
        _ => 32 + u64::from(steps.ilog2()) * 4 + ((steps << 2) >> steps.ilog2()) % 4,
    };
    coarse.hash(&mut hasher);
    hasher.finish()
}

/// Of this thread, so that a busy machine changes little.
fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
    Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::{Fault, fault, run};
    use crate::budget::Budget;

    #[test]
    fn allocations_and_memory_are_those_of_the_reader() {
        let read = |input: &[u8]| (input.to_vec(), vec![0_u8; 1000]).1.len();
        let cost = run(&read, &[1; 24]).cost;
        assert_eq!((cost.steps, cost.memory), (2, 1024));
    }

    #[test]
    fn a_panic_is_a_fault_and_does_not_end_the_run() {
        let read = |input: &[u8]| assert!(input.is_empty(), "this panic is meant");
        assert_eq!(fault(&read, b"x", &Budget::PLAIN).1, Some(Fault::Panic));
        assert_eq!(fault(&read, b"", &Budget::PLAIN).1, None);
    }

    #[test]
    fn a_reader_that_trusts_a_length_is_at_fault() {
        let read = |input: &[u8]| vec![0_u8; usize::from(input[0]) << 16].len();
        assert_eq!(fault(&read, &[0], &Budget::PLAIN).1, None);
        let (_, found) = fault(&read, &[1], &Budget::PLAIN);
        assert!(matches!(found, Some(Fault::Cost(_))), "{found:?}");
    }

    #[test]
    fn another_outcome_is_another_place() {
        let read = |input: &[u8]| input.first().copied();
        let place = |input: &[u8]| run(&read, input).place;
        assert_eq!(place(b"ab"), place(b"ac"));
        assert_ne!(place(b"a"), place(b"b"));
    }
}
