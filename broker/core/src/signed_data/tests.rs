//! Tests of what is understood, and of what is not.

mod certificate;
mod certificate_words;
mod host;
mod sshsig;
mod sudo;
mod user_auth;

use ssh_key::EcdsaCurve;
use ssh_key::public::KeyData;

use super::fixtures::{
    Cert, Login, Vouching, certificate_of, ecdsa, ed25519, hostkeys_prove, login, rsa, sshsig,
    sshsig_of,
};
use super::*;

const UNKNOWN: Result<SignedData, UnknownData> = Err(UnknownData::NotOfSsh);

/// The key that is asked to sign.
fn key() -> KeyData {
    ecdsa(EcdsaCurve::NistP256)
}

fn parse(data: &[u8]) -> Result<SignedData, UnknownData> {
    SignedData::parse(data, &key())
}

#[track_caller]
fn understood(data: &[u8]) -> SignedData {
    parse(data).expect("data that SSH signs")
}

#[track_caller]
fn is_unknown(data: &[u8]) {
    assert_eq!(parse(data), UNKNOWN);
}

/// One of each kind, signed by [`key`].
fn one_of_each() -> [(Purpose, Vec<u8>); 7] {
    let host = ed25519();
    let hostbound = Login::with(&key(), "ecdsa-sha2-nistp256").bound_to(&host);
    [
        (Purpose::Auth, login(&key())),
        (Purpose::Auth, hostbound.data()),
        (Purpose::Sign, sshsig("git")),
        (Purpose::Ca, Cert::of(&ed25519(), &key()).data()),
        (Purpose::Host, vec![0xa7; 32]),
        (Purpose::Host, hostkeys_prove(&key())),
        (Purpose::Sudo, Vouching::with(&key()).data()),
    ]
}

#[test]
fn each_kind_has_its_purpose() {
    for (purpose, data) in one_of_each() {
        assert_eq!(understood(&data).purpose(), purpose);
    }
}

#[test]
fn what_is_cut_off_anywhere_or_has_bytes_left_over_is_nothing() {
    for (_, data) in one_of_each() {
        if data.len() == 32 {
            continue;
        }
        for end in (0..data.len()).filter(|end| ![32, 48, 64].contains(end)) {
            is_unknown(&data[..end]);
        }
        for left in [&b"\0"[..], b"\0\0\0\0", b"\0\0\0\x01x"] {
            is_unknown(&[&data, left].concat());
        }
    }
}

#[test]
fn a_beginning_that_is_as_long_as_an_exchange_hash_is_no_more_than_that() {
    for (_, data) in one_of_each() {
        for end in [32, 48, 64].into_iter().filter(|&end| end < data.len()) {
            assert_eq!(understood(&data[..end]).purpose(), Purpose::Host);
        }
    }
}

/// Whatever is turned around in it, there is an answer, and none of another purpose.
#[test]
fn with_any_bit_turned_around_it_has_its_purpose_or_is_nothing() {
    for (purpose, data) in one_of_each() {
        for bit in 0..8 * data.len() {
            let mut other = data.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            if let Ok(understood) = parse(&other) {
                assert_eq!(understood.purpose(), purpose, "bit {bit}");
            }
        }
    }
}

/// Wherever there is a length, it reaches beyond the end of the data then.
#[test]
fn with_any_four_bytes_blown_up_it_has_its_purpose_or_is_nothing() {
    for (purpose, data) in one_of_each() {
        for at in 0..data.len() - 3 {
            let mut other = data.clone();
            other[at..at + 4].fill(0xff);
            if let Ok(understood) = parse(&other) {
                assert_eq!(understood.purpose(), purpose, "at {at}");
            }
        }
    }
}

#[test]
fn arbitrary_bytes_are_nothing() {
    for data in [
        &b"data"[..],
        b"\0",
        &[0; 33],
        &[0xff; 100],
        b"SSHSIG",
        &[7; 4096],
    ] {
        is_unknown(data);
    }
}

/// With four letters and SHA-256, an SSHSIG is as long as the hash of a key exchange with SHA-512.
#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let data = sshsig_of(b"file", b"", "sha256", &[6; 32]);
    assert_eq!(data.len(), 64);
    let refused = parse(&data).expect_err("it is two things");
    let UnknownData::Ambiguous { one, other } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((one, other), ("an SSHSIG", "the hash of a key exchange"));
    assert_eq!(understood(&sshsig("file")).purpose(), Purpose::Sign);
}

#[test]
fn what_another_key_would_sign_is_nothing() {
    for other in [ecdsa(EcdsaCurve::NistP384), rsa(), ed25519()] {
        is_unknown(&login(&other));
        is_unknown(&Cert::of(&key(), &other).data());
        is_unknown(&hostkeys_prove(&other));
        is_unknown(&Vouching::with(&other).data());
    }
}

#[test]
fn each_key_type_signs_each_kind() {
    let curves = [
        EcdsaCurve::NistP256,
        EcdsaCurve::NistP384,
        EcdsaCurve::NistP521,
    ];
    for key in curves.map(ecdsa).into_iter().chain([rsa()]) {
        for data in [
            login(&key),
            Cert::of(&ed25519(), &key).data(),
            hostkeys_prove(&key),
            Vouching::with(&key).data(),
        ] {
            SignedData::parse(&data, &key).expect("data that SSH signs");
        }
    }
}

#[test]
fn rules_see_the_purpose_and_what_there_is_of_user_and_namespace() {
    let entry = |name, value: &str| (name, value.to_owned());
    let details = |data: &[u8]| understood(data).details();
    let user = [entry("purpose", "auth"), entry("user", "git")];
    assert_eq!(details(&login(&key())), user);
    let namespace = [entry("purpose", "sign"), entry("namespace", "git")];
    assert_eq!(details(&sshsig("git")), namespace);
    assert_eq!(details(&[0; 32]), [entry("purpose", "host")]);
}

#[test]
fn people_read_what_is_done_with_it() {
    let words = |data: &[u8]| understood(data).in_words(None).to_string();
    assert_eq!(
        words(&login(&key())),
        r#"log in at a host that has not proved its identity, as the user "git""#
    );
    assert_eq!(words(&sshsig("git")), r#"sign in the namespace "git""#);
    assert_eq!(words(&[0; 32]), "prove to a client to be this host");
}
