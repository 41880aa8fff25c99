//! A start with many keys: the first requests, and the keys that no request is about.

use std::path::Path;

use sshtpm_tests::many_keys::{self, KeyOwner};
use sshtpm_tests::{World, wait};

/// Keys in all, so many that they are not all read when the broker answers first.
const KEYS: usize = 2000;

/// Their owners: alice, and those of whom the user database knows nothing.
fn owners() -> Vec<KeyOwner> {
    let mut owners = KeyOwner::strangers(19);
    owners.insert(0, KeyOwner::new(1001, "alice"));
    owners
}

/// Everything but the broker is up, and these keys are there.
fn world_with_keys() -> (World, Vec<std::path::PathBuf>) {
    let world = World::empty();
    let records = many_keys::put(world.machine(), &owners(), KEYS);
    world.start_bus();
    world.start_polkit();
    world.start_tpm();
    (world, records)
}

fn wait_for_line(world: &World, line: &str) {
    wait::until(line, wait::EFFECT, || {
        world.broker_log().contains(line).then_some(())
    });
}

fn exists(world: &World, path: &Path) -> bool {
    world.machine().enter(|| path.symlink_metadata().is_ok())
}

#[test]
fn a_store_with_many_keys_is_read_to_its_end_and_lists_them() {
    let (world, _) = world_with_keys();
    world.start_broker();
    assert_eq!(world.alice().fingerprints().len(), KEYS / owners().len());
    assert_eq!(world.bob().fingerprints(), Vec::<String>::new());
    wait_for_line(&world, &format!("the key store was read keys={KEYS}"));
    assert_eq!(world.alice().fingerprints().len(), KEYS / owners().len());
}

#[test]
fn the_broker_sets_a_damaged_record_aside_before_a_request_needs_it() {
    let (world, records) = world_with_keys();
    let damaged = records.last().expect("a record of a stranger");
    let emptied = world.machine().enter(|| std::fs::write(damaged, ""));
    emptied.expect("root can write it");
    world.start_broker();
    let name = damaged.file_name().and_then(|name| name.to_str());
    wait_for_line(&world, name.expect("a name"));
    wait_for_line(&world, &format!("the key store was read keys={}", KEYS - 1));
    assert!(!exists(&world, damaged));
    assert!(exists(&world, &damaged.with_extension("json.damaged")));
}

#[test]
fn keys_are_made_and_deleted_while_others_are_read() {
    let (world, _) = world_with_keys();
    world.start_broker();
    world.wait_for_tpm("ready");
    let (alice, bob) = (world.alice(), world.bob());
    let new = bob.key("new");
    let gone = alice.fingerprints().remove(0);
    let deleted = alice.delete(&gone, sshtpm_tests::call::none());
    let refused = deleted
        .expect_err("alice types no password")
        .kind()
        .to_owned();
    assert_eq!(refused, "InteractiveAuthorizationRequired");
    world
        .root()
        .delete(&gone, sshtpm_tests::call::owner("alice"))
        .expect("root may");
    wait_for_line(&world, "the key store was read");
    assert_eq!(bob.fingerprints(), [new]);
    assert!(!alice.fingerprints().contains(&gone));
    world.restart_broker();
    assert!(!alice.fingerprints().contains(&gone));
    assert_eq!(alice.fingerprints().len(), KEYS / owners().len() - 1);
}

#[test]
fn a_broker_that_was_killed_while_it_read_leaves_everything_to_the_next() {
    let (world, records) = world_with_keys();
    world.start_broker();
    world.kill_broker();
    let are_there = || records.iter().all(|record| record.is_file());
    assert!(world.machine().enter(are_there));
    world.start_broker();
    wait_for_line(&world, &format!("the key store was read keys={KEYS}"));
    assert_eq!(world.alice().fingerprints().len(), KEYS / owners().len());
}
