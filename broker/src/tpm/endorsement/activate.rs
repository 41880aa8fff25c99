//! TPM2_ActivateCredential (TPM 2.0 Part 3, §12.5): the TPM gives back a secret only if it has both
//! the endorsement key for which the secret was encrypted and the key of which the Name is bound to
//! it.

use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{EncryptedSecret, IdObject};
use zeroize::Zeroizing;

use super::ek_session;
use super::find::{Found, find};
use super::ready::leave;
use crate::tpm::connection::Connection;
use crate::tpm::device::Device;
use crate::tpm::failure::{Failure, is_bad_credential, sort};
use crate::tpm::jobs::Operation;
use crate::tpm::load;
use sshtpm_core::endorsement::Credential;
use sshtpm_core::key::{KeyBlob, ParentName};
use sshtpm_ssh::endorsement::EndorsementHash;

/// Decrypts a credential. Nothing stays in the TPM.
pub(in crate::tpm) struct Activate {
    pub(in crate::tpm) attestation_key: KeyBlob,
    pub(in crate::tpm) parent: ParentName,
    /// `None`: the first one that is found.
    pub(in crate::tpm) endorsement_key: Option<EndorsementHash>,
    pub(in crate::tpm) credential: Credential,
}

impl Operation for Activate {
    type Output = Zeroizing<Vec<u8>>;

    fn run(&self, device: &mut Device) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let is_meant = |found: &Found| {
            let hash = self.endorsement_key;
            hash.is_none_or(|hash| EndorsementHash::of(&found.read) == hash)
        };
        let found = find(device, is_meant)?;
        let key = found.iter().find(|found| is_meant(found));
        let key = key.ok_or(Failure::NoSuchEndorsementKey)?;
        device.with_room(|connection| self.activate(connection, key))
    }
}

impl Activate {
    fn activate(
        &self,
        connection: &mut Connection,
        endorsement: &Found,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let attestation = load::load(connection, &self.attestation_key, &self.parent)?;
        let secret = self.with_both(connection, endorsement, attestation);
        let flushed = connection.context().flush_context(attestation.into());
        let secret = secret?;
        flushed.map_err(sort("TPM2_FlushContext(attestation)"))?;
        Ok(secret)
    }

    fn with_both(
        &self,
        connection: &mut Connection,
        endorsement: &Found,
        attestation: KeyHandle,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let ready = endorsement.load(connection)?;
        let secret = self.decrypt(connection, endorsement, (attestation, ready.key));
        let left = leave(connection, ready);
        let secret = secret?;
        left?;
        Ok(secret)
    }

    fn decrypt(
        &self,
        connection: &mut Connection,
        endorsement: &Found,
        (attestation, key): (KeyHandle, KeyHandle),
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let credential = IdObject::try_from(self.credential.id_object());
        let secret = EncryptedSecret::try_from(self.credential.encrypted_secret());
        let (Ok(credential), Ok(secret)) = (credential, secret) else {
            return Err(Failure::BadCredential);
        };
        let sessions = |endorsement| (Some(AuthSession::Password), Some(endorsement), None);
        let activated = ek_session::run(
            connection,
            &endorsement.public,
            |context, authorization| {
                context.execute_with_sessions(sessions(authorization), |context| {
                    context.activate_credential(attestation, key, credential, secret)
                })
            },
            |error| match sort("TPM2_ActivateCredential")(error) {
                Failure::Other(_) if is_bad_credential(error) => Failure::BadCredential,
                failure => failure,
            },
        )?;
        Ok(Zeroizing::new(activated.value().to_vec()))
    }
}
