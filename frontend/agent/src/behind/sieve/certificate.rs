//! Whether OpenSSH's client reads a certificate: it verifies the signature of the authority.
//!
//! What this agent cannot verify is not offered: signatures with SHA-1, and those of RSA keys that
//! are longer than a TPM makes.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`; `cert_parse` of its `sshkey.c`.

use signature::Verifier as _;
use ssh_key::public::KeyData;
use sshtpm_ssh::certificate::Certificate;
use sshtpm_ssh::wire::Reader;
use sshtpm_ssh::{key, signature as blob};

use super::key_type::{self, KeyType};
use super::numbers::bits;
use super::plain;
use super::reason::Reason;

/// Longest RSA modulus of an authority whose signatures are verified, in bits: the longest that a
/// TPM makes. The time grows with its square.
const MAX_ISSUER_BITS: usize = 4096;

/// Longest RSA exponent of such an authority, in bits: as OpenSSL has it for a long modulus
/// (`OPENSSL_RSA_MAX_PUBEXP_BITS`). The time grows with it.
const MAX_EXPONENT_BITS: usize = 64;

/// The key of the authority.
///
/// # Errors
///
/// OpenSSH refuses it, or it takes more than milliseconds to verify a signature of it.
pub(super) fn issuer(certificate: &Certificate<'_>) -> Result<KeyData, Reason> {
    let blob = certificate.fields.issuer;
    let name = Reader::new(blob).text().map_err(|_| Reason::Issuer)?;
    if key_type::of(name) != KeyType::Key {
        return Err(Reason::Issuer);
    }
    let issuer = key::parse(blob).map_err(|_| Reason::Issuer)?;
    plain::check(&issuer).map_err(|_| Reason::Issuer)?;
    is_affordable(&issuer)
        .then_some(issuer)
        .ok_or(Reason::Unproven)
}

/// # Errors
///
/// The certificate was not signed by `issuer`, as far as this agent can tell.
pub(super) fn verify(certificate: &Certificate<'_>, issuer: &KeyData) -> Result<(), Reason> {
    let signature = blob::parse(certificate.signature).map_err(|_| Reason::Unproven)?;
    if !blob::is_of(&signature, issuer) {
        return Err(Reason::Unproven);
    }
    let verified = issuer.verify(certificate.signed, &signature);
    verified.map_err(|_| Reason::Unproven)
}

fn is_affordable(key: &KeyData) -> bool {
    key.rsa().is_none_or(|rsa| {
        bits(&rsa.n).is_some_and(|bits| bits <= MAX_ISSUER_BITS)
            && bits(&rsa.e).is_some_and(|bits| bits <= MAX_EXPONENT_BITS)
    })
}
