//! `Adopt` and `sshtpm adopt`: keys that other programs made in the TPM, and blobs that are not
//! taken.

use serde_json::Value;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Answer, none, refused, text};
use sshtpm_tests::foreign_key::{ATTRIBUTES, ForeignKey, made_by_openssl};
use sshtpm_tests::host::Host;
use sshtpm_tests::pin::{Step, last};
use sshtpm_tests::sealed::record;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Request, User, World};

use crate::destinations::acquaint;
use crate::import_files::logs_in;
use crate::pin::world_with_tries;
use crate::pin_safety::counter;

const PASSWORD: &str = "correct horse";

/// A key of the TPM as tpm2_create makes it, with further options of it.
fn made(world: &World, options: &str) -> ForeignKey {
    ForeignKey::made(world.machine(), ATTRIBUTES, options)
}

/// `Adopt` beside an administrator who agrees, with a password and a PIN.
fn adopt(user: User<'_>, key: &ForeignKey, password: Option<&str>, pin: Option<&str>) -> Answer {
    let open = |text: &str| Step::Open(text.to_owned());
    let mut steps: Vec<_> = password.iter().chain(&pin).map(|one| open(one)).collect();
    let number_of_new = steps.len().saturating_sub(1);
    steps.push(key.adopt(password.map(|_| 0), pin.map(|_| number_of_new)));
    last(user.pins_with(Person::Accepts, &steps))
}

fn signs(user: User<'_>, key: &Value) {
    let signature = user.sign(&text(key, "Fingerprint"), &sshsig("data"), 0, none());
    verify(key, &sshsig("data"), &signature.expect("a signature"));
}

fn nothing_is_stored(user: User<'_>) {
    assert_eq!(user.list(none()).expect("a list"), serde_json::json!([]));
}

/// What ssh-keygen says of the key in a file of tpm2-openssl.
fn fingerprint_in(world: &World, file: &str) -> String {
    let show = format!(
        "openssl pkey -provider tpm2 -provider default -in {file} -pubout >/run/shown.pem && \
         ssh-keygen -i -m PKCS8 -f /run/shown.pem >/run/shown.pub && \
         ssh-keygen -l -f /run/shown.pub"
    );
    let shown = world.root().command("sh -c").arg(show);
    let shown = shown
        .env("TPM2OPENSSL_TCTI", sshtpm_tests::swtpm::TCTI)
        .run()
        .ok();
    let word = shown.stdout.split(' ').nth(1);
    word.expect("a fingerprint").to_owned()
}

#[test]
fn keys_of_other_programs_log_in_with_the_line_that_servers_have() {
    let world = World::new();
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&host]);
    let agent = Agent::start(alice);
    alice.run("mkdir -p -m 700 .ssh").ok();
    for (name, options) in [
        ("ec", "-algorithm EC -pkeyopt group:P-256"),
        ("rsa", "-algorithm RSA -pkeyopt bits:2048"),
    ] {
        let file = format!("/home/alice/.ssh/{name}.tpm");
        made_by_openssl(world.machine(), options, &file);
        world.root().run(&format!("chown alice {file}")).ok();
        let expected = fingerprint_in(&world, &file);
        let adopted = alice
            .with(Person::Accepts, &format!("sshtpm adopt {file}"))
            .run()
            .ok();
        assert!(adopted.stdout.contains(&expected), "{adopted}");
        assert!(adopted.stdout.contains("stops signing while"), "{adopted}");
        let shown = alice.run(&format!("sshtpm show {expected}")).ok();
        alice.write(&format!("/home/alice/{name}.pub"), shown.stdout);
        logs_in(alice, &agent, &format!("{name}.pub"));
    }
    let listed = alice.list(none()).expect("a list");
    assert_eq!(listed[0]["Origin"], "adopted");
    assert_eq!(listed[0]["StopsInLockout"], true);
    world.restart_broker();
    world.wait_for_tpm("ready");
    logs_in(alice, &agent, "ec.pub");
}

#[test]
fn a_file_of_ssh_tpm_agent_keeps_its_password_as_pin() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = made(
        &world,
        &format!("-G ecc384 -p {}", PASSWORD.replace(' ', "-")),
    );
    alice.write("/home/alice/key.tpm", key.to_file(true));
    let adopt = "cd /home/alice; exec sshtpm adopt --password-stdin -C laptop key.tpm <password";
    alice.write("/home/alice/password", PASSWORD.replace(' ', "-"));
    let adopted = alice.with(Person::Accepts, "sh -c").arg(adopt).run().ok();
    assert!(adopted.stdout.contains("is its PIN"), "{adopted}");
    let key = alice.list(none()).expect("a list")[0].clone();
    assert_eq!(
        (&key["Pin"], &key["Comment"]),
        (&true.into(), &"laptop".into())
    );
    let fingerprint = text(&key, "Fingerprint");
    alice
        .unlock(&fingerprint, &PASSWORD.replace(' ', "-"))
        .expect("the PIN");
    signs(alice, &key);
    assert_eq!(counter(&world), 0);
}

#[test]
fn blobs_of_sshtpm_are_refused_whoever_brings_them() {
    let world = world_with_tries();
    let (alice, bob) = (world.alice(), world.bob());
    let before = counter(&world);
    let own = alice.key("laptop");
    let stolen = text(&record(world.machine(), alice), "key");
    let stolen = ForeignKey::in_file(&stolen);
    let refusal = adopt(bob, &stolen, None, None).expect_err("it is ours");
    assert_eq!(refusal.kind(), "InvalidArgs");
    assert!(refusal.text.contains("decrypt"), "{refusal:?}");
    // With the shape of others, it is no longer the key that the TPM made.
    let mut disguised = stolen;
    disguised.public[4..8].copy_from_slice(&0x0006_0072_u32.to_be_bytes());
    disguised.public.splice(12..16, [0x00, 0x10]);
    let while_she_has_it = adopt(bob, &disguised, None, None).expect_err("alice has it");
    let delete = Request::keys("Delete").with(own.as_str()).with(none());
    alice.call_with(Person::Accepts, delete).expect("deleted");
    let refusal = adopt(bob, &disguised, None, None).expect_err("it was changed");
    assert_eq!(refusal.kind(), "InvalidArgs", "{refusal:?}");
    assert!(refusal.text.contains("has been changed"), "{refusal:?}");
    assert_eq!(while_she_has_it.text, refusal.text, "it tells nothing");
    nothing_is_stored(bob);

    // The record of an adopted key has the shape of such a key.
    let foreign = made(&world, "-G ecc");
    let adopted = adopt(alice, &foreign, None, None).expect("a key");
    let refusal = adopt(bob, &foreign, None, None).expect_err("alice has it");
    assert_eq!(refusal.text, while_she_has_it.text);
    nothing_is_stored(bob);
    signs(alice, &adopted);
    assert_eq!(counter(&world), before);
}

#[test]
fn hostile_blobs_are_refused_and_leave_nothing() {
    let world = world_with_tries();
    let alice = world.alice();
    let before = counter(&world);
    let whole = made(&world, "-G ecc");
    let other = made(&world, "-G ecc");
    let refused_with = |key: &ForeignKey, words: &str| {
        let refusal = adopt(alice, key, None, None).expect_err(words);
        assert_eq!(refusal.kind(), "InvalidArgs", "{words}: {refusal:?}");
        assert!(refusal.text.contains(words), "{words}: {refusal:?}");
    };
    let mixed = ForeignKey {
        private: other.private,
        ..whole.clone()
    };
    refused_with(&mixed, "has been changed");
    let mut flipped = whole.clone();
    if let Some(last) = flipped.private.last_mut() {
        *last ^= 1;
    }
    refused_with(&flipped, "has been changed");
    for length in [1, 2046] {
        let other = ForeignKey {
            private: vec![7; length],
            ..whole.clone()
        };
        refused_with(&other, "has been changed");
    }
    let restricted = format!("{ATTRIBUTES}|restricted");
    let restricted = restricted.replace("|decrypt", "");
    let restricted = ForeignKey::made(world.machine(), &restricted, "-G ecc256:ecdsa-sha256:null");
    refused_with(&restricted, "decrypt");
    nothing_is_stored(alice);
    assert_eq!(counter(&world), before);
    adopt(alice, &whole, None, None).expect("the whole one");
}

#[test]
fn wrong_passwords_of_a_key_to_be_adopted_are_counted_and_bounded() {
    let world = world_with_tries();
    let (alice, bob) = (world.alice(), world.bob());
    let before = counter(&world);
    let password = PASSWORD.replace(' ', "-");
    let key = made(&world, &format!("-G ecc -p {password}"));
    assert_eq!(refused(adopt(alice, &key, None, None)), "PinRequired");
    let guesses = ["1", "2", "3", "4"].map(|guess| refused(adopt(alice, &key, Some(guess), None)));
    let wrong = guesses.iter().filter(|kind| *kind == "WrongPin");
    let wrong = u64::try_from(wrong.count()).expect("few");
    let spared = guesses.iter().filter(|kind| *kind == "PinTriesExceeded");
    assert_eq!(
        wrong + u64::try_from(spared.count()).expect("few"),
        4,
        "{guesses:?}"
    );
    assert_eq!(counter(&world), before + 1 + wrong, "each of them");
    nothing_is_stored(alice);

    let adopted = adopt(bob, &key, Some(&password), Some("4321")).expect("a key");
    assert_eq!(adopted["Pin"], true);
    let fingerprint = text(&adopted, "Fingerprint");
    assert_eq!(refused(bob.unlock(&fingerprint, &password)), "WrongPin");
    bob.unlock(&fingerprint, "4321").expect("its PIN");
    signs(bob, &adopted);
}

#[test]
fn an_adoption_costs_five_commands_and_seven_with_a_new_pin() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let [first, plain, other] = [(); 3].map(|()| made(&world, "-G ecc"));
    let cost =
        |key: &ForeignKey, pin| tap.cost(|| drop(adopt(alice, key, None, pin).expect("a key")));
    let retried = "the TPM has the first use of a key that it protects repeated";
    assert_eq!(cost(&first, None), 6, "{retried}");
    let without = "GetCapability, Load, ReadPublic (parent), Sign, FlushContext";
    assert_eq!(cost(&plain, None), 5, "{without}");
    let with = "and StartAuthSession, ObjectChangeAuth";
    assert_eq!(cost(&other, Some("4321")), 7, "{with}");
}
