//! Listing keys.

use sshtpm_ssh::tpm::KeyState;
use std::cell::LazyCell;
use std::sync::Arc;

use super::Service;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::key::KeyRecord;
use crate::policy::{Target, authorize};
use crate::ports::{Clock as _, KeyStore as _, Ports, Tpm as _, UseRecord as _};
use crate::requests::List;
use crate::session::Sessions;
use crate::tpm_facts::TpmStatus;
use crate::uses::Tally;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::tpm::TpmState;

/// A key, and whether it can be used now.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// The key.
    pub record: Arc<KeyRecord>,
    /// The record's.
    pub fingerprint: Fingerprint,
    /// Whether it can be used.
    pub state: KeyState,
    /// How often it signed.
    pub tally: Tally,
    /// Whether its PIN is remembered now.
    pub unlocked: bool,
}

impl<P: Ports> Service<P> {
    /// All keys of the caller, or of the user whom the caller named, that might be used for
    /// `sessions`; the oldest first.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to see them.
    pub async fn list(
        &self,
        caller: Caller,
        named: Option<Owner>,
        sessions: Sessions,
    ) -> Result<Vec<ListedKey>, Error> {
        let _request = self.admit(&caller)?;
        let records = self.records(caller, named, sessions).await?;
        let status = LazyCell::new(|| self.ports.tpm().status());
        let listed = records.map(|record| self.listed_at(&status, record));
        Ok(listed.collect())
    }

    /// All keys of the caller that might be used for `sessions`; the oldest first. A lost one is
    /// not among them: each key that an agent offers costs a try at the server, and a lost one
    /// cannot sign.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to see them.
    pub async fn identities(
        &self,
        caller: Caller,
        sessions: Sessions,
    ) -> Result<Vec<Arc<KeyRecord>>, Error> {
        let _request = self.admit(&caller)?;
        let records = self.records(caller, None, sessions).await?;
        let status = LazyCell::new(|| self.ports.tpm().status());
        let is_there = |record: &Arc<KeyRecord>| state_of(&status, record) != KeyState::Lost;
        Ok(records.filter(is_there).collect())
    }

    async fn records(
        &self,
        caller: Caller,
        named: Option<Owner>,
        sessions: Sessions,
    ) -> Result<impl Iterator<Item = Arc<KeyRecord>>, Error> {
        let target = Target::new(caller, named, self.host.as_str());
        let permit = authorize(self.ports.authority(), List { target }).await?;
        let owner = permit.into_request().target.owner;
        let records = self.ports.store().list(&owner).await;
        let now = || self.ports.clock().now();
        let of_use = move |record: &Arc<KeyRecord>| record.restrictions.are_of_use(&sessions, now);
        Ok(records.into_iter().filter(of_use))
    }

    pub(super) fn listed(&self, record: Arc<KeyRecord>) -> ListedKey {
        self.listed_at(&self.ports.tpm().status(), record)
    }

    /// A key as it is when the TPM is as `status` says.
    fn listed_at(&self, status: &TpmStatus, record: Arc<KeyRecord>) -> ListedKey {
        let fingerprint = record.fingerprint();
        ListedKey {
            state: state_of(status, &record),
            tally: self.ports.uses().tally(&record.owner, fingerprint),
            unlocked: self.is_unlocked(&record),
            fingerprint,
            record,
        }
    }
}

/// That of a key when the TPM is as `status` says.
fn state_of(status: &TpmStatus, record: &KeyRecord) -> KeyState {
    match (status.state, &status.facts) {
        (TpmState::Ready, Some(facts)) if facts.parent == record.key.parent => KeyState::Usable,
        (TpmState::Ready, Some(_)) => KeyState::Lost,
        _ => KeyState::Unknown,
    }
}
