//! Persistent keys: what they save, and which users may have one.

use serde_json::Value;
use sshtpm_tests::call::{none, owner, refused, text};
use sshtpm_tests::persistent::{FIRST, demote, kept, promote, set, sign};
use sshtpm_tests::signed_data::exchange_hash;
use sshtpm_tests::tap::Tap;
use sshtpm_tests::{User, World};

/// The value of a key of alice's, in the record that root alone can read.
fn auth(world: &World) -> Vec<u8> {
    let uid = world.alice().uid();
    let files = format!("cat /var/lib/sshtpm/keys/{uid}/*.json");
    let record = world.root().command("sh -c").arg(files).run().ok().stdout;
    let record: Value = serde_json::from_str(&record).expect("one record");
    let auth = text(&record["persistent"], "auth");
    let digits = auth.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16))
        .map(|byte| byte.expect("a byte"))
        .collect()
}

/// How many commands the TPM gets for a signature.
#[track_caller]
fn cost(tap: &Tap<'_>, user: User<'_>, key: &str) -> usize {
    tap.cost(|| sign(user, key))
}

#[test]
fn a_persistent_key_signs_with_one_command_from_its_second_use() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    let cost_to_promote = tap.cost(|| promote(&world, &key));
    assert_eq!(cost_to_promote, 10, "as ARCHITECTURE has it");
    assert_eq!(cost(&tap, alice, &key), 2, "ReadPublic, Sign");
    for _ in 0..5 {
        assert_eq!(cost(&tap, alice, &key), 1, "Sign");
    }
    // Other keys that are used in between, and stay loaded, do not slow it down.
    let others: Vec<_> = (0..4)
        .map(|number| alice.key(&number.to_string()))
        .collect();
    for other in &others {
        sign(alice, other);
        assert_eq!(cost(&tap, alice, &key), 1, "Sign");
    }
    sign(alice, &key);
    let cost_to_demote = tap.cost(|| demote(&world, &key));
    assert_eq!(cost_to_demote, 2, "ReadPublic, EvictControl");
}

#[test]
fn a_persistent_key_stays_in_use_when_another_one_is_put_there() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let keys = ["one", "two", "three"].map(|comment| alice.key(comment));
    for key in &keys {
        promote(&world, key);
        sign(alice, key);
    }
    for key in &keys {
        sign(alice, key);
        assert_eq!(cost(&tap, alice, key), 1, "Sign");
    }
    assert!(!world.broker_log().contains("no longer keeps this key"));
}

#[test]
fn a_key_is_kept_over_a_restart_of_the_broker_and_a_power_cycle() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(alice.list(none()).expect("a list")[0]["Persistent"], true);
    assert_eq!(cost(&tap, alice, &key), 2, "ReadPublic, Sign");

    world.stop_broker();
    world.power_off_tpm();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(cost(&tap, alice, &key), 2, "ReadPublic, Sign");
    assert_eq!(cost(&tap, alice, &key), 1, "Sign");
    sign(alice, &key);
}

#[test]
fn the_value_is_not_on_the_bus_to_the_chip_until_it_is_used_and_in_no_log() {
    let world = World::to_tap("");
    let tap = world.tap();
    let key = world.alice().key("laptop");
    promote(&world, &key);
    let auth = auth(&world);
    assert_eq!(auth.len(), 32);
    assert!(!tap.has_heard(&auth), "it was sent in clear");
    sign(world.alice(), &key);
    assert!(tap.has_heard(&auth), "this is how THREAT-MODEL has it");
    let hex: String = auth.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!world.broker_log().contains(&hex));

    // Each time it is another one.
    demote(&world, &key);
    promote(&world, &key);
    assert_ne!(self::auth(&world), auth);
}

#[test]
fn a_key_is_kept_no_longer_and_is_there_all_the_same() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for _ in 0..2 {
        promote(&world, &key);
        promote(&world, &key);
        assert_eq!(kept(&world), [FIRST]);
        sign(alice, &key);
        demote(&world, &key);
        demote(&world, &key);
        assert!(kept(&world).is_empty());
        sign(alice, &key);
    }
}

#[test]
fn a_kept_key_that_is_deleted_or_renamed_is_so_in_the_tpm_too() {
    let world = World::new();
    let alice = world.alice();
    let (one, other) = (alice.key("one"), alice.key("other"));
    promote(&world, &one);
    promote(&world, &other);
    alice.set_comment(&one, "first", none()).expect("renamed");
    sign(alice, &one);
    world.root().delete(&one, owner("alice")).expect("deleted");
    assert_eq!(kept(&world), [FIRST + 1]);
    sign(alice, &other);
}

#[test]
fn a_user_has_no_key_kept_and_an_unknown_one_is_unknown() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key("laptop");
    let asks = "InteractiveAuthorizationRequired";
    assert_eq!(refused(set(alice, &key, true, none())), asks);
    assert_eq!(refused(set(bob, &key, true, owner("alice"))), asks);
    assert_eq!(refused(set(bob, &key, true, none())), "NoSuchKey");
    let root = world.root();
    assert_eq!(refused(set(root, &key, true, owner("bob"))), "NoSuchKey");
    assert!(kept(&world).is_empty());
}

#[test]
fn a_key_with_a_pin_is_not_kept() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("prod", "1234");
    let refusal = set(world.root(), &key, true, owner("alice")).expect_err("it has a PIN");
    assert_eq!(refusal.kind(), "InvalidArgs");
    assert!(refusal.text.contains("PIN"), "{refusal:?}");
    assert!(kept(&world).is_empty());
}

#[test]
fn an_administrator_has_a_host_key_kept_and_sees_which_are() {
    let world = World::new();
    let root = world.root();
    root.run("sshtpm -q host-keys generate -C host").ok();
    let persist = "sshtpm tpm persist host --owner sshtpm-host";
    let said = root.run(persist).ok();
    assert!(said.stdout.contains("The TPM keeps key"), "{said}");
    let list = |root: User<'_>| -> Value {
        let listed = root.run("sshtpm host-keys list --json").ok();
        serde_json::from_str(&listed.stdout).expect("JSON")
    };
    assert_eq!(list(root)[0]["persistent"], true);
    assert_eq!(kept(&world), [FIRST]);
    let host = world.host_user();
    let key = text(&host.list(none()).expect("a list")[0], "Fingerprint");
    let signature = host.sign(&key, &exchange_hash(), 0, none());
    signature.expect("a signature");

    root.run(&format!("{persist} --undo")).ok();
    assert_eq!(list(root)[0]["persistent"], false);
    assert!(kept(&world).is_empty());
}
