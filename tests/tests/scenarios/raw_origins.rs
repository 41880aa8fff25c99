//! Raw keys from everywhere: imported, derived, adopted, bound to PCRs; and what the command line
//! says of them.

use serde_json::{Value, json};
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, option, purposes, refused, text};
use sshtpm_tests::foreign_key::{ATTRIBUTES, ForeignKey};
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, Request, User, World};

use crate::import::{import, made, wrapped};
use crate::raw::{key, raw, sign_p256, signs};

const P256: &str = "ecdsa-sha2-nistp256";

fn only_key(user: User<'_>) -> Value {
    user.list(none()).expect("a list")[0].clone()
}

#[test]
fn a_key_of_openssl_is_imported_as_raw() {
    let world = World::new();
    let alice = world.alice();
    let make = "openssl ecparam -name prime256v1 -genkey -noout -out tls.pem";
    alice.run(make).ok();
    let said = alice
        .run("sshtpm import --for raw --keep-file tls.pem")
        .ok();
    assert!(said.stdout.contains("cannot see what they say"), "{said}");
    let key = only_key(alice);
    assert_eq!(key["Purposes"], json!(["raw"]));
    signs(alice, &key, ("ecdsa", 32));
}

#[test]
fn a_lost_key_comes_back_as_what_it_was() {
    let world = World::new();
    let alice = world.alice();
    let made = made(alice, "-t ecdsa");
    import(alice, &wrapped(alice, &made, None), raw(none())).expect("a raw key");
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.restart_broker();
    world.wait_for_tpm("ready");
    let again = wrapped(alice, &made, None);
    let refusal = import(alice, &again, purposes(&["auth"]));
    assert_eq!(refused(refusal), "InvalidArgs");
    let key = import(alice, &again, none()).expect("a key");
    assert_eq!(key["Purposes"], json!(["raw"]));
    signs(alice, &key, ("ecdsa", 32));
}

#[test]
fn a_derived_key_is_raw_and_the_same_again() {
    let world = World::new();
    let alice = world.alice();
    let derived = || key(alice, P256, option("derived", "owner"));
    let first = derived();
    signs(alice, &first, ("ecdsa", 32));
    let name = text(&first, "Fingerprint");
    let delete = Request::keys("Delete").with(name.as_str()).with(none());
    alice.call_with(Person::Accepts, delete).expect("deleted");
    assert_eq!(text(&derived(), "Fingerprint"), name);
}

#[test]
fn a_key_of_another_program_is_adopted_as_raw() {
    let world = World::new();
    let alice = world.alice();
    let key = ForeignKey::made(world.machine(), ATTRIBUTES, "-G ecc256");
    alice.write("/home/alice/key.tpm", key.to_file(false));
    let adopt = "sshtpm adopt --for raw /home/alice/key.tpm";
    let said = alice.with(Person::Accepts, adopt).run().ok();
    assert!(said.stdout.contains("cannot see what they say"), "{said}");
    let key = only_key(alice);
    assert_eq!(key["Purposes"], json!(["raw"]));
    signs(alice, &key, ("ecdsa", 32));
}

#[test]
fn a_raw_key_that_is_bound_to_pcrs_signs_until_they_change() {
    let world = World::new();
    let alice = world.alice();
    let key = key(alice, P256, option("pcrs", "7"));
    signs(alice, &key, ("ecdsa", 32));
    let digest = "5a".repeat(32);
    let extend = format!("tpm2_pcrextend 7:sha256={digest}");
    tool(world.machine(), &extend).ok();
    assert_eq!(refused(sign_p256(alice, &key)), "KeyBoundToOtherPcrs");
}

#[test]
fn the_command_line_says_what_a_raw_key_gives_up_before_it_is_made() {
    let world = World::new();
    let alice = world.alice();
    let said = alice.run("sshtpm keygen --for raw -C tls").ok().stdout;
    let (before, after) = said.split_once("Generating a key").expect("both");
    assert!(before.contains("signs digests of anything"), "{said}");
    assert!(after.contains("SignDigest"), "{said}");
    assert!(after.contains("PKCS #11 module"), "{said}");
    assert!(after.contains("id_sshtpm_raw_ecdsa.pub"), "{said}");
    let ordinary = alice.run("sshtpm keygen -C ssh").ok().stdout;
    assert!(!ordinary.contains("anything"), "{ordinary}");
}

#[test]
fn list_show_and_doctor_say_which_keys_are_raw() {
    let world = World::new();
    let alice = world.alice();
    let _agent = Agent::start(alice);
    alice.run("sshtpm keygen --for raw -C tls").ok();
    let list = alice.run("sshtpm list").ok().stdout;
    assert!(list.contains("  raw"), "{list}");
    let shown = alice.run("sshtpm show tls --json").ok().json();
    assert_eq!(shown["purposes"], json!(["raw"]));
    let doctor = alice.run("sshtpm doctor").stdout;
    assert!(doctor.contains("1 signs digests of anything"), "{doctor}");
    for wrong in ["offers none of your keys", "may not log in"] {
        assert!(!doctor.contains(wrong), "{doctor}");
    }
}

#[test]
fn the_command_line_neither_adds_raw_nor_takes_a_limit_with_it() {
    let world = World::new();
    let alice = world.alice();
    alice.run("sshtpm keygen -C ssh").ok();
    let added = alice
        .with(Person::Accepts, "sshtpm restrict ssh --for raw")
        .run();
    added.fails_with(1).complains("for good, or never");
    for (limit, why) in [
        ("--for raw,auth", "for nothing else"),
        ("--for raw --namespace git", "cannot limit it"),
        ("--for raw --no-forwarding", "cannot limit it"),
        ("--for raw -t ed25519", "no digests"),
    ] {
        let words = format!("sshtpm keygen -f other {limit}");
        alice.run(&words).fails_with(1).complains(why);
    }
}
