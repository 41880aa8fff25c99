//! Files that other programs wrote, and our own.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Encode as _};

use super::fields::{Boolean, TpmKey};
use super::{Importable, LABEL, Tss2Error, Tss2File};
use crate::armor;

/// `openssl genpkey -provider tpm2 -algorithm EC -pkeyopt group:P-256 -pkeyopt
/// parent:0x81000001`, tpm2-openssl 1.1.1, with a TPM that is gone.
pub(super) const LOADABLE: &str = "\
-----BEGIN TSS2 PRIVATE KEY-----
MIHxBgZngQUKAQOgAwEBAQIFAIEAAAEEWABWACMACwAGAHIAAAAQABAAAwAQACB+
0BcXeboNrv/emPdQ6bWyL6O0g9WghqT6bqT/veE5sgAgJu1vd63mRzTejuopt7+H
qU2/yo5c51vz//KoxQMMdRQEgYAAfgAgzhN9w3/oZb1uazaR/4hm+l3tYumjxouz
pPkNWg9BsFsAEBbiHeSNSvZRO9wImC67Wo6AY1/8dTGdQvwrNu3FnEUWf5fYnNPW
feC6gAaJDwWimfr47/ZOr+YZ6DXNmq4GzFjMEghEBpNzLFNlpjUm2XGKIkxFh11h
27CXWQ==
-----END TSS2 PRIVATE KEY-----
";

/// No type of keys has this number.
const UNKNOWN: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.10.1.9");

/// A key that has each of the parts that a file can have.
pub(super) fn whole() -> Importable {
    Importable {
        public: vec![1; 80],
        duplicate: vec![2; 130],
        secret: vec![3; 68],
        ed25519: Some([4; 32]),
        has_empty_auth: true,
        description: "laptop".to_owned(),
        parent: Some(vec![5; 90]),
    }
}

/// What is between the lines of the first block.
pub(super) fn inside(text: &str) -> Vec<u8> {
    armor::block(text.as_bytes(), LABEL).unwrap().unwrap()
}

/// The file with the fields changed.
fn changed(change: impl for<'a> FnOnce(&mut TpmKey<'a>)) -> Result<Tss2File, Tss2Error> {
    let inside = inside(&whole().to_text().unwrap());
    let mut key = TpmKey::from_der(&inside).unwrap();
    change(&mut key);
    let text = armor::text(LABEL, &key.to_der().unwrap()).unwrap();
    Tss2File::read(text.as_bytes())
}

#[test]
fn a_key_reads_as_it_was_written() {
    let least = Importable {
        ed25519: None,
        has_empty_auth: false,
        description: String::new(),
        parent: None,
        ..whole()
    };
    for key in [whole(), least] {
        let text = key.to_text().unwrap();
        assert!(Tss2File::is_one(text.as_bytes()));
        let read = Tss2File::read(text.as_bytes());
        assert_eq!(read, Ok(Tss2File::Importable(key)));
    }
}

#[test]
fn a_key_that_tpm2_openssl_made_is_loadable() {
    let read = Tss2File::read(LOADABLE.as_bytes());
    assert_eq!(read, Ok(Tss2File::Loadable));
}

#[test]
fn each_of_the_three_states_of_empty_auth_is_read() {
    for (written, has_empty_auth) in [
        (None, false),
        (Some(Boolean(false)), false),
        (Some(Boolean(true)), true),
    ] {
        let read = changed(|key| key.empty_auth = written);
        let Ok(Tss2File::Importable(key)) = read else {
            panic!("{written:?}: {read:?}");
        };
        assert_eq!(key.has_empty_auth, has_empty_auth, "{written:?}");
    }
}

#[test]
fn what_makes_no_key_for_ssh_is_refused_with_the_reason() {
    let policy = AnyRef::from_der(b"\x30\x00").unwrap();
    let octets = |bytes| OctetStringRef::new(bytes).unwrap();
    let cases = [
        ("secret", changed(|key| key.secret = None)),
        ("policy", changed(|key| key.policy = Some(policy))),
        ("policy", changed(|key| key.auth_policy = Some(policy))),
        ("2.23.133.10.1.9", changed(|key| key.kind = UNKNOWN)),
        (
            "public area",
            changed(|key| key.public = octets(b"\0\x03\x01")),
        ),
        ("private part", changed(|key| key.private = octets(b""))),
        ("secret", changed(|key| key.secret = Some(octets(b"\0\0")))),
    ];
    for (word, read) in cases {
        let error = read.expect_err(word);
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused_or_lacks_a_block() {
    let whole = whole();
    let text = whole.to_text().unwrap();
    for length in 0..text.len() - 1 {
        match Tss2File::read(&text.as_bytes()[..length]) {
            Ok(Tss2File::Importable(key)) => {
                let lacks = key.ed25519.is_none() || key.parent.is_none();
                assert!(lacks, "{length}");
                assert_eq!(key.duplicate, whole.duplicate, "{length}");
            }
            Ok(Tss2File::Loadable) => panic!("{length}"),
            Err(_) => {}
        }
    }
}

#[test]
fn a_file_without_such_a_key_is_none() {
    for file in [
        &b""[..],
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN TSS2 PRIVATE KEY-----\nAAAA\n",
    ] {
        assert!(!Tss2File::is_one(file));
        Tss2File::read(file).unwrap_err();
    }
}
