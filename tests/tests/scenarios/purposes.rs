//! What a key is for: it signs that for OpenSSH, and refuses everything else.

use serde_json::{Value, json};
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Answer, none, purposes, refused, text};
use sshtpm_tests::signed_data::{
    certificate, exchange_hash, hostkeys_prove, login, sshsig, sshsig_in, vouching,
};
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Options, Output, Request, User, World};

const NOT_FOR_IT: &str = "org.sshtpm.Broker1.Error.PurposeNotPermitted";
pub(crate) const NOT_IN_THAT_NAMESPACE: &str = "org.sshtpm.Broker1.Error.NamespaceNotPermitted";
const NOTHING_OF_SSHS: &str = "org.sshtpm.Broker1.Error.UnknownData";

/// A key of `user`, with its public half in `~/FILE.pub`.
pub(crate) fn key(user: User<'_>, file: &str, options: Options) -> Value {
    let key = user.generate("", file, options).expect("a key");
    let path = format!("{}/{file}.pub", user.home());
    user.write(&path, format!("{} {file}\n", text(&key, "PublicKey")));
    key
}

pub(crate) fn sign(user: User<'_>, key: &Value, data: &[u8]) -> Answer {
    user.sign(&text(key, "Fingerprint"), data, 0, none())
}

/// Each kind of data, as `key` could be asked to sign it.
fn kinds(key: &Value) -> [(&'static str, Vec<u8>); 6] {
    [
        ("auth", login(key, "alice")),
        ("sign", sshsig("data")),
        ("ca", certificate(key, 1024)),
        ("host", exchange_hash()),
        ("host", hostkeys_prove(key)),
        ("sudo", vouching(key, "alice")),
    ]
}

/// Holds what `key` signs against what it is for.
#[track_caller]
pub(crate) fn assert_signs_only(user: User<'_>, key: &Value, purposes: &[&str]) {
    for (kind, data) in kinds(key) {
        let answer = sign(user, key, &data);
        if purposes.contains(&kind) {
            verify(key, &data, &answer.expect(kind));
        } else {
            assert_eq!(answer.expect_err(kind).name, NOT_FOR_IT, "{kind}");
        }
    }
}

pub(crate) fn sign_file(agent: &Agent<'_>, file: &str, namespace: &str, options: &str) -> Output {
    agent.command("rm -f note.sig").run().ok();
    let words = format!("ssh-keygen -q -Y sign{options} -n {namespace} -f {file}.pub note");
    agent.command(&words).run()
}

#[test]
fn each_purpose_lets_a_key_sign_its_own_kind_of_data_and_no_other() {
    let world = World::new();
    let alice = world.alice();
    for purpose in ["auth", "sign", "ca", "host", "sudo"] {
        let options = purposes(&[purpose]);
        let key = alice.generate("", purpose, options).expect("a key");
        assert_eq!(key["Purposes"], json!([purpose]));
        assert_signs_only(alice, &key, &[purpose]);
    }
}

#[test]
fn a_users_key_logs_in_and_signs_and_a_host_key_proves_a_host() {
    let world = World::new();
    let (alice, host) = (world.alice(), world.host_user());
    let users = alice.generate("", "user's", none()).expect("a key");
    let hosts = host.generate("", "host's", none()).expect("a key");
    assert_signs_only(alice, &users, &["auth", "sign"]);
    assert_signs_only(host, &hosts, &["host"]);
}

#[test]
fn no_key_signs_data_that_ssh_does_not_sign() {
    let world = World::new();
    let alice = world.alice();
    let all = purposes(&["auth", "sign", "ca", "host", "sudo"]);
    let key = alice.generate("", "all", all).expect("a key");
    let other = alice.generate("", "other", none()).expect("a key");
    let mut longer = sshsig("data");
    longer.push(0);
    for data in [
        &b"data"[..],
        &[0x5a; 1024],
        &exchange_hash()[1..],
        &longer,
        &login(&other, "alice"),
        &hostkeys_prove(&other),
        &certificate(&other, 1024),
        &vouching(&other, "alice"),
    ] {
        let refusal = sign(alice, &key, data).expect_err("it is nothing of SSH's");
        assert_eq!(refusal.name, NOTHING_OF_SSHS, "{refusal:?}");
    }
}

/// In a namespace of four letters, with SHA-256, an SSHSIG has 64 bytes, as a hash of a key
/// exchange.
#[test]
fn no_key_signs_data_that_could_be_two_things() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    key(alice, "user", none());
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
    sign_file(&agent, "user", "git", " -O hashalg=sha256").ok();
    sign_file(&agent, "user", "file", " -O hashalg=sha512").ok();
    let ambiguous = sign_file(&agent, "user", "file", " -O hashalg=sha256");
    assert_ne!(ambiguous.code(), 0, "{ambiguous}");

    let mut data = b"SSHSIG\0\0\0\x04file\0\0\0\0\0\0\0\x06sha256\0\0\0\x20".to_vec();
    data.extend([6; 32]);
    let fingerprint = alice.fingerprints().remove(0);
    let refusal = alice.sign(&fingerprint, &data, 0, none());
    let refusal = refusal.expect_err("it is two things");
    assert_eq!(refusal.name, NOTHING_OF_SSHS);
    assert!(refusal.text.contains("hashalg=sha512"), "{refusal:?}");
}

#[test]
fn a_purpose_goes_at_once_and_comes_back_with_a_password() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let fingerprint = text(&key, "Fingerprint");
    let after = alice.restrict(&fingerprint, purposes(&["sign"]));
    assert_eq!(after.expect("a key")["Purposes"], json!(["sign"]));
    assert_signs_only(alice, &key, &["sign"]);

    let widened = || purposes(&["auth", "sign", "ca"]);
    let alone = alice.restrict(&fingerprint, widened());
    assert_eq!(refused(alone), "InteractiveAuthorizationRequired");
    assert_signs_only(alice, &key, &["sign"]);
    let request = Request::keys("Restrict").with(fingerprint.as_str());
    let answer = alice.call_with(Person::Accepts, request.with(widened()));
    answer.expect("a person said yes");
    assert_signs_only(alice, &key, &["auth", "sign", "ca"]);
}

#[test]
fn a_rule_of_polkits_knows_purpose_and_names() {
    let world = World::with_rule(
        r#"polkit.addRule(function(action, subject) {
            if (action.id != "org.sshtpm.Broker1.use-own-key") return null;
            var names = ["purpose", "user", "namespace", "service"];
            var asked = names.map(function(name) { return action.lookup(name); });
            var forbidden = [
                ["auth", "root", undefined, undefined],
                ["sign", undefined, "email", undefined],
                ["sudo", "root", undefined, "sudo"]];
            for (var i in forbidden)
                if (asked.every(function(value, at) { return value == forbidden[i][at]; }))
                    return polkit.Result.NO;
            return null;
        });"#,
    );
    let alice = world.alice();
    let all = purposes(&["auth", "sign", "sudo"]);
    let key = alice.generate("", "laptop", all).expect("a key");
    let sudo = |user: &str| vouching(&key, user);
    for allowed in [
        login(&key, "alice"),
        sshsig_in("git", "root"),
        sudo("alice"),
    ] {
        sign(alice, &key, &allowed).expect("a signature");
    }
    for forbidden in [login(&key, "root"), sshsig_in("email", "x"), sudo("root")] {
        assert_eq!(refused(sign(alice, &key, &forbidden)), "NotAuthorized");
    }
}
