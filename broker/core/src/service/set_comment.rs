//! Renaming a key.

use super::Service;
use crate::comment::Comment;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::policy::{Relation, Target};
use crate::ports::{KeyStore as _, Ports};
use crate::requests::SetComment;
use sshtpm_ssh::fingerprint::Fingerprint;

impl<P: Ports> Service<P> {
    /// Renames a key of the caller, or of the user whom the caller named.
    ///
    /// # Errors
    ///
    /// There is no such key, the caller may not rename it, or the disk fails.
    pub async fn set_comment(
        &self,
        caller: Caller,
        named: Option<Owner>,
        fingerprint: Fingerprint,
        comment: Comment,
    ) -> Result<(), Error> {
        let _request = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        let may_ask_a_person = match target.relation() {
            Relation::Own => {
                let record = self.own_key(&target.owner, fingerprint).await?;
                record.asks_a_person()
            }
            // Nothing is said about keys of others before the authority has answered, and what it
            // is asked about those takes an administrator.
            Relation::Host | Relation::Other => true,
        };
        let request = SetComment {
            target,
            fingerprint,
            comment,
            may_ask_a_person,
        };
        let permit = self.authorize(request).await?;
        Ok(self.ports.store().set_comment(permit).await?)
    }
}
