//! Changing what a key may be used for.

use super::{ListedKey, Service};
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::policy::{Relation, Target};
use crate::ports::{KeyStore as _, Ports};
use crate::requests::{RequestError, Restrict};
use crate::restrictions::{Change, Restrictions};
use sshtpm_ssh::fingerprint::Fingerprint;

impl<P: Ports> Service<P> {
    /// Changes what a key of the caller, or of the user whom the caller named, may be used for.
    ///
    /// # Errors
    ///
    /// There is no such key, the caller may not change it, or the disk fails.
    pub async fn restrict(
        &self,
        caller: Caller,
        named: Option<Owner>,
        fingerprint: Fingerprint,
        change: Change,
    ) -> Result<ListedKey, Error> {
        let _request = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        self.fits(&target.owner, &change)?;
        let before = match self.ports.store().find(&target.owner, fingerprint).await {
            Some(record) => Restrictions::clone(&record.restrictions),
            None if target.relation() == Relation::Own => {
                return Err(RequestError::NoSuchKey.into());
            }
            // A caller without the right to manage the keys of others learns nothing about them.
            None => Restrictions::before_they_were_named(&target.owner),
        };
        let after = change.apply(before.clone());
        let request = Restrict {
            target,
            fingerprint,
            before,
            after,
        };
        let permit = self.authorize(request).await?;
        Ok(self
            .listed(self.ports.store().restrict(permit).await?)
            .await)
    }
}
