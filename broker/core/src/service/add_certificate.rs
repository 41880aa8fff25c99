//! Keeping a certificate with its key.

use super::{ListedKey, Service};
use crate::certificates::UserCertificate;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::policy::Target;
use crate::ports::{Clock as _, KeyStore as _, Ports};
use crate::requests::{AddCertificate, RequestError};

impl<P: Ports> Service<P> {
    /// Keeps the certificate of which `blob` consists with the key that it certifies, which is of
    /// the caller, or of the user whom the caller named. Gives the key as it is then.
    ///
    /// # Errors
    ///
    /// It is not a certificate that can be used, there is no such key, the key or the user has too
    /// many, the caller may not add it, or the disk fails.
    pub async fn add_certificate(
        &self,
        caller: Caller,
        named: Option<Owner>,
        blob: &[u8],
    ) -> Result<ListedKey, Error> {
        let _request = self.admit(&caller)?;
        let now = self.ports.clock().now();
        // A signature of an authority is verified, as those of hosts are.
        let turn = self.turns.take(caller.owner.uid()).await;
        let taken = UserCertificate::of_caller(blob, now);
        drop(turn);
        let (certificate, fingerprint) = taken.map_err(RequestError::from)?;
        let target = Target::new(caller, named, self.host.as_str());
        self.own_key_exists(&target, fingerprint).await?;
        let request = AddCertificate {
            target,
            fingerprint,
            certificate,
            now,
        };
        let permit = self.authorize(request).await?;
        Ok(self
            .listed(self.ports.store().add_certificate(permit).await?)
            .await)
    }
}
