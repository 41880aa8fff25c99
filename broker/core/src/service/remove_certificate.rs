//! Forgetting a certificate.

use sshtpm_ssh::certificate::Certificate;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::limits::MAX_CERTIFICATE_BYTES;

use super::{ListedKey, Service};
use crate::certificates::NotKept;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::policy::Target;
use crate::ports::{KeyStore as _, Ports};
use crate::requests::{RemoveCertificate, RequestError};

impl<P: Ports> Service<P> {
    /// Forgets the certificate of which `blob` consists, of a key of the caller, or of the user
    /// whom the caller named. Gives the key as it is then.
    ///
    /// # Errors
    ///
    /// It is not a certificate, there is no such key or it has no such certificate, the caller may
    /// not remove it, or the disk fails.
    pub async fn remove_certificate(
        &self,
        caller: Caller,
        named: Option<Owner>,
        blob: &[u8],
    ) -> Result<ListedKey, Error> {
        let _request = self.admit(&caller)?;
        let fingerprint = certified(blob).map_err(RequestError::from)?;
        let target = Target::new(caller, named, self.host.as_str());
        self.own_key_exists(&target, fingerprint).await?;
        let request = RemoveCertificate {
            target,
            fingerprint,
            blob: blob.into(),
        };
        let permit = self.authorize(request).await?;
        Ok(self
            .listed(self.ports.store().remove_certificate(permit).await?)
            .await)
    }
}

/// The key that a certificate names.
fn certified(blob: &[u8]) -> Result<Fingerprint, NotKept> {
    if blob.len() > MAX_CERTIFICATE_BYTES {
        return Err(NotKept::TooLong(blob.len()));
    }
    let certificate = Certificate::parse(blob).map_err(|_| NotKept::Malformed)?;
    Ok(Fingerprint::of(&certificate.fields.key))
}
