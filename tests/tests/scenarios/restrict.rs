//! Changes of a key's restrictions: an owner tightens them alone, and relaxes them with a password.

use sshtpm_dbus::{Destination, HostKey};
use sshtpm_ssh::session::Binding;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, option, purposes, refused, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Agent, Request, User, World};

use crate::destinations::{acquaint, denied, keygen, ssh};

const CHANGE: &str = "org.sshtpm.Broker1.change-own-key";

fn only_key(user: User<'_>) -> serde_json::Value {
    user.list(none()).expect("a list")[0].clone()
}

#[test]
fn a_key_is_restricted_without_anybody_and_relaxed_with_a_person() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    keygen(&world, "");
    let alice = world.alice();
    let agent = Agent::start(alice);
    ssh(&agent, "beta", "true").ok();

    let told = alice.run("sshtpm restrict test --to alpha").ok();
    assert!(
        told.stdout.contains("logs in: alpha (before: everywhere)"),
        "{told}"
    );
    ssh(&agent, "alpha", "true").ok();
    denied(ssh(&agent, "beta", "true"));

    // One destination for another allows what was not allowed.
    for flags in ["--anywhere", "--to beta", "--to alpha --to beta"] {
        let words = format!("sshtpm --no-ask-password restrict test {flags}");
        alice.run(&words).fails_with(1).complains("password");
    }
    denied(ssh(&agent, "beta", "true"));
    let refused = alice.with(Person::Dismisses, "sshtpm restrict test --to beta");
    refused.run().fails_with(1).complains("not authorized");
    alice
        .with(Person::Accepts, "sshtpm restrict test --to beta")
        .run()
        .ok();
    let actions: Vec<_> = alice
        .prompts()
        .iter()
        .map(|one| one["action"].clone())
        .collect();
    assert_eq!(actions, [CHANGE, CHANGE]);
    ssh(&agent, "beta", "true").ok();
    denied(ssh(&agent, "alpha", "true"));
}

#[test]
fn each_restriction_is_relaxed_by_a_person_alone() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let ways = [
        (purposes(&["auth"]), purposes(&["auth", "sign"])),
        (
            option("namespaces", &["git"][..]),
            option("namespaces", &[] as &[&str]),
        ),
        (option("forwarding", false), option("forwarding", true)),
        (option("confirm", true), option("confirm", false)),
        (
            option("while-unlocked", true),
            option("while-unlocked", false),
        ),
    ];
    for (tight, loose) in ways {
        alice
            .restrict(&key, tight.clone())
            .expect("it is restricted");
        let before = only_key(alice);
        let answer = alice.restrict(&key, loose.clone());
        assert_eq!(
            refused(answer),
            "InteractiveAuthorizationRequired",
            "{loose:?}"
        );
        let request = Request::keys("Restrict")
            .with(key.as_str())
            .with(loose.clone());
        let answer = alice.call_with(Person::Dismisses, request.clone());
        assert_eq!(refused(answer), "NotAuthorized", "{loose:?}");
        assert_eq!(only_key(alice), before, "{loose:?}");
        // What is tightened on the way does not make up for it.
        let mut both = loose.clone();
        both.extend(option("namespaces", &["one", "other"][..]));
        if !loose.contains_key("namespaces") {
            let answer = alice.restrict(&key, both);
            assert_eq!(
                refused(answer),
                "InteractiveAuthorizationRequired",
                "{loose:?}"
            );
        }
        alice
            .call_with(Person::Accepts, request)
            .expect("it is relaxed");
        assert_ne!(only_key(alice), before, "{loose:?}");
        alice.restrict(&key, tight).expect("it is restricted again");
    }
}

#[test]
fn restrictions_outlive_the_broker_and_are_shown() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&alpha]);
    keygen(&world, "");
    let alice = world.alice();
    let flags =
        "--for auth --namespace git --namespace file --to git@alpha --no-forwarding --confirm";
    let told = alice.run(&format!("sshtpm restrict test {flags}")).ok();
    for line in [
        "is for: auth (before: auth, sign)",
        "signs in: file, git (before: all namespaces)",
        "logs in: git@alpha (before: everywhere)",
        "over forwarded connections: no (before: yes)",
        "needs a person: at each use (before: no)",
    ] {
        assert!(told.stdout.contains(line), "{line}: {told}");
    }
    let again = alice.run(&format!("sshtpm restrict test {flags}")).ok();
    assert!(again.stdout.contains("Nothing changed."), "{again}");

    world.restart_broker();
    world.wait_for_tpm("ready");
    let table = alice.run("sshtpm list").ok();
    assert!(
        table.stdout.contains("  auth+ns+to+local+confirm  test"),
        "{table}"
    );
    let json = alice.run("sshtpm show --json test").ok().json();
    assert_eq!(json["purposes"], serde_json::json!(["auth"]));
    assert_eq!(json["namespaces"], serde_json::json!(["file", "git"]));
    assert_eq!(json["forwarding"], false);
    assert_eq!(json["confirm"], true);
    let hop = &json["destinations"][0];
    assert!(hop["from"].is_null(), "{hop}");
    assert_eq!(hop["user"], "git");
    let shown = hop["to"]["keys"][0]["fingerprint"]
        .as_str()
        .expect("a fingerprint");
    let own = world
        .root()
        .run("ssh-keygen -lf /etc/ssh/alpha/key.pub")
        .ok();
    assert!(own.stdout.contains(shown), "{own}");
}

#[test]
fn a_broker_that_was_restarted_keeps_to_the_rules_of_a_key() {
    let world = World::new();
    let alice = world.alice();
    let restricted = |comment, rules| {
        let key = alice.key(comment);
        alice.restrict(&key, rules).expect("it is restricted");
        key
    };
    let rules = [
        (purposes(&["auth"]), "PurposeNotPermitted"),
        (option("namespaces", &["git"][..]), "NamespaceNotPermitted"),
        (
            option("destinations", vec![somewhere(1)]),
            "DestinationNotPermitted",
        ),
        (option("confirm", true), "InteractiveAuthorizationRequired"),
    ];
    let keys = rules.map(|(rule, refusal)| (restricted(refusal, rule), refusal));
    let local = restricted("local", option("forwarding", false));

    world.restart_broker();
    world.wait_for_tpm("ready");
    let data = sshsig("text");
    for (key, refusal) in keys {
        assert_eq!(refused(alice.sign(&key, &data, 0, none())), refusal);
    }
    let forwarded = || option("sessions", vec![unbound()]);
    let answer = alice.sign(&local, &data, 0, forwarded());
    assert_eq!(refused(answer), "ForwardingNotPermitted");
    alice.sign(&local, &data, 0, none()).expect("a signature");
}

#[test]
fn a_key_has_no_more_rules_than_its_record_can_hold() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let before = only_key(alice);
    let destinations: Vec<_> = (1..=32).map(somewhere).collect();
    let long = || option("destinations", with_as_many_keys_as_can_be(&destinations));
    let refusal = alice.restrict(&key, long()).expect_err("too long");
    assert_eq!(refusal.kind(), "InvalidArgs", "{refusal:?}");
    // The refusal precedes the question to a person, so the request does not wait for an answer
    // with all its keys in memory.
    for part in ["49152 bytes together", "fewer destinations"] {
        assert!(refusal.text.contains(part), "{refusal:?}");
    }
    let made = alice.generate("", "another", long());
    assert_eq!(refused(made), "InvalidArgs");

    assert_eq!(only_key(alice), before);
    alice
        .restrict(&key, option("destinations", destinations))
        .expect("it is restricted");
    let after = only_key(alice);
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(only_key(alice), after);
}

/// A host that is in no `known_hosts`.
fn somewhere(number: u8) -> Destination {
    Destination {
        from_host: String::new(),
        from_keys: Vec::new(),
        to_user: String::new(),
        to_host: format!("host{number}"),
        to_keys: vec![host_key(number)],
    }
}

fn with_as_many_keys_as_can_be(destinations: &[Destination]) -> Vec<Destination> {
    let keys = || (1..=16).map(host_key).collect::<Vec<_>>();
    let mut many = destinations.to_vec();
    for one in &mut many {
        one.from_host = "from".to_owned();
        (one.from_keys, one.to_keys) = (keys(), keys());
    }
    many
}

/// An Ed25519 key, as far as its form goes.
fn host_key(number: u8) -> HostKey {
    let name = b"ssh-ed25519";
    let blob = [&[0, 0, 0, 11][..], name, &[0, 0, 0, 32], &[number; 32]].concat();
    HostKey {
        blob,
        is_authority: false,
    }
}

/// What an agent says of a session that it could not bind.
fn unbound() -> Binding {
    Binding {
        host_key: Vec::new(),
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: true,
    }
}

#[test]
fn a_user_does_not_restrict_the_key_of_another() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let answer = world.bob().restrict(&key, option("forwarding", false));
    assert_eq!(refused(answer), "NoSuchKey");
    assert_eq!(only_key(world.alice())["Forwarding"], true);
    assert_eq!(text(&only_key(world.alice()), "Fingerprint"), key);
}

#[test]
fn restrict_with_no_or_contradictory_options_is_wrong_usage() {
    let world = World::empty();
    for words in [
        "sshtpm restrict",
        "sshtpm restrict key",
        "sshtpm restrict key --to alpha --anywhere",
        "sshtpm restrict key --namespace git --any-namespace",
        "sshtpm restrict key --forwarding --no-forwarding",
        "sshtpm restrict key --confirm --no-confirm",
        "sshtpm restrict key --while-unlocked --no-while-unlocked",
        "sshtpm restrict key --via alpha",
        "sshtpm restrict key --for nonsense",
        "sshtpm restrict key --to git@",
        "sshtpm keygen --to alpha --via beta --no-forwarding",
        "sshtpm keygen --host-key file",
        "sshtpm keygen --to a --to b --host-key file",
    ] {
        world.alice().run(words).fails_with(2);
    }
}
