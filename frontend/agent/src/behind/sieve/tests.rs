//! Tests of what is left out of a list.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::allowance::MAX_AT_ONCE;
use super::blobs::{
    certificate, dsa, ecdsa, ed25519_signature, generators, good_certificate, rsa, token,
    token_signature_blob, token_signature_in_disguise,
};
use super::judge::judge;
use super::{MAX_WAIT, Reason, Sieve, Turns};
use crate::behind::listed::Offered;
use crate::protocol::fake_keys::{blob, certificate_blob, private_key, string};

/// A key of a type that nobody knows.
const UNKNOWN: &[u8] = b"\0\0\0\x03key";

#[track_caller]
fn is_left_out(blob: &[u8], reason: Reason) {
    assert_eq!(judge(blob, || true), Err(reason), "{blob:?}");
}

#[track_caller]
fn is_offered(blob: &[u8]) {
    assert_eq!(judge(blob, || true), Ok(()), "{blob:?}");
}

fn offered(blob: Vec<u8>) -> Offered {
    Offered {
        blob,
        comment: Vec::new(),
    }
}

#[test]
fn keys_that_clients_read_or_do_not_know_are_offered() {
    let good = [
        UNKNOWN.to_vec(),
        blob(),
        certificate_blob(),
        good_certificate(1),
        token(b"ssh:"),
        dsa([&[1]; 4]),
    ];
    for good in good {
        is_offered(&good);
    }
}

#[test]
fn keys_that_are_not_what_their_types_say_are_left_out() {
    let mut longer = blob();
    longer.push(0);
    let short = [string(b"ssh-ed25519"), string(&[1; 31])].concat();
    let ml_dsa = [
        string(b"ssh-mldsa44-ed25519@openssh.com"),
        string(&[1; 1343]),
    ];
    let bad = [
        b"".to_vec(),
        b"key".to_vec(),
        longer,
        short,
        string(b"ssh-dss"),
        certificate_blob()[..100].to_vec(),
        blob()[..20].to_vec(),
        token(b"ss\0h"),
        ml_dsa.concat(),
    ];
    for bad in bad {
        is_left_out(&bad, Reason::Malformed);
    }
}

#[test]
fn names_that_some_version_of_openssh_knows_are_left_out() {
    let names: [&[u8]; 4] = [b"ssh-ed25519\0", b"ED25519", b"ecdsa", b"rsa-sha2-256"];
    for name in names {
        is_left_out(&string(name), Reason::Name);
    }
}

#[test]
fn rsa_and_dsa_keys_are_offered_by_their_numbers() {
    // A zero byte in front makes a number positive whose first bit is set.
    is_offered(&rsa(&[3], 0, 1 + 1024 / 8));
    is_left_out(&rsa(&[3], 0x7f, 1024 / 8), Reason::Number);
    is_offered(&rsa(&[3], 0, 1 + 16384 / 8));
    is_left_out(&rsa(&[3], 1, 1 + 16384 / 8), Reason::Number);
    is_left_out(&rsa(&[3], 0xff, 2048 / 8), Reason::Number);
    is_left_out(&rsa(&[0x83], 0, 1 + 2048 / 8), Reason::Number);
    is_left_out(&dsa([&[1], &[0x81], &[1], &[1]]), Reason::Number);
    is_left_out(&dsa([&[1; 2049], &[1], &[1], &[1]]), Reason::Number);
}

#[test]
fn points_off_the_curve_compressed_or_at_infinity_are_left_out() {
    for (curve, point) in generators() {
        is_offered(&ecdsa(curve, &point));
        let mut off = point.clone();
        *off.last_mut().unwrap() ^= 1;
        is_left_out(&ecdsa(curve, &off), Reason::Point);
        let half = 1 + point.len() / 2;
        let compressed = [&[2][..], &point[1..half]].concat();
        is_left_out(&ecdsa(curve, &compressed), Reason::Point);
        let beyond_the_field = [&[4][..], &vec![0xff; point.len() - 1]].concat();
        is_left_out(&ecdsa(curve, &beyond_the_field), Reason::Point);
        is_left_out(&ecdsa(curve, &[0]), Reason::Malformed);
    }
    let [(_, point), (_, longer), _] = generators();
    is_left_out(&ecdsa("nistp384", &point), Reason::Malformed);
    is_left_out(&ecdsa("nistp256", &longer), Reason::Malformed);
}

#[test]
fn certificates_with_a_false_signature_are_left_out() {
    let mut flipped = good_certificate(1);
    *flipped.last_mut().unwrap() ^= 1;
    is_left_out(&flipped, Reason::Unproven);
    let authority = private_key(2).public_key().to_bytes().unwrap();
    let other = certificate(&authority, |data| ed25519_signature(&private_key(3), data));
    is_left_out(&other, Reason::Unproven);
    is_left_out(&certificate(&authority, |_| Vec::new()), Reason::Unproven);
}

#[test]
fn certificates_of_authorities_that_openssh_refuses_are_left_out() {
    let mut off = generators()[0].1.clone();
    *off.last_mut().unwrap() ^= 1;
    let issuers = [
        UNKNOWN.to_vec(),
        good_certificate(1),
        ecdsa("nistp256", &off),
        rsa(&[3], 0x7f, 1024 / 8),
        dsa([&[1]; 4]),
        Vec::new(),
    ];
    for issuer in issuers {
        is_left_out(&certificate(&issuer, <[u8]>::to_vec), Reason::Issuer);
    }
    let long = certificate(&rsa(&[3], 1, 1 + 4096 / 8), <[u8]>::to_vec);
    is_left_out(&long, Reason::Unproven);
}

#[test]
fn a_signature_of_a_token_has_to_say_that_it_is_one() {
    let issuer = token(b"ssh:");
    is_offered(&certificate(&issuer, token_signature_blob));
    let disguised = certificate(&issuer, token_signature_in_disguise);
    is_left_out(&disguised, Reason::Unproven);
}

#[tokio::test]
async fn of_thousands_of_certificates_some_are_verified_at_once() {
    let sieve = Sieve::new(&Turns::default());
    let crowd: Vec<_> = (0..500).map(good_certificate).map(offered).collect();
    let own = offered(blob());
    let keys = [crowd, vec![own.clone()]].concat();
    let sifted = sieve.sift(keys).await;
    let count = sifted.keys.len();
    assert!(sifted.keys.contains(&own));
    // One more for each second that the test takes.
    let at_once = usize::try_from(MAX_AT_ONCE).unwrap();
    assert!((1 + at_once..100 + at_once).contains(&count), "{count}");
    assert_eq!(sifted.left_out, BTreeSet::from([Reason::Later]));
}

#[tokio::test(start_paused = true)]
async fn a_list_does_not_wait_for_ever_for_the_keys_of_an_agent() {
    let turns = Turns::default();
    let sieve = Sieve::new(&turns);
    let _turn = turns.0.try_acquire().unwrap();
    let before = Instant::now();
    let sifted = sieve.sift(vec![offered(good_certificate(1))]).await;
    assert_eq!(before.elapsed(), MAX_WAIT);
    assert!(sifted.keys.is_empty());
    assert_eq!(sifted.left_out, BTreeSet::from([Reason::Later]));
}

#[tokio::test]
async fn what_was_found_of_a_certificate_is_remembered() {
    let turns = Turns::default();
    let sieve = Sieve::new(&turns);
    let mut bad = good_certificate(1);
    *bad.last_mut().unwrap() ^= 1;
    let keys = vec![offered(good_certificate(1)), offered(bad)];
    let first = sieve.sift(keys.clone()).await;
    // A further list needs no turn.
    let _turn = turns.0.try_acquire().unwrap();
    let second = sieve.sift(keys.clone()).await;
    for sifted in [first, second] {
        assert_eq!(sifted.keys, keys[..1]);
        assert_eq!(sifted.left_out, BTreeSet::from([Reason::Unproven]));
    }
}
