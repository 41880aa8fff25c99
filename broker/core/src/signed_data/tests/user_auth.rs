//! Requests to log in.

use super::*;
use crate::session::ProvedHost;
use crate::signature::Scheme;
use crate::signed_data::fixtures::{blob, string};
use sshtpm_ssh::fingerprint::Fingerprint;

fn request() -> Login {
    Login::with(&key(), "ecdsa-sha2-nistp256")
}

/// A certificate of the key that is asked to sign.
fn certified() -> Login {
    Login {
        key: Cert::of(&key(), &ed25519()).blob(),
        ..Login::with(&key(), "ecdsa-sha2-nistp256-cert-v01@openssh.com")
    }
}

#[track_caller]
fn user_auth(request: &Login) -> UserAuth {
    match understood(&request.data()) {
        SignedData::UserAuth(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn session_and_user_are_read() {
    let read = user_auth(&request());
    assert_eq!(read.session_id(), [9; 32]);
    assert_eq!((read.user(), read.host_key()), ("git", None));
}

#[test]
fn the_host_key_to_which_it_is_bound_is_read() {
    let read = user_auth(&request().bound_to(&ed25519()));
    assert_eq!(read.host_key(), Some(&blob(&ed25519())[..]));
}

#[test]
fn a_certificate_of_the_key_logs_in_too() {
    user_auth(&certified());
    user_auth(&certified().bound_to(&rsa()));
}

#[test]
fn a_host_key_where_there_is_none_to_be_and_none_where_there_is() {
    let bound = request().bound_to(&ed25519());
    for wrong in [
        Login {
            method: "publickey",
            ..bound.clone()
        },
        Login {
            host_key: None,
            ..bound.clone()
        },
        Login {
            host_key: Some(Vec::new()),
            ..bound.clone()
        },
        Login {
            host_key: Some(vec![0; 16 * 1024 + 1]),
            ..bound
        },
    ] {
        is_unknown(&wrong.data());
    }
}

#[test]
fn each_field_that_says_something_else_makes_it_nothing() {
    let right = request();
    for wrong in [
        Login {
            session_id: Vec::new(),
            ..right.clone()
        },
        Login {
            session_id: vec![9; 129],
            ..right.clone()
        },
        Login {
            message: 51,
            ..right.clone()
        },
        Login {
            user: Vec::new(),
            ..right.clone()
        },
        Login {
            user: vec![b'x'; 257],
            ..right.clone()
        },
        Login {
            user: vec![0xff],
            ..right.clone()
        },
        Login {
            service: "ssh-userauth",
            ..right.clone()
        },
        Login {
            service: "",
            ..right.clone()
        },
        Login {
            method: "hostbased",
            ..right.clone()
        },
        Login {
            method: "publickey-hostbound-v01@openssh.com",
            ..right.clone()
        },
        Login {
            has_signature: 0,
            ..right.clone()
        },
        Login {
            has_signature: 2,
            ..right.clone()
        },
        Login {
            key: Vec::new(),
            ..right
        },
    ] {
        is_unknown(&wrong.data());
    }
}

#[test]
fn the_longest_session_identifier_and_user_are_taken() {
    user_auth(&Login {
        session_id: vec![9; 128],
        user: vec![b'x'; 256],
        ..request()
    });
}

#[test]
fn a_key_that_only_begins_like_this_one_is_another() {
    let mut longer = request();
    longer.key.extend(string("more"));
    is_unknown(&longer.data());
}

#[test]
fn a_certificate_that_is_not_one_of_this_key_for_users_is_refused() {
    let certificate = Cert::of(&key(), &ed25519());
    for key in [
        Cert::of(&ecdsa(EcdsaCurve::NistP384), &key()).blob(),
        Cert {
            kind: 2,
            ..certificate.clone()
        }
        .blob(),
        certificate.data(),
        [certificate.blob(), vec![0]].concat(),
    ] {
        is_unknown(&Login { key, ..certified() }.data());
    }
}

#[test]
fn certificates_and_plain_keys_do_not_share_algorithm_names() {
    let (plain, certificate) = (request(), certified());
    let swapped = |key: &Login, algorithm: &Login| Login {
        key: key.key.clone(),
        ..algorithm.clone()
    };
    is_unknown(&swapped(&plain, &certificate).data());
    is_unknown(&swapped(&certificate, &plain).data());
}

#[test]
fn an_algorithm_of_other_keys_is_refused() {
    for algorithm in [
        "",
        "ecdsa-sha2-nistp384",
        "ssh-ed25519",
        "rsa-sha2-512",
        "ecdsa",
    ] {
        is_unknown(&Login::with(&key(), algorithm).data());
    }
    for algorithm in ["rsa-sha2-1", "ssh-rsa-cert-v01@openssh.com"] {
        let data = Login::with(&rsa(), algorithm).data();
        assert_eq!(SignedData::parse(&data, &rsa()), UNKNOWN, "{algorithm}");
    }
    is_unknown(&Login::with(&key(), "ssh-rsa").data());
}

#[test]
fn a_login_with_sha1_is_known_and_agrees_with_no_scheme() {
    let certified = Login {
        key: Cert::of(&rsa(), &ed25519()).blob(),
        ..Login::with(&rsa(), "ssh-rsa-cert-v01@openssh.com")
    };
    for request in [Login::with(&rsa(), "ssh-rsa"), certified] {
        let read = SignedData::parse(&request.data(), &rsa()).expect("a login");
        assert!(read.names_sha1());
        for scheme in [Scheme::RsaSha256, Scheme::RsaSha512] {
            assert!(!read.agrees_with(scheme));
        }
    }
    let sha2 = SignedData::parse(&login(&rsa()), &rsa()).expect("a login");
    assert!(!sha2.names_sha1());
}

#[test]
fn rsa_is_signed_as_the_request_says() {
    let certificate = Cert::of(&rsa(), &ed25519()).blob();
    for (algorithm, scheme, other) in [
        ("rsa-sha2-256", Scheme::RsaSha256, Scheme::RsaSha512),
        ("rsa-sha2-512", Scheme::RsaSha512, Scheme::RsaSha256),
    ] {
        let plain = Login::with(&rsa(), algorithm);
        let certified = Login {
            key: certificate.clone(),
            ..Login::with(&rsa(), &format!("{algorithm}-cert-v01@openssh.com"))
        };
        for request in [plain, certified] {
            let read = SignedData::parse(&request.data(), &rsa()).expect("a login");
            assert!(read.agrees_with(scheme), "{algorithm}");
            assert!(!read.agrees_with(other), "{algorithm}");
        }
    }
}

#[test]
fn people_read_the_host_before_the_name_of_the_user_which_is_quoted() {
    let user = "root\n\u{202e}\", as always".as_bytes().to_vec();
    let read = understood(&Login { user, ..request() }.data());
    let host = Fingerprint::of(&rsa());
    let proved = ProvedHost::new(host, None);
    let words = read.in_words(Some(&proved)).to_string();
    let user = r#"as the user "root\u{a}\u{202e}\u{22}, as always""#;
    assert_eq!(
        words,
        format!("log in at the host with the key {host} {user}")
    );
}
