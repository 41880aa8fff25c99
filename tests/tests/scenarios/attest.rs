//! Attesting keys: by whom, which keys, and what the TPM has to do for it.

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;
use sshtpm_attest::{AttestationFile, FreshNonce, Statement};
use sshtpm_ssh::claims::{Claims, Nonce};
use sshtpm_ssh::purpose::Purpose;
use sshtpm_tests::attested::{Attested, NONCE};
use sshtpm_tests::call::{none, option, purposes, refused, text};
use sshtpm_tests::persistent::promote;
use sshtpm_tests::use_record::{line_with, listed, log};
use sshtpm_tests::{Request, User, World};

use crate::pcrs::extend;
use crate::pin::world_with_tries;
use crate::pin_safety::{PIN, counter};

/// What is claimed, after a verifier has verified it, and this test by itself the signature and
/// what it is of.
#[track_caller]
pub(crate) fn verified(attested: &Attested) -> Claims {
    let whole = attested.clone();
    let file = AttestationFile::new(
        whole.claims,
        whole.statement,
        whole.signature,
        whole.key_public,
        whole.attestation_key,
    );
    let nonce = Nonce::new(NONCE).expect("a nonce");
    let nonce = FreshNonce::by_the_word_of_the_caller(nonce);
    let statement = Statement::read(&file).expect("a statement");
    statement.verify(&nonce, None).expect("it is verified");

    let (signature, point) = attested.signature_and_point();
    let key = VerifyingKey::from_sec1_bytes(&point).expect("a point");
    let signature = Signature::from_slice(&signature).expect("a signature");
    let verified = key.verify(&attested.statement, &signature);
    verified.expect("a signature of the statement");
    attested.claimed()
}

/// Attests by a program that knows nothing of sshtpm.
fn by_busctl(user: User<'_>, key: &str) -> Attested {
    let nonce: Vec<_> = NONCE.iter().map(u8::to_string).collect();
    let call = user.command(
        "busctl --json=short call org.sshtpm.Broker1 /org/sshtpm/Broker1 \
         org.sshtpm.Broker1.Attestation Attest saya{sv}",
    );
    let call = call.arg(key).arg(nonce.len().to_string());
    let nonce: Vec<_> = nonce.iter().map(String::as_str).collect();
    let said = call.args(&nonce).arg("0").run().ok().stdout;
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["type"], "ayayayayay");
    Attested::of(&said["data"])
}

#[test]
fn a_user_of_no_group_attests_a_key_by_busctl_alone() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", purposes(&["auth"]));
    let key = key.expect("a key");
    let fingerprint = text(&key, "Fingerprint");
    let claims = verified(&by_busctl(alice, &fingerprint));
    assert_eq!(claims.nonce.as_bytes(), NONCE);
    assert_eq!(claims.owner.uid, alice.uid());
    assert_eq!(claims.owner.name, "alice");
    assert_eq!(claims.fingerprint.to_string(), fingerprint);
    assert_eq!(claims.purposes.iter().collect::<Vec<_>>(), [Purpose::Auth]);
    assert_eq!(claims.created, key["Created"].as_u64().expect("a time"));
    assert!(!claims.pin && claims.pcrs.is_none());
}

#[test]
fn a_key_is_attested_over_a_channel_too() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let request = Request::attest(&key, &NONCE).in_channel();
    let reply = world.alice().call(&request).expect("an attestation");
    verified(&Attested::of(&reply));
}

#[test]
fn a_key_of_another_user_is_attested_to_nobody() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let missing = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    for user in [world.bob(), world.root()] {
        let others = user.attest(&key, &NONCE).expect_err("it is alice's");
        let none = user.attest(missing, &NONCE).expect_err("there is none");
        assert_eq!(others, none);
        assert_eq!(others.kind(), "NoSuchKey");
    }
}

#[test]
fn a_rule_of_polkit_keeps_a_user_from_attesting() {
    let world = World::with_rule(
        "polkit.addRule(function (action, subject) {
            if (action.id == 'org.sshtpm.Broker1.attest-own-key' &&
                action.lookup('origin') == 'generated' && subject.user == 'alice') {
                return polkit.Result.NO;
            }
        });",
    );
    let (alices, bobs) = (world.alice().key("alice's"), world.bob().key("bob's"));
    let refusal = refused(world.alice().attest(&alices, &NONCE));
    assert_eq!(refusal, "NotAuthorized");
    verified(&world.bob().attested(&bobs));
}

#[test]
fn a_key_that_needs_confirmation_is_not_attested_unasked() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "asks", option("confirm", true));
    let key = text(&key.expect("a key"), "Fingerprint");
    let refusal = refused(alice.attest(&key, &NONCE));
    assert_eq!(refusal, "InteractiveAuthorizationRequired");
}

#[test]
fn a_locked_key_is_not_attested_and_costs_no_try() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let before = counter(&world);
    for _ in 0..3 {
        assert_eq!(refused(alice.attest(&key, &NONCE)), "PinRequired");
    }
    assert_eq!(counter(&world), before);
    alice.unlock(&key, PIN).expect("unlocked");
    assert!(verified(&alice.attested(&key)).pin);
    assert_eq!(counter(&world), before);
}

#[test]
fn a_nonce_is_neither_short_nor_long() {
    let world = World::new();
    let key = world.alice().key("laptop");
    for (bytes, fits) in [(0, false), (15, false), (64, true), (65, false)] {
        let nonce = vec![7; bytes];
        match world.alice().attest(&key, &nonce) {
            Ok(_) => assert!(fits, "{bytes}"),
            Err(refusal) => {
                assert!(!fits, "{refusal:?}");
                assert_eq!(refusal.kind(), "InvalidArgs");
                assert!(
                    refusal.text.contains(&format!("{bytes} bytes")),
                    "{refusal:?}"
                );
            }
        }
    }
}

#[test]
fn a_sealed_key_is_refused_with_the_reason() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("ssh-ed25519", "sealed", none());
    let key = text(&key.expect("a key"), "Fingerprint");
    let refusal = alice.attest(&key, &NONCE).expect_err("it is sealed");
    assert_eq!(refusal.kind(), "UnsupportedAlgorithm");
    assert!(refusal.text.contains("only seals it"), "{refusal:?}");
}

#[test]
fn a_bound_key_is_attested_while_its_pcrs_fit() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "bound", option("pcrs", "7"));
    let key = text(&key.expect("a key"), "Fingerprint");
    let claims = verified(&alice.attested(&key));
    let pcrs = claims.pcrs.expect("PCRs").to_string();
    assert_eq!(pcrs, "7:sha256");
    extend(&world, 7);
    let refusal = refused(alice.attest(&key, &NONCE));
    assert_eq!(refusal, "KeyBoundToOtherPcrs");
}

#[test]
fn rsa_derived_and_persistent_keys_are_attested() {
    let world = World::new();
    let alice = world.alice();
    let make = |algorithm, options| {
        let key = alice.generate(algorithm, "", options).expect("a key");
        text(&key, "Fingerprint")
    };
    let rsa = make("ssh-rsa", option("bits", 2048));
    let derived = make("", option("derived", "owner"));
    let kept = alice.key("kept");
    promote(&world, &kept);
    for (key, origin) in [
        (rsa, "generated"),
        (derived, "derived"),
        (kept, "generated"),
    ] {
        let claims = verified(&alice.attested(&key));
        assert_eq!(claims.fingerprint.to_string(), key);
        assert_eq!(claims.origin.to_string(), origin);
    }
}

#[test]
fn the_record_of_use_has_attestations_and_counts_no_signature() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice.attested(&key);
    let logged = log(alice);
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!(text(&logged[0], "purpose"), "attest");
    assert_eq!(text(&logged[0], "outcome"), "signed");
    assert_eq!(listed(alice, &key)["uses"], 0);
    line_with(&world, &["was attested", &key]);
    let shown = alice.run("sshtpm log").ok();
    assert!(shown.stdout.contains("attest"), "{shown}");
}

#[test]
fn an_attestation_costs_the_commands_that_are_written_down() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    let attests = |key: &str| drop(alice.attested(key));
    let first = "Create, Load, Load, Certify, FlushContext";
    assert_eq!(tap.cost(|| attests(&key)), 5, "{first}");
    for _ in 0..3 {
        let later = "Load, Certify, FlushContext";
        assert_eq!(tap.cost(|| attests(&key)), 3, "{later}");
    }
    let other = alice.key_with_pin("another", PIN);
    alice.unlock(&other, PIN).expect("unlocked");
    attests(&other);
    let with_pin = "Load, Load, StartAuthSession, Certify, 2 × FlushContext";
    assert_eq!(tap.cost(|| attests(&other)), 6, "{with_pin}");
    assert!(!tap.has_heard(PIN.as_bytes()), "the PIN was on the bus");
}

#[test]
fn what_an_interposer_changes_in_a_statement_is_not_released() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    let honest = alice.attested(&key);
    // The Name of the key in the statement, instead of which another one is certified.
    let name = &honest.statement[honest.statement.len() - 70..honest.statement.len() - 36];
    tap.forge(name, &[7; 34]);
    assert_eq!(refused(alice.attest(&key, &NONCE)), "TpmFailed");
}

#[test]
fn the_command_writes_a_file_that_a_verifier_reads() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let nonce = "63686f73656e20627920612074657374";
    let attest = format!("sshtpm attest laptop --nonce {nonce}");
    let told = alice.run(&format!("{attest} -o laptop.json")).ok();
    assert!(told.stdout.contains("laptop.json"), "{told}");
    let text = alice.read("/home/alice/laptop.json");
    let file = AttestationFile::read(text.as_bytes()).expect("a file");
    let claims = Claims::parse(&file.claims.0).expect("claims");
    assert_eq!(claims.nonce.as_bytes(), NONCE);
    assert_eq!(claims.fingerprint.to_string(), key);
    let printed = alice.run(&attest).ok().stdout;
    AttestationFile::read(printed.as_bytes()).expect("the same on the standard output");
    alice
        .run("sshtpm attest laptop --nonce 0011")
        .fails_with(2)
        .complains("16 to 64");
    alice.key_with_pin("locked", PIN);
    alice
        .run(&format!("sshtpm attest locked --nonce {nonce}"))
        .fails_with(1)
        .complains("sshtpm unlock");
}
