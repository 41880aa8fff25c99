//! Programs and machines that ask again after a person refused.

use serde_json::Value;
use sshtpm_ssh::session::Binding;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Answer, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::{SESSION, blob, sshsig};
use sshtpm_tests::{Request, User, World};

use crate::confirm::{careful_key, request, sign_with};
use crate::destinations::{acquaint, keygen};

/// Signatures that a machine asks for in a row.
const MANY: usize = 20;

/// More questions than rests let through while those are asked for, on a slow machine, too.
const FEW: usize = 4;

/// A request that comes from a machine to which the agent is forwarded, and which has the key of
/// `host`.
fn from(host: &Value, key: &Value) -> Request {
    let forwarding = Binding {
        host_key: blob(host),
        session_id: SESSION.to_vec(),
        signature: vec![1],
        is_forwarding: true,
    };
    let options = sshtpm_tests::call::option("sessions", vec![forwarding]);
    let request = Request::keys("Sign").with(text(key, "Fingerprint").as_str());
    let request = request.with(sshsig("text").as_slice()).with(0_u32);
    request.with(options)
}

#[track_caller]
fn rests(answer: Answer) {
    let refusal = answer.expect_err("a refusal");
    assert_eq!(refusal.kind(), "NotAuthorized");
    let text = refusal.text;
    assert!(text.contains("nobody is asked for another "), "{text}");
}

#[track_caller]
fn is_dismissed(user: User<'_>, request: Request) {
    let refusal = user.call_with(Person::Dismisses, request);
    let text = refusal.expect_err("a refusal").text;
    assert!(text.contains("a person refused, or"), "{text}");
}

#[test]
fn a_refused_machine_rests_and_programs_and_other_machines_do_not() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    let [one, other] = ["one", "other"].map(|name| alice.generate("", name, Default::default()));
    let (one, other) = (one.expect("a key"), other.expect("a key"));
    is_dismissed(alice, from(&one, &key));
    rests(alice.call_with(Person::Accepts, from(&one, &key)));
    assert_eq!(alice.prompts().len(), 1);
    is_dismissed(alice, from(&other, &key));
    sign_with(Person::Accepts, alice, &key, &sshsig("text")).expect("a signature");
    assert_eq!(alice.prompts().len(), 3);
    // Another key may be asked for from there, too.
    is_dismissed(alice, from(&one, &careful_key(alice)));
}

#[test]
fn a_refused_program_may_ask_once_more_and_a_yes_ends_its_rest() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    for _ in 0..2 {
        is_dismissed(alice, request(&key, &sshsig("text")));
        sign_with(Person::Accepts, alice, &key, &sshsig("text")).expect("a signature");
    }
    is_dismissed(alice, request(&key, &sshsig("text")));
    is_dismissed(alice, request(&key, &sshsig("text")));
    rests(sign_with(Person::Accepts, alice, &key, &sshsig("text")));
}

#[test]
fn a_refusal_by_a_rule_is_followed_by_no_rest() {
    let world = World::with_rule(
        "polkit.addRule(function(action, subject) {
            if (action.id == 'org.sshtpm.Broker1.confirm-use') return polkit.Result.NO;
        });",
    );
    let alice = world.alice();
    let key = careful_key(alice);
    for _ in 0..3 {
        let answer = sign_with(Person::Accepts, alice, &key, &sshsig("text"));
        let text = answer.expect_err("a refusal").text;
        assert!(text.contains("a polkit rule refused"), "{text}");
    }
    assert_eq!(alice.prompts().len(), 0);
}

#[test]
fn a_machine_that_keeps_asking_opens_few_dialogues() {
    let world = World::new();
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&host]);
    keygen(&world, "");
    let key = careful_key(alice);
    alice.write("/home/alice/careful.pub", text(&key, "PublicKey"));
    let there = format!(
        "for n in $(seq {MANY}); do echo $n >note; rm -f note.sig; \
         ssh-keygen -q -Y sign -n file -f careful.pub note && exit 90; done; true"
    );
    let agent = alice.with(Person::Dismisses, "sshtpm-agent ssh -A alpha");
    agent.arg(there).run().ok();
    let prompts = alice.prompts();
    let message = text(&prompts[0], "message");
    assert!(message.contains("ANOTHER MACHINE"), "{message}");
    assert!(prompts.len() <= FEW, "{} dialogues", prompts.len());
    sign_with(Person::Accepts, alice, &key, &sshsig("text")).expect("a signature");
}
