//! The form in which SSH has signatures.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3.1, RFC 8709 §6 (signature blobs).

use ssh_key::public::KeyData;
use ssh_key::{Mpint, Signature};

use super::{BadSignature, RawSignature, Scheme, verification};

/// Turns what a TPM gave into an SSH signature blob, and releases it only if it is a signature of
/// `data` by `key`: a faulty or interposed chip must not have the last word.
///
/// # Errors
///
/// The signature is malformed, or does not verify.
pub(crate) fn release(
    raw: &RawSignature,
    scheme: Scheme,
    key: &KeyData,
    data: &[u8],
) -> Result<Vec<u8>, BadSignature> {
    let signature = to_ssh(raw, scheme).map_err(|_| BadSignature)?;
    verification::verify(raw, &signature, scheme, key, data)?;
    encode(&signature).map_err(|_| BadSignature)
}

fn encode(value: &impl ssh_encoding::Encode) -> ssh_encoding::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes)?;
    Ok(bytes)
}

fn to_ssh(raw: &RawSignature, scheme: Scheme) -> ssh_key::Result<Signature> {
    let data = match raw {
        RawSignature::Ecdsa { r, s } => {
            let mut data = encode(&Mpint::from_positive_bytes(r)?)?;
            data.extend(encode(&Mpint::from_positive_bytes(s)?)?);
            data
        }
        RawSignature::Rsa(number) => number.clone(),
        RawSignature::Ed25519(bytes) => bytes.to_vec(),
    };
    Signature::new(scheme.ssh_algorithm(), data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssh_key::EcdsaCurve;

    // P-256 key and deterministic signature of "sample" from RFC 6979, appendix A.2.5.
    const PUBLIC: &str = "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6\
                          7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
    const R: &str = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
    const S: &str = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

    fn hex(text: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
        (0..text.len()).step_by(2).map(byte).collect()
    }

    fn key() -> KeyData {
        let point = ssh_key::public::EcdsaPublicKey::from_sec1_bytes(&hex(PUBLIC));
        KeyData::Ecdsa(point.expect("a point"))
    }

    fn raw() -> RawSignature {
        RawSignature::Ecdsa {
            r: hex(R),
            s: hex(S),
        }
    }

    const P256: Scheme = Scheme::Ecdsa(EcdsaCurve::NistP256);

    #[test]
    fn a_good_signature_is_released_as_an_ssh_blob() {
        let blob = release(&raw(), P256, &key(), b"sample").expect("verifies");
        assert_eq!(&blob[..23], b"\0\0\0\x13ecdsa-sha2-nistp256");
    }

    #[test]
    fn leading_zeros_from_the_tpm_do_not_matter() {
        let mut r = vec![0, 0];
        r.extend(hex(R));
        let padded = RawSignature::Ecdsa { r, s: hex(S) };
        let blob = release(&padded, P256, &key(), b"sample");
        assert_eq!(blob, release(&raw(), P256, &key(), b"sample"));
    }

    #[test]
    fn a_signature_of_other_data_is_not_released() {
        assert_eq!(release(&raw(), P256, &key(), b"simple"), Err(BadSignature));
    }

    /// RFC 8032, §7.1, TEST 2.
    const ED25519_PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const ED25519_SIGNATURE: &str = "\
        92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    #[test]
    fn an_ed25519_signature_is_released_if_it_verifies() {
        let public: [u8; 32] = hex(ED25519_PUBLIC).try_into().expect("32 bytes");
        let key = KeyData::Ed25519(ssh_key::public::Ed25519PublicKey(public));
        let bytes: [u8; 64] = hex(ED25519_SIGNATURE).try_into().expect("64 bytes");
        let raw = RawSignature::Ed25519(bytes);
        let blob = release(&raw, Scheme::Ed25519, &key, &[0x72]).expect("verifies");
        assert_eq!(&blob[..19], b"\0\0\0\x0bssh-ed25519\0\0\0\x40");
        assert_eq!(blob[19..], bytes);
        let mut other = bytes;
        other[0] ^= 1;
        for (raw, data) in [(raw, 0x73), (RawSignature::Ed25519(other), 0x72)] {
            let released = release(&raw, Scheme::Ed25519, &key, &[data]);
            assert_eq!(released, Err(BadSignature));
        }
    }

    #[test]
    fn a_signature_of_another_form_is_not_released() {
        let rsa = RawSignature::Rsa(vec![7; 256]);
        assert_eq!(release(&rsa, P256, &key(), b"sample"), Err(BadSignature));
        assert_eq!(
            release(&rsa, Scheme::RsaSha512, &key(), b"sample"),
            Err(BadSignature)
        );
        let empty = RawSignature::Ecdsa {
            r: vec![],
            s: vec![],
        };
        assert_eq!(release(&empty, P256, &key(), b"sample"), Err(BadSignature));
    }
}
