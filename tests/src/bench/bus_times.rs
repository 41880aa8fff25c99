//! How long calls over the bus and over a channel take, as the program `bus-clock` measures them.

use std::time::Duration;

use crate::User;

/// How often each is called in a round.
pub(super) const CALLS: usize = 30;

/// How long calls of each of these kinds take, made in turns.
///
/// # Panics
///
/// One fails.
pub(super) fn of_calls<const KINDS: usize>(owner: User<'_>, calls: &str) -> [Vec<Duration>; KINDS] {
    let printed = owner.run(&format!("bus-clock {CALLS} {calls}")).ok().stdout;
    std::array::from_fn(|place| {
        let place = place.to_string();
        let lines = printed.lines().filter_map(|line| line.split_once(' '));
        let lines = lines.filter(|(of, _)| *of == place);
        let micros = lines.map(|(_, micros)| micros.parse().expect("a number"));
        micros.map(Duration::from_micros).collect()
    })
}
