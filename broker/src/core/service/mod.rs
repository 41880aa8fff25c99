//! The operations: the order of their steps, and nothing else.
//!
//! Each takes a request that is already parsed, asks the authority, and has the rest done by the
//! ports. Nothing is held while a person is being asked, but one of the caller's own places.

mod delete;
mod generate;
mod get_lockout;
mod list;
mod set_comment;
mod sign;

#[cfg(test)]
mod fakes;
#[cfg(test)]
mod tests;

pub(crate) use delete::Delete;
pub(crate) use generate::Generate;
pub(crate) use get_lockout::GetLockout;
pub(crate) use list::{KeyState, ListedKey};
pub(crate) use set_comment::SetComment;
pub(crate) use sign::{MAX_DATA_BYTES, Sign};

use std::sync::{PoisonError, RwLock};

use super::error::{Error, LimitError, RequestError};
use super::fingerprint::Fingerprint;
use super::identity::{Caller, UserName};
use super::policy::{Relation, Target};
use super::ports::{Authority, Clock, KeyStore, Tpm};
use super::quota::{Claim, Claims};

/// Everything the operations need.
#[derive(Debug)]
pub(crate) struct Service<P: Ports> {
    pub(crate) ports: P,
    limits: RwLock<Limits>,
    /// The user whose keys are sshd's.
    pub(crate) host: UserName,
    requests: Claims,
    new_keys: Claims,
}

/// One adapter for each port.
pub(crate) trait Ports: Send + Sync + 'static {
    type Tpm: Tpm;
    type Authority: Authority;
    type Store: KeyStore;
    type Clock: Clock;

    fn tpm(&self) -> &Self::Tpm;
    fn authority(&self) -> &Self::Authority;
    fn store(&self) -> &Self::Store;
    fn clock(&self) -> &Self::Clock;
}

/// How much one user may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) keys_per_user: usize,
    /// Requests under way at once, those included that wait for a person or the TPM.
    pub(crate) requests_per_user: usize,
}

impl<P: Ports> Service<P> {
    pub(crate) fn new(ports: P, limits: Limits, host: UserName) -> Self {
        Self {
            ports,
            limits: RwLock::new(limits),
            host,
            requests: Claims::default(),
            new_keys: Claims::default(),
        }
    }

    /// What is known about the TPM.
    pub(crate) fn tpm_status(&self) -> super::ports::TpmStatus {
        self.ports.tpm().status()
    }

    /// How much one user may have now.
    fn limits(&self) -> Limits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how much one user may have from now on. Who has more keeps it.
    pub(crate) fn set_limits(&self, limits: Limits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Whether no request is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.is_empty()
    }

    fn admit(&self, caller: &Caller) -> Result<Claim, LimitError> {
        let at_most = self.limits().requests_per_user;
        self.requests
            .claim(caller.owner.uid(), || 0, at_most)
            .ok_or(LimitError::Requests(at_most))
    }

    /// Spares the caller a question about a key that the caller does not have. About keys of others
    /// nothing is said before the question is answered.
    fn own_key_exists(&self, target: &Target, fingerprint: Fingerprint) -> Result<(), Error> {
        if target.relation() == Relation::Own
            && self
                .ports
                .store()
                .find(&target.owner, fingerprint)
                .is_none()
        {
            return Err(RequestError::NoSuchKey.into());
        }
        Ok(())
    }
}
