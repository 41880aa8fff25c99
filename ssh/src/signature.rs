//! Signature blobs.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3, RFC 8709 §6; OpenSSH `PROTOCOL.u2f`.

use ssh_encoding::Decode as _;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, Signature};

use crate::wire::{Malformed, Reader};

/// Decodes the signature of which `blob` consists. It is not verified.
///
/// # Errors
///
/// The blob is malformed or has bytes left over, or its type is unknown.
pub fn parse(mut blob: &[u8]) -> Result<Signature, Malformed> {
    check_lengths(blob)?;
    let signature = Signature::decode(&mut blob).map_err(|_| Malformed)?;
    blob.is_empty().then_some(signature).ok_or(Malformed)
}

/// Whether a signature names the algorithm of `key`: that of the key's type, or one of those with
/// SHA-2 for an RSA key. OpenSSH refuses another one; `ssh-key` verifies signatures of tokens
/// whatever they name.
pub fn is_of(signature: &Signature, key: &KeyData) -> bool {
    match key {
        KeyData::Rsa(_) => matches!(signature.algorithm(), Algorithm::Rsa { hash: Some(_) }),
        key => signature.algorithm() == key.algorithm(),
    }
}

/// `ssh_encoding` makes room for what a length announces, up to 1 MiB, before it looks whether that
/// many bytes are there.
fn check_lengths(blob: &[u8]) -> Result<(), Malformed> {
    let mut fields = Reader::new(blob);
    let (algorithm, content) = (fields.text()?, fields.string()?);
    if algorithm.contains(OF_TWO_NUMBERS) {
        let mut numbers = Reader::new(content);
        let (_r, _s) = (numbers.string()?, numbers.string()?);
        numbers.end()?;
    }
    Ok(())
}

/// In the names of algorithms whose signatures are two numbers, each with its length.
const OF_TWO_NUMBERS: &str = "ecdsa";

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use ssh_key::public::{Ed25519PublicKey, SkEd25519};
    use ssh_key::{HashAlg, Mpint, public::RsaPublicKey};

    use super::*;

    fn signature(algorithm: Algorithm, bytes: usize) -> Signature {
        Signature::new(algorithm, vec![1; bytes]).expect("a signature")
    }

    #[test]
    fn a_signature_of_a_token_does_not_name_another_algorithm() {
        let key = KeyData::from(SkEd25519::new(Ed25519PublicKey([7; 32]), "ssh:"));
        // 64 bytes of Ed25519, flags and counter.
        assert!(is_of(&signature(Algorithm::SkEd25519, 64 + 5), &key));
        let hash = Some(HashAlg::Sha512);
        assert!(!is_of(&signature(Algorithm::Rsa { hash }, 64 + 5), &key));
    }

    #[test]
    fn a_signature_of_an_rsa_key_names_a_hash_of_sha_2() {
        let number = Mpint::from_positive_bytes(&[0xff; 256]).expect("a number");
        let key = KeyData::from(RsaPublicKey {
            e: number.clone(),
            n: number,
        });
        for hash in [HashAlg::Sha256, HashAlg::Sha512] {
            let hash = Some(hash);
            assert!(is_of(&signature(Algorithm::Rsa { hash }, 256), &key));
        }
        assert!(!is_of(&signature(Algorithm::Ed25519, 64), &key));
    }
}
