//! Tests of when a seed stays and when it leaves.

use super::super::fixtures::{record, seed};
use super::*;

fn is_kept(seeds: &KeptSeeds, number: u8, now: Instant) -> bool {
    seeds.with(&record(number).key.blob, now, |_| ()).is_some()
}

fn keep(seeds: &KeptSeeds, number: u8, now: Instant) {
    seeds.keep(&record(number), seed(number), seeds.generation(), now);
    assert!(is_kept(seeds, number, now), "before");
}

#[test]
fn a_seed_that_was_asked_for_before_a_wipe_is_not_kept() {
    let (seeds, now) = (KeptSeeds::new(), Instant::now());
    let wipes: [fn(&KeptSeeds); 2] = [|seeds| seeds.wipe(&record(1).key.blob), KeptSeeds::wipe_all];
    for wipe in wipes {
        let asked = seeds.generation();
        wipe(&seeds);
        seeds.keep(&record(1), seed(1), asked, now);
        assert!(!is_kept(&seeds, 1, now));
    }
    keep(&seeds, 1, now);
}

#[test]
fn a_wiped_seed_is_gone_and_the_others_stay() {
    let (seeds, now) = (KeptSeeds::new(), Instant::now());
    keep(&seeds, 1, now);
    keep(&seeds, 2, now);
    seeds.wipe(&record(1).key.blob);
    assert_eq!(
        [1, 2].map(|number| is_kept(&seeds, number, now)),
        [false, true]
    );
}

#[test]
fn a_seed_of_a_key_with_a_pin_is_not_kept() {
    let (seeds, now) = (KeptSeeds::new(), Instant::now());
    let mut with_pin = record(1);
    with_pin.key.protection = Protection::Pin;
    seeds.keep(&with_pin, seed(1), seeds.generation(), now);
    assert!(!is_kept(&seeds, 1, now));
}

#[test]
fn a_seed_that_is_used_all_the_time_leaves_when_it_is_old() {
    let (seeds, start) = (KeptSeeds::new(), Instant::now());
    keep(&seeds, 1, start);
    let late = start + AGE - Duration::from_secs(1);
    assert!(is_kept(&seeds, 1, late), "it was used just now");
    assert_eq!(seeds.idle_at(), Some(start + AGE));
    seeds.drop_idle(start + AGE);
    assert_eq!(seeds.idle_at(), None);
}
