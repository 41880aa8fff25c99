//! The parent of all keys in the TPM, and what else the broker finds and leaves in it.

use sshtpm_tests::call::{none, refused};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{World, wait};

#[test]
fn a_storage_hierarchy_with_a_password_is_refused_with_the_way_out() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_tpm();
    tool(world.machine(), "tpm2_changeauth -c owner secret").ok();
    world.start_broker();
    world.wait_for_tpm("unprovisioned");

    let refusal = world
        .alice()
        .generate("", "", none())
        .expect_err("no parent, no key");
    assert_eq!(refusal.kind(), "ParentKeyUnavailable");
    assert!(refusal.text.contains("0x81000001"), "{refusal:?}");
    let reason = world.alice().tpm("StateReason").expect("a reason");
    assert_eq!(reason, refusal.text);

    // What an administrator does then.
    make_parent(&world, "ecc", " -P secret");
    world.wait_for_tpm("ready");
    world.alice().key("laptop");
}

#[test]
fn a_parent_that_others_made_is_used_as_it_is() {
    for algorithm in ["ecc", "rsa"] {
        let world = World::empty();
        world.start_bus();
        world.start_polkit();
        world.start_tpm();
        make_parent(&world, algorithm, "");
        let before = tool(world.machine(), "tpm2_readpublic -c 0x81000001")
            .ok()
            .stdout;
        world.start_broker();
        world.wait_for_tpm("ready");
        let alice = world.alice();
        let key = alice.key("laptop");
        alice
            .sign(&key, &sshsig("data"), 0, none())
            .expect("a signature");
        let after = tool(world.machine(), "tpm2_readpublic -c 0x81000001")
            .ok()
            .stdout;
        assert_eq!(after, before, "{algorithm}");
    }
}

#[test]
fn the_parent_that_the_broker_makes_stays_over_a_power_cycle() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let parent = world.alice().tpm("ParentName");
    world.stop_broker();
    world.power_off_tpm();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(world.alice().tpm("ParentName"), parent);
    world
        .alice()
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
}

#[test]
fn a_key_whose_parent_was_cleared_is_lost_and_says_so() {
    let world = World::new();
    let key = world.alice().key("laptop");
    world.stop_broker();
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.start_broker();
    world.wait_for_tpm("ready");

    let alice = world.alice();
    assert_eq!(alice.list(none()).expect("a list")[0]["State"], "lost");
    assert_eq!(
        refused(alice.sign(&key, &sshsig("data"), 0, none())),
        "KeyLost"
    );
    let other = alice.key("new");
    alice
        .sign(&other, &sshsig("data"), 0, none())
        .expect("a new key works");
    world
        .root()
        .delete(&key, sshtpm_tests::call::owner("alice"))
        .expect("a lost key can go");
}

#[test]
fn a_parent_cleared_under_a_running_broker_is_noticed() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    tool(world.machine(), "tpm2_clear -c platform").ok();
    wait::until("the loss of the key", wait::EFFECT, || {
        let refusal = alice
            .sign(&key, &sshsig("data"), 0, none())
            .expect_err("its parent is gone");
        (refusal.kind() == "KeyLost").then_some(())
    });
    world.wait_for_tpm("ready");
    wait::until("a new key", wait::EFFECT, || {
        alice.generate("", "new", none()).ok()
    });
}

#[test]
fn objects_left_in_the_tpm_by_a_crash_are_swept_away_at_start() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_tpm();
    for number in 0..3 {
        let file = format!("/tmp/left-{number}");
        tool(world.machine(), &format!("tpm2_createprimary -Q -c {file}")).ok();
        tool(
            world.machine(),
            "tpm2_startauthsession --policy-session -S /tmp/session",
        )
        .ok();
    }
    world.start_broker();
    world.wait_for_tpm("ready");
    world.alice().key("laptop");
}

#[test]
fn many_signatures_leave_only_their_key_in_the_tpm() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for _ in 0..20 {
        alice
            .sign(&key, &sshsig("data"), 0, none())
            .expect("a signature");
    }
    let left = |kind: &str| {
        let left = tool(world.machine(), &format!("tpm2_getcap handles-{kind}")).ok();
        left.stdout.lines().count()
    };
    assert_eq!(left("transient"), 1, "the key");
    assert_eq!(left("loaded-session") + left("saved-session"), 0);
    wait::until("an empty chip", wait::EFFECT, || {
        (left("transient") == 0).then_some(())
    });
}

/// What the TCG's provisioning guidance has an installer do, with the usual tools.
fn make_parent(world: &World, algorithm: &str, password: &str) {
    let machine = world.machine();
    let create = format!("tpm2_createprimary -Q -C o -G {algorithm} -c /tmp/parent{password}");
    tool(machine, &create).ok();
    tool(
        machine,
        &format!("tpm2_evictcontrol -Q -C o -c /tmp/parent 0x81000001{password}"),
    )
    .ok();
    tool(machine, "tpm2_flushcontext -t").ok();
}
