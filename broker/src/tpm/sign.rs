//! TPM2_Sign (TPM 2.0 Part 3, §20.2), with a key that is ready, or is loaded first.

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

use super::connection::Connection;
use super::device::Device;
use super::failure::{Cause, Failure, sort, sort_with_pin};
use super::hot::Loaded;
use super::jobs::Operation;
use super::{load, persistent, salted};
use sshtpm_core::key::KeyRecord;
use sshtpm_core::pins::Pin;
use sshtpm_core::signature::{Digest, DigestToSign, RawSignature, Scheme};

/// A signature, and the PIN of a key that has one.
pub(super) struct SignWith {
    pub(super) record: Arc<KeyRecord>,
    pub(super) wanted: Wanted,
    /// Whether what is ready in the TPM is not to be trusted.
    pub(super) afresh: bool,
}

/// What is to be signed, and how.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) digest: DigestToSign,
    pub(super) pin: Option<Arc<Pin>>,
}

/// A signature that nobody has verified.
pub(super) struct Signed {
    pub(super) raw: RawSignature,
    /// Whether the key was loaded for it; one that was there before may have become another.
    pub(super) was_loaded: bool,
}

impl Operation for SignWith {
    type Output = Signed;

    fn run(&self, device: &mut Device) -> Result<Signed, Failure> {
        if self.afresh {
            persistent::distrust(device, &self.record);
            device.drop_ready(&self.record)?;
        } else if let Some(raw) = self.with_what_is_there(device)? {
            let was_loaded = false;
            return Ok(Signed { raw, was_loaded });
        }
        let raw = self.with_loaded(device)?;
        let was_loaded = true;
        Ok(Signed { raw, was_loaded })
    }
}

impl SignWith {
    fn with_what_is_there(&self, device: &mut Device) -> Result<Option<RawSignature>, Failure> {
        match persistent::sign(device, &self.record, &self.wanted)? {
            None => self.with_ready(device),
            signed => Ok(signed),
        }
    }

    /// Signs with a key that is ready. That it cannot is no failure, but that it is not there any more.
    fn with_ready(&self, device: &mut Device) -> Result<Option<RawSignature>, Failure> {
        let Some(ready) = device.ready(&self.record) else {
            return Ok(None);
        };
        match self.wanted.by(ready) {
            Ok(raw) => Ok(Some(raw)),
            Err(failure) if self.is_final(&failure) => Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "a key that was ready is not there any more");
                device.drop_ready(&self.record)?;
                Ok(None)
            }
        }
    }

    /// Loads the key, and keeps it ready if it can be.
    fn with_loaded(&self, device: &mut Device) -> Result<RawSignature, Failure> {
        let Some(loaded) = device.make_ready(&self.record)? else {
            return device.with_room(|base| load_and_sign(base, &self.record, &self.wanted));
        };
        let signed = self.wanted.by(loaded);
        if signed
            .as_ref()
            .is_err_and(|failure| !self.is_final(failure))
        {
            device.drop_ready(&self.record)?;
        }
        signed
    }

    /// Whether a failure is none of the key's being ready. A key without a PIN cannot have a wrong one;
    /// what says so is somebody else's, at the same handle.
    fn is_final(&self, failure: &Failure) -> bool {
        match failure {
            Failure::Gone(_) | Failure::GoneInTry(_) => true,
            Failure::WrongPin(_) | Failure::InLockout(_) => self.wanted.pin.is_some(),
            _ => false,
        }
    }
}

/// Signs with a key that is in the TPM for as long as this takes.
pub(super) fn load_and_sign(
    connection: &mut Connection,
    record: &KeyRecord,
    wanted: &Wanted,
) -> Result<RawSignature, Failure> {
    let key = load::load(connection, &record.key.blob, &record.key.parent)?;
    let signed = wanted.by(Loaded { connection, key });
    let flushed = connection.context().flush_context(key.into());
    let signature = signed?;
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Ok(signature)
}

impl Wanted {
    pub(super) fn by(&self, loaded: Loaded<'_>) -> Result<RawSignature, Failure> {
        let Loaded { connection, key } = loaded;
        raw(self.sign(connection, key)?)
    }

    fn sign(&self, connection: &mut Connection, key: KeyHandle) -> Result<Signature, Failure> {
        let digest = self.digest.digest().as_bytes();
        let digest = TpmDigest::try_from(digest).map_err(sort("TPM2B_DIGEST"))?;
        let ticket = no_ticket().map_err(sort("TPMT_TK_HASHCHECK"))?;
        let scheme = signature_scheme(&self.digest);
        let sign = |context: &mut Context| context.sign(key, digest, scheme, ticket);
        match &self.pin {
            None => connection
                .context()
                .execute_with_session(Some(AuthSession::Password), sign)
                .map_err(sort("TPM2_Sign")),
            Some(pin) => {
                let sort = sort_with_pin("TPM2_Sign");
                salted::in_session_with_pin(connection, key, pin, sign, sort)
            }
        }
    }
}

fn signature_scheme(to_sign: &DigestToSign) -> SignatureScheme {
    let hash_scheme = HashScheme::new(match to_sign.digest() {
        Digest::Sha256(_) => HashingAlgorithm::Sha256,
        Digest::Sha384(_) => HashingAlgorithm::Sha384,
        Digest::Sha512(_) => HashingAlgorithm::Sha512,
    });
    match to_sign.scheme() {
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
