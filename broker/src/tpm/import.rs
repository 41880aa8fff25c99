//! TPM2_Import (TPM 2.0 Part 3, §13.3): a key that was wrapped to the parent becomes one of its
//! children. TPM2_Load, and TPM2_Sign or TPM2_Unseal then show that it can be used.
//!
//! A key that the TPM refuses is the caller's mistake. It does not change the state of the TPM.

use std::sync::Arc;

use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{EncryptedSecret, Private, Public, SymmetricDefinitionObject};
use tss_esapi::traits::UnMarshall as _;

use super::authorization::Authorization;
use super::connection::{Connection, Loaded};
use super::device::Device;
use super::failure::{Cause, Failure, is_bad_duplicate, sort, sort_with_parent};
use super::jobs::Operation;
use super::wanted::sign_untried;
use super::{load, pcrs, sealed};
use sshtpm_core::import::{Binding, Wrapped};
use sshtpm_core::key::{KeyBlob, TpmKey};
use sshtpm_core::ports::Imported;
use sshtpm_core::signature::{RawSignature, ToSign};
use sshtpm_ssh::pcr::PcrPolicy;

/// Imports a key. Nothing stays in the TPM.
pub(super) struct Import {
    pub(super) wrapped: Arc<Wrapped>,
}

impl Operation for Import {
    type Output = Imported;

    fn run(&self, device: &mut Device) -> Result<Imported, Failure> {
        let parent = device.parent_name().clone();
        let policy = policy(device, &self.wrapped)?;
        let (blob, proof) = device.with_room(|base| {
            let blob = import(base, &self.wrapped)?;
            let proof = load_and_try(base, &blob, &self.wrapped, policy.as_ref())?;
            Ok((blob, proof))
        })?;
        let public = self.wrapped.public();
        let key = TpmKey {
            public: self.wrapped.public_key().clone(),
            parent,
            blob,
            holding: public.holding(),
            protection: public.protection(),
            persistent: None,
            pcrs: policy.map(Arc::new),
        };
        Ok(Imported { key, proof })
    }
}

/// What a key is bound to that is to be bound. It has to be exactly that: another policy could let
/// a key out of the TPM, or be about no PCR at all.
fn policy(device: &mut Device, wrapped: &Wrapped) -> Result<Option<PcrPolicy>, Failure> {
    let public = wrapped.public();
    let Some(Binding { pcrs, policy }) = public.binding() else {
        return Ok(None);
    };
    let present = pcrs::present_policy(device.context(), *pcrs, public.protection())?;
    match present.digest() == *policy {
        true => Ok(Some(present)),
        false => Err(Failure::NotThesePcrs(*pcrs)),
    }
}

/// The new blob. The parent that was found when the connection was made may have been replaced:
/// then the key is not wrapped to the present one, or its record would name the wrong one.
fn import(connection: &mut Connection, wrapped: &Wrapped) -> Result<KeyBlob, Failure> {
    let area = wrapped.public().bytes();
    let public = Public::unmarshall(area).map_err(sort("TPMT_PUBLIC"))?;
    let duplicate = Private::try_from(wrapped.duplicate()).map_err(sort("TPM2B_PRIVATE"))?;
    let secret = EncryptedSecret::try_from(wrapped.secret()).map_err(sort("secret"))?;
    let parent = connection.parent();
    let imported = connection
        .context()
        .execute_with_session(Some(AuthSession::Password), |context| {
            let no_inner_wrapper = SymmetricDefinitionObject::Null;
            context.import(
                parent.into(),
                None,
                public,
                duplicate,
                secret,
                no_inner_wrapper,
            )
        })
        .map_err(|error| match sort_with_parent("TPM2_Import")(error) {
            Failure::Other(cause) if is_bad_duplicate(error) => Failure::NotOfThisTpm(cause),
            failure => failure,
        });
    match imported {
        Ok(_) | Err(Failure::NotOfThisTpm(_)) if !connection.parent_is_there()? => {
            let answer = "the parent key was replaced".to_owned();
            Err(Failure::ParentChanged(Cause {
                command: "TPM2_Import",
                answer,
            }))
        }
        imported => Ok(KeyBlob {
            public: load::with_length(area)?,
            private: load::with_length(imported?.value())?.into(),
        }),
    }
}

/// A key with a PIN is loaded, by which the TPM checks that its parts belong together, and makes no
/// signature.
fn load_and_try(
    connection: &mut Connection,
    blob: &KeyBlob,
    wrapped: &Wrapped,
    pcrs: Option<&PcrPolicy>,
) -> Result<Option<RawSignature>, Failure> {
    let parent = connection.parent_name().clone();
    let loaded = load::load(connection, blob, &parent);
    let key = loaded.map_err(|failure| match failure {
        // The parent made this blob just now.
        Failure::KeyRefused(cause) => Failure::NotOfThisTpm(cause),
        failure => failure,
    })?;
    let trial = wrapped.trial();
    let authorization = Authorization { pin: None, pcrs };
    let tried = trial.map(|to_sign| match to_sign {
        ToSign::Digest(to_sign) => {
            sign_untried(Loaded { connection, key }, authorization, &to_sign)
        }
        ToSign::Message(message) => {
            let seed = sealed::unseal_untried(Loaded { connection, key }, authorization)?;
            seed.sign(wrapped.public_key(), &message)
        }
    });
    let flushed = connection.context().flush_context(key.into());
    let tried = tried.transpose()?;
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Ok(tried)
}
