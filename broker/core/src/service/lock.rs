//! Forgetting PINs.

use super::Service;
use crate::error::Error;
use crate::identity::{Caller, Uid};
use crate::ports::{Clock as _, Ports};
use crate::requests::Lock;
use sshtpm_ssh::fingerprint::Fingerprint;

impl<P: Ports> Service<P> {
    /// Forgets the PIN of one key of the caller, or of all.
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
        let permit = self.authorize(request).await?;
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

    /// Forgets the PINs of a user whose last login session ended.
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
