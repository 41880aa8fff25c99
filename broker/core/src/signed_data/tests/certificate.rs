//! Certificates to be issued.

use super::*;
use crate::signed_data::fixtures::{blob, string};

fn certificate() -> Cert {
    Cert::of(&ed25519(), &key())
}

/// A key that is kept in a token (OpenSSH `PROTOCOL.u2f`), which is certified here like any other.
fn token_key(name: &str, fields: Vec<u8>) -> Cert {
    Cert {
        name: format!("{name}-cert-v01@openssh.com"),
        fields: [fields, string("ssh:")].concat(),
        ..certificate()
    }
}

#[test]
fn each_key_type_is_certified() {
    let curves = [
        EcdsaCurve::NistP256,
        EcdsaCurve::NistP384,
        EcdsaCurve::NistP521,
    ];
    for certified in curves.map(ecdsa).into_iter().chain([rsa(), ed25519()]) {
        understood(&Cert::of(&certified, &key()).data());
    }
    understood(&token_key("sk-ssh-ed25519", string([5; 32])).data());
    let point = Cert::of(&ecdsa(EcdsaCurve::NistP256), &key()).fields;
    understood(&token_key("sk-ecdsa-sha2-nistp256", point).data());
}

#[test]
fn an_obsolete_or_unknown_certificate_type_is_refused() {
    let number = |bytes: usize| string([&[0][..], &vec![0xc5; bytes]].concat());
    let dsa = [number(128), number(20), number(128), number(128)].concat();
    for (name, fields) in [
        ("ssh-dss-cert-v01@openssh.com", dsa),
        ("ssh-rsa", certificate().fields),
        ("ssh-ed25519", certificate().fields),
        ("ssh-ed25519-cert-v02@openssh.com", certificate().fields),
        ("foreign-cert-v01@example.com", certificate().fields),
        (
            "rsa-sha2-512-cert-v01@openssh.com",
            Cert::of(&rsa(), &key()).fields,
        ),
        ("ssh-ed25519-cert-v01@openssh.com", string([5; 31])),
        (
            "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            Cert::of(&ecdsa(EcdsaCurve::NistP384), &key()).fields,
        ),
    ] {
        is_unknown(
            &Cert {
                name: name.to_owned(),
                fields,
                ..certificate()
            }
            .data(),
        );
    }
}

#[test]
fn each_field_that_is_malformed_makes_it_nothing() {
    let right = certificate();
    let many = vec![string("a"); 257].concat();
    for wrong in [
        Cert {
            kind: 0,
            ..right.clone()
        },
        Cert {
            kind: 3,
            ..right.clone()
        },
        Cert {
            key_id: vec![0xff],
            ..right.clone()
        },
        Cert {
            principals: b"alice".to_vec(),
            ..right.clone()
        },
        Cert {
            principals: many,
            ..right.clone()
        },
        Cert {
            critical: string("force-command"),
            ..right.clone()
        },
        Cert {
            extensions: [string("permit-pty"), vec![0, 0, 0, 9]].concat(),
            ..right.clone()
        },
        Cert {
            reserved: b"x",
            ..right
        },
    ] {
        is_unknown(&wrong.data());
    }
}

#[test]
fn only_the_plain_key_of_the_issuer_issues() {
    let chained = Cert::of(&key(), &ed25519()).blob();
    for issuer in [
        Vec::new(),
        blob(&rsa()),
        chained,
        [blob(&key()), vec![0]].concat(),
    ] {
        is_unknown(
            &Cert {
                issuer,
                ..certificate()
            }
            .data(),
        );
    }
}

#[test]
fn a_finished_certificate_is_not_signed_again() {
    is_unknown(&certificate().blob());
}

#[test]
fn one_of_256_kib_is_issued() {
    let data = certificate_of(&key(), 262_144);
    assert_eq!(data.len(), 262_144);
    understood(&data);
}
