//! What holds a raw key back: its own rules, those of polkit, a PIN, and a person.

use serde_json::json;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Options, none, option, purposes, refused, text};
use sshtpm_tests::foreign_key::{ATTRIBUTES, ForeignKey};
use sshtpm_tests::{Request, World};

use crate::import::{import, made, wrapped};
use crate::pin::world_with_tries;
use crate::raw::{key, raw, sign_p256, signs};

const P256: &str = "ecdsa-sha2-nistp256";

/// A rule of polkit that refuses `action` where `detail` has this value.
fn rule(action: &str, detail: &str, value: &str) -> String {
    format!(
        "polkit.addRule(function(action, subject) {{
            if (action.id == 'org.sshtpm.Broker1.{action}'
                && action.lookup('{detail}') == '{value}') return polkit.Result.NO;
        }});"
    )
}

/// What a raw key cannot be limited by.
fn limits() -> [Options; 4] {
    [
        option("namespaces", &["git"][..]),
        option("destinations", Vec::<sshtpm_dbus::Destination>::new()),
        option("forwarding", true),
        option("forwarding", false),
    ]
}

#[test]
fn raw_is_alone_and_takes_no_limit_of_ssh() {
    let world = World::new();
    let alice = world.alice();
    for other in ["auth", "sign", "ca", "host", "sudo"] {
        let answer = alice.generate(P256, "", purposes(&["raw", other]));
        let refusal = answer.expect_err("it is refused");
        assert_eq!(refusal.kind(), "InvalidArgs");
        assert!(refusal.text.contains("for nothing else"), "{refusal:?}");
    }
    for limit in limits() {
        let answer = alice.generate(P256, "", raw(limit));
        assert_eq!(refused(answer), "InvalidArgs");
    }
    assert_eq!(alice.fingerprints(), [] as [&str; 0]);
}

#[test]
fn a_key_is_raw_for_good_or_never() {
    let world = World::new();
    let alice = world.alice();
    let raw_key = key(alice, P256, none());
    let ssh_key = alice.generate(P256, "ssh", none()).expect("a key");
    let (raw_name, ssh_name) = (text(&raw_key, "Fingerprint"), text(&ssh_key, "Fingerprint"));
    for (key, names) in [
        (&ssh_name, &["raw"][..]),
        (&raw_name, &["auth"]),
        (&raw_name, &["auth", "sign", "ca", "host", "sudo"]),
    ] {
        let request = Request::keys("Restrict").with(key.as_str());
        let answer = alice.call_with(Person::Accepts, request.with(purposes(names)));
        assert_eq!(refused(answer), "InvalidArgs", "{names:?}");
    }
    for limit in limits() {
        assert_eq!(refused(alice.restrict(&raw_name, limit)), "InvalidArgs");
    }
    let same = alice.restrict(&raw_name, purposes(&["raw"]));
    assert_eq!(same.expect("nothing changes"), raw_key);
    let listed = alice.list(none()).expect("a list");
    let purposes = |at: usize| listed[at]["Purposes"].clone();
    let mut all = [purposes(0), purposes(1)].map(|one| one.to_string());
    all.sort();
    assert_eq!(all, [r#"["auth","sign"]"#, r#"["raw"]"#]);
}

#[test]
fn whether_the_key_of_another_is_raw_is_not_told() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let keys = [
        key(alice, P256, none()),
        alice.generate(P256, "", none()).expect("a key"),
    ];
    let names = keys.map(|key| text(&key, "Fingerprint"));
    for mut change in [
        purposes(&["raw"]),
        purposes(&["auth"]),
        option("forwarding", true),
    ] {
        change.extend(option("owner", "alice"));
        let answers = names
            .each_ref()
            .map(|name| bob.restrict(name, change.clone()));
        assert_eq!(answers[0], answers[1]);
        assert!(answers[0].is_err(), "{answers:?}");
    }
}

#[test]
fn a_key_that_the_tpm_seals_is_not_raw() {
    let world = World::new();
    let alice = world.alice();
    let refusal = alice.generate("ssh-ed25519", "", raw(none()));
    let refusal = refusal.expect_err("it is refused");
    assert_eq!(refusal.kind(), "UnsupportedAlgorithm");
    assert!(refusal.text.contains("no digests"), "{refusal:?}");
    let made = made(alice, "-t ed25519");
    let imported = import(alice, &wrapped(alice, &made, None), raw(none()));
    assert_eq!(refused(imported), "UnsupportedAlgorithm");
}

#[test]
fn a_rule_of_polkits_forbids_to_make_raw_keys() {
    for action in ["create-own-key", "import-own-key"] {
        let world = World::with_rule(&rule(action, "purposes", "raw"));
        let alice = world.alice();
        let made = made(alice, "-t ecdsa");
        let wrapped = wrapped(alice, &made, None);
        let generated = alice.generate(P256, "", raw(none())).is_ok();
        let imported = import(alice, &wrapped, raw(none())).is_ok();
        assert_eq!(generated, action != "create-own-key");
        assert_eq!(imported, action != "import-own-key");
        alice.generate(P256, "", none()).expect("not raw");
        if !imported {
            import(alice, &wrapped, none()).expect("not raw");
        }
    }
}

#[test]
fn a_rule_of_polkits_forbids_to_adopt_raw_keys() {
    let world = World::with_rule(&rule("adopt-own-key", "purposes", "raw"));
    let alice = world.alice();
    let blob = ForeignKey::made(world.machine(), ATTRIBUTES, "-G ecc256");
    alice.write("/home/alice/key.tpm", blob.to_file(false));
    let adopt = |options: &str| {
        let words = format!("sshtpm adopt{options} /home/alice/key.tpm");
        alice.with(Person::Accepts, &words).run()
    };
    adopt(" --for raw")
        .fails_with(1)
        .complains("not authorized");
    adopt("").ok();
}

#[test]
fn a_rule_of_polkits_knows_all_purposes_of_a_new_key() {
    let world = World::with_rule(&rule("create-own-key", "purposes", "auth,sign"));
    let alice = world.alice();
    assert_eq!(refused(alice.generate(P256, "", none())), "NotAuthorized");
    key(alice, P256, none());
    let one = alice.generate(P256, "", purposes(&["auth"]));
    one.expect("another set of purposes");
}

#[test]
fn a_rule_of_polkits_forbids_to_use_raw_keys() {
    let world = World::with_rule(&rule("use-own-key", "purpose", "raw"));
    let alice = world.alice();
    let key = key(alice, P256, none());
    assert_eq!(refused(sign_p256(alice, &key)), "NotAuthorized");
    let name = text(&key, "Fingerprint");
    let mut meant = option("raw", true);
    meant.extend(option("client", "ssh-add"));
    let answer = alice.sign(&name, b"data", 0, meant);
    assert_eq!(refused(answer), "NotAuthorized");
}

#[test]
fn a_raw_key_with_a_pin_signs_while_it_is_unlocked() {
    let world = world_with_tries();
    let alice = world.alice();
    let keygen = "sshtpm keygen --for raw --pin-stdin -C raw -f raw";
    alice.command(keygen).stdin("correct horse\n").run().ok();
    let key = alice.list(none()).expect("a list")[0].clone();
    let name = text(&key, "Fingerprint");
    assert_eq!(
        (&key["Pin"], &key["Purposes"]),
        (&json!(true), &json!(["raw"]))
    );
    assert_eq!(refused(sign_p256(alice, &key)), "PinRequired");
    assert_eq!(refused(alice.unlock(&name, "wrong horse")), "WrongPin");
    assert_eq!(refused(sign_p256(alice, &key)), "PinRequired");
    alice.unlock(&name, "correct horse").expect("the PIN");
    signs(alice, &key, ("ecdsa", 32));
}

#[test]
fn a_person_who_confirms_is_told_that_nothing_can_be_shown() {
    for (person, served) in [(Person::Accepts, true), (Person::Dismisses, false)] {
        let world = World::new();
        let alice = world.alice();
        let key = key(alice, P256, option("confirm", true));
        let request = Request::keys("SignDigest").with(text(&key, "Fingerprint").as_str());
        let request = request.with("ecdsa").with(&[7; 32][..]);
        let answer = alice.call_with(person, request.with(option("client", "curl")));
        match served {
            true => drop(answer.expect("a signature")),
            false => assert_eq!(refused(answer), "NotAuthorized"),
        }
        let message = text(&alice.prompts()[0], "message");
        for part in [
            "to sign something that cannot be shown",
            r#""curl" (unverified)"#,
        ] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn a_raw_key_that_has_to_be_confirmed_does_not_sign_without_a_person() {
    let world = World::new();
    let alice = world.alice();
    let key = key(alice, P256, option("confirm", true));
    assert_eq!(
        refused(sign_p256(alice, &key)),
        "InteractiveAuthorizationRequired"
    );
}

#[test]
fn a_raw_key_for_an_unlocked_screen_does_not_sign_without_one() {
    let world = World::new();
    let alice = world.alice();
    let key = key(alice, P256, option("while-unlocked", true));
    assert_eq!(refused(sign_p256(alice, &key)), "NoUnlockedSession");
}
