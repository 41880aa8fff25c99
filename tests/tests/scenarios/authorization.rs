//! Every method, allowed and refused, by the real polkitd with the shipped actions.

use std::collections::BTreeSet;

use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Answer, none, option, refused};
use sshtpm_tests::foreign_key::{ATTRIBUTES, ForeignKey};
use sshtpm_tests::pin::{Step, change, last};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, User, World, polkit};

use crate::import;

/// Each method that takes no PIN, with the action that allows it; if the method is about a key, on
/// the caller's own key. Deleting comes last.
pub(crate) const METHODS: [(&str, &str); 16] = [
    ("Generate", "create-own-key"),
    ("Import", "import-own-key"),
    ("Adopt", "adopt-own-key"),
    ("List", "list-own-keys"),
    ("ListIdentities", "list-own-keys"),
    ("Sign", "use-own-key"),
    ("SetComment", "comment-own-key"),
    ("Restrict", "restrict-own-key"),
    ("Lock", "restrict-own-key"),
    ("GetUses", "list-own-keys"),
    ("GetLockout", "inspect-tpm"),
    ("GetQueue", "inspect-tpm"),
    ("ResetLockout", "manage-tpm"),
    ("Measure", "manage-tpm"),
    ("GetIdentity", "identify-tpm"),
    ("Delete", "delete-own-key"),
];

/// A call of `method` that makes sense for `key`.
pub(crate) fn request(method: &str, key: &str) -> Request {
    let call = Request::keys(method);
    match method {
        "Generate" => call.with("").with("comment").with(none()),
        "List" | "ListIdentities" | "Lock" | "GetUses" => call.with(none()),
        "Sign" => call
            .with(key)
            .with(sshsig("data").as_slice())
            .with(0_u32)
            .with(none()),
        "SetComment" => call.with(key).with("comment").with(none()),
        "Restrict" => call.with(key).with(option("forwarding", false)),
        "GetLockout" | "GetQueue" | "ResetLockout" | "Measure" => Request::tpm(method).with(none()),
        "GetIdentity" => Request::attestation(method).with(none()),
        _ => call.with(key).with(none()),
    }
}

pub(crate) fn call(user: User<'_>, method: &str, key: &str) -> Answer {
    if method == "Import" {
        let made = import::made(user, "-t ecdsa");
        return import::import(user, &import::wrapped(user, &made, None), none());
    }
    if method == "Adopt" {
        let made = ForeignKey::made(user.machine(), ATTRIBUTES, "-G ecc");
        let request = Request::keys(method);
        let request = request
            .with(made.public.as_slice())
            .with(made.private.as_slice());
        return user.call(&request.with("adopted").with(none()));
    }
    user.call(&request(method, key))
}

/// A world in which alice has a key, and whose polkitd then obeys `rule`.
fn world_with_key_and_rule(rule: &str) -> (World, String) {
    let world = World::new();
    let key = world.alice().key("laptop");
    obey(&world, rule);
    (world, key)
}

fn obey(world: &World, rule: &str) {
    world.stop_polkit();
    polkit::write_rule(world.machine(), rule);
    world.start_polkit();
}

/// A rule against `action`; all else is allowed, without a password.
fn rule_against(action: &str) -> String {
    format!(
        "polkit.addRule(function(action, subject) {{
            if (action.id == 'org.sshtpm.Broker1.{action}') return polkit.Result.NO;
            if (action.id.indexOf('org.sshtpm.Broker1.') == 0) return polkit.Result.YES;
        }});"
    )
}

#[test]
fn without_rules_nothing_but_five_methods_needs_a_password() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for (method, _) in METHODS {
        match method {
            "Adopt" | "Delete" | "ResetLockout" | "Measure" | "GetIdentity" => {
                let answer = refused(call(alice, method, &key));
                assert_eq!(answer, "InteractiveAuthorizationRequired");
            }
            _ => drop(call(alice, method, &key).expect(method)),
        }
    }
    assert!(alice.fingerprints().contains(&key));
}

#[test]
fn an_action_forbidden_by_a_rule_stops_its_methods_and_no_others() {
    let forbidden: BTreeSet<_> = METHODS.iter().map(|(_, action)| action).collect();
    for forbidden in forbidden {
        let (world, key) = world_with_key_and_rule(&rule_against(forbidden));
        for (method, action) in METHODS {
            let answer = call(world.alice(), method, &key);
            if action == *forbidden {
                let refusal = answer.expect_err(method);
                assert_eq!(
                    refusal.name, "org.sshtpm.Broker1.Error.NotAuthorized",
                    "{method}"
                );
            } else {
                let stopped = |refusal| panic!("{method} without {forbidden}: {refusal:?}");
                answer.unwrap_or_else(stopped);
            }
        }
    }
}

#[test]
fn operations_with_a_pin_stop_at_a_rule_and_without_polkitd() {
    const PIN: &str = "correct horse";
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let new_pin = || alice.set_pin(&key, PIN, Some("battery staple"));
    let removed = || last(alice.pins_with(Person::Accepts, &change(&key, PIN, None)));
    let generated = || {
        let generate = Step::Generate {
            algorithm: String::new(),
            comment: "another".to_owned(),
            pin: 0,
        };
        last(alice.pins(&[Step::Open(PIN.to_owned()), generate]))
    };

    world.stop_polkit();
    for answer in [alice.unlock(&key, PIN), new_pin(), generated()] {
        assert_eq!(refused(answer), "AuthorizationUnavailable");
    }
    world.start_polkit();
    obey(&world, &rule_against("use-own-key"));
    assert_eq!(refused(alice.unlock(&key, PIN)), "NotAuthorized");
    obey(&world, &rule_against("restrict-own-key"));
    assert_eq!(refused(new_pin()), "NotAuthorized");
    obey(&world, &rule_against("change-own-key"));
    assert_eq!(refused(removed()), "NotAuthorized");
    obey(&world, &rule_against("create-own-key"));
    assert_eq!(refused(generated()), "NotAuthorized");

    // No refused request was a try, and the PIN is what it was.
    let keys = alice.list(none()).expect("a list");
    assert_eq!(keys.as_array().map(Vec::len), Some(1), "{keys}");
    assert_eq!(keys[0]["Unlocked"], false);
    alice.unlock(&key, PIN).expect("the PIN is right");
}

#[test]
fn a_refused_request_is_not_carried_out() {
    let rule = "polkit.addRule(function(action, subject) {
        if (subject.user == 'alice' && action.id != 'org.sshtpm.Broker1.list-own-keys'
            && action.id.indexOf('org.sshtpm.') == 0) return polkit.Result.NO;
    });";
    let (world, key) = world_with_key_and_rule(rule);
    let alice = world.alice();
    let before = alice.list(none()).expect("a list");
    for (method, action) in METHODS {
        if action != "list-own-keys" {
            refused(call(alice, method, &key));
        }
    }
    assert_eq!(alice.list(none()), Ok(before));
}

#[test]
fn a_rule_sees_the_caller_and_the_key() {
    let (world, key) = world_with_key_and_rule(
        "polkit.addRule(function(action, subject) {
            if (action.id == 'org.sshtpm.Broker1.use-own-key'
                && (action.lookup('comment') != 'laptop' || action.lookup('owner') != 'alice'))
                return polkit.Result.NO;
        });",
    );
    let alice = world.alice();
    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("the rule lets the key named laptop sign");
    let other = alice.key("desktop");
    assert_eq!(
        refused(alice.sign(&other, &sshsig("data"), 0, none())),
        "NotAuthorized"
    );
}
