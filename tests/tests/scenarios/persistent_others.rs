//! Persistent keys in a TPM that other programs use, too: they evict, replace, and take the room.

use sshtpm_tests::World;
use sshtpm_tests::call::{none, owner};
use sshtpm_tests::persistent::{
    FIRST, MOST, anybody_signs, demote, evict, kept, others_keep, others_key, others_put, promote,
    set, sign,
};
use sshtpm_tests::swtpm::tool;

/// A handle that neither the broker nor its tests use otherwise.
const FILLER: u32 = 0x8120_0000;

#[test]
fn a_persistent_key_that_was_evicted_signs_from_its_blob_and_logs_it_once() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    sign(alice, &key);
    evict(&world, FIRST);
    for _ in 0..3 {
        sign(alice, &key);
    }
    let log = world.broker_log();
    assert_eq!(
        log.matches("the TPM no longer keeps this key").count(),
        1,
        "{log}"
    );
    world.restart_broker();
    world.wait_for_tpm("ready");
    sign(alice, &key);

    // And it can be kept again.
    promote(&world, &key);
    assert_eq!(kept(&world), [FIRST]);
    sign(alice, &key);
}

#[test]
fn the_broker_uses_no_foreign_key_at_the_handle_of_a_persistent_key() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    sign(alice, &key);
    for restart in [false, true] {
        evict(&world, FIRST);
        others_keep(&world, FIRST);
        if restart {
            world.restart_broker();
            world.wait_for_tpm("ready");
        }
        sign(alice, &key);
        sign(alice, &key);
    }
    // It is not ours to take out, either.
    demote(&world, &key);
    assert_eq!(kept(&world), [FIRST]);
    assert!(anybody_signs(&world, FIRST));
    assert_eq!(alice.list(none()).expect("a list")[0]["Persistent"], false);
}

#[test]
fn the_tpm_without_the_value_does_not_sign_with_a_persistent_key() {
    let world = World::new();
    let key = world.alice().key("laptop");
    promote(&world, &key);
    others_keep(&world, FIRST + 1);
    assert_eq!(kept(&world), [FIRST, FIRST + 1]);
    assert!(anybody_signs(&world, FIRST + 1), "that one has no value");
    assert!(!anybody_signs(&world, FIRST));
    // Trying does not lock the TPM.
    assert_eq!(
        world.alice().lockout(none()).expect("an answer")["Counter"],
        0
    );
    sign(world.alice(), &key);
}

#[test]
fn the_rest_of_a_key_deleted_without_a_tpm_goes_when_room_is_needed() {
    let world = World::new();
    let alice = world.alice();
    let (gone, other) = (alice.key("gone"), alice.key("other"));
    promote(&world, &gone);
    world.kill_tpm();
    world.root().delete(&gone, owner("alice")).expect("deleted");
    assert_eq!(alice.fingerprints(), std::slice::from_ref(&other));
    world.start_tpm();
    world.wait_for_tpm("ready");
    assert_eq!(kept(&world), [FIRST]);
    assert!(
        !anybody_signs(&world, FIRST),
        "no record has its authorization value"
    );

    for handle in FIRST + 1..FIRST + MOST {
        others_keep(&world, handle);
    }
    promote(&world, &other);
    assert_eq!(kept(&world).len(), 16);
    sign(alice, &other);
    assert!(!anybody_signs(&world, FIRST));
    assert!(
        anybody_signs(&world, FIRST + 1),
        "that of others has stayed"
    );
}

#[test]
fn a_promotion_without_a_free_handle_names_the_way_out() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for handle in FIRST..FIRST + MOST {
        others_keep(&world, handle);
    }
    let refusal = set(world.root(), &key, true, owner("alice")).expect_err("no room");
    assert_eq!(refusal.kind(), "LimitsExceeded");
    assert!(refusal.text.contains("--undo"), "{refusal:?}");
    assert_eq!(alice.list(none()).expect("a list")[0]["Persistent"], false);
    sign(alice, &key);

    evict(&world, FIRST + 7);
    promote(&world, &key);
    assert!(!anybody_signs(&world, FIRST + 7));
}

#[test]
fn a_chip_whose_memory_is_full_says_so_and_keeps_nothing_halfway() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let machine = world.machine();
    // For persistent objects a TPM keeps room that indices do not get, so it takes both to fill it.
    for number in 0..1000 {
        let define = format!("tpm2_nvdefine -Q {:#x} -C o -s 2048", 0x150_0000 + number);
        if tool(machine, &define).code() != 0 {
            break;
        }
    }
    others_key(&world);
    let full = (0..1000).find_map(|number| {
        let kept = others_put(&world, FILLER + number);
        (kept.code() != 0).then_some(kept)
    });
    let full = full.expect("there is an end to it");
    assert!(full.stderr.contains("0x14B"), "{full}");
    let refusal = set(world.root(), &key, true, owner("alice")).expect_err("no room");
    assert_eq!(refusal.kind(), "LimitsExceeded");
    assert!(refusal.text.contains("memory"), "{refusal:?}");
    assert!(kept(&world).is_empty());
    sign(alice, &key);
    evict(&world, FILLER);
    promote(&world, &key);
    sign(alice, &key);
}

#[test]
fn a_password_of_the_owner_hierarchy_is_in_the_way_and_said_to_be() {
    let world = World::new();
    let alice = world.alice();
    let (kept_key, other) = (alice.key("kept"), alice.key("other"));
    promote(&world, &kept_key);
    tool(world.machine(), "tpm2_changeauth -c owner secret").ok();
    for (key, persistent) in [(&other, true), (&kept_key, false)] {
        let refusal = set(world.root(), key, persistent, owner("alice")).expect_err("no owner");
        assert_eq!(refusal.kind(), "TpmOwnerPassword");
        assert!(refusal.text.contains("tpm2_changeauth"), "{refusal:?}");
    }
    assert_eq!(kept(&world), [FIRST]);
    sign(alice, &kept_key);
    sign(alice, &other);

    // What the text says.
    tool(world.machine(), "tpm2_changeauth -c owner -p secret").ok();
    promote(&world, &other);
    demote(&world, &kept_key);
    assert_eq!(kept(&world), [FIRST + 1]);

    // A key can be deleted in any case.
    tool(world.machine(), "tpm2_changeauth -c owner secret").ok();
    world
        .root()
        .delete(&other, owner("alice"))
        .expect("deleted");
    assert!(!anybody_signs(&world, FIRST + 1));
}
