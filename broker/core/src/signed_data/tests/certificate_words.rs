//! What people read of a certificate that is to be issued.

use super::*;
use crate::signed_data::fixtures::string;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A user's, for no named user, without options.
fn bare() -> Cert {
    Cert {
        principals: Vec::new(),
        critical: Vec::new(),
        extensions: Vec::new(),
        ..Cert::of(&ed25519(), &key())
    }
}

fn words(certificate: &Cert) -> Words {
    understood(&certificate.data()).in_words(None)
}

/// What is told in place of `for EVERY user` and what follows.
fn told(certificate: &Cert) -> String {
    let words = words(certificate).to_string();
    let (_, told) = words.split_once(", valid ").expect("a validity");
    told.to_owned()
}

fn names(names: impl IntoIterator<Item = &'static str>) -> Vec<u8> {
    names.into_iter().flat_map(string).collect()
}

fn option(name: &str, content: &str) -> Vec<u8> {
    [string(name), string(string(content))].concat()
}

fn flag(name: &str) -> Vec<u8> {
    [string(name), string("")].concat()
}

#[test]
fn kind_certified_key_validity_and_whom_come_before_names() {
    let key = Fingerprint::of(&ed25519());
    let words = words(&bare()).to_string();
    let told = "valid FOR EVER, for EVERY user, with the key ID \"id\"";
    assert_eq!(
        words,
        format!("issue a user certificate for the key {key}, {told}")
    );
}

#[test]
fn every_principal_is_named() {
    let hosts = Cert {
        kind: 2,
        principals: names(["a.example", "b\", \"c"]),
        ..bare()
    };
    let told = told(&hosts);
    let expected = r#"for the hosts "a.example", "b\u{22}, \u{22}c", with"#;
    assert!(told.contains(expected), "{told}");
    assert!(words(&hosts).is_whole());
    let every = Cert { kind: 2, ..bare() };
    assert!(words(&every).as_str().contains(", for EVERY host, "));
}

#[test]
fn a_certificate_for_more_than_can_be_named_is_not_shown_whole() {
    let of = |count: usize| Cert {
        principals: names(["a"].repeat(count)),
        ..bare()
    };
    assert!(words(&of(8)).is_whole());
    assert!(!words(&of(9)).is_whole());
    assert!(
        told(&of(9)).contains("\"a\" and 1 more"),
        "{}",
        told(&of(9))
    );
}

#[test]
fn the_validity_is_told_in_absolute_times() {
    let of = |valid| told(&Cert { valid, ..bare() });
    for (valid, told) in [
        (0..u64::MAX, "FOR EVER, "),
        (0..951_782_400, "until 2000-02-29 00:00:00 UTC, "),
        (
            951_782_400..u64::MAX,
            "FOR EVER from 2000-02-29 00:00:00 UTC on, ",
        ),
        (
            951_782_399..951_782_400,
            "from 2000-02-28 23:59:59 UTC until 2000-02-29 00:00:00 UTC, ",
        ),
        (5..5, "at NO time, "),
    ] {
        assert!(of(valid.clone()).starts_with(told), "{}", of(valid));
    }
}

#[test]
fn critical_options_are_told_with_their_content() {
    let critical = [
        option("force-command", "rm -rf \"/\""),
        option("source-address", "192.0.2.0/24"),
        flag("verify-required"),
    ];
    let limited = Cert {
        critical: critical.concat(),
        ..bare()
    };
    let command = r#"restricted by "force-command" "rm -rf \u{22}/\u{22}", "#;
    let others = r#""source-address" "192.0.2.0/24", "verify-required","#;
    let expected = format!("{command}{others}");
    assert!(told(&limited).contains(&expected), "{}", told(&limited));
    assert!(words(&limited).is_whole());
}

#[test]
fn extensions_are_told_unless_they_are_the_usual_ones() {
    let of = |kind, extensions| Cert {
        kind,
        extensions,
        ..bare()
    };
    let usual = [flag("permit-pty"), flag("permit-user-rc")].concat();
    assert_eq!(told(&of(1, usual.clone())), told(&bare()));
    assert!(told(&of(2, usual)).contains(r#"extension "permit-pty", "#));
    let unusual = [flag("no-touch-required"), option("login@example", "x")];
    let unusual = told(&of(1, unusual.concat()));
    let expected = r#"unusual extension "no-touch-required", "login@example" "x","#;
    assert!(unusual.contains(expected), "{unusual}");
    let with_content = told(&of(1, option("permit-pty", "x")));
    assert!(
        with_content.contains(r#""permit-pty" "x""#),
        "{with_content}"
    );
}

#[test]
fn what_cannot_be_read_or_is_too_long_is_not_shown_whole() {
    let binary = [string("x@example"), string([0xff])].concat();
    let long = option("force-command", &"x".repeat(1000));
    let many = flag("x@example").repeat(9);
    for (critical, extensions) in [
        (binary.clone(), Vec::new()),
        (long, Vec::new()),
        (many.clone(), Vec::new()),
        (Vec::new(), binary),
        (Vec::new(), many),
    ] {
        let certificate = Cert {
            critical,
            extensions,
            ..bare()
        };
        assert!(!words(&certificate).is_whole(), "{}", told(&certificate));
    }
    let key_id = vec![b'x'; 1000];
    assert!(!words(&Cert { key_id, ..bare() }).is_whole());
}

#[test]
fn of_the_longest_certificate_a_person_reads_little() {
    let data = certificate_of(&key(), 262_144);
    let words = understood(&data).in_words(None);
    let length = words.as_str().len();
    assert!(length < 500, "{length} bytes for a person to read");
}
