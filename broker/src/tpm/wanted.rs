//! One signature with a key that is loaded: TPM2_Sign (TPM 2.0 Part 3, §20.2), or with a seed that
//! the loaded object seals.

use std::sync::Arc;

use tss_esapi::Context;
use tss_esapi::constants::tss::{TPM2_RH_NULL, TPM2_ST_HASHCHECK};
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::structures::{
    Digest as TpmDigest, HashScheme, HashcheckTicket, Signature, SignatureScheme,
};
use tss_esapi::tss2_esys::TPMT_TK_HASHCHECK;

use super::authorization::Authorization;
use super::connection::{Connection, Loaded};
use super::failure::{Cause, Failure, is_bad_auth, sort, sort_with_pin};
use super::{load, sealed};
use sshtpm_core::key::{KeyRecord, TpmKey};
use sshtpm_core::pins::Pin;
use sshtpm_core::signature::{Digest, DigestToSign, Family, RawSignature, ToSign};

/// What is to be signed, and how.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) to_sign: ToSign,
    pub(super) pin: Option<Arc<Pin>>,
}

/// Signs with a key that is in the TPM for as long as this takes.
pub(super) fn load_and_sign(
    connection: &mut Connection,
    record: &KeyRecord,
    wanted: &Wanted,
) -> Result<RawSignature, Failure> {
    let key = load::load(connection, &record.key.blob, &record.key.parent)?;
    let signed = wanted.by(Loaded { connection, key }, &record.key);
    let flushed = connection.context().flush_context(key.into());
    let signature = signed?;
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Ok(signature)
}

impl Wanted {
    /// Signs with a key that is loaded: that of `key`.
    pub(super) fn by(&self, loaded: Loaded<'_>, key: &TpmKey) -> Result<RawSignature, Failure> {
        let authorization = Authorization::of(key, self.pin.as_deref());
        match (&self.to_sign, authorization.pin) {
            (ToSign::Digest(to_sign), Some(_)) => {
                sign(loaded, authorization, to_sign, sort_with_pin("TPM2_Sign"))
            }
            (ToSign::Digest(to_sign), None) => {
                sign(loaded, authorization, to_sign, sort("TPM2_Sign"))
            }
            (ToSign::Message(message), _) => {
                sealed::unseal(loaded, authorization)?.sign(&key.public, message)
            }
        }
    }
}

/// Signs with a key of which somebody said that it has no PIN.
pub(super) fn sign_untried(
    loaded: Loaded<'_>,
    authorization: Authorization<'_>,
    to_sign: &DigestToSign,
) -> Result<RawSignature, Failure> {
    sign(loaded, authorization, to_sign, |error| {
        match sort("TPM2_Sign")(error) {
            Failure::Other(cause) if is_bad_auth(error) => Failure::UnsaidPin(cause),
            failure => failure,
        }
    })
}

/// Signs with a key whose authorization value may be wrong; `None` is an empty one.
pub(super) fn sign_in_try(
    loaded: Loaded<'_>,
    to_sign: &DigestToSign,
    pin: Option<&Pin>,
) -> Result<RawSignature, Failure> {
    let authorization = Authorization { pin, pcrs: None };
    sign(loaded, authorization, to_sign, sort_with_pin("TPM2_Sign"))
}

fn sign(
    loaded: Loaded<'_>,
    authorization: Authorization<'_>,
    to_sign: &DigestToSign,
    sort: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<RawSignature, Failure> {
    let sign = command(loaded.key, to_sign)?;
    raw(authorization.run(loaded, sign, sort)?)
}

/// TPM2_Sign of `to_sign`.
fn command(
    key: KeyHandle,
    to_sign: &DigestToSign,
) -> Result<impl FnOnce(&mut Context) -> tss_esapi::Result<Signature>, Failure> {
    let digest = to_sign.digest().as_bytes();
    let digest = TpmDigest::try_from(digest).map_err(sort("TPM2B_DIGEST"))?;
    let ticket = no_ticket().map_err(sort("TPMT_TK_HASHCHECK"))?;
    let scheme = signature_scheme(to_sign);
    Ok(move |context: &mut Context| context.sign(key, digest, scheme, ticket))
}

fn signature_scheme(to_sign: &DigestToSign) -> SignatureScheme {
    let hash_scheme = HashScheme::new(match to_sign.digest() {
        Digest::Sha256(_) => HashingAlgorithm::Sha256,
        Digest::Sha384(_) => HashingAlgorithm::Sha384,
        Digest::Sha512(_) => HashingAlgorithm::Sha512,
    });
    match to_sign.family() {
        Family::Ecdsa => SignatureScheme::EcDsa { hash_scheme },
        Family::RsaSsa => SignatureScheme::RsaSsa { hash_scheme },
        Family::RsaPss => SignatureScheme::RsaPss { hash_scheme },
    }
}

/// The digest was not made by the TPM, and the key is not restricted, so it needs no ticket.
fn no_ticket() -> tss_esapi::Result<HashcheckTicket> {
    HashcheckTicket::try_from(TPMT_TK_HASHCHECK {
        tag: TPM2_ST_HASHCHECK,
        hierarchy: TPM2_RH_NULL,
        digest: Default::default(),
    })
}

pub(super) fn raw(signature: Signature) -> Result<RawSignature, Failure> {
    match signature {
        Signature::EcDsa(ecdsa) => Ok(RawSignature::Ecdsa {
            r: ecdsa.signature_r().value().to_vec(),
            s: ecdsa.signature_s().value().to_vec(),
        }),
        Signature::RsaSsa(rsa) | Signature::RsaPss(rsa) => {
            Ok(RawSignature::Rsa(rsa.signature().value().to_vec()))
        }
        _ => {
            let answer = "a signature of another scheme".to_owned();
            Err(Failure::Other(Cause {
                command: "TPM2_Sign",
                answer,
            }))
        }
    }
}
