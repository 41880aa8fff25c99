//! Enrolling a machine, and verifying what its TPM states, as an authority does that has neither
//! this TPM nor the broker.

use serde_json::Value;
use sshtpm_tests::certified::ISSUERS;
use sshtpm_tests::{Output, User, World};

use crate::import_files::keygen;

const NONCE: &str = "00112233445566778899aabbccddeeff";

/// What `sshtpm identity --json` of a machine shows.
fn identity(world: &World) -> Value {
    let shown = world.root().run("sshtpm identity --json").ok();
    world.root().write("/tmp/identity", &shown.stdout);
    shown.json()
}

/// The hashes of the endorsement keys.
fn hashes(identity: &Value) -> Vec<String> {
    let keys = identity["endorsement_keys"].as_array().expect("keys");
    let hashes = keys.iter().map(|key| key["hash"].as_str().expect("a hash"));
    hashes.map(str::to_owned).collect()
}

/// Has a user's key attested, and carries the file to root.
fn attest(user: User<'_>, key: &str) -> String {
    let attest = format!("sshtpm attest {key} --nonce {NONCE}");
    let file = format!("/tmp/attestation-of-{}", user.name());
    let written = user.run(&attest).ok().stdout;
    user.machine().root().write(&file, written);
    file
}

/// Enrols alice's attestation key with the endorsement key that has this hash.
fn enrol(world: &World, hash: &str) {
    let root = world.root();
    let challenge = "sshtpm enrol challenge /tmp/attestation-of-alice --owner alice --identity \
                     /tmp/identity";
    let files = "-o /tmp/challenge --pending /tmp/pending";
    root.run(&format!("{challenge} --ek {hash} {files}")).ok();
    root.run("sshtpm enrol answer /tmp/challenge -o /tmp/answer")
        .ok();
    let accept = "sshtpm enrol accept /tmp/answer --pending /tmp/pending -o /tmp/enrolled";
    let said = root.run(accept).ok();
    assert!(said.to_string().contains("key of alice"), "{said}");
    root.run(accept).fails_with(1).complains("/tmp/pending");
}

fn verify_for(nonce: &str, world: &World, file: &str, how: &str) -> Output {
    let verify = format!("sshtpm verify-attestation {file} --nonce {nonce}");
    let how: Vec<_> = how.split_whitespace().collect();
    world.root().command(&verify).args(&how).run()
}

fn verify(world: &World, file: &str, how: &str) -> Output {
    verify_for(NONCE, world, file, how)
}

/// A machine on which alice has a key, is enrolled, and has the key attested.
fn enrolled(world: &World) -> Vec<String> {
    let alice = world.alice();
    alice.run("sshtpm keygen -C work -f work").ok();
    attest(alice, "work");
    let hashes = hashes(&identity(world));
    enrol(world, &hashes[0]);
    hashes
}

/// A directory with the certificates of an authority.
fn roots(world: &World, certificates: &[String]) {
    world.root().run("mkdir -p /tmp/roots").ok();
    for (number, certificate) in certificates.iter().enumerate() {
        let path = format!("/tmp/roots/{number}.pem");
        world.root().write(&path, certificate);
    }
}

fn issuers(world: &World) -> Vec<String> {
    ISSUERS.map(|file| world.root().read(file)).to_vec()
}

#[test]
fn a_statement_verifies_against_its_own_tpm_and_no_other() {
    let worlds = [World::certified(), World::certified_by_another()];
    let [here, there] = &worlds;
    let own = enrolled(here);
    let others = hashes(&identity(there));
    assert!(own.iter().all(|hash| !others.contains(hash)));
    let file = "/tmp/attestation-of-alice";
    let with = |how: &str| verify(here, file, &format!("--enrolled /tmp/enrolled {how}"));
    for hash in &own {
        enrol(here, hash);
        let said = with(&format!("--ek {hash} --key /home/alice/work.pub")).ok();
        assert!(said.stdout.contains("Not proved:"), "{said}");
        assert!(said.stdout.contains("owner alice"), "{said}");
        roots(here, &issuers(here));
        let said = with("--ek-roots /tmp/roots --json").ok().json();
        assert_eq!(said["verified"], true);
        assert_eq!(said["endorsement_key"], hash[..]);
        assert_eq!(said["tpm_known_by"], "chain");
        roots(here, &issuers(there));
        let refused = with("--ek-roots /tmp/roots").fails_with(1);
        refused.complains("no root that was given vouches");
    }
    for hash in &others {
        let refused = with(&format!("--ek {hash}")).fails_with(1);
        refused.complains("another TPM");
    }
}

#[test]
fn what_is_not_a_whole_proof_fails_and_says_why() {
    let world = World::certified();
    let hash = &enrolled(&world)[0];
    let file = "/tmp/attestation-of-alice";
    let whole = format!("--enrolled /tmp/enrolled --ek {hash}");
    verify(&world, file, &whole).ok();
    let refused = |file: &str, how: &str, why: &str| {
        verify(&world, file, how).fails_with(1).complains(why);
        let said = verify(&world, file, &format!("{how} --json")).json();
        assert_eq!(said["verified"], false);
        let reason = said["reason"].as_str().expect("a reason");
        assert!(reason.contains(why), "{reason}");
    };
    refused(file, "", "anybody can make such a key");
    refused(file, "--enrolled /tmp/enrolled", "--ek-roots");
    let other = "112233445566778899aabbccddeeff00";
    let failed = verify_for(other, &world, file, &whole).fails_with(1);
    failed.complains("another nonce");
    let cut = world.root().read(file);
    world.root().write("/tmp/cut", &cut[..cut.len() / 2]);
    refused("/tmp/cut", &whole, "not the JSON");
    world.alice().run("sshtpm keygen -C other -f other").ok();
    let other = format!("{whole} --key /home/alice/other.pub");
    refused(file, &other, "another key");
    let bobs = world.bob();
    bobs.run("sshtpm keygen -C work -f work").ok();
    refused(
        &attest(bobs, "work"),
        &whole,
        "not the one that was enrolled",
    );
}

#[test]
fn an_attestation_key_is_not_enrolled_for_another_user() {
    let world = World::certified();
    let hash = &enrolled(&world)[0];
    let bob = world.bob();
    bob.run("sshtpm keygen -C work -f work").ok();
    let file = attest(bob, "work");
    let challenge = |owner: &str, hash: &str| {
        world.root().run(&format!(
            "sshtpm enrol challenge {file} --owner {owner} --identity /tmp/identity --ek {hash} \
             -o /tmp/challenge --pending /tmp/pending"
        ))
    };
    let refused = challenge("alice", hash).fails_with(1);
    refused.complains("the user bob").complains("not of alice");
    let refused = challenge("bob", &format!("SHA256:{}", "0".repeat(64))).fails_with(1);
    refused.complains("is not one that was given with --ek");
    challenge("bob", hash).ok();
}

#[test]
fn a_file_with_a_key_beside_the_attested_one_is_refused() {
    let world = World::certified();
    let hash = &enrolled(&world)[0];
    let root = world.root();
    root.run("ssh-keygen -q -t ed25519 -N '' -f /tmp/software")
        .ok();
    let software = root.read("/tmp/software.pub").replacen(' ', "\t", 1);
    let attested = root.read("/home/alice/work.pub");
    root.write("/tmp/two.pub", format!("{software}{attested}"));
    let whole = format!("--enrolled /tmp/enrolled --ek {hash} --key /tmp/two.pub");
    let refused = verify(&world, "/tmp/attestation-of-alice", &whole).fails_with(1);
    refused.complains("more than one line");
}

#[test]
fn an_imported_key_is_refused_because_copies_may_exist() {
    let world = World::certified();
    let hash = &enrolled(&world)[0];
    let alice = world.alice();
    let key = keygen(alice, "file", "-t ecdsa", "");
    alice.run("sshtpm import file").ok();
    let whole = format!("--enrolled /tmp/enrolled --ek {hash}");
    let refused = verify(&world, &attest(alice, &key), &whole).fails_with(1);
    refused.complains("fixedTPM").complains("copies of it");
}

#[test]
fn keys_with_rules_are_verified_with_their_claims() {
    let world = World::certified();
    let hash = &enrolled(&world)[0];
    let alice = world.alice();
    let whole = format!("--enrolled /tmp/enrolled --ek {hash} --json");
    for (key, options, claim) in [
        ("bound", "--pcr 7", "pcrs"),
        ("derived", "--derived owner", "origin"),
        ("rsa", "-t rsa -b 2048", "purposes"),
    ] {
        alice
            .run(&format!("sshtpm keygen -C {key} -f {key} {options}"))
            .ok();
        let said = verify(&world, &attest(alice, key), &whole).ok().json();
        assert!(!said["claims"][claim].is_null(), "{said}");
    }
}

#[test]
fn a_challenge_is_answered_by_the_tpm_with_both_keys_alone() {
    let worlds = [World::certified(), World::certified_by_another()];
    let [here, there] = &worlds;
    let hash = enrolled(here).remove(0);
    enrolled(there);
    let root = here.root();
    let challenge = |file: &str| {
        let challenge = format!(
            "sshtpm enrol challenge {file} --owner alice --identity /tmp/identity --ek {hash}"
        );
        root.run(&format!(
            "{challenge} -o /tmp/challenge --pending /tmp/pending"
        ))
        .ok();
    };
    challenge("/tmp/attestation-of-alice");
    there
        .root()
        .write("/tmp/challenge", root.read("/tmp/challenge"));
    let answer = "sshtpm enrol answer /tmp/challenge -o /tmp/answer";
    there.root().run(answer).fails_with(1);
    here.alice()
        .run("sshtpm --no-ask-password enrol answer /tmp/challenge -o answer")
        .fails_with(1);
    // The answer of an earlier challenge is there.
    let accept = "sshtpm enrol accept /tmp/answer --pending /tmp/pending -o /tmp/enrolled";
    let refused = root.run(accept).fails_with(1);
    refused.complains("not the secret of this challenge");
    // The attestation key of another machine, as if it were here.
    root.write(
        "/tmp/foreign",
        there.root().read("/tmp/attestation-of-alice"),
    );
    challenge("/tmp/foreign");
    root.run(answer).fails_with(1);
}
