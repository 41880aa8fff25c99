//! `Import` and `sshtpm import` of Ed25519 keys, which the TPM seals.

use sshtpm_duplicate::Duplicate;
use sshtpm_tests::broker::write_config;
use sshtpm_tests::call::{none, option, owner, refused, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::{exchange_hash, sshsig};
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Refusal, World, wait};

use crate::destinations::acquaint;
use crate::import::{import, made, wrapped};
use crate::import_bad::{is_refused, wrapped_seed};
use crate::import_files::{PASSPHRASE, import as import_file, keygen, logs_in};
use crate::pin::world_with_tries;

#[test]
fn an_imported_ed25519_key_logs_in_with_the_line_that_servers_have() {
    let world = World::new();
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&host]);
    let agent = Agent::start(alice);
    for (name, passphrase) in [("plain", ""), ("encrypted", PASSPHRASE)] {
        let made = keygen(alice, name, "-t ed25519 -a 2", passphrase);
        let imported = import_file(alice, name, passphrase).ok();
        assert!(imported.stdout.contains("sealed by the TPM"), "{imported}");
        assert!(
            imported.stdout.contains("The TPM seals this key"),
            "{imported}"
        );
        assert!(alice.fingerprints().contains(&made), "{name}");
        alice.run(&format!("rm {name}")).ok();
        logs_in(alice, &agent, &format!("{name}.pub"));
    }
    let listed = alice.list(none()).expect("a list");
    assert_eq!(listed[0]["Origin"], "imported");
    assert_eq!(listed[0]["Holding"], "sealed");
    world.restart_broker();
    world.wait_for_tpm("ready");
    logs_in(alice, &agent, "plain.pub");
}

#[test]
fn an_ed25519_key_of_putty_is_imported() {
    let world = World::new();
    let alice = world.alice();
    let made = keygen(alice, "made", "-t ed25519", "");
    alice.run("puttygen made -o key.ppk").ok();
    alice.run("sshtpm import key.ppk").ok();
    assert_eq!(alice.fingerprints(), [made.as_str()]);
    let signed = alice.sign(&made, &sshsig("data"), 0, none());
    assert!(signed.is_ok());
}

#[test]
fn an_imported_ed25519_key_with_a_pin_takes_that_pin_alone() {
    let world = world_with_tries();
    let alice = world.alice();
    let made = keygen(alice, "key", "-t ed25519", "");
    let command = alice.command("sshtpm import key --pin-stdin");
    command.stdin("4321\n").run().ok();
    let key = alice.list(none()).expect("a list")[0].clone();
    assert_eq!(key["Pin"], true);
    let sign = || alice.sign(&made, &sshsig("data"), 0, none());
    assert_eq!(refused(sign()), "PinRequired");
    assert_eq!(alice.lockout(none()).expect("an answer")["Counter"], 0);
    assert_eq!(refused(alice.unlock(&made, "1234")), "WrongPin");
    alice.unlock(&made, "4321").expect("the PIN");
    verify(&key, &sshsig("data"), &sign().expect("a signature"));
}

#[test]
fn an_ed25519_host_key_of_a_file_moves_in_for_sshd() {
    let world = World::new();
    let root = world.root();
    let key = wrapped(root, &made(root, "-t ed25519"), None);
    let key = import(root, &key, owner("sshtpm-host")).expect("a key");
    assert_eq!(key["Holding"], "sealed");
    let host = world.host_user();
    let signed = host.sign(&text(&key, "Fingerprint"), &exchange_hash(), 0, none());
    assert!(signed.is_ok());
}

/// Refused, with that word in the text.
#[track_caller]
fn says(refusal: &Refusal, word: &str) {
    assert_eq!(refusal.kind(), "InvalidArgs", "{refusal:?}");
    assert!(refusal.text.contains(word), "{word}: {refusal:?}");
}

#[test]
fn a_sealed_object_that_is_not_the_named_key_is_refused() {
    let world = World::new();
    let alice = world.alice();
    let whole = wrapped(alice, &made(alice, "-t ed25519"), None);
    let other = wrapped(alice, &made(alice, "-t ed25519"), None);
    let changed = |public_key: Option<Vec<u8>>| Duplicate {
        public_key,
        ..whole.clone()
    };
    let unnamed = is_refused(&world, &changed(None), "no public key");
    says(&unnamed, "public-key");
    let another = is_refused(&world, &changed(other.public_key.clone()), "another's");
    says(&another, "not the private part");
    for length in [0, 31, 64] {
        let odd = wrapped_seed(alice, "", &vec![7; length]);
        let odd = Duplicate {
            public_key: whole.public_key.clone(),
            ..odd
        };
        let refusal = is_refused(&world, &odd, "no seed");
        assert_eq!(refusal.kind(), "InvalidArgs", "{length}: {refusal:?}");
    }
    let hidden = Duplicate {
        public_key: whole.public_key.clone(),
        ..wrapped_seed(alice, "4321", &[7; 32])
    };
    says(&is_refused(&world, &hidden, "a hidden PIN"), "noDA");
    import(alice, &whole, none()).expect("the whole one");
    let again = import(alice, &whole, none()).expect_err("it is there");
    says(&again, "SHA256:");
}

#[test]
fn a_public_key_is_not_named_where_the_area_tells_it() {
    let world = World::new();
    let alice = world.alice();
    let ed25519 = wrapped(alice, &made(alice, "-t ed25519"), None);
    let key = Duplicate {
        public_key: ed25519.public_key,
        ..wrapped(alice, &made(alice, "-t ecdsa"), None)
    };
    says(&is_refused(&world, &key, "twice"), "leave the option");
}

#[test]
fn a_key_with_a_pin_and_a_false_public_key_never_signs() {
    let world = world_with_tries();
    let alice = world.alice();
    let bobs = wrapped(alice, &made(alice, "-t ed25519"), None);
    let key = Duplicate {
        public_key: bobs.public_key,
        ..wrapped(alice, &made(alice, "-t ed25519"), Some("4321"))
    };
    let key = import(alice, &key, none()).expect("it has a PIN");
    let unlocked = alice.unlock(&text(&key, "Fingerprint"), "4321");
    let refusal = unlocked.expect_err("another seed");
    assert_eq!(refusal.kind(), "TpmFailed");
    assert!(refusal.text.contains("not the private part"), "{refusal:?}");
    assert_eq!(alice.lockout(none()).expect("an answer")["Counter"], 0);
}

#[test]
fn where_sealed_keys_are_forbidden_none_is_imported() {
    let world = World::new();
    let alice = world.alice();
    let key = wrapped(alice, &made(alice, "-t ed25519"), None);
    write_config(world.machine(), "sealed-keys = \"no\"");
    world.reload_broker();
    wait::until("sealed keys to be forbidden", wait::EFFECT, || {
        let algorithms = alice.tpm("Algorithms").ok()?.to_string();
        (!algorithms.contains("ssh-ed25519")).then_some(())
    });
    let refusal = is_refused(&world, &key, "forbidden");
    assert_eq!(refusal.kind(), "UnsupportedAlgorithm");
    assert!(refusal.text.contains("sealed-keys"), "{refusal:?}");
}

#[test]
fn a_rule_forbids_to_import_sealed_keys_and_no_others() {
    let rule = "polkit.addRule(function(action, subject) {\n\
        if (action.id == \"org.sshtpm.Broker1.import-own-key\" &&\n\
            action.lookup(\"origin\") == \"imported\" &&\n\
            action.lookup(\"holding\") == \"sealed\") {\n\
            return polkit.Result.NO;\n\
        }\n\
    });\n";
    let world = World::with_rule(rule);
    let alice = world.alice();
    let key = wrapped(alice, &made(alice, "-t ed25519"), None);
    assert_eq!(
        refused(import(alice, &key, option("backed-up", false))),
        "NotAuthorized"
    );
    let other = wrapped(alice, &made(alice, "-t ecdsa"), None);
    import(alice, &other, none()).expect("a key");
}
