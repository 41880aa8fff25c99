//! Rests after refusals, with times that are given.

use ssh_key::public::{Ed25519PublicKey, KeyData};
use sshtpm_ssh::fingerprint::Fingerprint;

use super::*;
use crate::policy::Action;

const START: Duration = Duration::from_secs(1_000_000);
const SECOND: Duration = Duration::from_secs(1);

fn numbered(number: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn host(number: u32) -> Origin {
    Origin::Forwarded(numbered(number))
}

fn key(number: u32) -> Option<Fingerprint> {
    let key = KeyData::Ed25519(Ed25519PublicKey(numbered(number)));
    Some(Fingerprint::of(&key))
}

fn topic(origin: Origin) -> Topic {
    Topic {
        action: Action::ConfirmUse,
        key: key(0),
        origin,
    }
}

/// Refuses each question as soon as it may be asked, so often; returns the rests.
fn rests_after(times: usize, topic: Topic) -> Vec<u64> {
    let mut refusals = Refusals::default();
    let mut now = START;
    let mut rests = Vec::new();
    for _ in 0..times {
        refusals.add(topic, now, now);
        let rest = refusals.rest(&topic, now).unwrap_or_default();
        rests.push(rest.as_secs());
        now += rest;
    }
    rests
}

#[test]
fn each_refusal_of_a_machine_makes_the_rest_longer() {
    assert_eq!(rests_after(5, topic(host(1))), [10, 60, 600, 600, 600]);
}

#[test]
fn a_program_on_this_machine_may_ask_once_more_and_then_rests() {
    assert_eq!(rests_after(5, topic(Origin::Local)), [0, 10, 60, 60, 60]);
}

#[test]
fn a_rest_ends_to_the_second() {
    let mut refusals = Refusals::default();
    refusals.add(topic(host(1)), START, START);
    let at = |seconds| refusals.rest(&topic(host(1)), START + seconds * SECOND);
    assert_eq!(at(9), Some(SECOND));
    assert_eq!(at(10), None);
}

#[test]
fn other_origins_keys_and_actions_do_not_rest() {
    let mut refusals = Refusals::default();
    let refused = topic(host(1));
    refusals.add(refused, START, START);
    for other in [
        topic(Origin::Local),
        topic(host(2)),
        Topic {
            action: Action::DeleteOwnKey,
            ..refused
        },
        Topic {
            key: key(1),
            ..refused
        },
    ] {
        assert_eq!(refusals.rest(&other, START), None, "{other:?}");
    }
    assert!(refusals.rest(&refused, START).is_some());
}

#[test]
fn a_yes_ends_the_rest_and_its_growth() {
    let mut refusals = Refusals::default();
    for _ in 0..3 {
        refusals.add(topic(host(1)), START, START);
    }
    refusals.forget(&topic(host(1)));
    assert_eq!(refusals.rest(&topic(host(1)), START), None);
    refusals.add(topic(host(1)), START, START);
    assert_eq!(refusals.rest(&topic(host(1)), START), Some(10 * SECOND));
}

#[test]
fn questions_that_were_open_together_count_once() {
    let mut refusals = Refusals::default();
    let local = topic(Origin::Local);
    for second in 1..5 {
        refusals.add(local, START, START + second * SECOND);
    }
    assert_eq!(refusals.rest(&local, START + 4 * SECOND), None);
}

#[test]
fn an_hour_after_a_rest_the_refusal_is_forgotten() {
    let mut refusals = Refusals::default();
    refusals.add(topic(host(1)), START, START);
    let end = START + 10 * SECOND;
    assert!(refusals.are_remembered(end + MEMORY - SECOND));
    assert!(!refusals.are_remembered(end + MEMORY));
    refusals.add(topic(host(1)), end + MEMORY, end + MEMORY);
    let rest = refusals.rest(&topic(host(1)), end + MEMORY);
    assert_eq!(rest, Some(10 * SECOND));
}

#[test]
fn a_machine_with_ever_new_host_keys_rests_longer_and_longer() {
    // Two for each place, and then one for each every ten minutes.
    const FEW: usize = MOST_FORWARDED * 8;
    let mut refusals = Refusals::default();
    let (mut now, mut dialogues) = (START, 0);
    let mut numbers = 0..;
    while now < START + 3600 * SECOND && dialogues <= FEW {
        let topic = numbers.next().map(|number| topic(host(number)));
        let topic = topic.expect("a further number");
        match refusals.rest(&topic, now) {
            Some(rest) => now += rest,
            None => {
                refusals.add(topic, now, now);
                dialogues += 1;
            }
        }
    }
    assert!(dialogues <= FEW, "{dialogues} dialogues in an hour");
}

#[test]
fn many_refused_machines_do_not_keep_local_programs_from_asking() {
    let mut refusals = Refusals::default();
    for number in 0..1000 {
        refusals.add(topic(host(number)), START, START);
    }
    assert_eq!(refusals.rest(&topic(Origin::Local), START), None);
}

#[test]
fn what_is_remembered_of_a_user_is_bounded() {
    let mut refusals = Refusals::default();
    for number in 0..1000 {
        refusals.add(topic(host(number)), START, START);
        let local = Topic {
            key: key(number),
            ..topic(Origin::Local)
        };
        refusals.add(local, START, START);
    }
    assert_eq!(refusals.local.len(), MOST_LOCAL);
    assert_eq!(refusals.forwarded.len(), MOST_FORWARDED);
}
