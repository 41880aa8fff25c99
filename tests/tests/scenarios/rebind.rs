//! `sshtpm rebind`: a key whose PCRs changed is bound to what they have now, from its backup.

use rand_core::OsRng;
use serde_json::Value;
use sshtpm_duplicate::{Duplicate, wrap_bound};
use sshtpm_key_file::{KeyFile, PrivateKey};
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrSelection, PcrValues};
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, option, refused, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Output, User, World};

use crate::destinations::acquaint;
use crate::import::{import, parent};
use crate::import_files::{PASSPHRASE, logs_in};
use crate::pcrs::{extend, start_anew};
use crate::pin::world_with_tries;
use crate::recover::new_board;

const PIN: &str = "correct-horse";

/// Makes a key of alice's that is bound to PCR 7, with a backup.
fn bound(alice: User<'_>, options: &str) {
    let keygen = "sshtpm keygen -q --passphrase-stdin --pcr 7 --backup backup -f work";
    let keygen = alice.command(&format!("{keygen} -C work{options}"));
    keygen.stdin(format!("{PASSPHRASE}\n{PIN}\n")).run().ok();
}

/// Binds it anew beside a person who gives the password that polkit wants.
fn rebind(alice: User<'_>, words: &str) -> Output {
    alice.write("/home/alice/answers", format!("{PASSPHRASE}\n{PIN}\n"));
    let rebind = format!("cd && exec sshtpm rebind --passphrase-stdin {words} <answers");
    let command = alice.with(Person::Accepts, "sh -c");
    command.arg(&rebind).run()
}

/// Wrapped for the TPM, and bound to what its PCR 7 has after a start.
pub(crate) fn wrapped_and_bound(user: User<'_>, key: &PrivateKey) -> Duplicate {
    let pcrs: PcrSelection = "7".parse().expect("a selection");
    let values = PcrValues::new(pcrs, &[[0; 32]]).expect("values");
    let policy = PcrPolicy::new(values, AuthValue::NotNeeded).digest();
    let wrapped = wrap_bound(&key.private, None, Some(&policy), &parent(user), &mut OsRng);
    wrapped.expect("it is wrapped")
}

fn listed(alice: User<'_>) -> Value {
    alice.run("sshtpm list --json").ok().json()
}

#[track_caller]
fn signs(user: User<'_>) {
    let key = user.list(none()).expect("a list")[0].clone();
    let signature = user.sign(&text(&key, "Fingerprint"), &sshsig("data"), 0, none());
    verify(&key, &sshsig("data"), &signature.expect("a signature"));
}

#[track_caller]
fn does_not_sign(user: User<'_>) {
    let key = user.fingerprints().remove(0);
    let refusal = user.sign(&key, &sshsig("data"), 0, none());
    assert_eq!(refused(refusal), "KeyBoundToOtherPcrs");
}

#[test]
fn a_key_in_the_tpm_is_bound_anew_and_all_else_about_it_stays() {
    all_but_the_binding_stays("ecdsa");
}

#[test]
fn a_sealed_key_is_bound_anew_and_all_else_about_it_stays() {
    all_but_the_binding_stays("ed25519");
}

fn all_but_the_binding_stays(kind: &str) {
    let world = World::new();
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&host]);
    let agent = Agent::start(alice);
    bound(alice, &format!(" -t {kind} --no-forwarding"));
    alice.run("ssh-keygen -q -t ed25519 -N  -f ca").ok();
    alice
        .run("ssh-keygen -q -s ca -I id -n alice work.pub")
        .ok();
    alice.run("sshtpm cert add work-cert.pub").ok();
    logs_in(alice, &agent, "work.pub");
    let before = listed(alice);
    extend(&world, 7);
    does_not_sign(alice);
    let told = alice.run("sshtpm show work --json").ok().json();
    assert_eq!(told["state"], "pcr-mismatch");

    let rebound = rebind(alice, "work backup").ok();
    assert!(rebound.stdout.contains("7:sha256"), "{rebound}");
    assert_eq!(listed(alice), before);
    signs(alice);
    logs_in(alice, &agent, "work.pub");
    world.restart_broker();
    world.wait_for_tpm("ready");
    signs(alice);
    // It is bound to what PCR 7 had, and to nothing from before.
    start_anew(&world);
    world.wait_for_tpm("ready");
    does_not_sign(alice);
    rebind(alice, "work backup --pcr 0+7").ok();
    signs(alice);
    assert_eq!(listed(alice)[0]["pcrs"], "0+7:sha256");
}

#[test]
fn a_key_with_a_pin_is_bound_anew_with_one() {
    let world = world_with_tries();
    let alice = world.alice();
    bound(alice, " --pin-stdin");
    extend(&world, 7);
    rebind(alice, "work backup --pin-stdin").ok();
    let key = alice.list(none()).expect("a list")[0].clone();
    assert_eq!(
        (&key["Pin"], &key["State"]),
        (&true.into(), &"usable".into())
    );
    let fingerprint = text(&key, "Fingerprint");
    assert_eq!(refused(alice.unlock(&fingerprint, "wrong")), "WrongPin");
    alice.unlock(&fingerprint, PIN).expect("its PIN");
    signs(alice);
}

#[test]
fn what_is_not_bound_anew_stays_as_it_was() {
    let world = World::new();
    let alice = world.alice();
    bound(alice, "");
    let before = listed(alice);
    let keygen = "ssh-keygen -q -t ecdsa -N  -f other";
    alice.run(keygen).ok();
    extend(&world, 7);
    for (words, why) in [
        ("work other", "it has another key"),
        ("work nothing", "No such file"),
        ("nothing backup", "cannot find key"),
        ("work backup --pcr 7:sha1", "sha1"),
    ] {
        let refused = rebind(alice, words);
        assert_ne!(refused.code(), 0, "{words}");
        assert!(refused.stderr.contains(why), "{words}: {refused}");
    }
    let alone = alice.command("sshtpm rebind --passphrase-stdin work backup");
    let alone = alone.stdin(format!("{PASSPHRASE}\n")).run();
    alone.fails_with(1).complains("polkit wants a password");
    let wrong = alice.command("sshtpm rebind --passphrase-stdin work backup");
    let wrong = wrong.stdin("another\n").run();
    wrong.fails_with(1).complains("passphrase");
    start_anew(&world);
    // It knows no values from before.
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(listed(alice), before);
    signs(alice);

    alice.run("sshtpm import other --keep-file -C free").ok();
    let refused = rebind(alice, "free other").fails_with(1);
    refused.complains("it is not bound to PCRs");
}

#[test]
fn a_lost_key_comes_back_bound_by_the_command_that_recover_prints() {
    let world = World::new();
    let alice = world.alice();
    bound(alice, "");
    let before = listed(alice);
    new_board(&world);
    let plan = alice.run("sshtpm recover").ok().stdout;
    let command = "sshtpm import --pcr 7:sha256 BACKUP";
    assert!(plan.contains(command), "{plan}");
    let rebind = rebind(alice, "work backup").fails_with(1);
    rebind.complains("`sshtpm recover`");
    // Less protection than it had would take a person.
    let import = command.replace("BACKUP", "backup --keep-file --passphrase-stdin");
    let import = alice.command(&import).stdin(format!("{PASSPHRASE}\n"));
    import.run().ok();
    let after = listed(alice);
    for name in ["fingerprint", "pcrs", "comment", "purposes", "state"] {
        assert_eq!(after[0][name], before[0][name], "{name}");
    }
    signs(alice);
}

#[test]
fn a_user_binds_no_key_of_another_anew() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    bound(alice, "");
    let backup = alice.read("/home/alice/backup");
    let file = KeyFile::read(backup.as_bytes()).expect("a key file");
    let key = file.open(PASSPHRASE.as_bytes()).expect("a key");
    let mut options = option("pcrs", "7");
    options.extend(option("rebind", true));
    let refusal =
        import(bob, &wrapped_and_bound(bob, &key), options).expect_err("bob has no such key");
    assert_eq!(refusal.kind(), "InvalidArgs");
    assert!(refusal.text.contains("bound to PCRs"), "{refusal:?}");
    assert!(bob.fingerprints().is_empty());
    signs(alice);
}
