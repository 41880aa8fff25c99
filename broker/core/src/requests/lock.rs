//! A request to forget PINs.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};
use sshtpm_ssh::fingerprint::Fingerprint;

/// A request to forget the PIN of one key of the caller, or of all.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    pub(crate) caller: Caller,
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl Request for Lock {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::RestrictOwnKey
    }

    fn key(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    fn details(&self) -> Details {
        let key = self.fingerprint.map(|key| ("key", key.to_string()));
        let owner = ("owner", self.caller.owner.name().as_str().to_owned());
        Details {
            entries: std::iter::once(owner).chain(key).collect(),
            message: "Authentication is required to have the PINs of your SSH keys forgotten"
                .into(),
        }
    }
}
