//! Showing a verifier that a user's attestation key is in this machine's TPM.

use zeroize::Zeroizing;

use super::Service;
use crate::endorsement::Credential;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::ports::{KeyStore as _, Ports, Tpm as _, TpmError};
use crate::requests::{ActivateCredential, RequestError};
use sshtpm_ssh::endorsement::EndorsementHash;

impl<P: Ports> Service<P> {
    /// Has the TPM decrypt a credential that a verifier made for an endorsement key and for the
    /// Name of the attestation key of `named`, or of the caller.
    ///
    /// # Errors
    ///
    /// The caller may not, the user has no attestation key, the credential was made for others, or
    /// the TPM fails.
    pub async fn activate_credential(
        &self,
        caller: Caller,
        named: Option<Owner>,
        endorsement_key: Option<EndorsementHash>,
        credential: Credential,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let _request = self.admit(&caller)?;
        let request = ActivateCredential {
            owner: named.unwrap_or_else(|| caller.owner.clone()),
            caller,
            endorsement_key,
            credential,
        };
        // Nothing is said about the user before that is answered.
        let permit = self.authorize(request).await?;
        let owner = permit.request().owner.clone();
        let none = || RequestError::NoAttestationKey(owner.name().as_str().to_owned());
        let key = self.ports.store().attestation_key(&owner).await?;
        let key = key.ok_or_else(none)?;
        let activated = self.ports.tpm().activate_credential(permit, &key).await;
        activated.map_err(|error| match error {
            // A new one is made when a key is attested the next time.
            TpmError::KeyLost => none().into(),
            error => error.into(),
        })
    }
}
