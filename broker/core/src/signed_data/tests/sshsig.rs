//! SSHSIG.

use super::*;

#[test]
fn both_hashes_are_signed_and_the_namespace_is_read() {
    for (hash, bytes) in [("sha256", 32), ("sha512", 64)] {
        let data = sshsig_of(b"git@example", b"", hash, &vec![6; bytes]);
        assert_eq!(understood(&data).namespace(), Some("git@example"));
    }
}

#[test]
fn a_hash_of_another_kind_or_length_is_refused() {
    for (hash, bytes) in [
        ("sha256", 31),
        ("sha256", 33),
        ("sha512", 32),
        ("sha512", 0),
        ("sha384", 48),
        ("sha1", 20),
        ("SHA512", 64),
    ] {
        is_unknown(&sshsig_of(b"namespace", b"", hash, &vec![6; bytes]));
    }
}

#[test]
fn a_namespace_that_no_key_could_be_limited_to_is_refused() {
    let long = vec![b'x'; 257];
    for namespace in [&b""[..], b"a\nb", b"\x1b[2J", &[0xff], &long] {
        is_unknown(&sshsig_of(namespace, b"", "sha512", &[6; 64]));
    }
    understood(&sshsig_of(&long[1..], b"", "sha512", &[6; 64]));
}

#[test]
fn what_is_reserved_has_to_be_empty() {
    is_unknown(&sshsig_of(b"git", b"x", "sha512", &[6; 64]));
}

/// The armoured form begins in the same way, but is a signature.
#[test]
fn a_finished_signature_is_not_signed() {
    let mut data = sshsig("git");
    data.splice(6..6, [0, 0, 0, 1]);
    is_unknown(&data);
}
