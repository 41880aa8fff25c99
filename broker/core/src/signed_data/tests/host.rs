//! What sshd signs.

use super::*;
use crate::signed_data::fixtures::{blob, string};

#[test]
fn exchange_hashes_have_the_length_of_a_sha_2_hash() {
    for length in [32, 48, 64] {
        let hash = vec![0xa7; length];
        assert_eq!(understood(&hash), SignedData::Host(HostProof::KeyExchange));
    }
    for length in [1, 16, 20, 28, 31, 33, 47, 49, 63, 65, 128] {
        is_unknown(&vec![0xa7; length]);
    }
}

#[test]
fn a_proof_names_a_session_and_this_key() {
    let proof = |name: &str, session: &[u8], key: &[u8]| {
        [string(name), string(session), string(key)].concat()
    };
    let name = "hostkeys-prove-00@openssh.com";
    let own = blob(&key());
    let right = proof(name, &[9; 128], &own);
    assert_eq!(understood(&right), SignedData::Host(HostProof::FurtherKey));
    let certificate = Cert::of(&key(), &ed25519()).blob();
    for wrong in [
        proof("hostkeys-prove-01@openssh.com", &[9; 32], &own),
        proof("", &[9; 32], &own),
        proof(name, &[], &own),
        proof(name, &[9; 129], &own),
        proof(name, &[9; 32], &blob(&rsa())),
        proof(name, &[9; 32], &certificate),
        proof(name, &[9; 32], &[]),
    ] {
        is_unknown(&wrong);
    }
}
