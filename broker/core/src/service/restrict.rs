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
    /// There is no such key, the caller may not change it so or at all, or the disk fails.
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
        let (after, fits) = changed(change, before.clone(), target.relation())?;
        let request = Restrict {
            target,
            fingerprint,
            before,
            after,
        };
        let permit = self.authorize(request).await?;
        fits?;
        Ok(self
            .listed(self.ports.store().restrict(permit).await?)
            .await)
    }
}

/// The restrictions of a key after `change`.
///
/// Of another user's key nothing is said before the authority has answered. If it cannot be changed
/// so, the authority is asked about the restrictions that it has, and the second result says why.
///
/// # Errors
///
/// A key of the caller cannot be changed so.
pub(super) fn changed(
    change: Change,
    before: Restrictions,
    relation: Relation,
) -> Result<(Restrictions, Result<(), RequestError>), RequestError> {
    match (change.apply(before.clone()), relation) {
        (Ok(after), _) => Ok((after, Ok(()))),
        (Err(error), Relation::Own) => Err(error.into()),
        (Err(error), _) => Ok((before, Err(error.into()))),
    }
}
