//! Keys that stay in the TPM, and other programs that use its places too.

use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{World, wait};

use crate::hot::{LIMITS, LOAD, cost_to_sign, loaded, sign};

/// Another program loads a key, and leaves it.
fn others_load(world: &World, kind: &str) {
    let create = format!("tpm2_createprimary -Q -c /tmp/others {kind}");
    tool(world.machine(), &create).ok();
}

/// Another program's key that signs as ours do.
const SIGNS_AS_OURS: &str = "-G ecc256:ecdsa-sha256 \
    -a sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda";

/// Another program's key that does not sign.
const IS_A_PARENT: &str = "-G ecc \
    -a restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda";

#[test]
fn a_key_that_another_program_flushed_is_loaded_again() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    for _ in 0..3 {
        sign(alice, &key).expect("a signature");
        tool(world.machine(), "tpm2_flushcontext -t").ok();
        // Sign, ReadPublic; Load, Sign.
        assert_eq!(cost_to_sign(&tap, alice, &key), 4);
        assert_eq!(cost_to_sign(&tap, alice, &key), 1);
    }
}

#[test]
fn a_foreign_key_at_our_handle_does_not_sign_for_us_and_is_kept() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    // One that signs as ours does, one that does not sign, and one whose password is not ours.
    for kind in [
        SIGNS_AS_OURS,
        IS_A_PARENT,
        &format!("{SIGNS_AS_OURS} -p secret"),
    ] {
        tool(world.machine(), "tpm2_flushcontext -t").ok();
        // Of this round.
        sign(alice, &key).expect("a signature");
        let ours = loaded(&world);
        tool(world.machine(), "tpm2_flushcontext -t").ok();
        // The first handle was the parent's when ours was loaded.
        others_load(&world, kind);
        others_load(&world, kind);
        tool(world.machine(), "tpm2_flushcontext 0x80000000").ok();
        assert_eq!(loaded(&world), ours, "the handle is another's now: {kind}");
        // Sign, ReadPublic; Load, Sign.
        assert_eq!(cost_to_sign(&tap, alice, &key), 4, "{kind}");
        assert_eq!(cost_to_sign(&tap, alice, &key), 1, "{kind}");
        assert_eq!(loaded(&world).len(), 2, "theirs and ours: {kind}");
    }
}

#[test]
fn a_foreign_key_at_our_handle_is_not_saved_for_ours_and_is_kept() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let keys = [alice.key("one"), alice.key("other"), alice.key("third")];
    // The first key comes for the second time, to the handle 0x80000002, and is the next to leave.
    for turn in [0, 1, 2, 0, 2] {
        sign(alice, &keys[turn]).expect("a signature");
    }
    assert_eq!(loaded(&world), ["0x80000001", "0x80000002"]);
    tool(world.machine(), "tpm2_flushcontext -t").ok();
    for _ in 0..3 {
        others_load(&world, SIGNS_AS_OURS);
    }
    for other in ["0x80000000", "0x80000001"] {
        tool(world.machine(), &format!("tpm2_flushcontext {other}")).ok();
    }
    sign(alice, &keys[1]).expect("a signature, for which the first key leaves");
    let theirs = "0x80000002".to_owned();
    assert!(loaded(&world).contains(&theirs), "it was flushed");
    let expected = "FlushContext, Load, Sign: without a context";
    assert_eq!(cost_to_sign(&tap, alice, &keys[0]), 3, "{expected}");
}

#[test]
fn the_broker_gives_up_its_slots_if_another_program_fills_them() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let keys = [alice.key("one"), alice.key("other"), alice.key("third")];
    for key in &keys[..2] {
        sign(alice, key).expect("a signature");
    }
    others_load(&world, "");
    // One goes for the new key, and that is not enough with another's there.
    sign(alice, &keys[2]).expect("a signature");
    assert_eq!(loaded(&world).len(), 2, "theirs and ours");
    let loads = tap.commands(LOAD);
    sign(alice, &keys[2]).expect("a signature");
    assert_eq!(tap.commands(LOAD), loads, "it stayed");
    for key in &keys {
        sign(alice, key).expect("a signature");
    }
    alice.key("a fourth");
    assert!(
        loaded(&world).contains(&"0x80000002".to_owned()),
        "theirs is still there"
    );
}

#[test]
fn unused_keys_leave_the_chip_to_others() {
    let world = World::new();
    let alice = world.alice();
    for key in [alice.key("one"), alice.key("other")] {
        sign(alice, &key).expect("a signature");
    }
    assert_eq!(loaded(&world).len(), 2);
    wait::until("an empty chip", wait::EFFECT, || {
        loaded(&world).is_empty().then_some(())
    });
    assert_eq!(alice.tpm("State"), Ok(serde_json::json!("ready")));
}

#[test]
fn a_broker_that_ends_leaves_nothing_in_the_chip() {
    let world = World::new();
    let alice = world.alice();
    for key in [alice.key("one"), alice.key("other")] {
        sign(alice, &key).expect("a signature");
    }
    assert_eq!(loaded(&world).len(), 2);
    world.stop_broker();
    assert_eq!(loaded(&world), Vec::<String>::new());
}
