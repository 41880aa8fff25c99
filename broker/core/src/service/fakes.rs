//! Ports that do what a test wrote down, in that order, and panic on everything else.
//!
//! Reading the store is truthful: it is answered from the records that a test put there.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::{Limits, ListedKey, Service};
use crate::algorithm::{Algorithm, Wanted};
use crate::comment::Comment;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::identity::{Caller, Owner, Uid, UserName};
use crate::key::{KeyBlob, KeyRecord, Protection, TpmKey};
use crate::persistent::Persistent;
use crate::pins::{Attempt, Pin};
use crate::policy::{Action, Authority, Decision, Details, Permit};
use crate::ports::{Clock, KeyStore, Ports, StoreError, Tpm, TpmError, UseRecord};
use crate::queue::QueueState;
use crate::quota::Claim;
use crate::requests::{
    Delete, Evicts, Generate, GetLockout, GetQueue, GetUses, NewKey, PinChange, ResetLockout,
    Restrict, SetComment, SetPersistent, SetPin, Sign, Unlock,
};
use crate::restrictions::{Change, Restrictions};
use crate::signature::{BadSignature, DigestToSign, RawSignature};
use crate::tpm_facts::{Lockout, TpmFacts, TpmStatus};
use crate::uses::{Noted, Tally, Use};

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
    /// With a PIN.
    CreateWith(Algorithm, Vec<u8>),
    Sign(DigestToSign),
    /// With a PIN.
    SignWith(DigestToSign, Vec<u8>),
    CheckPin(Fingerprint, Vec<u8>),
    /// The present PIN, and the new one.
    ChangePin(Fingerprint, Vec<u8>, Option<Vec<u8>>),
    ResetLockout(Option<Vec<u8>>),
    SetPin(Owner, Fingerprint, Protection, KeyBlob),
    /// Beside these other keys.
    Persist(Fingerprint, Vec<Fingerprint>),
    Evict(Fingerprint, Arc<Persistent>),
    SetPersistent(Owner, Fingerprint, Option<Arc<Persistent>>),
    Lockout,
    Queue(Owner),
    Now,
    Add(KeyRecord),
    SetComment(Owner, Fingerprint, Comment),
    Restrict(Owner, Fingerprint, Restrictions),
    Delete(Owner, Fingerprint),
    LastUses(Owner, Option<Fingerprint>),
}

/// What it gets for it.
#[derive(Debug)]
pub(super) enum Answer {
    Decided(Decision),
    /// Decided, and by then somebody has deleted all keys.
    DecidedTooLate(Decision),
    /// Decided, but not at once.
    DecidedLater(Decision),
    /// Decided, after this time.
    DecidedSlowly(Decision, Duration),
    /// Decided, and by then somebody has put this in the place of all keys.
    DecidedAndReplaced(Decision, Box<KeyRecord>),
    /// From the records that are there.
    AsStored,
    Seen(Result<TpmFacts, TpmError>),
    Created(Result<TpmKey, TpmError>),
    Signed(Result<RawSignature, TpmError>),
    Told(Result<Lockout, TpmError>),
    Tried(Result<Attempt<()>, TpmError>),
    Rewrapped(Result<Attempt<KeyBlob>, TpmError>),
    Reset(Result<(), TpmError>),
    Persisted(Result<Option<Persistent>, TpmError>),
    Evicted(Result<(), TpmError>),
    Queued(QueueState),
    Time(u64),
    Changed(Result<(), StoreError>),
    Restricted(Result<Arc<KeyRecord>, StoreError>),
    Used(Result<Vec<Noted>, StoreError>),
    /// It waits, for a person or a slow chip.
    Waits,
}

/// All ports in one.
#[derive(Debug, Default)]
pub(super) struct Fakes {
    script: Mutex<VecDeque<(Call, Answer)>>,
    records: Mutex<Vec<Arc<KeyRecord>>>,
    status: Mutex<Option<TpmStatus>>,
    /// How long ago the first look at the clock was.
    passed: Mutex<Duration>,
    start: OnceLock<Instant>,
    noted: Mutex<Vec<Use>>,
    tallies: Mutex<HashMap<(Owner, Fingerprint), Tally>>,
    /// The keys that the TPM was told of before they were used.
    prepared: Mutex<Vec<Fingerprint>>,
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

    /// Deletes all keys.
    pub(super) fn delete_all(&self) {
        locked(&self.records).clear();
    }

    pub(super) fn stored(&self) -> Vec<Arc<KeyRecord>> {
        locked(&self.records).clone()
    }

    /// Lets the TPM's status be looked at.
    pub(super) fn set_status(&self, status: TpmStatus) {
        *locked(&self.status) = Some(status);
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        *locked(&self.passed) += time;
    }

    /// What was noted up to now.
    pub(super) fn noted(&self) -> Vec<Use> {
        locked(&self.noted).clone()
    }

    /// The keys of which the TPM was told that they will perhaps be used.
    pub(super) fn prepared(&self) -> Vec<Fingerprint> {
        locked(&self.prepared).clone()
    }

    /// A key signed so often.
    pub(super) fn set_tally(&self, owner: &Owner, key: Fingerprint, tally: Tally) {
        locked(&self.tallies).insert((owner.clone(), key), tally);
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

fn bytes(pin: &Pin) -> Vec<u8> {
    pin.as_bytes().to_vec()
}

impl Ports for Fakes {
    type Tpm = Self;
    type Authority = Self;
    type Store = Self;
    type Uses = Self;
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

    fn uses(&self) -> &Self {
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
        let new = NewKey {
            wanted,
            comment,
            restrictions: Change::default(),
            pin: None,
        };
        let generation = self.begin_generate(caller, named, new).await?;
        self.finish_generate(generation, pending()).await
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
            Answer::DecidedLater(decision) => {
                let mut is_later = false;
                poll_fn(|_| match std::mem::replace(&mut is_later, true) {
                    false => Poll::Pending,
                    true => Poll::Ready(decision),
                })
                .await
            }
            Answer::DecidedSlowly(decision, time) => {
                self.pass(time);
                decision
            }
            Answer::DecidedTooLate(decision) => {
                locked(&self.records).clear();
                decision
            }
            Answer::DecidedAndReplaced(decision, record) => {
                *locked(&self.records) = vec![Arc::new(*record)];
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

    async fn create(
        &self,
        permit: Permit<Generate>,
        pin: Option<Arc<Pin>>,
        _left: impl Future<Output = ()> + Send,
    ) -> Result<TpmKey, TpmError> {
        let algorithm = permit.into_request().algorithm;
        let call = match pin {
            None => Call::Create(algorithm),
            Some(pin) => Call::CreateWith(algorithm, bytes(&pin)),
        };
        match self.answer(&call) {
            Answer::Created(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn look(&self, user: &Owner) -> Result<TpmFacts, TpmError> {
        let call = Call::Look(user.uid());
        match self.answer(&call) {
            Answer::Seen(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    fn prepare(&self, record: &Arc<KeyRecord>) {
        locked(&self.prepared).push(record.fingerprint());
    }

    async fn sign<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Option<Arc<Pin>>,
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<T, TpmError> {
        let Sign { digest, .. } = permit.into_request();
        let call = match pin {
            None => Call::Sign(digest),
            Some(pin) => Call::SignWith(digest, bytes(&pin)),
        };
        match self.answer(&call) {
            Answer::Signed(result) => result.and_then(|raw| {
                let released = release(&raw);
                released.map_err(|BadSignature| TpmError::BadSignature)
            }),
            answer => unfit(&call, answer).await,
        }
    }

    async fn check_pin(
        &self,
        permit: Permit<Unlock>,
        pin: Arc<Pin>,
        _own: usize,
    ) -> Result<Attempt<()>, TpmError> {
        let record = permit.into_request().record;
        let call = Call::CheckPin(record.fingerprint(), bytes(&pin));
        match self.answer(&call) {
            Answer::Tried(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn change_pin(
        &self,
        permit: &Permit<SetPin>,
        change: PinChange,
        _own: usize,
    ) -> Result<Attempt<KeyBlob>, TpmError> {
        let fingerprint = permit.request().record.fingerprint();
        let new = change.new.as_deref().map(bytes);
        let call = Call::ChangePin(fingerprint, bytes(&change.present), new);
        match self.answer(&call) {
            Answer::Rewrapped(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn persist(
        &self,
        _permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> Result<Option<Persistent>, TpmError> {
        let promoted = promoted.iter().map(|key| key.fingerprint()).collect();
        let call = Call::Persist(record.fingerprint(), promoted);
        match self.answer(&call) {
            Answer::Persisted(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn evict<R: Evicts>(
        &self,
        _permit: &Permit<R>,
        record: &Arc<KeyRecord>,
        persistent: &Arc<Persistent>,
    ) -> Result<(), TpmError> {
        let call = Call::Evict(record.fingerprint(), Arc::clone(persistent));
        match self.answer(&call) {
            Answer::Evicted(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn reset_lockout(
        &self,
        _permit: Permit<ResetLockout>,
        password: Option<Arc<Pin>>,
    ) -> Result<(), TpmError> {
        let call = Call::ResetLockout(password.as_deref().map(bytes));
        match self.answer(&call) {
            Answer::Reset(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    fn queue(&self, permit: Permit<GetQueue>) -> QueueState {
        let call = Call::Queue(permit.into_request().caller.owner);
        match self.answer(&call) {
            Answer::Queued(state) => state,
            answer => panic!("{answer:?} is no state of a queue"),
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
    async fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        let records = self.read(&Call::List(owner.clone()));
        records
            .iter()
            .filter(|record| record.owner == *owner)
            .cloned()
            .collect()
    }

    async fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        let records = self.read(&Call::Find(owner.clone(), fingerprint));
        let is_it = |record: &&Arc<KeyRecord>| is_key(record, owner, fingerprint);
        records.iter().find(is_it).cloned()
    }

    fn count(&self, owner: &Owner) -> usize {
        let records = locked(&self.records);
        let own = records.iter().filter(|record| record.owner == *owner);
        own.count()
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

    async fn restrict(&self, permit: Permit<Restrict>) -> Result<Arc<KeyRecord>, StoreError> {
        let request = permit.into_request();
        let call = Call::Restrict(request.target.owner, request.fingerprint, request.after);
        match self.answer(&call) {
            Answer::Restricted(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn set_pin(&self, permit: Permit<SetPin>, blob: KeyBlob) -> Result<(), StoreError> {
        let SetPin { record, after, .. } = permit.into_request();
        let call = Call::SetPin(record.owner.clone(), record.fingerprint(), after, blob);
        self.change(&call).await
    }

    async fn promoted(&self) -> Result<Vec<Arc<KeyRecord>>, StoreError> {
        let records = locked(&self.records);
        let promoted = records.iter().filter(|key| key.key.persistent.is_some());
        Ok(promoted.cloned().collect())
    }

    async fn set_persistent(
        &self,
        permit: &Permit<SetPersistent>,
        before: &Arc<KeyRecord>,
        after: Option<Arc<Persistent>>,
    ) -> Result<(), StoreError> {
        let owner = permit.request().target.owner.clone();
        let call = Call::SetPersistent(owner, before.fingerprint(), after);
        self.change(&call).await
    }

    async fn delete(&self, permit: &Permit<Delete>) -> Result<Arc<KeyRecord>, StoreError> {
        let Delete {
            target,
            fingerprint,
        } = permit.request().clone();
        let call = Call::Delete(target.owner.clone(), fingerprint);
        self.change(&call).await?;
        let mut records = locked(&self.records);
        let number = records
            .iter()
            .position(|record| is_key(record, &target.owner, fingerprint));
        number
            .map(|number| records.remove(number))
            .ok_or(StoreError::NoSuchKey)
    }
}

fn is_key(record: &KeyRecord, owner: &Owner, fingerprint: Fingerprint) -> bool {
    record.owner == *owner && record.fingerprint() == fingerprint
}

impl Clock for Fakes {
    fn now(&self) -> u64 {
        // A time that is only noted need not be written down beforehand.
        if !matches!(locked(&self.script).front(), Some((Call::Now, _))) {
            return 0;
        }
        match self.answer(&Call::Now) {
            Answer::Time(seconds) => seconds,
            answer => panic!("{answer:?} is no time"),
        }
    }

    fn since_boot(&self) -> Duration {
        *locked(&self.passed)
    }

    fn monotonic(&self) -> Instant {
        *self.start.get_or_init(Instant::now) + *locked(&self.passed)
    }
}

/// Nothing depends on what is noted, so it is not written down beforehand.
impl UseRecord for Fakes {
    fn note(&self, used: Use) {
        locked(&self.noted).push(used);
    }

    fn tally(&self, owner: &Owner, key: Fingerprint) -> Tally {
        let tallies = locked(&self.tallies);
        let tally = tallies.get(&(owner.clone(), key));
        tally.copied().unwrap_or_default()
    }

    fn forget(&self, owner: &Owner, key: Fingerprint) {
        locked(&self.tallies).remove(&(owner.clone(), key));
    }

    async fn last(&self, permit: Permit<GetUses>) -> Result<Vec<Noted>, StoreError> {
        let GetUses { caller, key } = permit.into_request();
        let call = Call::LastUses(caller.owner, key);
        match self.answer(&call) {
            Answer::Used(result) => result,
            answer => unfit(&call, answer).await,
        }
    }
}
