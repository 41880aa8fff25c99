//! Deriving a key for the first time: TPM2_CreatePrimary, and TPM2_FlushContext.

use std::sync::Arc;

use tss_esapi::traits::Marshall as _;

use super::device::Device;
use super::failure::{Cause, Failure, sort};
use super::jobs::Operation;
use super::{load, primary, public_key, template};
use sshtpm_core::derivation::Derivation;
use sshtpm_core::key::{KeyBlob, PrivatePart, Protection, TpmKey};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::derived::Template;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Derives a key. Nothing stays in the TPM.
pub(super) struct Derive {
    pub(super) algorithm: Algorithm,
    pub(super) derivation: Arc<Derivation>,
}

impl Operation for Derive {
    type Output = TpmKey;

    fn run(&self, device: &mut Device) -> Result<TpmKey, Failure> {
        let template = match self.derivation.template() {
            // Anybody who may send commands could derive the key, so noDA costs nothing.
            Template::Sshtpm => template::signing_key(self.algorithm, Protection::Nothing, None),
            Template::SshTpmAgent => template::key_of_ssh_tpm_agent(self.algorithm),
        };
        let template = template.map_err(sort("template"))?;
        let public = device.with_room(|base| {
            let derived = primary::derive(base, template.clone(), &self.derivation)?;
            let flushed = base.context().flush_context(derived.key.into());
            flushed.map_err(sort("TPM2_FlushContext"))?;
            Ok(derived.public)
        })?;
        let key = public_key::from_tpm(&public).ok_or_else(|| {
            let answer = "a public key that is not of the kind asked for".to_owned();
            Failure::Other(Cause {
                command: "TPM2_CreatePrimary",
                answer,
            })
        })?;
        device.note_new(Fingerprint::of(&key));
        let area = public.marshall().map_err(sort("TPM2B_PUBLIC"))?;
        Ok(TpmKey {
            public: key,
            parent: device.parent_name().clone(),
            blob: KeyBlob {
                public: load::with_length(&area)?,
                private: PrivatePart::Derived(Arc::clone(&self.derivation)),
            },
            holding: self.algorithm.holding(),
            protection: Protection::Nothing,
            persistent: None,
            pcrs: None,
        })
    }
}
