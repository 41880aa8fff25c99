//! Imports on disks that are full, beside others, and what is seen of a key on its way.

use sshtpm_key_file::PrivatePart;
use sshtpm_tests::call::{none, option, refused, text};
use sshtpm_tests::process_memory;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{User, World};

use crate::import::{import, made, wrapped};

#[test]
fn a_disk_that_fills_before_the_record_leaves_nothing_of_an_import() {
    let world = World::empty();
    world.put_state_on_a_disk(",size=128k");
    world.start_all();
    let (root, alice) = (world.root(), world.alice());
    let before = alice.key("before");
    let key = wrapped(alice, &made(alice, "-t ecdsa"), None);
    // The counts take one block, and give one back. The record needs two.
    let fill = "dd if=/dev/zero of=/var/lib/sshtpm/filler bs=1k 2>/dev/null; \
                truncate -s -4k /var/lib/sshtpm/filler";
    root.command("sh -c").arg(fill).run().ok();
    let names: Vec<_> = (0..16).map(|n| format!("{n}{}", "x".repeat(250))).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let long = || option("namespaces", names.as_slice());
    let refusal = import(alice, &key, long()).expect_err("there is no room");
    assert_eq!(refusal.kind(), "StorageUnavailable");
    // Not the counts, which come before the TPM.
    let told = refusal.text.contains("the key store is full");
    assert!(told, "{refusal:?}");
    assert_eq!(alice.fingerprints(), std::slice::from_ref(&before));
    let records = root.command("sh -c").arg("ls -A /var/lib/sshtpm/keys/1001");
    assert_eq!(records.run().ok().stdout.lines().count(), 1);
    root.run("rm /var/lib/sshtpm/filler").ok();
    import(alice, &key, long()).expect("there is room");
}

#[test]
fn an_hour_has_room_for_generated_and_imported_keys_together() {
    let world = World::with_config("[limits]\nkeys-generated-per-hour = 2");
    let alice = world.alice();
    alice.key("generated");
    let imported = |user: User<'_>| {
        let key = wrapped(user, &made(user, "-t ecdsa"), None);
        import(user, &key, none())
    };
    imported(alice).expect("a key");
    assert_eq!(refused(imported(alice)), "LimitsExceeded");
    imported(world.bob()).expect("another user's");
}

#[test]
fn a_private_key_is_neither_on_the_chips_bus_nor_in_the_broker() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = made(alice, "-t ecdsa");
    let PrivatePart::Ecdsa(private) = &key.private else {
        panic!("{key:?}");
    };
    let there = import(alice, &wrapped(alice, &key, None), none()).expect("a key");
    let fingerprint = text(&there, "Fingerprint");
    alice
        .sign(&fingerprint, &sshsig("data"), 0, none())
        .expect("a signature");
    assert!(!tap.has_heard(private.scalar()), "it was on the bus");
    let reversed: Vec<u8> = private.scalar().iter().rev().copied().collect();
    for form in [private.scalar(), &reversed] {
        assert_eq!(process_memory::count(world.broker_pid(), form), 0);
    }
    assert!(!world.broker_log().contains("PRIVATE"));
    // What is said in clear is heard and found, so that the above says something.
    let (x, _) = private.coordinates();
    assert!(tap.has_heard(x));
    assert_ne!(process_memory::count(world.broker_pid(), x), 0);
}
