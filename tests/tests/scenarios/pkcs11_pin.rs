//! Keys with a PIN, behind the PKCS #11 module.

use sshtpm_tests::{User, World};

use super::pin::world_with_tries;

const PIN: &str = "123456";

/// A raw key with a PIN.
fn key_with_pin(alice: User<'_>) {
    alice.write("/home/alice/note", "note");
    let keygen = alice.command("sshtpm keygen --for raw --pin-stdin -C locked -f locked");
    keygen.stdin(format!("{PIN}\n")).run().ok();
}

fn sign<'m>(alice: User<'m>, words: &str) -> sshtpm_tests::user::Invocation<'m> {
    let signing = alice.sign_note("locked", "ECDSA-SHA256");
    signing
        .args(&["--token-label", "locked"])
        .args(&words.split(' ').collect::<Vec<_>>())
}

#[test]
fn a_key_with_a_pin_signs_after_a_login() {
    let world = world_with_tries();
    let alice = world.alice();
    key_with_pin(alice);
    let wrong = sign(alice, "--login --pin 654321").run().fails_with(1);
    wrong.complains("CKR_PIN_INCORRECT");
    sign(alice, &format!("--login --pin {PIN}")).run().ok();
}

#[test]
fn an_unlocked_key_signs_without_a_login() {
    let world = World::new();
    let alice = world.alice();
    key_with_pin(alice);
    let slots = || alice.pkcs11_tool("--list-token-slots").run().ok().stdout;
    assert!(slots().contains("login required"), "{}", slots());
    let unlock = alice.command("sshtpm unlock --pin-stdin locked");
    unlock.stdin(format!("{PIN}\n")).run().ok();
    assert!(!slots().contains("login required"), "{}", slots());
    alice
        .sign_note("locked", "ECDSA-SHA256")
        .args(&["--token-label", "locked"])
        .run()
        .ok();
}

#[test]
fn a_person_is_asked_for_the_pin_where_that_is_possible() {
    let world = World::new();
    let alice = world.alice();
    key_with_pin(alice);
    let script = format!("#!/bin/sh\necho \"$1\" >asked\necho {PIN}\n");
    alice.write("/home/alice/askpass", script);
    alice.run("chmod 700 askpass").ok();
    let signing = sign(alice, "--login").env("SSH_ASKPASS", "/home/alice/askpass");
    signing.env("SSH_ASKPASS_REQUIRE", "force").run().ok();
    let asked = alice.read("/home/alice/asked");
    assert!(
        asked.starts_with("Enter PIN for SSH key SHA256:"),
        "{asked}"
    );
}
