//! Verifying a statement before it leaves: a chip may be broken, or lie.
//!
//! Specs: TPM 2.0 Part 1, "Names"; Part 2, §11.3.4 (TPMT_SIGNATURE); FIPS 186-5, §6.4 (ECDSA).

use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::{Attestation, AttestationKey, Stated, statement};
use crate::key::KeyRecord;
use crate::signature::{BadSignature, P256_BYTES, RawSignature, fixed};
use sshtpm_ssh::claims::qualifying_data;

/// TPM_ALG_SHA256.
const SHA256: [u8; 2] = [0x00, 0x0b];

/// TPM_ALG_ECDSA.
const ECDSA: [u8; 2] = [0x00, 0x18];

/// What leaves, if it is a statement by the key `by` about the key of `record` and `claims`.
///
/// # Errors
///
/// It is not.
pub(crate) fn release(
    stated: &Stated,
    by: &AttestationKey,
    record: &KeyRecord,
    claims: &[u8],
) -> Result<Attestation, BadSignature> {
    let RawSignature::Ecdsa { r, s } = &stated.signature else {
        return Err(BadSignature);
    };
    let signature = fixed::<P256_BYTES>(r, s)?;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, by.point());
    let verified = key.verify(&stated.statement, &signature);
    verified.map_err(|_| BadSignature)?;
    let statement = statement::parse(&stated.statement).ok_or(BadSignature)?;
    let key_public = record.key.blob.public_area();
    let is_about_them = statement.extra_data == qualifying_data(claims)
        && statement.name == name_of(key_public).ok_or(BadSignature)?;
    is_about_them.then_some(()).ok_or(BadSignature)?;
    let (r, s) = signature.split_at(P256_BYTES);
    Ok(Attestation {
        claims: claims.to_vec(),
        statement: stated.statement.clone(),
        signature: [&ECDSA[..], &SHA256, &[0, 32], r, &[0, 32], s].concat(),
        key_public: key_public.to_vec(),
        attestation_key: by.public_area().to_vec(),
    })
}

const _: () = assert!(P256_BYTES == 32, "the lengths above say so");

/// The Name of a key with this TPMT_PUBLIC, if its Name algorithm is SHA-256.
fn name_of(public_area: &[u8]) -> Option<Vec<u8>> {
    let name_algorithm = public_area.get(2..4)?;
    let name = || [&SHA256[..], &Sha256::digest(public_area)].concat();
    (name_algorithm == SHA256).then(name)
}
