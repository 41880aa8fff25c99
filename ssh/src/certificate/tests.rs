//! Certificates put together field by field, and what is refused of them.

use ssh_key::public::{Ed25519PublicKey, KeyData};

use super::{Certificate, Fields, Kind, from_line, to_line};
use crate::identity::Identity;
use crate::wire::Malformed;

fn string(content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u32::try_from(content.len()).expect("a length");
    [&length.to_be_bytes()[..], content].concat()
}

/// A certificate of an Ed25519 key, in which each field can be another one.
struct Parts {
    name: &'static str,
    kind: u32,
    key_id: &'static str,
    principals: Vec<u8>,
    valid_before: u64,
    critical_options: Vec<u8>,
    reserved: &'static [u8],
}

const SERIAL: u64 = u64::MAX - 1;

/// A certificate for users that is valid for ever, as `ssh-keygen -s` makes it.
const FOR_EVER: Parts = Parts {
    name: "ssh-ed25519-cert-v01@openssh.com",
    kind: 1,
    key_id: "key ID",
    principals: Vec::new(),
    valid_before: u64::MAX,
    critical_options: Vec::new(),
    reserved: b"",
};

impl Parts {
    fn data(&self) -> Vec<u8> {
        [
            string(self.name),
            string([7; 32]),
            string([5; 32]),
            SERIAL.to_be_bytes().to_vec(),
            self.kind.to_be_bytes().to_vec(),
            string(self.key_id),
            string(&self.principals),
            0_u64.to_be_bytes().to_vec(),
            self.valid_before.to_be_bytes().to_vec(),
            string(&self.critical_options),
            string(""),
            string(self.reserved),
            string("issuer"),
        ]
        .concat()
    }

    fn blob(&self) -> Vec<u8> {
        [self.data(), string("signature")].concat()
    }

    fn is_refused(&self) {
        assert_eq!(Certificate::parse(&self.blob()), Err(Malformed));
        assert_eq!(Fields::parse(&self.data()), Err(Malformed));
    }
}

#[test]
fn a_certificate_that_is_valid_for_ever_is_read() {
    let blob = FOR_EVER.blob();
    let certificate = Certificate::parse(&blob).expect("a certificate");
    assert_eq!(certificate.fields.kind, Kind::User);
    assert_eq!(certificate.fields.serial, SERIAL);
    assert_eq!(certificate.fields.valid, 0..u64::MAX);
    assert_eq!(certificate.signed, FOR_EVER.data());
    assert_eq!(certificate.signature, b"signature");
}

#[test]
fn a_certificate_shows_the_key_that_it_certifies() {
    let blob = FOR_EVER.blob();
    let identity = Identity::parse(&blob).expect("a certificate");
    let key = KeyData::Ed25519(Ed25519PublicKey([5; 32]));
    assert_eq!(identity.key(), &key);
    assert_eq!(identity.into_key(), key);
}

#[test]
fn a_certificate_cut_off_anywhere_is_malformed() {
    let blob = FOR_EVER.blob();
    for end in 0..blob.len() {
        assert_eq!(Identity::parse(&blob[..end]), Err(Malformed), "{end}");
    }
}

#[test]
fn bytes_behind_a_certificate_are_malformed() {
    let longer = [FOR_EVER.blob(), vec![0]].concat();
    assert_eq!(Certificate::parse(&longer), Err(Malformed));
}

#[test]
fn a_foreign_type_is_malformed() {
    for name in ["ssh-ed25519", "foreign-cert-v01@example.com"] {
        Parts { name, ..FOR_EVER }.is_refused();
    }
}

#[test]
fn an_unknown_kind_is_malformed() {
    for kind in [0, 3, u32::MAX] {
        Parts { kind, ..FOR_EVER }.is_refused();
    }
}

#[test]
fn a_principal_beyond_the_limit_is_malformed() {
    let principals = |count| string("name").repeat(count);
    let most = Parts {
        principals: principals(256),
        ..FOR_EVER
    };
    assert!(Certificate::parse(&most.blob()).is_ok());
    Parts {
        principals: principals(257),
        ..FOR_EVER
    }
    .is_refused();
}

#[test]
fn a_principal_that_is_cut_off_is_malformed() {
    Parts {
        principals: vec![0, 0, 0, 9, b'a'],
        ..FOR_EVER
    }
    .is_refused();
}

#[test]
fn a_zero_byte_in_a_name_is_malformed() {
    Parts {
        key_id: "key\0ID",
        ..FOR_EVER
    }
    .is_refused();
    Parts {
        principals: string("root\0"),
        ..FOR_EVER
    }
    .is_refused();
}

#[test]
fn a_certificate_reads_from_a_line_as_it_is_written() {
    let blob = FOR_EVER.blob();
    let line = to_line(&blob).expect("a line");
    assert!(
        line.starts_with("ssh-ed25519-cert-v01@openssh.com AAAA"),
        "{line}"
    );
    for text in [
        line.clone(),
        format!("{line} a comment\n"),
        format!("  {line}"),
    ] {
        assert_eq!(from_line(&text), Ok(blob.clone()), "{text:?}");
    }
}

#[test]
fn a_line_with_anything_but_a_certificate_is_malformed() {
    let line = to_line(&FOR_EVER.blob()).expect("a line");
    for text in [
        "",
        "ssh-ed25519-cert-v01@openssh.com",
        "ssh-ed25519-cert-v01@openssh.com AAAA",
        "ssh-ed25519-cert-v01@openssh.com !!!!",
        &line[..line.len() - 4],
        &line.replace("ssh-ed25519-cert", "ssh-rsa-cert"),
    ] {
        assert_eq!(from_line(text), Err(Malformed), "{text:?}");
    }
}

#[test]
fn critical_options_are_seen_and_have_to_be_well_formed() {
    let blob = Parts {
        critical_options: [string("force-command"), string(string("true"))].concat(),
        ..FOR_EVER
    }
    .blob();
    let certificate = Certificate::parse(&blob).expect("a certificate");
    let [option] = certificate.fields.critical_options[..] else {
        panic!("there is one option");
    };
    assert_eq!(
        (option.name, option.content),
        ("force-command", &string("true")[..])
    );
    Parts {
        critical_options: string("a name alone"),
        ..FOR_EVER
    }
    .is_refused();
}

#[test]
fn a_reserved_field_with_content_is_malformed() {
    Parts {
        reserved: b"x",
        ..FOR_EVER
    }
    .is_refused();
}
