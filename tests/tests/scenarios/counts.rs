//! Wrong PINs, and keys that were generated: what is counted outlives the broker that counts.

use serde_json::Value;
use sshtpm_tests::World;
use sshtpm_tests::call::{none, refused};

const PIN: &str = "correct horse";

/// A world whose TPM has three tries, two of them for PINs, and a key with a PIN of alice's and one
/// of bob's.
fn world_with_keys() -> (World, [String; 2]) {
    let world = World::new();
    let keys = [world.alice(), world.bob()].map(|user| user.key_with_pin("laptop", PIN));
    (world, keys)
}

/// Ends the broker as a crash would, and starts another one.
fn crash(world: &World) {
    world.kill_broker();
    world.start_broker();
    world.wait_for_tpm("ready");
}

fn counter(world: &World) -> Value {
    world.root().lockout(none()).expect("an answer")["Counter"].clone()
}

#[test]
fn a_crash_of_the_broker_gives_nobody_another_try_at_a_pin() {
    let (world, [alices, bobs]) = world_with_keys();
    assert_eq!(refused(world.alice().unlock(&alices, "wrong")), "WrongPin");
    for _ in 0..3 {
        crash(&world);
        let again = world.alice().unlock(&alices, "wrong");
        assert_eq!(refused(again), "PinTriesExceeded");
    }
    assert_eq!(counter(&world), 1);
    world
        .bob()
        .unlock(&bobs, PIN)
        .expect("a try is left to bob");
}

#[test]
fn a_right_pin_is_not_counted_after_a_crash_either() {
    let (world, [alices, _]) = world_with_keys();
    for _ in 0..3 {
        world.alice().unlock(&alices, PIN).expect("unlocked");
        crash(&world);
    }
}

#[test]
fn a_crash_of_the_broker_gives_nobody_more_keys_in_an_hour() {
    let world = World::with_config("[limits]\nkeys-generated-per-hour = 2");
    let alice = world.alice();
    for comment in ["first", "second"] {
        alice.key(comment);
        crash(&world);
    }
    assert_eq!(
        refused(alice.generate("", "third", none())),
        "LimitsExceeded"
    );
    world.bob().key("bob's first");
}

#[test]
fn a_pin_is_not_tried_while_the_disk_is_full() {
    let world = World::empty();
    world.put_state_on_a_disk(",size=128k");
    world.start_all();
    let key = world.alice().key_with_pin("laptop", PIN);
    let fill = "dd if=/dev/zero of=/var/lib/sshtpm/filler bs=512";
    world
        .root()
        .run(fill)
        .fails_with(1)
        .complains("No space left");
    for pin in ["wrong", PIN] {
        let refusal = world.alice().unlock(&key, pin).expect_err("no room");
        assert_eq!(refusal.kind(), "StorageUnavailable");
        assert!(refusal.text.contains("counted"), "{refusal:?}");
    }
    assert_eq!(counter(&world), 0);
    world.root().run("rm /var/lib/sshtpm/filler").ok();
    world.alice().unlock(&key, PIN).expect("unlocked");
}

#[test]
fn counts_that_nobody_can_read_keep_out_their_user_alone() {
    let (world, [alices, bobs]) = world_with_keys();
    assert_eq!(refused(world.alice().unlock(&alices, "wrong")), "WrongPin");
    world.kill_broker();
    let file = "/var/lib/sshtpm/counts/1001.json";
    world.root().run(&format!("truncate -s 10 {file}")).ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    let again = world.alice().unlock(&alices, PIN);
    assert_eq!(refused(again), "PinTriesExceeded");
    world.bob().unlock(&bobs, PIN).expect("unlocked");
    assert!(world.broker_log().contains("set aside"));
}
