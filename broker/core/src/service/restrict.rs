//! Changing what a key may be used for.

use super::{ListedKey, Ports, Service};
use crate::error::{Error, RequestError};
use crate::fingerprint::Fingerprint;
use crate::identity::{Caller, Owner};
use crate::policy::{Action, Details, Relation, Request, Target, authorize};
use crate::ports::KeyStore as _;
use crate::restrictions::{Change, Restrictions};

/// A key that is to have other restrictions.
#[derive(Clone, Debug)]
pub struct Restrict {
    pub target: Target,
    pub fingerprint: Fingerprint,
    /// Those from which it was decided whether this relaxes anything. What has others by now is not
    /// changed.
    pub before: Restrictions,
    pub after: Restrictions,
}

impl Request for Restrict {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(if self.after.relaxes(&self.before) {
            Action::ChangeOwnKey
        } else {
            Action::RestrictOwnKey
        })
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.target.owner.name().as_str().to_owned()),
                ("key", self.fingerprint.to_string()),
            ],
            message: "Authentication is required to change what the SSH key $(key) of $(owner) may \
                      be used for",
        }
    }
}

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
        let before = match self.ports.store().find(&target.owner, fingerprint).await {
            Some(record) => Restrictions::clone(&record.restrictions),
            None if target.relation() == Relation::Own => {
                return Err(RequestError::NoSuchKey.into());
            }
            // Whoever may not manage the keys of others learns nothing of them.
            None => Restrictions::before_they_were_named(&target.owner),
        };
        let after = change.apply(before.clone());
        let request = Restrict {
            target,
            fingerprint,
            before,
            after,
        };
        let permit = authorize(self.ports.authority(), request).await?;
        Ok(self.listed(self.ports.store().restrict(permit).await?))
    }
}
