//! Rules against keys that the TPM seals, and what a person is told of them.

use sshtpm_tests::broker::write_config;
use sshtpm_tests::call::{none, owner, refused, text};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World, wait};

use crate::sealed::{count_of, sealed_key, seed_of, sign, signs};

#[test]
fn where_sealed_keys_are_forbidden_none_is_made_used_or_offered() {
    let world = World::new();
    let alice = world.alice();
    let key = sealed_key(alice);
    signs(alice, &key);
    let seed = seed_of(&world, &key, None);
    write_config(world.machine(), "sealed-keys = \"no\"");
    world.reload_broker();
    let made = || alice.generate("ssh-ed25519", "another", none());
    wait::until("sealed keys to be forbidden", wait::EFFECT, || {
        let kind = sign(alice, &key).err()?.kind().to_owned();
        (kind == "UnsupportedAlgorithm").then_some(())
    });
    wait::until("memory without the seed", wait::EFFECT, || {
        (count_of(world.broker_pid(), &seed) == 0).then_some(())
    });
    let refusal = made().expect_err("it would be sealed");
    assert_eq!(refusal.kind(), "UnsupportedAlgorithm");
    assert!(refusal.text.contains("sealed-keys"), "{refusal:?}");
    let offered = Request::keys("ListIdentities").with(none());
    let offered = alice.call(&offered).expect("a list").to_string();
    assert!(!offered.contains("sealed"), "{offered}");
    let algorithms = alice.tpm("Algorithms").expect("a list").to_string();
    assert!(!algorithms.contains("ssh-ed25519"), "{algorithms}");
    // It is still there, and can be deleted.
    let fingerprint = text(&key, "Fingerprint");
    assert_eq!(alice.fingerprints(), [fingerprint.as_str()]);
    let deleted = world.root().delete(&fingerprint, owner("alice"));
    deleted.expect("deleted");
}

/// A rule that forbids alice an action with sealed keys.
fn forbids(action: &str) -> String {
    format!(
        "polkit.addRule(function(action, subject) {{
            if (action.id == 'org.sshtpm.Broker1.{action}' && subject.user == 'alice'
                && action.lookup('holding') == 'sealed')
                return polkit.Result.NO;
        }});"
    )
}

#[test]
fn a_rule_forbids_to_make_sealed_keys_and_no_others() {
    let world = World::with_rule(&forbids("create-own-key"));
    let alice = world.alice();
    let made = alice.generate("ssh-ed25519", "sealed", none());
    assert_eq!(refused(made), "NotAuthorized");
    alice.key("in the TPM");
    sealed_key(world.bob());
}

#[test]
fn a_rule_forbids_to_use_sealed_keys_and_no_others() {
    let world = World::with_rule(&forbids("use-own-key"));
    let (alice, bob) = (world.alice(), world.bob());
    let key = sealed_key(alice);
    assert_eq!(refused(sign(alice, &key)), "NotAuthorized");
    let other = alice.key("in the TPM");
    let signed = alice.sign(&other, &sshsig("data"), 0, none());
    signed.expect("a signature");
    signs(bob, &sealed_key(bob));
}

#[test]
fn a_person_is_told_which_keys_the_tpm_seals() {
    let world = World::new();
    let alice = world.alice();
    let made = alice.run("sshtpm keygen -t ed25519").ok();
    assert!(made.stdout.contains("sealed by the TPM"), "{made}");
    assert!(made.stdout.contains("The TPM seals this key"), "{made}");
    assert!(made.stdout.contains("id_sshtpm_ed25519.pub"), "{made}");
    let other = alice.run("sshtpm keygen").ok();
    assert!(!other.stdout.contains("seal"), "{other}");
    let listed = alice.run("sshtpm list").ok();
    assert_eq!(listed.stdout.matches("sealed").count(), 1, "{listed}");
    let listed = alice.run("sshtpm list --json").ok().json();
    // In no order of their own if they were made in the same second.
    for key in listed.as_array().expect("keys") {
        let is_sealed = key["algorithm"] == "ssh-ed25519";
        let holding = if is_sealed { "sealed" } else { "tpm" };
        assert_eq!(key["holding"], holding, "{listed}");
    }
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
    let told = alice.run("sshtpm doctor");
    let told = told.stdout;
    assert!(told.contains("the TPM seals 1 of them"), "{told}");
}
