//! The operations: the order of their steps, and nothing else.
//!
//! An operation takes parsed arguments, asks the authority, and has the ports do the rest. While a
//! person is being asked, it holds nothing but a place of the caller.

mod activate_credential;
mod add_certificate;
mod adopt;
mod archive_lost;
mod attempt;
mod attest;
mod by_use_state;
mod counts;
mod delete;
mod delete_orphans;
mod derive;
mod examine;
mod generate;
mod get_identity;
mod get_lockout;
mod get_pcrs;
mod get_queue;
mod get_uses;
mod import;
mod keep_by_use;
mod list;
mod list_orphans;
mod lock;
mod measure_tpm;
mod new_key;
mod note;
mod pcrs;
mod put_away;
mod remove_certificate;
mod reset_lockout;
mod restrict;
mod sealed;
mod seat;
mod set_comment;
mod set_persistent;
mod set_pin;
mod sign;
mod sign_digest;
mod sign_with_pin;
mod unlock;

#[cfg(test)]
mod fakes;
#[cfg(test)]
mod tests;

pub use list::{ListedKey, OfferedKey};
pub use list_orphans::{Orphan, OrphanPage};

use std::sync::{Arc, PoisonError, RwLock};

use futures_util::lock::Mutex;

use crate::counts::OnDisk;
use crate::error::Error;
use crate::hourly::Hourly;
use crate::identity::{Caller, Owner, UserName};
use crate::key::KeyRecord;
use crate::pins::{PinLimits, Pins};
use crate::policy::{self, Permit, Refused, Relation, Request, Rests, Target};
use crate::ports::{Clock as _, KeyStore as _, Ports};
use crate::quota::{Claim, Claims, LimitError};
use crate::requests::RequestError;
use crate::restrictions::{Change, Forwarding, Screen};
use crate::sealed_keys::SealedKeys;
use crate::session::Turns;
use crate::signature::Salts;
use by_use_state::ByUse;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Everything the operations need.
#[derive(Debug)]
pub struct Service<P: Ports> {
    /// What the operations need from outside.
    pub ports: P,
    limits: RwLock<Limits>,
    /// The user whose keys are sshd's.
    pub(crate) host: UserName,
    requests: Claims,
    new_keys: Claims,
    generated: Hourly,
    pins: Pins,
    /// What of all that is counted is on the disk.
    on_disk: OnDisk,
    turns: Turns,
    /// For RSA keys that the TPM derives: see [`Self::turn_to_derive`].
    derivations: Turns,
    rests: Rests,
    /// For new keys, where the caller says nothing.
    forwarding_of_new_keys: RwLock<Forwarding>,
    sealed_keys: RwLock<SealedKeys>,
    /// Held during a change of the keys that the TPM keeps: one change at a time.
    promotions: Mutex<()>,
    by_use: ByUse,
    /// Held from the look whether another user has a key until that key is stored.
    adoptions: Mutex<()>,
    /// Held during a measurement of the TPM: one at a time.
    measuring: Mutex<()>,
    /// Whether the TPM makes salts that few programs take.
    salts: Salts,
}

/// How much one user may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Keys that exist.
    pub keys_per_user: usize,
    /// Keys that the TPM makes for one user, whatever becomes of them.
    pub keys_generated_per_hour: usize,
    /// Requests under way at once, those included that wait for a person or the TPM.
    pub requests_per_user: usize,
}

impl<P: Ports> Service<P> {
    /// A service without requests; `host` is the user whose keys are sshd's.
    pub fn new(ports: P, limits: Limits, host: UserName) -> Self {
        Self {
            ports,
            limits: RwLock::new(limits),
            host,
            requests: Claims::default(),
            new_keys: Claims::default(),
            generated: Hourly::default(),
            pins: Pins::default(),
            on_disk: OnDisk::default(),
            turns: Turns::default(),
            derivations: Turns::default(),
            rests: Rests::default(),
            forwarding_of_new_keys: RwLock::new(Forwarding::Allowed),
            sealed_keys: RwLock::default(),
            promotions: Mutex::default(),
            by_use: ByUse::default(),
            adoptions: Mutex::default(),
            measuring: Mutex::default(),
            salts: Salts::default(),
        }
    }

    /// How much one user may have now.
    fn limits(&self) -> Limits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how much one user may have from now on. A user with more keeps it.
    pub fn set_limits(&self, limits: Limits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Changes how PINs are treated from now on.
    pub fn set_pin_limits(&self, limits: PinLimits) {
        let now = self.ports.clock().since_boot();
        self.pins.set_limits(limits, now);
    }

    /// Sets whether new keys may be used over forwarded connections where the caller says nothing.
    pub fn set_forwarding_of_new_keys(&self, forwarding: Forwarding) {
        let own = self.forwarding_of_new_keys.write();
        *own.unwrap_or_else(PoisonError::into_inner) = forwarding;
    }

    fn forwarding_of_new_keys(&self) -> Forwarding {
        let own = self.forwarding_of_new_keys.read();
        *own.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no request is under way, and no change of the keys that the TPM keeps.
    pub fn is_idle(&self) -> bool {
        self.requests.is_empty() && self.promotions.try_lock().is_some()
    }

    /// Asks the authority, and a person if it says so and nobody refused lately.
    async fn authorize<R: Request>(&self, request: R) -> Result<Permit<R>, Refused> {
        let now = || self.ports.clock().since_boot();
        policy::authorize(self.ports.authority(), (&self.rests, now), request).await
    }

    /// Whether keys of `owner` can be changed so.
    ///
    /// # Errors
    ///
    /// A name has a character that misleads people, or a host key would not serve sshd.
    fn fits(&self, owner: &Owner, change: &Change) -> Result<(), RequestError> {
        if let Some(character) = change.first_harmful() {
            return Err(RequestError::Name(character));
        }
        match change.screen {
            Some(Screen::Unlocked) if *owner.name() == self.host => {
                Err(RequestError::HostKeyWhileUnlocked)
            }
            _ => Ok(()),
        }
    }

    fn admit(&self, caller: &Caller) -> Result<Claim, LimitError> {
        let at_most = self.limits().requests_per_user;
        self.requests
            .claim(caller.owner.uid(), || 0, at_most)
            .ok_or(LimitError::Requests(at_most))
    }

    /// The key of `owner` that has this name.
    async fn own_key(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> Result<Arc<KeyRecord>, RequestError> {
        let found = self.ports.store().find(owner, fingerprint).await;
        found.ok_or(RequestError::NoSuchKey)
    }

    /// Spares the caller a prompt about a key that does not exist. Nothing is said about keys of
    /// others before the prompt is answered.
    async fn own_key_exists(&self, target: &Target, fingerprint: Fingerprint) -> Result<(), Error> {
        if target.relation() == Relation::Own {
            self.own_key(&target.owner, fingerprint).await?;
        }
        Ok(())
    }
}
