//! The turns of the host keys.

use super::*;

#[test]
fn host_keys_have_every_second_turn_at_most_and_at_least_while_they_wait() {
    let mut queue = queue();
    for name in ["h1", "h2", "h3", "h4"] {
        queue.quick(Line::Host, name);
    }
    for (line, name) in [(ALICE, "a1"), (ALICE, "a2"), (BOB, "b1")] {
        queue.quick(line, name);
    }
    assert_eq!(queue.drain(), ["h1", "a1", "h2", "b1", "h3", "a2", "h4"]);
}

#[test]
fn host_keys_over_their_rate_wait_and_users_do_not() {
    let mut queue = Clocked::new(QueueBounds {
        host_per_second: NonZeroU16::new(2).expect("not zero"),
        ..BOUNDS
    });
    for name in ["h1", "h2", "h3", "h4"] {
        queue.quick(Line::Host, name);
    }
    for name in ["a1", "a2", "a3", "a4"] {
        queue.quick(ALICE, name);
    }
    assert_eq!(queue.drain(), ["h1", "a1", "h2", "a2", "a3", "a4"]);
    let half = Duration::from_millis(500);
    assert_eq!(queue.waits_until(), Some(half));
    queue.pass(half);
    assert_eq!(queue.drain(), ["h3"]);
    queue.pass(half);
    assert_eq!(queue.drain(), ["h4"]);
    assert_eq!(queue.queue.pop(queue.now), Next::Nothing);
}
