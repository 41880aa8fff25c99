//! Keys that the TPM keeps by their use, when others fill the chip, the disk is full, the TPM is
//! cleared, or the broker is killed.

use sshtpm_tests::call::{none, owner, refused, text};
use sshtpm_tests::persistent::{
    FIRST, anybody_signs, evict, kept, others_key, others_put, promote, set, sign,
};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{World, wait};

use crate::persistent_by_use::{AUTO, kept_by, use_often, wait_until_given_back, wait_until_kept};

/// A handle that neither the broker nor its tests use otherwise.
const FILLER: u32 = 0x8120_0000;

/// How many persistent objects more the TPM can keep.
fn free(world: &World) -> u32 {
    let told = tool(world.machine(), "tpm2_getcap properties-variable").ok();
    let mut lines = told.stdout.lines();
    let line = lines.find_map(|line| line.strip_prefix("TPM2_PT_HR_PERSISTENT_AVAIL: 0x"));
    u32::from_str_radix(line.expect("the TPM says it"), 16).expect("a number")
}

/// Other programs fill the chip, up to so many places.
fn fill(world: &World, places: u32) {
    for number in 0..1000 {
        let define = format!("tpm2_nvdefine -Q {:#x} -C o -s 2048", 0x150_0000 + number);
        if free(world) <= places || tool(world.machine(), &define).code() != 0 {
            break;
        }
    }
    others_key(world);
    let full = (0..1000).find(|number| {
        let is_full = free(world) <= places;
        if !is_full {
            others_put(world, FILLER + number).ok();
        }
        is_full
    });
    full.expect("there is an end to it");
}

#[test]
fn a_full_chip_keeps_no_key_by_use_and_serves_every_request() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let key = alice.key("laptop");
    fill(&world, 2);
    use_often(alice, &key);
    world.reload_broker();
    use_often(alice, &key);
    assert_eq!(kept_by(alice, &key), "");
    assert!(kept(&world).is_empty());
    // There is room again.
    tool(
        world.machine(),
        &format!("tpm2_evictcontrol -Q -C o -c {FILLER:#x}"),
    )
    .ok();
    world.reload_broker();
    wait_until_kept(alice, &key);
    sign(alice, &key);
}

#[test]
fn a_place_is_given_back_when_another_program_needs_it() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let key = alice.key("laptop");
    use_often(alice, &key);
    wait_until_kept(alice, &key);
    fill(&world, 1);
    // It looks once a minute, and when it is told to.
    world.reload_broker();
    wait_until_given_back(alice, &key);
    assert_eq!(free(&world), 2);
    let log = world.broker_log();
    assert!(log.contains("others need room in the TPM"), "{log}");
    sign(alice, &key);
}

#[test]
fn a_key_that_another_program_took_out_gets_a_place_again() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let key = alice.key("laptop");
    use_often(alice, &key);
    wait_until_kept(alice, &key);
    evict(&world, FIRST);
    sign(alice, &key);
    world.reload_broker();
    wait::until("a place again", wait::EFFECT, || {
        (kept(&world) == [FIRST]).then_some(())
    });
    wait_until_kept(alice, &key);
    sign(alice, &key);
}

#[test]
fn a_place_is_given_back_when_an_administrator_needs_it() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let (by_use, by_hand) = (alice.key("by use"), alice.key("by hand"));
    use_often(alice, &by_use);
    wait_until_kept(alice, &by_use);
    fill(&world, 0);
    promote(&world, &by_hand);
    assert_eq!(kept_by(alice, &by_hand), "administrator");
    assert_eq!(kept_by(alice, &by_use), "");
    sign(alice, &by_use);
    sign(alice, &by_hand);
}

#[test]
fn an_owner_password_is_logged_and_in_the_way_of_no_signature() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let key = alice.key("laptop");
    tool(world.machine(), "tpm2_changeauth -c owner secret").ok();
    use_often(alice, &key);
    wait::until("a remark in the journal", wait::EFFECT, || {
        let log = world.broker_log();
        log.contains("the TPM refused a command").then_some(())
    });
    use_often(alice, &key);
    assert_eq!(kept_by(alice, &key), "");
    let refusals = world
        .broker_log()
        .matches("the TPM refused a command")
        .count();
    assert_eq!(refusals, 1, "it rests");
}

#[test]
fn a_full_disk_keeps_no_key_by_use_and_serves_every_request() {
    let world = World::empty();
    let root = world.root();
    world.put_state_on_a_disk("");
    sshtpm_tests::broker::write_config(world.machine(), AUTO);
    world.start_all();
    let alice = world.alice();
    let key = alice.key("laptop");
    root.run("mount -o remount,ro /var/lib/sshtpm").ok();
    use_often(alice, &key);
    wait::until("a remark in the journal", wait::EFFECT, || {
        let log = world.broker_log();
        log.contains("cannot write what the TPM is made to keep by use")
            .then_some(())
    });
    assert!(kept(&world).is_empty());
    root.run("mount -o remount,rw /var/lib/sshtpm").ok();
    world.reload_broker();
    use_often(alice, &key);
    wait_until_kept(alice, &key);
}

#[test]
fn a_key_kept_by_use_of_a_tpm_that_was_cleared_is_lost_as_others_are() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let key = alice.key("laptop");
    use_often(alice, &key);
    wait_until_kept(alice, &key);
    tool(world.machine(), "tpm2_clear -c platform").ok();
    wait::until("the loss of the key", wait::EFFECT, || {
        let refusal = alice.sign(&key, &sshsig("data"), 0, none());
        let refusal = refusal.expect_err("its parent is gone");
        (refusal.kind() == "KeyLost").then_some(())
    });
    world.wait_for_tpm("ready");
    world.reload_broker();
    wait_until_given_back(alice, &key);
    let answer = set(world.root(), &key, true, owner("alice"));
    assert_eq!(refused(answer), "KeyLost");
    let new = wait::until("a new key", wait::EFFECT, || {
        alice.generate("", "new", none()).ok()
    });
    let new = text(&new, "Fingerprint");
    use_often(alice, &new);
    wait_until_kept(alice, &new);
    assert_eq!(kept(&world), [FIRST]);
}

/// The commands by which a key is put there, the look at the room included.
const COMMANDS: usize = 12;

#[test]
fn a_broker_killed_at_any_command_of_it_leaves_a_whole_key() {
    let world = World::to_tap(AUTO);
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    for command in 1..=COMMANDS {
        // One use more makes it enough.
        (0..20).for_each(|_| drop(alice.sign(&key, &sshsig("data"), 0, none())));
        let before = tap.all_commands();
        alice
            .sign(&key, &sshsig("data"), 0, none())
            .expect("a signature");
        wait::until("the command", wait::EFFECT, || {
            (tap.all_commands() > before + command).then_some(())
        });
        world.kill_broker();
        // The bound of a day is for another test.
        let forget = "rm -f /var/lib/sshtpm/counts/kept-by-use.json";
        world.root().run(forget).ok();
        world.start_broker();
        world.wait_for_tpm("ready");
        sign(alice, &key);
        if kept_by(alice, &key) == "use" {
            // Again from the beginning.
            set(world.root(), &key, false, owner("alice")).expect("root may");
        }
    }
    use_often(alice, &key);
    wait_until_kept(alice, &key);
    sign(alice, &key);
    world.stop_broker();
    let kept = kept(&world);
    assert_eq!(kept.len(), 1, "the one that a record names: {kept:x?}");
    assert!(!anybody_signs(&world, kept[0]));
}
