//! Signatures by keys of others: of hosts, and of authorities. Anybody can send them, so what
//! verifying one takes is bounded.
//!
//! Specs: RFC 4253 §6.6; OpenSSH `PROTOCOL.certkeys`.

use signature::Verifier as _;
use ssh_key::Mpint;
use ssh_key::public::KeyData;
use sshtpm_ssh::signature as blob;

use super::BadSignature;

/// Longest RSA modulus with which a signature is verified: 4,096 bits, the longest that a TPM
/// makes. The time grows with its square.
const MAX_MODULUS_BYTES: usize = 512;

/// Longest RSA exponent with which a signature is verified: 64 bits, as OpenSSL has it for a long
/// modulus (`OPENSSL_RSA_MAX_PUBEXP_BITS`). The time grows with it.
const MAX_EXPONENT_BYTES: usize = 8;

/// Verifies that `bytes` are a signature of `message` by `key`.
///
/// # Errors
///
/// It is not, or to find that out takes more than milliseconds.
pub(crate) fn verify(key: &KeyData, message: &[u8], bytes: &[u8]) -> Result<(), BadSignature> {
    if !is_affordable(key) {
        return Err(BadSignature);
    }
    let signature = blob::parse(bytes).map_err(|_| BadSignature)?;
    if !blob::is_of(&signature, key) {
        return Err(BadSignature);
    }
    key.verify(message, &signature).map_err(|_| BadSignature)
}

/// Whether verifying a signature of `key` takes no more than milliseconds.
fn is_affordable(key: &KeyData) -> bool {
    let fits = |number: &Mpint, at_most| {
        let bytes = number.as_positive_bytes();
        bytes.is_some_and(|bytes| bytes.len() <= at_most)
    };
    match key {
        KeyData::Rsa(key) => fits(&key.n, MAX_MODULUS_BYTES) && fits(&key.e, MAX_EXPONENT_BYTES),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};
    use signature::Signer as _;
    use ssh_key::private::Ed25519Keypair;
    use ssh_key::public::{RsaPublicKey, SkEd25519};

    use super::*;

    fn rsa(modulus: usize, exponent: usize) -> KeyData {
        let number = |bytes| Mpint::from_positive_bytes(&vec![0xff; bytes]).expect("a number");
        KeyData::Rsa(RsaPublicKey {
            e: number(exponent),
            n: number(modulus),
        })
    }

    #[test]
    fn signatures_of_longer_rsa_keys_than_a_tpm_makes_are_not_verified() {
        assert!(is_affordable(&rsa(512, 3)) && is_affordable(&rsa(256, 8)));
        assert!(!is_affordable(&rsa(513, 3)) && !is_affordable(&rsa(512, 9)));
    }

    #[test]
    fn a_signature_of_a_token_does_not_pass_by_another_name() {
        let token = Ed25519Keypair::from_seed(&[9; 32]);
        let key = KeyData::from(SkEd25519::new(token.public, "ssh:"));
        let flags_and_counter = [1, 0, 0, 0, 9];
        let (application, hash) = (Sha256::digest("ssh:"), Sha256::digest("message"));
        let signed = [&application[..], &flags_and_counter, &hash].concat();
        let signature = token.sign(&signed);
        let string = |bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).expect("a length");
            [&length.to_be_bytes(), bytes].concat()
        };
        let name = string(b"sk-ssh-ed25519@openssh.com");
        let honest = [&name, &string(signature.as_bytes()), &flags_and_counter[..]].concat();
        assert_eq!(verify(&key, b"message", &honest), Ok(()));
        let whole = [signature.as_bytes(), &flags_and_counter].concat();
        let disguised = [string(b"rsa-sha2-512"), string(&whole)].concat();
        assert_eq!(verify(&key, b"message", &disguised), Err(BadSignature));
    }
}
