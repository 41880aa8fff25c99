//! Ports that do what a test wrote down, in that order, and panic on everything else.
//!
//! Reading the store is truthful: it is answered from the records that a test put there.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Delete, Generate, GetLockout, Limits, ListedKey, Ports, Service, SetComment, Sign};
use crate::core::algorithm::{Algorithm, Wanted};
use crate::core::comment::Comment;
use crate::core::error::{Error, StoreError, TpmError};
use crate::core::fingerprint::Fingerprint;
use crate::core::identity::{Caller, Owner, Uid, UserName};
use crate::core::key::{KeyRecord, TpmKey};
use crate::core::policy::{Action, Decision, Details, Permit};
use crate::core::ports::{Authority, Clock, KeyStore, Lockout, Tpm, TpmFacts, TpmStatus};
use crate::core::quota::Claim;
use crate::core::signature::{Digest, RawSignature, Scheme};

/// What the core may be expected to do at its ports.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Call {
    /// Whether `caller` may, with the keys of `about`, if it is about keys.
    Ask {
        action: Action,
        caller: Owner,
        about: Option<UserName>,
    },
    Find(Owner, Fingerprint),
    List(Owner),
    Look(Uid),
    Create(Algorithm),
    Sign(Scheme, Digest),
    Lockout,
    Now,
    Add(KeyRecord),
    SetComment(Owner, Fingerprint, Comment),
    Delete(Owner, Fingerprint),
}

/// What it gets for it.
#[derive(Debug)]
pub(super) enum Answer {
    Decided(Decision),
    /// Decided, and by then somebody has deleted all keys.
    DecidedTooLate(Decision),
    /// From the records that are there.
    AsStored,
    Seen(Result<TpmFacts, TpmError>),
    Created(Result<TpmKey, TpmError>),
    Signed(Result<RawSignature, TpmError>),
    Told(Result<Lockout, TpmError>),
    Time(u64),
    Changed(Result<(), StoreError>),
    /// It waits, for a person or a slow chip.
    Waits,
}

/// All ports in one.
#[derive(Debug, Default)]
pub(super) struct Fakes {
    script: Mutex<VecDeque<(Call, Answer)>>,
    records: Mutex<Vec<Arc<KeyRecord>>>,
    status: Mutex<Option<TpmStatus>>,
}

impl Fakes {
    /// A service before which nothing is expected to happen.
    pub(super) fn service(limits: Limits, host: &Owner) -> Service<Self> {
        Service::new(Self::default(), limits, host.name().clone())
    }

    /// After what was expected already, these calls follow.
    pub(super) fn expect(&self, steps: impl IntoIterator<Item = (Call, Answer)>) {
        locked(&self.script).extend(steps);
    }

    pub(super) fn store(&self, record: KeyRecord) {
        locked(&self.records).push(Arc::new(record));
    }

    pub(super) fn stored(&self) -> Vec<Arc<KeyRecord>> {
        locked(&self.records).clone()
    }

    /// Lets the TPM's status be looked at.
    pub(super) fn set_status(&self, status: TpmStatus) {
        *locked(&self.status) = Some(status);
    }

    fn answer(&self, call: &Call) -> Answer {
        let step = locked(&self.script).pop_front();
        let Some((expected, answer)) = step else {
            panic!("nothing was expected any more, but there is {call:?}");
        };
        assert_eq!(*call, expected, "something else was expected");
        answer
    }

    fn read(&self, call: &Call) -> MutexGuard<'_, Vec<Arc<KeyRecord>>> {
        let answer = self.answer(call);
        assert!(matches!(answer, Answer::AsStored), "{answer:?} to {call:?}");
        locked(&self.records)
    }

    async fn change(&self, call: &Call) -> Result<(), StoreError> {
        match self.answer(call) {
            Answer::Changed(result) => result,
            answer => unfit(call, answer).await,
        }
    }
}

impl Drop for Fakes {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let left = locked(&self.script);
            assert!(left.is_empty(), "expected in vain: {left:?}");
        }
    }
}

/// Waits for ever where that was wanted.
async fn unfit<T>(call: &Call, answer: Answer) -> T {
    match answer {
        Answer::Waits => pending().await,
        answer => panic!("{answer:?} is no answer to {call:?}"),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test goes on after a panic")
}

impl Ports for Fakes {
    type Tpm = Self;
    type Authority = Self;
    type Store = Self;
    type Clock = Self;

    fn tpm(&self) -> &Self {
        self
    }

    fn authority(&self) -> &Self {
        self
    }

    fn store(&self) -> &Self {
        self
    }

    fn clock(&self) -> &Self {
        self
    }
}

impl Service<Fakes> {
    /// Both steps of generating a key.
    pub(super) async fn generate(
        &self,
        caller: Caller,
        named: Option<Owner>,
        wanted: Wanted,
        comment: Comment,
    ) -> Result<ListedKey, Error> {
        let generation = self.begin_generate(caller, named, wanted, comment).await?;
        self.finish_generate(generation).await
    }
}

impl Authority for Fakes {
    async fn check(&self, caller: &Caller, action: Action, details: &Details) -> Decision {
        let owner = details.entries.iter().find(|(name, _)| *name == "owner");
        let about = owner.map(|(_, name)| UserName::new(name.clone()).expect("a user name"));
        let call = Call::Ask {
            action,
            caller: caller.owner.clone(),
            about,
        };
        match self.answer(&call) {
            Answer::Decided(decision) => decision,
            Answer::DecidedTooLate(decision) => {
                locked(&self.records).clear();
                decision
            }
            answer => unfit(&call, answer).await,
        }
    }
}

impl Tpm for Fakes {
    fn status(&self) -> TpmStatus {
        let status = locked(&self.status).clone();
        status.expect("nobody was expected to look at the TPM")
    }

    async fn create(&self, permit: Permit<Generate>) -> Result<TpmKey, TpmError> {
        let call = Call::Create(permit.into_request().algorithm);
        match self.answer(&call) {
            Answer::Created(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn look(&self, uid: Uid) -> Result<TpmFacts, TpmError> {
        let call = Call::Look(uid);
        match self.answer(&call) {
            Answer::Seen(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn sign(&self, permit: Permit<Sign>) -> Result<RawSignature, TpmError> {
        let Sign { scheme, digest, .. } = permit.into_request();
        let call = Call::Sign(scheme, digest);
        match self.answer(&call) {
            Answer::Signed(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn lockout(&self, _permit: Permit<GetLockout>) -> Result<Lockout, TpmError> {
        match self.answer(&Call::Lockout) {
            Answer::Told(result) => result,
            answer => unfit(&Call::Lockout, answer).await,
        }
    }
}

impl KeyStore for Fakes {
    fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        let records = self.read(&Call::List(owner.clone()));
        records
            .iter()
            .filter(|record| record.owner == *owner)
            .cloned()
            .collect()
    }

    fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        let records = self.read(&Call::Find(owner.clone(), fingerprint));
        let is_it = |record: &&Arc<KeyRecord>| {
            record.owner == *owner && record.fingerprint() == fingerprint
        };
        records.iter().find(is_it).cloned()
    }

    async fn add(&self, record: KeyRecord, _place: Claim) -> Result<(), StoreError> {
        self.change(&Call::Add(record.clone())).await?;
        locked(&self.records).push(Arc::new(record));
        Ok(())
    }

    async fn set_comment(&self, permit: Permit<SetComment>) -> Result<(), StoreError> {
        let SetComment {
            target,
            fingerprint,
            comment,
        } = permit.into_request();
        self.change(&Call::SetComment(target.owner, fingerprint, comment))
            .await
    }

    async fn delete(&self, permit: Permit<Delete>) -> Result<(), StoreError> {
        let Delete {
            target,
            fingerprint,
        } = permit.into_request();
        self.change(&Call::Delete(target.owner, fingerprint)).await
    }
}

impl Clock for Fakes {
    fn now(&self) -> u64 {
        match self.answer(&Call::Now) {
            Answer::Time(seconds) => seconds,
            answer => panic!("{answer:?} is no time"),
        }
    }
}
