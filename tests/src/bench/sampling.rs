//! Times of single operations, taken in turns with those of their floor.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// What is shown of many times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// The middle one, or what is between the two in the middle, in milliseconds.
    pub median_ms: f64,
    /// 99 in 100 are no longer, in milliseconds.
    pub p99_ms: f64,
    /// How many there are.
    pub count: usize,
}

impl Times {
    /// Of `times`; nothing if there are none.
    pub fn of(times: &[Duration]) -> Option<Self> {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let (lower, upper) = middle_of(&sorted)?;
        Some(Self {
            median_ms: f64::midpoint(milliseconds(*lower), milliseconds(*upper)),
            p99_ms: milliseconds(percentile(&sorted, 99)?),
            count: sorted.len(),
        })
    }
}

/// The middle one, in milliseconds.
pub fn median_ms(times: &[Duration]) -> Option<f64> {
    Times::of(times).map(|times| times.median_ms)
}

/// The one in the middle of what is sorted, twice, or the two.
fn middle_of<T>(sorted: &[T]) -> Option<(&T, &T)> {
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some((lower, sorted.get(sorted.len() / 2)?))
}

/// By nearest rank, of what is sorted.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// As a number.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The figures of several rounds: the middle one, and how far they are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The middle one, or what is between the two in the middle.
    pub middle: f64,
    /// The lowest, or of [`WITH_OUTLIERS`] and more the lowest but one.
    pub low: f64,
    /// The highest, or the highest but one.
    pub high: f64,
}

/// Of so many rounds one can be spoilt by what else the machine does, and would hide what became
/// worse.
pub const WITH_OUTLIERS: usize = 5;

impl Range {
    /// Of `figures`; nothing if there are none.
    pub fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (lower, upper) = middle_of(&sorted)?;
        let left_out = usize::from(sorted.len() >= WITH_OUTLIERS);
        Some(Self {
            middle: f64::midpoint(*lower, *upper),
            low: *sorted.get(left_out)?,
            high: *sorted.get(sorted.len() - 1 - left_out)?,
        })
    }

    /// The same in each round.
    pub fn exactly(value: f64) -> Self {
        Self {
            middle: value,
            low: value,
            high: value,
        }
    }
}

/// How often something and its floor are measured.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// Each gives a figure.
    pub count: usize,
    /// How often they take turns in each. Other programs come and go; with short turns they are in
    /// the way of both.
    pub turns: usize,
}

/// Something and its floor, measured in turns.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    ours: Vec<Duration>,
    floor: Vec<Duration>,
    ratios: Vec<f64>,
}

impl Pair {
    /// Measures both in turns, the floor first. What is compared was measured within a second, and
    /// on a machine that is as busy as it was then.
    pub fn measure(
        rounds: Rounds,
        mut floor: impl FnMut() -> Vec<Duration>,
        mut ours: impl FnMut() -> Vec<Duration>,
    ) -> Self {
        let mut pair = Self::default();
        for _ in 0..rounds.count {
            let (mut of_floor, mut of_ours) = (Vec::new(), Vec::new());
            for _ in 0..rounds.turns {
                of_floor.extend(floor());
                of_ours.extend(ours());
            }
            pair.add(of_ours, of_floor);
        }
        pair
    }

    /// One more round.
    pub fn add(&mut self, ours: Vec<Duration>, floor: Vec<Duration>) {
        if let (Some(one), Some(other)) = (median_ms(&ours), median_ms(&floor)) {
            self.ratios.push(one / other);
        }
        self.ours.extend(ours);
        self.floor.extend(floor);
    }

    /// All of ours.
    pub fn ours(&self) -> Option<Times> {
        Times::of(&self.ours)
    }

    /// All of the floor's.
    pub fn floor(&self) -> Option<Times> {
        Times::of(&self.floor)
    }

    /// How many times the floor it takes.
    pub fn ratio(&self) -> Option<Range> {
        Range::of(&self.ratios)
    }
}

/// Does `one` again and again for as long as `time`, and gives what each says it took.
pub fn repeat_for(time: Duration, mut one: impl FnMut() -> Duration) -> Vec<Duration> {
    let start = Instant::now();
    let next = || (start.elapsed() < time).then(&mut one);
    std::iter::from_fn(next).collect()
}

/// How long `work` takes.
pub fn time_of(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(milliseconds: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        let times = milliseconds.into_iter();
        times.map(Duration::from_millis).collect()
    }

    #[test]
    fn one_in_a_hundred_is_longer_than_p99() {
        let of = Times::of(&times((1..=100).rev())).expect("there are some");
        assert_eq!((of.median_ms, of.p99_ms), (50.5, 99.0));
        assert_eq!(Times::of(&[]), None);
    }

    #[test]
    fn one_round_that_was_spoilt_is_not_taken_for_noise() {
        let of = |figures: &[f64]| Range::of(figures).map(|range| (range.low, range.high));
        assert_eq!(of(&[1.0, 2.0, 1.1, 9.0, 1.2]), Some((1.1, 2.0)));
        assert_eq!(of(&[1.0, 2.0, 9.0, 1.2]), Some((1.0, 9.0)));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_ratio_is_that_of_the_rounds_and_not_of_all_times_together() {
        // The machine was three times as slow in the second round.
        let mut pair = Pair::default();
        pair.add(times([20, 20]), times([10, 10]));
        pair.add(times([60]), times([30]));
        let expected = Range {
            middle: 2.0,
            low: 2.0,
            high: 2.0,
        };
        assert_eq!(pair.ratio(), Some(expected));
    }
}
