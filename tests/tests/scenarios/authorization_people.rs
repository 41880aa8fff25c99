//! The person whom polkit asks, and what root may do.

use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, owner, refused};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World, wait};

use crate::authorization::request;

#[test]
fn a_person_who_gives_the_password_deletes_the_key() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");

    alice
        .call_with(Person::Accepts, request("Delete", &key))
        .expect("deleted");
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    let prompts = alice.prompts();
    assert_eq!(prompts.len(), 1, "{prompts:?}");
    assert_eq!(
        prompts[0]["identities"],
        serde_json::json!(["unix-user:1001"])
    );
    let message = prompts[0]["message"].as_str().expect("a message");
    assert!(
        message.contains(&key),
        "the person does not see which key: {message}"
    );
}

#[test]
fn a_person_who_closes_the_dialogue_keeps_the_key() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");

    let answer = alice.call_with(Person::Dismisses, request("Delete", &key));
    assert_eq!(refused(answer), "NotAuthorized");
    assert_eq!(alice.fingerprints(), [key]);
}

#[test]
fn polkit_asks_no_person_unless_the_caller_allows_it() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");

    let bytes = serde_json::to_vec(&request("Delete", &key)).expect("JSON");
    world.root().write("/run/log/request", bytes);
    let command = alice
        .with(Person::Accepts, "sh -c")
        .arg("exec bus-call </run/log/request");
    let answer = command.run().ok().stdout;
    assert!(
        answer.contains("InteractiveAuthorizationRequired"),
        "{answer}"
    );
    assert_eq!(alice.prompts().len(), 0);
    assert_eq!(alice.fingerprints(), [key]);
}

#[test]
fn a_person_who_is_away_does_not_hold_up_others() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let asking = alice.asking(Person::NeverAnswers, request("Delete", &key));
    let waiting = asking.start();
    wait::until("the prompt", wait::EFFECT, || alice.prompts().pop());

    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("alice's other programs go on");
    world.bob().key("bob goes on");
    waiting.kill();
    assert_eq!(alice.fingerprints(), [key]);
}

#[test]
fn root_manages_the_keys_of_others_but_cannot_use_them() {
    let world = World::new();
    let (root, alice) = (world.root(), world.alice());
    let key = alice.key("laptop");

    let listed = root.list(owner("alice")).expect("a list");
    assert_eq!(listed, alice.list(none()).expect("a list"));
    assert_eq!(
        refused(root.sign(&key, &sshsig("data"), 0, none())),
        "NoSuchKey"
    );
    assert_eq!(
        refused(root.sign(&key, &sshsig("data"), 0, owner("alice"))),
        "InvalidArgs"
    );
    assert_eq!(
        refused(root.generate("", "", owner("alice"))),
        "InvalidArgs"
    );
    root.set_comment(&key, "renamed by root", owner("alice"))
        .expect("renamed");
    assert_eq!(
        alice.list(none()).expect("a list")[0]["Comment"],
        "renamed by root"
    );
    root.delete(&key, owner("alice")).expect("deleted");
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

#[test]
fn root_makes_host_keys_and_others_need_an_administrator_for_that() {
    let world = World::new();
    let host = || owner("sshtpm-host");
    let key = world
        .root()
        .generate("", "host key", host())
        .expect("a host key");
    assert_eq!(key["Owner"], "sshtpm-host");
    assert_eq!(world.root().list(host()), Ok(serde_json::json!([key])));
    assert_eq!(world.host_user().list(none()), Ok(serde_json::json!([key])));

    let alice = world.alice();
    let fingerprint = sshtpm_tests::call::text(&key, "Fingerprint");
    for answer in [
        alice.generate("", "", host()),
        alice.list(host()),
        alice.set_comment(&fingerprint, "mine", host()),
        alice.delete(&fingerprint, host()),
    ] {
        assert_eq!(refused(answer), "InteractiveAuthorizationRequired");
    }
    let generate = Request::keys("Generate").with("").with("").with(host());
    alice
        .call_with(Person::Accepts, generate)
        .expect("with an administrator's password");
    let prompts = alice.prompts();
    assert_eq!(prompts[0]["identities"], serde_json::json!(["unix-user:0"]));
}
