//! The turns of generations.

use super::*;
use crate::queue::generations::{LULL, PATIENCE};

#[test]
fn a_generation_starts_at_once_on_an_idle_tpm() {
    let mut queue = queue();
    queue.generation(ALICE, "A");
    assert_eq!(queue.drain(), ["A"]);
    queue.quick(BOB, "b1");
    assert_eq!(queue.drain(), ["b1"]);
    queue.pass(LULL);
    queue.generation(ALICE, "A");
    assert_eq!(queue.drain(), ["A"]);
}

#[test]
fn a_generation_lets_others_go_first_and_waits_for_a_lull_after_them() {
    let mut queue = queue();
    queue.generation(ALICE, "A");
    queue.quick(BOB, "b1");
    queue.quick(Line::Host, "h1");
    assert_eq!(queue.drain(), ["h1", "b1"]);
    assert_eq!(queue.waits_until(), Some(LULL));
    queue.pass(LULL / 2);
    queue.quick(BOB, "b2");
    assert_eq!(queue.drain(), ["b2"]);
    assert_eq!(queue.waits_until(), Some(LULL / 2 + LULL));
    queue.pass(LULL);
    assert_eq!(queue.drain(), ["A"]);
}

/// A user signs without pause for `time`, a tenth of a second for each signature. Gives the
/// generations of that time, each with the second at which it began.
fn generations_beside_signatures(queue: &mut Clocked, time: Duration) -> Vec<(&'static str, u64)> {
    let mut made = Vec::new();
    let end = queue.now + time;
    while queue.now < end {
        queue.quick(CAROL, "c");
        let name = queue.next().expect("one waits");
        if name == "c" {
            queue.pass(Duration::from_millis(100));
        } else {
            made.push((name, (queue.now - queue.start).as_secs()));
            queue.pass(Duration::from_secs(20));
            assert_eq!(queue.next(), Some("c"), "the one that waited is next");
        }
    }
    made
}

#[test]
fn a_patient_generation_has_its_turn_and_the_next_waits_anew() {
    let mut queue = queue();
    queue.generation(ALICE, "A");
    queue.generation(BOB, "B");
    let made = generations_beside_signatures(&mut queue, PATIENCE * 4);
    assert_eq!(made, [("A", 30), ("B", 80)]);
}

#[test]
fn generations_follow_each_other_on_an_idle_tpm() {
    let mut queue = queue();
    queue.generation(ALICE, "A");
    queue.generation(BOB, "B");
    assert_eq!(queue.drain(), ["A", "B"]);
}

#[test]
fn a_user_has_one_generation_waiting_and_may_have_another_under_way() {
    let mut queue = queue();
    queue.generation(ALICE, "A1");
    let refused = queue.add(ALICE, Work::Generation, "A2");
    assert_eq!(refused.err(), Some(LimitError::Generations(1)));
    queue.generation(BOB, "B");
    assert_eq!(queue.next(), Some("A1"));
    queue.generation(ALICE, "A2").leave();
    queue.generation(ALICE, "A3");
    assert_eq!(queue.drain(), ["B", "A3"]);
}

#[test]
fn a_generation_counts_among_the_requests_of_its_user() {
    let mut queue = Clocked::new(QueueBounds {
        per_user: 1,
        ..BOUNDS
    });
    queue.generation(ALICE, "A");
    let refused = queue.add(ALICE, Work::Quick, "a1");
    assert_eq!(refused.err(), Some(LimitError::Requests(1)));
}
