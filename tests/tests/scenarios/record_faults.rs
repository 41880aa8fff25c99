//! The record of use when the broker is killed, the disk is full, a file is damaged, or a program
//! floods it.

use serde_json::Value;
use sshtpm_tests::World;
use sshtpm_tests::call::{none, refused};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::use_record::{USES, line_with, listed, log, outcomes};

#[test]
fn a_broker_that_is_killed_keeps_what_was_written_down() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    assert_eq!(outcomes(alice), ["signed"]);
    world.kill_broker();
    world.start_broker();
    world.wait_for_tpm("ready");
    let alice = world.alice();
    assert_eq!(outcomes(alice), ["signed"]);
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    assert_eq!(outcomes(alice), ["signed"; 2]);
}

#[test]
fn a_disk_that_is_full_or_read_only_stops_no_signature() {
    for (fill, empty) in [
        (
            "dd if=/dev/zero of=/var/lib/sshtpm/filler bs=512 status=none; true",
            "rm /var/lib/sshtpm/filler",
        ),
        (
            "mount -o remount,ro /var/lib/sshtpm",
            "mount -o remount,rw /var/lib/sshtpm",
        ),
    ] {
        let world = World::empty();
        world.put_state_on_a_disk(",size=256k");
        world.start_all();
        let alice = world.alice();
        let key = alice.key("laptop");
        let root = world.root();
        root.command("sh -c").arg(fill).run().ok();
        for _ in 0..40 {
            alice
                .sign(&key, &sshsig("text"), 0, none())
                .expect("a signature");
        }
        line_with(&world, &["WARN", "cannot write uses of keys"]);
        let warnings = |what: &str| world.broker_log().matches(what).count();
        assert_eq!(warnings("cannot write uses of keys"), 1);
        assert_eq!(
            listed(alice, &key)["uses"],
            40,
            "it is counted nevertheless"
        );

        root.command("sh -c").arg(empty).run().ok();
        alice
            .sign(&key, &sshsig("text"), 0, none())
            .expect("a signature");
        line_with(&world, &["the broker can write uses of keys again"]);
        assert!(outcomes(alice).contains(&"signed".to_owned()));
    }
}

#[test]
fn a_flood_of_refusals_is_bounded_and_counted() {
    const FLOOD: u64 = 60;
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    for _ in 0..FLOOD {
        refused(alice.sign(&key, b"data", 0, none()));
    }
    let lines = || {
        world
            .broker_log()
            .matches("outcome=\"UnknownData\"")
            .count()
    };
    assert!(lines() < 45, "{} lines", lines());
    // What is kept back is written down at the end.
    world.restart_broker();
    let uses = log(world.alice());
    assert!(uses.len() < 45, "{} uses", uses.len());
    let counted = |used: &Value| 1 + used["more"].as_u64().expect("a number");
    let refusals = uses.iter().filter(|used| used["outcome"] == "UnknownData");
    assert_eq!(refusals.map(counted).sum::<u64>(), FLOOD);
}

#[test]
fn a_record_that_was_damaged_serves_what_is_left_of_it() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for _ in 0..2 {
        alice
            .sign(&key, &sshsig("text"), 0, none())
            .expect("a signature");
    }
    assert_eq!(outcomes(alice).len(), 2);
    world.stop_broker();
    let damage = format!(
        "sed -i '1s/signed/sig\\x1bed/' {USES}/1001.jsonl && echo '{{' >>{USES}/1001.jsonl && \
         head -c 100 /dev/urandom >{USES}/1001.counts.json"
    );
    world.root().command("sh -c").arg(damage).run().ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    let alice = world.alice();
    assert_eq!(outcomes(alice), ["signed"]);
    assert_eq!(listed(alice, &key)["uses"], 0);
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    assert_eq!(outcomes(alice), ["signed"; 2]);
    assert_eq!(listed(alice, &key)["uses"], 1);
}
