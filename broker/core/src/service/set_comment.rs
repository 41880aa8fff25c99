//! Renaming a key.

use super::{Ports, Service};
use crate::comment::Comment;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::identity::{Caller, Owner};
use crate::policy::{Action, Details, Request, Target, authorize};
use crate::ports::KeyStore as _;

/// A key that is to be called something else.
#[derive(Clone, Debug)]
pub struct SetComment {
    pub target: Target,
    pub fingerprint: Fingerprint,
    pub comment: Comment,
}

impl Request for SetComment {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::CommentOwnKey)
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.target.owner.name().as_str().to_owned()),
                ("key", self.fingerprint.to_string()),
            ],
            message: "Authentication is required to rename the SSH key $(key) of $(owner)",
        }
    }
}

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
        self.own_key_exists(&target, fingerprint).await?;
        let request = SetComment {
            target,
            fingerprint,
            comment,
        };
        let permit = authorize(self.ports.authority(), request).await?;
        Ok(self.ports.store().set_comment(permit).await?)
    }
}
