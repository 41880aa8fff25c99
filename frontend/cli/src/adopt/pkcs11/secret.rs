//! The authorization value of a key, which the store keeps wrapped by AES-256-GCM.
//!
//! Specs: NIST SP 800-38D; `utils.c` of tpm2-pkcs11 for the form, "iv:tag:ciphertext" in
//! hexadecimal.

use aes_gcm::aead::AeadInPlace as _;
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce, Tag};
use sshtpm_client::pin::Pin;
use zeroize::Zeroizing;

use super::attributes::hex;

/// Length of the nonce in bytes.
const NONCE_BYTES: usize = 12;

/// Length of the tag in bytes.
const TAG_BYTES: usize = 16;

/// Opens `wrapped` with the key of the token, 32 bytes. `None` if it does not fit, or what comes of
/// it is no authorization value.
pub(super) fn unwrap(wrapped: &[u8], key: &[u8; 32]) -> Option<Pin> {
    let text = std::str::from_utf8(wrapped).ok()?;
    let mut parts = text.split(':').map(hex);
    let (nonce, tag, text) = (parts.next()??, parts.next()??, parts.next()??);
    let is_whole = nonce.len() == NONCE_BYTES && tag.len() == TAG_BYTES && parts.next().is_none();
    is_whole.then_some(())?;
    let mut text = Zeroizing::new(text);
    let opened = Aes256Gcm::new(key.into()).decrypt_in_place_detached(
        Nonce::from_slice(&nonce),
        &[],
        &mut text,
        Tag::from_slice(&tag),
    );
    opened.ok()?;
    Pin::new(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::unwrap;

    /// Made by Python's `cryptography`: `AESGCM(bytes(32)).encrypt(bytes(12), b"secret", None)`.
    const WRAPPED: &str = "000000000000000000000000:bf22204fce9cc1eb393a162e7d3657b1:bdc2234f2814";

    #[test]
    fn a_wrapped_value_opens_with_its_key_alone() {
        let pin = unwrap(WRAPPED.as_bytes(), &[0; 32]).unwrap();
        assert_eq!(pin.bytes(), b"secret");
        assert!(unwrap(WRAPPED.as_bytes(), &[1; 32]).is_none());
    }

    #[test]
    fn what_is_not_of_that_form_does_not_open() {
        for wrapped in ["", ":", "00:00:00", &WRAPPED[1..], &format!("{WRAPPED}:")] {
            assert!(unwrap(wrapped.as_bytes(), &[0; 32]).is_none(), "{wrapped}");
        }
    }
}
