//! How often something may happen: a token bucket that is told the time.
//!
//! The bucket holds the tokens of one second, so that a few at once need not wait. It is kept as
//! the moment at which it is full again (the "virtual scheduling" form of the Generic Cell Rate
//! Algorithm, ITU-T I.371, annex A), which needs neither a timer nor fractions.

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

/// How long an empty bucket takes to fill.
const FILL: Duration = Duration::from_secs(1);

/// A bucket, full at first.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: NonZeroU16,
    full_at: Option<Instant>,
}

impl Rate {
    pub(crate) fn new(per_second: NonZeroU16) -> Self {
        Self {
            per_second,
            full_at: None,
        }
    }

    /// Changes how many tokens there are from now on.
    pub(crate) fn set(&mut self, per_second: NonZeroU16) {
        self.per_second = per_second;
    }

    /// From when on there is a token; `None` if there is one now.
    pub(crate) fn free_at(&self, now: Instant) -> Option<Instant> {
        let free = (self.full_at? + self.interval()).checked_sub(FILL)?;
        (free > now).then_some(free)
    }

    /// Takes a token, of which there has to be one.
    pub(crate) fn take(&mut self, now: Instant) {
        let full = self.full_at.map_or(now, |full| full.max(now));
        self.full_at = Some(full + self.interval());
    }

    fn interval(&self) -> Duration {
        FILL / u32::from(self.per_second.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u16) -> Rate {
        Rate::new(NonZeroU16::new(per_second).expect("not zero"))
    }

    /// How many tokens there are at once.
    fn take_all(rate: &mut Rate, now: Instant) -> usize {
        let take = || rate.free_at(now).is_none().then(|| rate.take(now));
        std::iter::from_fn(take).take(1000).count()
    }

    #[test]
    fn a_bucket_holds_the_tokens_of_a_second_and_no_more() {
        let now = Instant::now();
        let mut rate = rate(20);
        assert_eq!(take_all(&mut rate, now), 20);
        let much_later = now + Duration::from_secs(3600);
        assert_eq!(take_all(&mut rate, much_later), 20);
    }

    #[test]
    fn an_empty_bucket_says_when_there_is_a_token_and_there_is_one_then() {
        let now = Instant::now();
        let mut rate = rate(4);
        take_all(&mut rate, now);
        let next = now + Duration::from_millis(250);
        assert_eq!(rate.free_at(now), Some(next));
        assert_eq!(rate.free_at(next), None);
        assert_eq!(take_all(&mut rate, next), 1);
        assert_eq!(take_all(&mut rate, next + Duration::from_millis(500)), 2);
    }

    #[test]
    fn one_a_second_is_one_a_second() {
        let now = Instant::now();
        let mut rate = rate(1);
        assert_eq!(take_all(&mut rate, now), 1);
        assert_eq!(rate.free_at(now), Some(now + FILL));
        assert_eq!(take_all(&mut rate, now + FILL), 1);
    }

    #[test]
    fn a_higher_rate_holds_at_once() {
        let now = Instant::now();
        let mut rate = rate(1);
        take_all(&mut rate, now);
        rate.set(NonZeroU16::new(10).expect("not zero"));
        assert_eq!(rate.free_at(now), Some(now + Duration::from_millis(100)));
    }
}
