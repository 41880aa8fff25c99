//! Tests of what is told of certificates.

use jiff::tz::TimeZone;
use ssh_key::PrivateKey;
use ssh_key::certificate::{Builder, CertType};
use ssh_key::private::Ed25519Keypair;

use super::{CertificateJson, Shown, Validity};
use sshtpm_ssh::key;

/// The moment from which on [`example`] is valid.
pub(crate) const FROM: u64 = 1_700_000_000;

/// The moment at which it expires.
pub(crate) const UNTIL: u64 = FROM + 3600;

/// The certificate of an example key, for these users or hosts.
pub(crate) fn example(kind: CertType, key_id: &str, principals: &[&str]) -> Vec<u8> {
    let key = crate::key_listing::example_key().public_key;
    let key = ssh_key::PublicKey::from_openssh(&key).unwrap();
    let mut builder = Builder::new([3; 16], key, FROM, UNTIL).unwrap();
    builder.cert_type(kind).unwrap();
    builder.serial(u64::MAX).unwrap();
    builder.key_id(key_id).unwrap();
    for name in principals {
        builder.valid_principal(*name).unwrap();
    }
    let authority = PrivateKey::from(Ed25519Keypair::from_seed(&[1; 32]));
    builder.sign(&authority).unwrap().to_bytes().unwrap()
}

#[test]
fn a_certificate_says_in_the_readers_time_until_when_it_is_valid() {
    let blob = example(CertType::User, "id", &["ann"]);
    let shown = Shown::new(&blob).unwrap();
    let when = |now| shown.when(now, &TimeZone::UTC);
    assert_eq!(when(FROM), "valid until 2023-11-14 23:13");
    assert_eq!(
        when(FROM - 1),
        "not valid until 2023-11-14 22:13, then until 2023-11-14 23:13"
    );
    assert_eq!(when(UNTIL), "expired 2023-11-14 23:13");
    assert_eq!(shown.validity(UNTIL), Validity::Expired);
}

#[test]
fn what_an_authority_wrote_is_quoted() {
    let blob = example(CertType::User, "a\" b\n", &["ann", "\u{1b}[2J"]);
    let shown = Shown::new(&blob).unwrap();
    assert!(
        shown.name().starts_with("certificate \"a\\u{22} b\\u{a}\""),
        "{}",
        shown.name()
    );
    assert_eq!(shown.whom(), "\"ann\", \"\\u{1b}[2J\"");
}

#[test]
fn of_many_users_some_are_named() {
    let names = ["x"; 10];
    let blob = example(CertType::User, "", &names);
    let whom = Shown::new(&blob).unwrap().whom();
    assert!(whom.ends_with("\"x\" and 2 more"), "{whom}");
}

#[test]
fn a_serial_number_loses_nothing_in_json() {
    let blob = example(CertType::User, "id", &["ann"]);
    let shown = Shown::new(&blob).unwrap();
    let json = serde_json::to_value(CertificateJson::of(&shown, FROM)).unwrap();
    assert_eq!(json["serial"], "18446744073709551615");
    assert_eq!(json["validity"], "valid");
    assert_eq!(json["valid_before"], UNTIL);
    let line = json["certificate"].as_str().unwrap();
    assert_eq!(sshtpm_ssh::certificate::from_line(line), Ok(blob.clone()));
    assert!(key::parse(shown.fields().issuer).is_ok());
}
