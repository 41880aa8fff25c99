//! The attestation keys of users: when they are made, and when they go.

use sshtpm_attest::AttestationFile;
use sshtpm_tests::attested::NONCE;
use sshtpm_tests::call::{none, refused, text};
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{World, wait};

use crate::attest::verified;

#[test]
fn each_user_has_an_attestation_key_that_outlives_the_broker() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let keys = [alice.key("one"), alice.key("two")];
    let [one, two] = keys.each_ref().map(|key| alice.attested(key));
    assert_eq!(one.attestation_key, two.attestation_key);
    let bobs = bob.attested(&bob.key("bob's"));
    assert_ne!(one.attestation_key, bobs.attestation_key);
    world.restart_broker();
    world.wait_for_tpm("ready");
    let again = alice.attested(&keys[0]);
    verified(&again);
    assert_eq!(one.attestation_key, again.attestation_key);
    let files = "stat -c %a:%U /var/lib/sshtpm/attestation";
    assert_eq!(world.root().run(files).ok().stdout.trim(), "700:root");
}

#[test]
fn an_attestation_key_is_made_anew_after_the_tpm_was_cleared() {
    let world = World::new();
    let alice = world.alice();
    let lost = alice.key("lost");
    let before = alice.attested(&lost);
    tool(world.machine(), "tpm2_clear -c platform").ok();
    wait::until("the loss of the key", wait::EFFECT, || {
        let refusal = alice.attest(&lost, &NONCE).err()?;
        (refusal.kind() == "KeyLost").then_some(())
    });
    world.wait_for_tpm("ready");
    let key = wait::until("a new key", wait::EFFECT, || {
        let key = alice.generate("", "new", none()).ok()?;
        Some(text(&key, "Fingerprint"))
    });
    let after = alice.attested(&key);
    verified(&after);
    assert_ne!(before.attestation_key, after.attestation_key);
}

#[test]
fn an_attestation_key_outlives_another_key_in_the_place_of_the_parent() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let before = alice.attested(&key).attestation_key;
    let remove = "tpm2_evictcontrol -Q -C o -c 0x81000001";
    world.stop_broker();
    for command in [
        remove,
        "tpm2_createprimary -Q -C o -G rsa -c /tmp/other",
        "tpm2_evictcontrol -Q -C o -c /tmp/other 0x81000001",
        "tpm2_flushcontext -t",
    ] {
        tool(world.machine(), command).ok();
    }
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(refused(alice.attest(&key, &NONCE)), "KeyLost");

    // The broker makes the same parent again.
    world.stop_broker();
    tool(world.machine(), remove).ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(alice.attested(&key).attestation_key, before);
}

#[test]
fn the_attestation_key_of_a_user_who_is_gone_goes_with_the_keys() {
    let world = World::new();
    let alice = world.alice();
    alice.attested(&alice.key("laptop"));
    let file = format!("test -e /var/lib/sshtpm/attestation/{}.json", alice.uid());
    world.root().run(&file).ok();
    world.root().run("sed -i -e /^alice:/d /etc/passwd").ok();
    let rm = format!("sshtpm rm --uid {} --force", alice.uid());
    world.root().run(&rm).ok();
    world.root().run(&file).fails_with(1);
}

#[test]
fn first_attestations_at_the_same_time_are_by_one_key() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let attest = "sshtpm attest laptop --nonce 63686f73656e20627920612074657374";
    let all = [0; 4].map(|_| alice.command(attest).start());
    let keys = all.map(|one| {
        let said = one.finish(wait::COMMAND).ok().stdout;
        let file = AttestationFile::read(said.as_bytes()).expect("a file");
        file.attestation_key
    });
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}
