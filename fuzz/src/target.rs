//! A reader, and what it is fed with.

use std::fmt::Debug;

use crate::budget::{Budget, Cost};
use crate::corpus::Corpus;
use crate::effort::Effort;
use crate::measure::{self, Fault};
use crate::mutation::{Material, mutated};
use crate::pool::Pool;
use crate::random::Random;
use crate::smaller::smaller;

/// Most bytes of a changed input, if the target does not say otherwise: most readers have seen all
/// of their states by then, and long inputs take long.
const LONGEST: usize = 4096;

/// In the environment: each input is written down before it is read, so that one that ends the
/// whole process (by a stack that overflows, or memory that is not there) is known.
const ENV_TRACE: &str = "SSHTPM_FUZZ_TRACE";

/// A reader that is fed with changed inputs.
#[derive(Debug)]
pub struct Target {
    name: &'static str,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    budget: Budget,
    longest: usize,
}

impl Target {
    /// One that starts from `fuzz/corpus/NAME`, and may take [`Budget::PLAIN`].
    ///
    /// # Panics
    ///
    /// A file there cannot be read.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            seeds: Corpus::of(name).inputs(),
            words: Vec::new(),
            budget: Budget::PLAIN,
            longest: LONGEST,
        }
    }

    /// Starts from these, too.
    #[must_use]
    pub fn seeds<T: AsRef<[u8]>>(mut self, seeds: impl IntoIterator<Item = T>) -> Self {
        let seeds = seeds.into_iter().map(|seed| seed.as_ref().to_vec());
        self.seeds.extend(seeds);
        self
    }

    /// Words that mean something to the reader, and that no chance would find.
    #[must_use]
    pub fn words<T: AsRef<[u8]>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        let words = words.into_iter().map(|word| word.as_ref().to_vec());
        self.words.extend(words);
        self
    }

    /// What an input may cost.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Most bytes of a changed input.
    #[must_use]
    pub fn longest(mut self, longest: usize) -> Self {
        self.longest = longest;
        self
    }

    /// Has `read` read all first inputs, and then changed ones. What it returns tells inputs apart:
    /// a reader that gets somewhere new keeps the input to go on from.
    ///
    /// # Panics
    ///
    /// `read` panics for an input, or takes more than the budget. The message says which input that
    /// is.
    pub fn run<T: Debug>(self, read: impl Fn(&[u8]) -> T) {
        self.run_for(Effort::asked(), read);
    }

    fn run_for<T: Debug>(self, effort: Effort, read: impl Fn(&[u8]) -> T) {
        assert!(
            !self.seeds.is_empty(),
            "{} has nothing to start from",
            self.name
        );
        let corpus = Corpus::of(self.name);
        let mut random = Random::new(effort.seed);
        let mut worst = Cost::default();
        let mut pool = Pool::default();
        for seed in self.first_inputs(&corpus, effort) {
            let (place, cost) = self.try_one(&read, &seed, &corpus);
            worst = worst.max(cost);
            pool.begin_with(seed, place);
        }
        let mut inputs = 0;
        while effort.goes_on(inputs) {
            let material = Material {
                words: &self.words,
                other: pool.pick(&mut random),
                longest: self.longest,
            };
            let input = mutated(pool.pick(&mut random), &material, &mut random);
            let (place, cost) = self.try_one(&read, &input, &corpus);
            worst = worst.max(cost);
            pool.offer(input, place);
            inputs += 1;
        }
        if effort.is_long() {
            corpus.keep(pool.inputs());
        }
        self.report(inputs, pool.places(), worst);
    }

    fn first_inputs(&self, corpus: &Corpus, effort: Effort) -> Vec<Vec<u8>> {
        let kept = effort.is_long().then(|| corpus.kept());
        let seeds = self.seeds.iter().cloned();
        seeds.chain(kept.unwrap_or_default()).collect()
    }

    fn try_one<T: Debug>(
        &self,
        read: &impl Fn(&[u8]) -> T,
        input: &[u8],
        corpus: &Corpus,
    ) -> (u64, Cost) {
        if std::env::var_os(ENV_TRACE).is_some() {
            corpus.trace(input);
        }
        let (run, fault) = measure::fault(read, input, &self.budget);
        match (run.place, fault) {
            (Some(place), None) => (place, run.cost),
            (_, fault) => self.fail(read, input, fault.unwrap_or(Fault::Panic), corpus),
        }
    }

    fn fail<T: Debug>(
        &self,
        read: &impl Fn(&[u8]) -> T,
        input: &[u8],
        fault: Fault,
        corpus: &Corpus,
    ) -> ! {
        let kind = std::mem::discriminant(&fault);
        let input = smaller(input, |less| {
            let (_, other) = measure::fault(read, less, &self.budget);
            other.is_some_and(|other| std::mem::discriminant(&other) == kind)
        });
        panic!(
            "{}: {fault}; the input, made smaller, is {}. Copy it to {}, correct the reader, and \
             run this test again.",
            self.name,
            corpus.leave(&input).display(),
            corpus.place(&input).display()
        )
    }

    #[expect(
        clippy::print_stdout,
        reason = "a test prints what it did; `--nocapture` shows it"
    )]
    fn report(&self, inputs: u64, places: usize, worst: Cost) {
        println!(
            "fuzz {}: {inputs} inputs from {}, {places} places; at most {} allocations, {} bytes, \
             {} µs",
            self.name,
            self.seeds.len(),
            worst.steps,
            worst.memory,
            worst.time.as_micros()
        );
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{Effort, Target};

    /// Finds its way to a panic behind four bytes of which each is checked.
    fn trap(input: &[u8]) -> usize {
        let right = input
            .iter()
            .zip(b"trap")
            .take_while(|(one, other)| one == other);
        let count = right.count();
        assert!(count < 4, "this panic is meant");
        count
    }

    #[test]
    fn a_reader_without_a_fault_passes() {
        let target = Target::new("none").seeds(["ssss"]).words(["a"]);
        target.run(|input| input.len() > 3);
    }

    #[test]
    fn a_panic_behind_one_check_after_the_other_is_found() {
        let target = || {
            Target::new("trap")
                .seeds(["ssss"])
                .words(["t", "r", "a", "p"])
        };
        let found = catch_unwind(|| target().run_for(Effort::of(20_000), trap)).unwrap_err();
        let found = found.downcast_ref::<String>().unwrap();
        assert!(found.starts_with("trap: the reader panicked"), "{found}");
    }

    #[test]
    fn a_target_without_inputs_is_an_error() {
        assert!(catch_unwind(|| Target::new("none").run(<[u8]>::len)).is_err());
    }
}
