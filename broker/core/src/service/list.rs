//! Listing keys.

use sshtpm_ssh::tpm::KeyState;
use std::cell::LazyCell;
use std::sync::Arc;

use futures_util::future::OptionFuture;

use super::Service;
use super::pcrs::PresentPcrs;
use crate::certificates::UserCertificate;
use crate::client::ClientName;
use crate::error::Error;
use crate::identity::{Caller, Owner, Uid};
use crate::key::KeyRecord;
use crate::policy::Target;
use crate::ports::{Clock as _, Found, KeyStore as _, Ports, Tpm as _, UseRecord as _};
use crate::requests::List;
use crate::restrictions::{NotPermitted, Origin, Restrictions, View};
use crate::session::{OutOfSteps, Sessions, pause};
use crate::tpm_facts::TpmStatus;
use crate::uses::Tally;
use sshtpm_ssh::derived::Hierarchy;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::purpose::{AnyPurpose, Purpose};
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
    /// The numbers of the PCRs that it is bound to and that have other values now.
    pub changed_pcrs: Vec<u8>,
}

/// A key that an agent offers.
#[derive(Clone, Debug)]
pub struct OfferedKey {
    /// The key.
    pub record: Arc<KeyRecord>,
    now: u64,
}

impl OfferedKey {
    /// The certificates that are offered before the key: those that servers may take now.
    pub fn certificates(&self) -> impl Iterator<Item = &UserCertificate> {
        self.record.certificates.in_force(self.now)
    }
}

impl<P: Ports> Service<P> {
    /// All keys of the caller, or of the user whom the caller named, that might be used for
    /// `sessions`; the oldest first.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to see them, or it takes too much to find out which they are.
    pub async fn list(
        &self,
        caller: Caller,
        named: Option<Owner>,
        sessions: Sessions,
    ) -> Result<Vec<ListedKey>, Error> {
        let _request = self.admit(&caller)?;
        let origin = Origin {
            sessions: &sessions,
            client: None,
        };
        let user = caller.owner.clone();
        let records = self.records(caller, named, origin).await?;
        let pcrs = self.present_pcrs(&user, &records).await;
        let status = LazyCell::new(|| self.ports.tpm().status());
        let listed = records.into_iter();
        let listed = listed.map(|record| self.listed_at(&status, &pcrs, record));
        Ok(listed.collect())
    }

    /// All keys of the caller that `client` might use for `sessions`, except raw ones, or those
    /// that may sign for one of `purposes`. Those that log in everywhere come first, then those
    /// that log in at some destinations, then the others; of each kind the oldest first. A lost one
    /// is not among them, nor one that is bound to PCRs with other values now, nor one that signs
    /// in an unlocked session alone while there is none, nor a sealed one where such keys are
    /// forbidden: each key that an agent offers costs a try at the server, and these do not sign.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to see them, or it takes too much to find out which they are.
    pub async fn identities(
        &self,
        caller: Caller,
        sessions: Sessions,
        client: Option<ClientName>,
        purposes: Option<AnyPurpose>,
    ) -> Result<Vec<OfferedKey>, Error> {
        let _request = self.admit(&caller)?;
        let origin = Origin {
            sessions: &sessions,
            client: client.as_ref(),
        };
        let user = caller.owner.clone();
        let records = self.records(caller, None, origin).await?;
        let records = self.let_by_the_screen(user.uid(), records).await;
        let pcrs = self.present_pcrs(&user, &records).await;
        let status = LazyCell::new(|| self.ports.tpm().status());
        let is_offered = |record: &Arc<KeyRecord>| {
            let own = record.restrictions.purposes;
            let purpose = purposes.map_or(!own.are_raw(), |wanted| own.meet(wanted));
            let signs = || match self.state_of(&status, record) {
                KeyState::Lost | KeyState::PcrMismatch => false,
                KeyState::Usable | KeyState::Unknown => pcrs.changed(record).is_empty(),
            };
            purpose && signs() && self.may_sign(record).is_ok()
        };
        let mut offered: Vec<_> = records.into_iter().filter(is_offered).collect();
        // Some clients give up at the first key that refuses to sign.
        offered.sort_by_key(|record| Reach::of(&record.restrictions));
        let now = self.ports.clock().now();
        let offered = offered.into_iter();
        Ok(offered.map(|record| OfferedKey { record, now }).collect())
    }

    async fn records(
        &self,
        caller: Caller,
        named: Option<Owner>,
        origin: Origin<'_>,
    ) -> Result<Vec<Arc<KeyRecord>>, Error> {
        let uid = caller.owner.uid();
        let target = Target::new(caller, named, self.host.as_str());
        let permit = self.authorize(List { target }).await?;
        let owner = permit.into_request().target.owner;
        let records = self.ports.store().list(&owner).await;
        let shown = self.shown(uid, records, origin).await;
        Ok(shown.map_err(NotPermitted::from)?)
    }

    /// Those of `records` that might be used from `origin`, for a request of `uid`. Where they have
    /// destinations, one request of a user at a time compares them, and others have their turn
    /// after each key.
    async fn shown(
        &self,
        uid: Uid,
        records: Vec<Arc<KeyRecord>>,
        origin: Origin<'_>,
    ) -> Result<Vec<Arc<KeyRecord>>, OutOfSteps> {
        let sessions = origin.sessions;
        let is_compared = |record: &Arc<KeyRecord>| {
            !sessions.are_none() && !record.restrictions.destinations.named().is_empty()
        };
        let turn = records
            .iter()
            .any(is_compared)
            .then(|| self.turns.take(uid));
        let _turn = OptionFuture::from(turn).await;
        let path = match records.iter().any(is_compared) {
            true => sessions.path(),
            false => Ok(None),
        };
        let mut view = View::from(origin, &path, self.ports.clock().now());
        let mut shown = Vec::new();
        for record in &records {
            if view.shows(&record.restrictions)? {
                shown.push(Arc::clone(record));
            }
            if is_compared(record) {
                pause().await;
            }
        }
        Ok(shown)
    }

    pub(super) async fn listed(&self, record: Arc<KeyRecord>) -> ListedKey {
        let of_one = std::slice::from_ref(&record);
        let pcrs = self.present_pcrs(&record.owner, of_one).await;
        self.listed_at(&self.ports.tpm().status(), &pcrs, record)
    }

    /// Whether the TPM was cleared or replaced after the key was made.
    pub(super) fn is_lost(&self, record: &KeyRecord) -> bool {
        self.state_of(&self.ports.tpm().status(), record) == KeyState::Lost
    }

    /// A key as it is when the TPM is as `status` says, and has these in its PCRs.
    pub(super) fn listed_at(
        &self,
        status: &TpmStatus,
        pcrs: &PresentPcrs,
        record: Arc<KeyRecord>,
    ) -> ListedKey {
        let fingerprint = record.fingerprint();
        let changed_pcrs = pcrs.changed(&record);
        ListedKey {
            state: match self.state_of(status, &record) {
                KeyState::Usable if !changed_pcrs.is_empty() => KeyState::PcrMismatch,
                state => state,
            },
            changed_pcrs,
            tally: self.ports.uses().tally(&record.owner, fingerprint),
            unlocked: self.is_unlocked(&record),
            fingerprint,
            record,
        }
    }

    /// That of a key when the TPM is as `status` says.
    pub(super) fn state_of(&self, status: &TpmStatus, record: &KeyRecord) -> KeyState {
        let (TpmState::Ready, Some(parent)) = (status.state, &status.parent) else {
            return KeyState::Unknown;
        };
        let parent_is_there = *parent == record.key.parent;
        match record.key.derivation() {
            None if parent_is_there => KeyState::Usable,
            None => KeyState::Lost,
            Some(derivation) => match self.ports.tpm().found(record) {
                Some(Found::TheKey) => KeyState::Usable,
                Some(Found::AnotherKey) => KeyState::Lost,
                // The parent is of the owner hierarchy, so a TPM that was cleared or replaced has
                // another one. Of the seed of the null hierarchy only the key itself can tell.
                None if parent_is_there && derivation.hierarchy() != Hierarchy::Null => {
                    KeyState::Usable
                }
                None => KeyState::Unknown,
            },
        }
    }
}

/// Where a key logs in: the wider it reaches, the earlier it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Everywhere,
    SomeDestinations,
    Nowhere,
}

impl Reach {
    fn of(restrictions: &Restrictions) -> Self {
        if !restrictions.purposes.contains(Purpose::Auth) {
            Self::Nowhere
        } else if restrictions.destinations.are_everywhere() {
            Self::Everywhere
        } else {
            Self::SomeDestinations
        }
    }
}
