//! Raw keys: what they sign, and what they refuse.

use serde_json::{Value, json};
use sshtpm_ssh::session::Binding;
use sshtpm_tests::call::{Answer, Options, bits, none, option, purposes, refused, text};
use sshtpm_tests::digest::{digest, verify};
use sshtpm_tests::signed_data::{exchange_hash, hostkeys_prove, login, sshsig, vouching};
use sshtpm_tests::tap::Tap;
use sshtpm_tests::use_record::{client, line_with, log, without_times};
use sshtpm_tests::{User, World};

const P256: &str = "ecdsa-sha2-nistp256";

/// The schemes of RSA keys, and how long their digests are.
const OF_RSA: [(&str, usize); 6] = [
    ("rsa-pkcs1-sha256", 32),
    ("rsa-pkcs1-sha384", 48),
    ("rsa-pkcs1-sha512", 64),
    ("rsa-pss-sha256", 32),
    ("rsa-pss-sha384", 48),
    ("rsa-pss-sha512", 64),
];

/// The option that makes a key raw, and these.
pub(crate) fn raw(mut further: Options) -> Options {
    further.extend(purposes(&["raw"]));
    further
}

/// A raw key of `user`.
#[track_caller]
pub(crate) fn key(user: User<'_>, algorithm: &str, further: Options) -> Value {
    let key = user.generate(algorithm, "raw", raw(further));
    key.expect("a key")
}

/// Has it sign a digest of `content` by `scheme`.
pub(crate) fn sign(user: User<'_>, key: &Value, (scheme, bytes): (&str, usize)) -> Answer {
    let digest = digest(bytes, "content");
    user.sign_digest(&text(key, "Fingerprint"), scheme, &digest, none())
}

/// The same of a P-256 key.
pub(crate) fn sign_p256(user: User<'_>, key: &Value) -> Answer {
    sign(user, key, ("ecdsa", 32))
}

/// Holds what it signs against what OpenSSL says, and gives the length of the signature.
#[track_caller]
pub(crate) fn signs(user: User<'_>, key: &Value, (scheme, bytes): (&str, usize)) -> usize {
    let signature = sign(user, key, (scheme, bytes)).expect("a signature");
    verify(user, key, (scheme, &digest(bytes, "content"), &signature))
}

#[test]
fn openssl_verifies_a_digest_that_a_raw_key_of_a_curve_signed() {
    let world = World::new();
    let alice = world.alice();
    for (algorithm, bytes, length) in [
        (P256, 32, 64),
        ("ecdsa-sha2-nistp384", 48, 96),
        ("ecdsa-sha2-nistp521", 64, 132),
    ] {
        let key = key(alice, algorithm, none());
        assert_eq!(signs(alice, &key, ("ecdsa", bytes)), length, "{algorithm}");
    }
}

#[test]
fn openssl_verifies_a_digest_that_a_raw_rsa_key_signed_by_each_scheme() {
    let world = World::new();
    let alice = world.alice();
    let key = key(alice, "ssh-rsa", bits(2048));
    for scheme in OF_RSA {
        assert_eq!(signs(alice, &key, scheme), 256, "{scheme:?}");
    }
}

#[test]
fn a_raw_key_is_shown_as_one_that_serves_no_other_machine() {
    let world = World::new();
    let key = key(world.alice(), P256, none());
    assert_eq!(key["Purposes"], json!(["raw"]));
    assert_eq!(key["Forwarding"], false);
    world.restart_broker();
    world.wait_for_tpm("ready");
    let listed = world.alice().list(none()).expect("a list");
    assert_eq!(listed[0], key);
}

#[test]
fn a_raw_key_signs_nothing_for_programs_of_ssh_that_do_not_mean_it() {
    let world = World::new();
    let alice = world.alice();
    let key = key(alice, P256, none());
    for data in [
        login(&key, "alice"),
        sshsig("data"),
        exchange_hash(),
        hostkeys_prove(&key),
        vouching(&key, "alice"),
        b"anything".to_vec(),
    ] {
        for options in [none(), option("raw", false), client("ssh-keygen")] {
            let answer = alice.sign(&text(&key, "Fingerprint"), &data, 0, options);
            assert_eq!(refused(answer), "PurposeNotPermitted");
        }
    }
}

#[test]
fn a_key_that_is_not_raw_signs_no_digest() {
    let world = World::new();
    let alice = world.alice();
    for purpose in ["auth", "sign", "ca", "host", "sudo"] {
        let options = purposes(&[purpose]);
        let key = alice.generate(P256, "ssh", options).expect("a key");
        let refusal = sign_p256(alice, &key).expect_err("it is refused");
        assert_eq!(refusal.kind(), "PurposeNotPermitted", "{purpose}");
        let next = "sshtpm keygen --for raw";
        assert!(refusal.text.contains(next), "{refusal:?}");
        let meant = option("raw", true);
        let answer = alice.sign(&text(&key, "Fingerprint"), &[7; 99], 0, meant);
        assert_eq!(refused(answer), "UnknownData", "{purpose}");
    }
}

#[test]
fn a_scheme_of_other_keys_or_of_none_is_refused() {
    let world = World::new();
    let alice = world.alice();
    let (ecdsa, rsa) = (key(alice, P256, none()), key(alice, "ssh-rsa", bits(2048)));
    for scheme in OF_RSA {
        let answer = sign(alice, &ecdsa, scheme);
        assert_eq!(refused(answer), "UnsupportedAlgorithm", "{scheme:?}");
    }
    let answer = sign_p256(alice, &rsa);
    assert_eq!(refused(answer), "UnsupportedAlgorithm");
    for scheme in ["", "ECDSA", "rsa-pkcs1", "rsa-pkcs1-sha1", "ed25519"] {
        for key in [&ecdsa, &rsa] {
            let refusal = sign(alice, key, (scheme, 32)).expect_err("it is refused");
            assert_eq!(refusal.kind(), "InvalidArgs");
            assert!(refusal.text.contains("name one of ecdsa,"), "{refusal:?}");
        }
    }
}

#[test]
fn a_digest_of_another_length_is_refused() {
    let world = World::new();
    let alice = world.alice();
    let (ecdsa, rsa) = (key(alice, P256, none()), key(alice, "ssh-rsa", bits(2048)));
    for (key, scheme, wanted) in [
        (&ecdsa, "ecdsa", 32),
        (&rsa, "rsa-pkcs1-sha384", 48),
        (&rsa, "rsa-pss-sha512", 64),
    ] {
        for length in [0, 1, 20, 32, 48, 64, 65, 4096] {
            if length == wanted {
                continue;
            }
            let (name, digest) = (text(key, "Fingerprint"), vec![7; length]);
            let answer = alice.sign_digest(&name, scheme, &digest, none());
            let refusal = answer.expect_err("it is refused");
            assert_eq!(refusal.kind(), "InvalidArgs", "{scheme} {length}");
        }
    }
}

#[test]
fn nobody_has_the_raw_key_of_another_sign() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = key(alice, P256, none());
    let hers = sign_p256(bob, &key).expect_err("it is not bob's");
    let none = format!("SHA256:{}", "A".repeat(43));
    let missing = bob.sign_digest(&none, "ecdsa", &[7; 32], Options::new());
    assert_eq!(hers.kind(), "NoSuchKey");
    assert_eq!(Err(hers), missing);
    assert_eq!(refused(sign_p256(world.root(), &key)), "NoSuchKey");
}

#[test]
fn an_option_of_sign_that_makes_no_sense_is_refused() {
    let world = World::new();
    let alice = world.alice();
    let key = key(alice, P256, none());
    for options in [
        option("sessions", Vec::<Binding>::new()),
        option("raw", true),
        option("flags", 0_u32),
    ] {
        let name = text(&key, "Fingerprint");
        let answer = alice.sign_digest(&name, "ecdsa", &[7; 32], options);
        assert_eq!(refused(answer), "InvalidArgs");
    }
}

#[test]
fn uses_of_a_raw_key_are_recorded_as_raw() {
    let world = World::new();
    let alice = world.alice();
    let key = key(alice, P256, none());
    let name = text(&key, "Fingerprint");
    let signed = alice.sign_digest(&name, "ecdsa", &[7; 32], client("curl"));
    signed.expect("a signature");
    refused(alice.sign_digest(&name, "ecdsa", &[7; 31], none()));
    refused(alice.sign(&name, &login(&key, "alice"), 0, client("ssh")));
    let uses: Vec<Value> = log(alice).iter().map(without_times).collect();
    let of = |client: &str, outcome: &str| {
        json!({
            "key": name, "purpose": "raw", "user": "", "destination": "", "host": null,
            "namespace": "", "service": "", "forwarded": false, "client": client,
            "outcome": outcome, "more": 0,
        })
    };
    let expected = [
        of("curl", "signed"),
        of("", "InvalidArgs"),
        of("ssh", "PurposeNotPermitted"),
    ];
    assert_eq!(uses, expected);
    line_with(&world, &["purpose=\"raw\"", "client=\"curl\"", "signed"]);
    let table = alice.run("sshtpm log").ok().stdout;
    assert!(
        table.contains("sign something that cannot be shown"),
        "{table}"
    );
}

#[test]
fn a_digest_costs_the_tpm_what_other_data_costs() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let (digests, data) = (key(alice, P256, none()), alice.key("ssh"));
    let of_digest = |tap: &Tap<'_>| tap.cost(|| drop(sign_p256(alice, &digests).expect("signed")));
    let of_data = |tap: &Tap<'_>| {
        tap.cost(|| drop(alice.sign(&data, &sshsig("x"), 0, none()).expect("signed")))
    };
    assert_eq!([of_digest(&tap), of_data(&tap)], [2, 2], "Load, Sign");
    assert_eq!([of_digest(&tap), of_data(&tap)], [1, 1], "Sign");
}

/// RSASSA-PKCS1-v1_5 has no random part, so it is known what the TPM will say.
#[test]
fn a_signature_that_was_altered_on_its_way_from_the_tpm_does_not_leave() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = key(alice, "ssh-rsa", bits(2048));
    let scheme = ("rsa-pkcs1-sha256", 32);
    let signature = sign(alice, &key, scheme).expect("a signature");
    let signature: Vec<u8> = serde_json::from_value(signature).expect("bytes");
    tap.forge(&signature[..16], &[7; 16]);
    assert_eq!(refused(sign(alice, &key, scheme)), "TpmFailed");
}
