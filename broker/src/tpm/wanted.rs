//! One signature with a key that is loaded: TPM2_Sign (TPM 2.0 Part 3, §20.2).

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

use super::connection::{Connection, Loaded};
use super::failure::{Cause, Failure, is_bad_auth, sort, sort_with_pin};
use super::{load, salted};
use sshtpm_core::key::KeyRecord;
use sshtpm_core::pins::Pin;
use sshtpm_core::signature::{Digest, DigestToSign, RawSignature, Scheme};

/// What is to be signed, and how.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) digest: DigestToSign,
    pub(super) pin: Option<Arc<Pin>>,
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
        raw(self.sign(connection, key, sort("TPM2_Sign"))?)
    }

    /// The same with a key of which somebody said that it has no PIN.
    pub(super) fn by_untried(&self, loaded: Loaded<'_>) -> Result<RawSignature, Failure> {
        let Loaded { connection, key } = loaded;
        raw(
            self.sign(connection, key, |error| match sort("TPM2_Sign")(error) {
                Failure::Other(cause) if is_bad_auth(error) => Failure::UnsaidPin(cause),
                failure => failure,
            })?,
        )
    }

    fn sign(
        &self,
        connection: &mut Connection,
        key: KeyHandle,
        sort_without_pin: impl FnOnce(tss_esapi::Error) -> Failure,
    ) -> Result<Signature, Failure> {
        let digest = self.digest.digest().as_bytes();
        let digest = TpmDigest::try_from(digest).map_err(sort("TPM2B_DIGEST"))?;
        let ticket = no_ticket().map_err(sort("TPMT_TK_HASHCHECK"))?;
        let scheme = signature_scheme(&self.digest);
        let sign = |context: &mut Context| context.sign(key, digest, scheme, ticket);
        match &self.pin {
            None => connection
                .context()
                .execute_with_session(Some(AuthSession::Password), sign)
                .map_err(sort_without_pin),
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
