//! Work for which no caller waits.

use super::*;

#[test]
fn unasked_work_is_done_only_when_nothing_waits_or_runs() {
    let mut queue = queue();
    for line in [ALICE, Line::Host] {
        queue.quick(line, "asked for");
        queue.offer("too many");
        assert_eq!(queue.next(), Some("asked for"));
        queue.offer("too many");
        assert_eq!(queue.next(), None);
    }
    let generation = queue.generation(BOB, "a generation");
    queue.offer("too many");
    generation.leave();
    assert_eq!(queue.next(), None);
    queue.offer("unasked");
    queue.offer("too many");
    assert_eq!(queue.drain(), ["unasked"]);
}

#[test]
fn unasked_work_gives_way_and_takes_neither_turn_nor_place() {
    let mut queue = Clocked::new(QueueBounds {
        host_per_second: NonZeroU16::MIN,
        ..BOUNDS
    });
    queue.offer("unasked");
    let nothing = queue.queue.state(Line::Host);
    assert_eq!((nothing.waiting, nothing.own), (0, 0));
    queue.quick(ALICE, "asked for");
    assert_eq!(queue.drain(), ["asked for"]);
    queue.offer("unasked");
    assert_eq!(queue.next(), Some("unasked"));
    queue.quick(Line::Host, "host");
    assert_eq!(queue.next(), Some("host"), "within its rate");
}
