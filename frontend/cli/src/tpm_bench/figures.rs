//! What the broker measured, as medians.

use std::collections::HashMap;
use std::time::Duration;

use sshtpm_ssh::measured::Measured;
use sshtpm_ssh::word::Word as _;

/// The times of one command; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    /// The command.
    pub(super) measured: Measured,
    /// The middle one, or the upper of two.
    pub(super) median: Duration,
    /// The longest.
    pub(super) slowest: Duration,
    /// How many there are.
    pub(super) count: usize,
}

/// All of them, in the order of [`Measured`].
#[derive(Clone, Debug)]
pub(super) struct Figures(Vec<Figure>);

impl Figures {
    /// Of times in microseconds by the word of a command. A word that a newer broker may have is
    /// left out.
    pub(super) fn of(times: &HashMap<String, Vec<u32>>) -> Self {
        let figure = |&measured: &Measured| Figure::of(measured, times.get(measured.word())?);
        Self(Measured::ALL.iter().filter_map(figure).collect())
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Figure] {
        &self.0
    }

    /// The median of one command; `None` if it was not measured.
    pub(super) fn median(&self, measured: Measured) -> Option<Duration> {
        let mut all = self.0.iter();
        let figure = all.find(|figure| figure.measured == measured);
        figure.map(|figure| figure.median)
    }
}

impl Figure {
    fn of(measured: Measured, micros: &[u32]) -> Option<Self> {
        let mut sorted = micros.to_vec();
        sorted.sort_unstable();
        let time = |micros: &u32| Duration::from_micros(u64::from(*micros));
        Some(Self {
            measured,
            median: sorted.get(sorted.len() / 2).map(time)?,
            slowest: sorted.last().map(time)?,
            count: sorted.len(),
        })
    }
}

/// Figures with these medians in milliseconds.
#[cfg(test)]
pub(super) fn example(medians: &[(Measured, u32)]) -> Figures {
    let times = medians.iter();
    let times = times.map(|(measured, ms)| (measured.word().to_owned(), vec![ms * 1000]));
    Figures::of(&times.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_medians_and_unknown_words_are_left_out() {
        let times = HashMap::from([
            ("sign-p256".to_owned(), vec![3, 900, 1]),
            ("load-p256".to_owned(), Vec::new()),
            ("dance".to_owned(), vec![1]),
        ]);
        let expected = Figure {
            measured: Measured::SignP256,
            median: Duration::from_micros(3),
            slowest: Duration::from_micros(900),
            count: 3,
        };
        assert_eq!(Figures::of(&times).all(), [expected]);
    }
}
