//! Keys whose owner wants to be asked at each use.

use std::time::Duration;

use serde_json::Value;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Answer, none, option, refused, text};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, User, World, verify};

/// The broker gives up on a person after 120 s; the rest is for a busy machine.
const PATIENCE_OF_THE_BROKER: Duration = Duration::from_secs(150);

/// A key that asks at each use.
pub(crate) fn careful_key(user: User<'_>) -> Value {
    let key = user.generate("", "careful", option("confirm", true));
    key.expect("a key")
}

pub(crate) fn request(key: &Value, data: &[u8]) -> Request {
    let request = Request::keys("Sign").with(text(key, "Fingerprint").as_str());
    request.with(data).with(0_u32).with(option("client", "ssh"))
}

pub(crate) fn sign_with(person: Person, user: User<'_>, key: &Value, data: &[u8]) -> Answer {
    user.call_with(person, request(key, data))
}

#[test]
fn a_use_that_is_confirmed_is_served() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    assert_eq!(key["Confirm"], true);
    let answer = sign_with(Person::Accepts, alice, &key, &sshsig("text"));
    let signature = answer.expect("a signature");
    verify::verify(&key, &sshsig("text"), &signature[0]);
}

#[test]
fn each_use_is_asked_about_and_no_answer_is_kept() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    for times in 1..=3 {
        sign_with(Person::Accepts, alice, &key, &sshsig("text")).expect("a signature");
        assert_eq!(alice.prompts().len(), times);
    }
    assert_eq!(
        refused(sign_with(Person::Dismisses, alice, &key, &sshsig("text"))),
        "NotAuthorized"
    );
}

#[test]
fn a_closed_dialogue_is_a_refusal() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    let answer = sign_with(Person::Dismisses, alice, &key, &sshsig("text"));
    assert_eq!(refused(answer), "NotAuthorized");
}

#[test]
fn an_answer_that_never_comes_is_a_refusal() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    let asking = alice.asking(Person::NeverAnswers, request(&key, &sshsig("text")));
    let answer = asking.within(PATIENCE_OF_THE_BROKER).run().ok().stdout;
    assert!(answer.contains("Error.NotAuthorized"), "{answer}");
    assert!(answer.contains("not answered in time"), "{answer}");
}

#[test]
fn a_key_with_confirmation_does_not_sign_without_a_person() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    for request in [
        request(&key, &sshsig("text")),
        request(&key, &sshsig("text")).interactive(),
    ] {
        assert_eq!(
            refused(alice.call(&request)),
            "InteractiveAuthorizationRequired"
        );
    }
}

#[test]
fn a_rule_against_the_use_of_keys_holds_before_anybody_is_asked() {
    let world = World::with_rule(
        "polkit.addRule(function(action, subject) {
            if (action.id == 'org.sshtpm.Broker1.use-own-key') return polkit.Result.NO;
        });",
    );
    let alice = world.alice();
    let key = careful_key(alice);
    let answer = sign_with(Person::Accepts, alice, &key, &sshsig("text"));
    assert_eq!(refused(answer), "NotAuthorized");
    assert_eq!(alice.prompts().len(), 0);
}

#[test]
fn ssh_gets_a_signature_through_an_agent_if_it_is_confirmed() {
    for (person, served) in [(Person::Accepts, true), (Person::Dismisses, false)] {
        let world = World::new();
        let alice = world.alice();
        let public = text(&careful_key(alice), "PublicKey");
        alice.write("/home/alice/key.pub", public);
        alice.write("/home/alice/text", "text");
        let sign = "sshtpm-agent ssh-keygen -q -Y sign -n file -f key.pub text";
        let signed = alice.with(person, "sh -c").arg(format!("cd; exec {sign}"));
        assert_eq!(signed.run().code() == 0, served, "{person:?}");
        let message = text(&alice.prompts()[0], "message");
        assert!(
            message.contains(r#"sign in the namespace "file""#),
            "{message}"
        );
        assert!(
            message.contains(r#"itself "ssh-keygen" (unverified)"#),
            "{message}"
        );
        let made = alice.run("test -e /home/alice/text.sig");
        assert_eq!(made.code() == 0, served, "{person:?}");
    }
}

#[test]
fn removing_confirmation_takes_a_person() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    let fingerprint = text(&key, "Fingerprint");
    let relax = || {
        let request = Request::keys("Restrict").with(fingerprint.as_str());
        request.with(option("confirm", false))
    };
    assert_eq!(
        refused(alice.call(&relax())),
        "InteractiveAuthorizationRequired"
    );
    assert_eq!(
        refused(alice.call_with(Person::Dismisses, relax())),
        "NotAuthorized"
    );
    assert_eq!(alice.list(none()).expect("a list")[0]["Confirm"], true);
    alice.call_with(Person::Accepts, relax()).expect("relaxed");
    assert_eq!(
        alice.prompts().last().expect("a prompt")["action"],
        "org.sshtpm.Broker1.change-own-key"
    );
    alice
        .sign(&fingerprint, &sshsig("text"), 0, none())
        .expect("a signature");
}

#[test]
fn adding_confirmation_takes_no_person() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let restricted = alice
        .restrict(&key, option("confirm", true))
        .expect("restricted");
    assert_eq!(restricted["Confirm"], true);
    assert_eq!(
        refused(alice.sign(&key, &sshsig("text"), 0, none())),
        "InteractiveAuthorizationRequired"
    );
}
