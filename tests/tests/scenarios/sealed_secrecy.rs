//! Where the seed of a sealed key is not.

use sshtpm_tests::call::{owner, text};
use sshtpm_tests::process_memory::count;
use sshtpm_tests::tap::{self};
use sshtpm_tests::{World, wait};

use crate::sealed::{PIN, count_of, sealed_key, sealed_key_with_pin, seed_of, signs};

#[test]
fn a_seed_goes_neither_over_the_chip_s_bus_nor_over_d_bus() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let monitor = world.root().command("sh -c");
    let monitor = monitor
        .arg("exec dbus-monitor --system --binary >/run/monitored")
        .start();
    let monitored = || world.machine().enter(|| std::fs::read("/run/monitored"));
    wait::until("a monitor", wait::START, || {
        let said = monitored().ok()?;
        let is_there = said.windows(8).any(|part| part == b"NameLost");
        is_there.then_some(())
    });
    let key = sealed_key(alice);
    signs(alice, &key);
    signs(alice, &key);
    let seed = seed_of(&world, &key, None);
    assert!(!tap.has_heard(&seed), "made and unsealed in clear");
    let said = monitored().expect("it was written");
    let fingerprint = text(&key, "Fingerprint");
    let says = |bytes: &[u8]| said.windows(bytes.len()).any(|part| part == bytes);
    assert!(says(fingerprint.as_bytes()), "the calls were seen");
    assert!(!says(&seed));
    monitor.kill();
    // What tpm2_unseal does without a session would have been heard.
    let clear = "tpm2_unseal -Q -c /run/clear.ctx";
    let create = "tpm2_create -Q -C 0x81000001 -i- -u /run/clear.pub -r /run/clear.priv \
                  -c /run/clear.ctx";
    let through_tap = |words: &str, input: &[u8]| {
        let command = world.root().command(words).env("TPM2TOOLS_TCTI", tap::TCTI);
        command.stdin(input).run().ok();
    };
    through_tap(create, &[0x5a; 32]);
    through_tap(clear, &[]);
    assert!(tap.has_heard(&[0x5a; 32]));
}

#[test]
fn a_seed_with_a_pin_is_not_in_the_brokers_memory_after_use() {
    let world = World::new();
    let alice = world.alice();
    let key = sealed_key_with_pin(alice);
    let fingerprint = text(&key, "Fingerprint");
    alice.unlock(&fingerprint, PIN).expect("unlocked");
    for _ in 0..3 {
        signs(alice, &key);
    }
    let seed = seed_of(&world, &key, Some(PIN));
    wait::until("memory without the seed", wait::EFFECT, || {
        (count_of(world.broker_pid(), &seed) == 0).then_some(())
    });
}

#[test]
fn a_seed_that_is_ready_goes_when_its_key_is_deleted() {
    let world = World::new();
    let alice = world.alice();
    let key = sealed_key(alice);
    signs(alice, &key);
    let seed = seed_of(&world, &key, None);
    let pid = world.broker_pid();
    assert!(count(pid, &seed) > 0, "it is ready");
    let root = world.root();
    let deleted = root.delete(&text(&key, "Fingerprint"), owner("alice"));
    deleted.expect("deleted");
    wait::until("memory without the seed", wait::EFFECT, || {
        (count_of(pid, &seed) == 0).then_some(())
    });
}

#[test]
fn a_sealed_key_that_was_only_made_is_not_in_the_brokers_memory() {
    let world = World::new();
    let key = sealed_key(world.alice());
    let seed = seed_of(&world, &key, None);
    wait::until("memory without the seed", wait::EFFECT, || {
        (count_of(world.broker_pid(), &seed) == 0).then_some(())
    });
}
