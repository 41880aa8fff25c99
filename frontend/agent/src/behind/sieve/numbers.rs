//! The numbers of RSA and DSA keys, as OpenSSH takes them.
//!
//! Specs: RFC 4251 §5, `mpint`; OpenSSH `sshbuf_get_bignum2`, `sshkey_check_rsa_length`.

use ssh_key::Mpint;
use ssh_key::public::RsaPublicKey;
use sshtpm_ssh::wire::{Malformed, Reader};

use super::reason::Reason;

/// Shortest modulus of an RSA key, in bits: `SSH_RSA_MINIMUM_MODULUS_SIZE` of OpenSSH's `ssh.h`.
const MIN_RSA_BITS: usize = 1024;

/// Longest number in a key, in bits: `SSHBUF_MAX_BIGNUM` of OpenSSH's `sshbuf.h`.
const MAX_NUMBER_BITS: usize = 16 * 1024;

/// Numbers of a DSA key (RFC 4253 §6.6).
const NUMBERS_OF_DSA: usize = 4;

/// # Errors
///
/// OpenSSH does not take the numbers of the key.
pub(super) fn check_rsa(key: &RsaPublicKey) -> Result<(), Reason> {
    let (n, e) = (bits(&key.n), bits(&key.e));
    let is_good = n.is_some_and(|bits| (MIN_RSA_BITS..=MAX_NUMBER_BITS).contains(&bits))
        && e.is_some_and(|bits| bits <= MAX_NUMBER_BITS);
    is_good.then_some(()).ok_or(Reason::Number)
}

/// # Errors
///
/// `fields`, what is behind the type, are not the numbers of a DSA key that OpenSSH takes.
pub(super) fn check_dsa(mut fields: Reader<'_>) -> Result<(), Reason> {
    for _ in 0..NUMBERS_OF_DSA {
        let number = fields.string().map_err(|Malformed| Reason::Malformed)?;
        let bits = Mpint::from_bytes(number).ok().as_ref().and_then(bits);
        let is_good = bits.is_some_and(|bits| bits <= MAX_NUMBER_BITS);
        is_good.then_some(()).ok_or(Reason::Number)?;
    }
    fields.end().map_err(|Malformed| Reason::Malformed)
}

/// How long a number is; `None` if it is negative.
pub(super) fn bits(number: &Mpint) -> Option<usize> {
    let bytes = number.as_positive_bytes()?;
    let zeros = bytes.first().map_or(0, |first| first.leading_zeros());
    (8 * bytes.len()).checked_sub(usize::try_from(zeros).ok()?)
}
