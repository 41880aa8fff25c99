//! TPM2_Sign (TPM 2.0 Part 3, §20.2): load, sign, flush.

use std::sync::Arc;

use tss_esapi::Context;
use tss_esapi::constants::tss::{TPM2_RH_NULL, TPM2_ST_HASHCHECK};
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{
    Digest as TpmDigest, HashScheme, HashcheckTicket, Signature, SignatureScheme,
};
use tss_esapi::tss2_esys::TPMT_TK_HASHCHECK;

use super::device::Device;
use super::failure::{Cause, Failure, sort, sort_with_pin};
use super::jobs::Operation;
use super::{load, salted};
use crate::core::key::TpmKey;
use crate::core::pins::Pin;
use crate::core::service::Sign;
use crate::core::signature::{Digest, RawSignature, Scheme};

/// A signature, and the PIN of a key that has one.
pub(super) struct SignWith {
    pub(super) request: Sign,
    pub(super) pin: Option<Arc<Pin>>,
}

impl Operation for SignWith {
    type Output = RawSignature;

    fn run(&self, device: &mut Device) -> Result<RawSignature, Failure> {
        let Sign {
            record,
            scheme,
            digest,
            ..
        } = &self.request;
        load_and_sign(device, &record.key, self.pin.as_deref(), *scheme, digest)
    }
}

/// Signs with a key that is in the TPM for as long as this takes.
pub(super) fn load_and_sign(
    device: &mut Device,
    key: &TpmKey,
    pin: Option<&Pin>,
    scheme: Scheme,
    digest: &Digest,
) -> Result<RawSignature, Failure> {
    let key = load::load(device, &key.blob, &key.parent)?;
    let signed = sign(device, key, pin, scheme, digest);
    let flushed = device.context().flush_context(key.into());
    let signature = signed?;
    flushed.map_err(sort("TPM2_FlushContext"))?;
    raw(signature)
}

fn sign(
    device: &mut Device,
    key: KeyHandle,
    pin: Option<&Pin>,
    scheme: Scheme,
    digest: &Digest,
) -> Result<Signature, Failure> {
    let tpm_digest = TpmDigest::try_from(digest.as_bytes()).map_err(sort("TPM2B_DIGEST"))?;
    let ticket = no_ticket().map_err(sort("TPMT_TK_HASHCHECK"))?;
    let scheme = signature_scheme(scheme, digest);
    let sign = |context: &mut Context| context.sign(key, tpm_digest, scheme, ticket);
    match pin {
        None => device
            .context()
            .execute_with_session(Some(AuthSession::Password), sign)
            .map_err(sort("TPM2_Sign")),
        Some(pin) => {
            salted::in_session_with_pin(device, key, pin, sign, sort_with_pin("TPM2_Sign"))
        }
    }
}

fn signature_scheme(scheme: Scheme, digest: &Digest) -> SignatureScheme {
    let hash_scheme = HashScheme::new(match digest {
        Digest::Sha256(_) => HashingAlgorithm::Sha256,
        Digest::Sha384(_) => HashingAlgorithm::Sha384,
        Digest::Sha512(_) => HashingAlgorithm::Sha512,
    });
    match scheme {
        Scheme::Ecdsa(_) => SignatureScheme::EcDsa { hash_scheme },
        Scheme::RsaSha256 | Scheme::RsaSha512 => SignatureScheme::RsaSsa { hash_scheme },
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

fn raw(signature: Signature) -> Result<RawSignature, Failure> {
    match signature {
        Signature::EcDsa(ecdsa) => Ok(RawSignature::Ecdsa {
            r: ecdsa.signature_r().value().to_vec(),
            s: ecdsa.signature_s().value().to_vec(),
        }),
        Signature::RsaSsa(rsa) => Ok(RawSignature::Rsa(rsa.signature().value().to_vec())),
        _ => {
            let answer = "a signature of another scheme".to_owned();
            Err(Failure::Other(Cause {
                command: "TPM2_Sign",
                answer,
            }))
        }
    }
}
