//! Whether OpenSSH's client reads a plain key.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1; OpenSSH `PROTOCOL.u2f`; `sshkey_from_blob` of its
//! `sshkey.c`.

use ssh_key::public::KeyData;

use super::reason::Reason;
use super::{numbers, points};

/// # Errors
///
/// OpenSSH refuses the key.
pub(super) fn check(key: &KeyData) -> Result<(), Reason> {
    match key {
        KeyData::Rsa(rsa) => numbers::check_rsa(rsa),
        KeyData::Ecdsa(ecdsa) => points::check(ecdsa),
        KeyData::SkEcdsaSha2NistP256(token) => {
            points::check_of_token(token)?;
            check_application(token.application())
        }
        KeyData::SkEd25519(token) => check_application(token.application()),
        _ => Ok(()),
    }
}

/// It is a C string for OpenSSH.
fn check_application(application: &str) -> Result<(), Reason> {
    let is_good = !application.contains('\0');
    is_good.then_some(()).ok_or(Reason::Malformed)
}
