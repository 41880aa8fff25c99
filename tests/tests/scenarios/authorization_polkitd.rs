//! What the broker allows while polkitd is away, ends, or takes its time: nothing without its yes.

use std::path::Path;

use sshtpm_tests::call::{none, refused};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World, polkit, wait};

use crate::authorization::{METHODS, call};

#[test]
fn without_polkitd_nothing_is_allowed_until_it_is_back() {
    let world = World::new();
    let key = world.alice().key("laptop");
    world.stop_polkit();
    for (method, _) in METHODS {
        let answer = refused(call(world.alice(), method, &key));
        assert_eq!(answer, "AuthorizationUnavailable", "{method}");
    }
    world.start_polkit();
    let alice = world.alice();
    assert_eq!(alice.fingerprints(), std::slice::from_ref(&key));
    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
}

#[test]
fn a_polkitd_that_does_not_answer_allows_nothing() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    world.freeze_polkit();
    let answer = alice.sign(&key, &sshsig("data"), 0, none());
    assert_eq!(refused(answer), "AuthorizationUnavailable");
    world.thaw_polkit();
    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
}

#[test]
fn callers_that_leave_a_silent_polkitd_leave_others_its_answers() {
    /// That the bus daemon lets the broker have outstanding.
    const ANSWERS: usize = 3;
    let limit = format!("<limit name='max_replies_per_connection'>{ANSWERS}</limit>");
    let world = World::empty();
    let file = "/etc/dbus-1/system.d/limit.conf";
    let limited = format!("<busconfig>{limit}</busconfig>");
    world.root().write(file, limited);
    world.start_all();
    world.freeze_polkit();
    let request = Request::keys("List").with(none());
    let request = serde_json::to_vec(&request).expect("JSON");
    // The last one is refused at once if those before her took all the answers.
    for user in [world.root(), world.bob(), world.alice()] {
        let leaving = user.command("timeout 1 bus-call").stdin(&request).run();
        assert_eq!(leaving.code(), 124, "{leaving}");
    }
    world.thaw_polkit();
    world.alice().list(none()).expect("a list");
}

/// Says when it is asked for a signature, and never answers.
const RULE_THAT_THINKS: &str = r#"polkit.addRule(function(action, subject) {
    if (action.id == "org.sshtpm.Broker1.use-own-key") {
        polkit.spawn(["/usr/bin/touch", "/tmp/asked"]);
        while (true);
    }
});"#;

#[test]
fn a_question_that_polkitd_takes_along_when_it_ends_is_asked_again() {
    let world = World::with_rule(RULE_THAT_THINKS);
    let alice = world.alice();
    let key = alice.key("laptop");
    std::thread::scope(|scope| {
        let signature = scope.spawn(|| alice.sign(&key, &sshsig("data"), 0, none()));
        let asked = || world.machine().enter(|| Path::new("/tmp/asked").exists());
        wait::until("the question", wait::EFFECT, || asked().then_some(()));
        polkit::write_rule(world.machine(), "");
        world.replace_polkit();
        let signature = signature.join().expect("a thread that ends");
        signature.expect("a signature");
    });
}

#[test]
fn a_broker_that_starts_before_polkitd_denies_until_it_is_there() {
    let world = World::empty();
    world.start_bus();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
    let answer = refused(world.alice().generate("", "", none()));
    assert_eq!(answer, "AuthorizationUnavailable");

    world.start_polkit();
    world.alice().key("now");
}
