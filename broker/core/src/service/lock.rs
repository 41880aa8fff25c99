//! Forgetting PINs.

use super::{Ports, Service};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::identity::{Caller, Uid};
use crate::policy::{Action, Details, Request, authorize};
use crate::ports::Clock as _;

/// Keys that are to be locked: one, or all of the caller.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    caller: Caller,
    fingerprint: Option<Fingerprint>,
}

impl Request for Lock {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::RestrictOwnKey
    }

    fn details(&self) -> Details {
        let key = self.fingerprint.map(|key| ("key", key.to_string()));
        let owner = ("owner", self.caller.owner.name().as_str().to_owned());
        Details {
            entries: std::iter::once(owner).chain(key).collect(),
            message: "Authentication is required to have the PINs of your SSH keys forgotten",
        }
    }
}

impl<P: Ports> Service<P> {
    /// Forgets the PIN of a key of the caller's own, or those of all.
    ///
    /// # Errors
    ///
    /// The caller has no such key, or is not allowed to.
    pub async fn lock(
        &self,
        caller: Caller,
        fingerprint: Option<Fingerprint>,
    ) -> Result<(), Error> {
        let _request = self.admit(&caller)?;
        if let Some(fingerprint) = fingerprint {
            self.own_key(&caller.owner, fingerprint).await?;
        }
        let request = Lock {
            caller,
            fingerprint,
        };
        let permit = authorize(self.ports.authority(), request).await?;
        let Lock {
            caller,
            fingerprint,
        } = permit.into_request();
        match fingerprint {
            Some(key) => self.pins.forget(&caller.owner, key),
            None => self.pins.forget_user(caller.owner.uid()),
        }
        Ok(())
    }

    /// Forgets the PINs of a user who is not there any more.
    pub fn forget_pins_of(&self, uid: Uid) {
        self.pins.forget_user(uid);
    }

    /// Forgets all PINs.
    pub fn forget_pins(&self) {
        self.pins.forget_all();
    }

    /// Wipes the PINs whose time is over.
    pub fn sweep_pins(&self) {
        self.pins.sweep(self.ports.clock().since_boot());
    }
}
