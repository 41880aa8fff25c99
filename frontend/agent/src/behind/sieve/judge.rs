//! Whether OpenSSH's client goes on after a key in a list.

use sshtpm_ssh::certificate::Certificate;
use sshtpm_ssh::key;
use sshtpm_ssh::wire::{Malformed, Reader};

use super::key_type::{self, KeyType};
use super::reason::Reason;
use super::{certificate, numbers, plain};

/// Whether clients go on after a key, or why not.
pub(super) type Verdict = Result<(), Reason>;

/// Bytes of a key of ML-DSA-44 and Ed25519 (FIPS 204, RFC 8032).
const ML_DSA_BYTES: usize = 1312 + 32;

/// Whether clients go on after the key of which `blob` consists. `may_verify` is asked before a
/// signature is verified.
pub(super) fn judge(blob: &[u8], may_verify: impl FnOnce() -> bool) -> Verdict {
    let mut fields = Reader::new(blob);
    let name = fields.text().map_err(|Malformed| Reason::Malformed)?;
    match key_type::of(name) {
        KeyType::Unknown => Ok(()),
        KeyType::Ambiguous => Err(Reason::Name),
        KeyType::Dsa => numbers::check_dsa(fields),
        KeyType::MlDsa => judge_ml_dsa(fields),
        KeyType::Key => plain::check(&key::parse(blob).map_err(|Malformed| Reason::Malformed)?),
        KeyType::Certificate => judge_certificate(blob, may_verify),
    }
}

fn judge_ml_dsa(mut fields: Reader<'_>) -> Verdict {
    let key = fields.string().map_err(|Malformed| Reason::Malformed)?;
    let is_good = key.len() == ML_DSA_BYTES && fields.is_at_end();
    is_good.then_some(()).ok_or(Reason::Malformed)
}

fn judge_certificate(blob: &[u8], may_verify: impl FnOnce() -> bool) -> Verdict {
    let parsed = Certificate::parse(blob).map_err(|Malformed| Reason::Malformed)?;
    plain::check(&parsed.fields.key)?;
    let issuer = certificate::issuer(&parsed)?;
    if !may_verify() {
        return Err(Reason::Later);
    }
    certificate::verify(&parsed, &issuer)
}
