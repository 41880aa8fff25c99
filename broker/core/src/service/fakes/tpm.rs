//! A TPM that answers what a test wrote down.

use std::sync::Arc;

use super::{Answer, Call, Fakes, bytes, locked, unfit};
use crate::attestation::{AttestationKey, Stated};
use crate::endorsement::MachineIdentity;
use crate::identity::Owner;
use crate::key::{KeyBlob, KeyRecord, TpmKey};
use crate::persistent::Persistent;
use crate::pins::{Attempt, Pin, Reserve};
use crate::policy::{Permit, Request as _};
use crate::ports::{Adopted, Found, Imported, Tpm, TpmError};
use crate::queue::QueueState;
use crate::requests::{
    ActivateCredential, Adopt, Attest, Evicts, Generate, GetIdentity, GetLockout, GetPcrs,
    GetQueue, GetWholeQueue, Import, Passwords, PinChange, ResetLockout, SetPersistent, SetPin,
    Sign, Unlock,
};
use crate::signature::{BadSignature, RawSignature};
use crate::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::pcr::{PcrSelection, PcrValues};
use sshtpm_ssh::tpm::Lockout;
use zeroize::Zeroizing;

impl Tpm for Fakes {
    fn status(&self) -> TpmStatus {
        let status = locked(&self.status).clone();
        status.expect("no look at the TPM was expected")
    }

    async fn create(
        &self,
        permit: Permit<Generate>,
        pin: Option<Arc<Pin>>,
        _left: impl Future<Output = ()> + Send,
    ) -> Result<TpmKey, TpmError> {
        let request = permit.into_request();
        let algorithm = request.algorithm;
        let call = match pin {
            None if request.derivation.is_some() => Call::Derive(algorithm),
            None => Call::Create(algorithm),
            Some(pin) => Call::CreateWith(algorithm, bytes(&pin)),
        };
        match self.answer(&call) {
            Answer::Created(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn import(
        &self,
        permit: Permit<Import>,
        _left: impl Future<Output = ()> + Send,
    ) -> Result<Imported, TpmError> {
        let call = Call::Import(permit.into_request().fingerprint());
        match self.answer(&call) {
            Answer::Imported(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn adopt(
        &self,
        permit: Permit<Adopt>,
        passwords: Passwords,
        _own: usize,
        _left: impl Future<Output = ()> + Send,
    ) -> Result<Attempt<Adopted>, TpmError> {
        let [present, new] =
            [passwords.present, passwords.new].map(|one| one.as_deref().map(bytes));
        let call = Call::Adopt(permit.into_request().fingerprint(), present, new);
        match self.answer(&call) {
            Answer::Adopted(result) => result,
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

    async fn facts(&self) -> Option<TpmFacts> {
        self.status().facts
    }

    fn found(&self, record: &KeyRecord) -> Option<Found> {
        locked(&self.found).get(&record.fingerprint()).copied()
    }

    async fn known_pcrs(&self, user: &Owner, selection: PcrSelection) -> Option<PcrValues> {
        let call = Call::KnownPcrs(user.uid(), selection);
        match self.answer(&call) {
            Answer::Pcrs(result) => result.ok(),
            answer => unfit(&call, answer).await,
        }
    }

    async fn pcrs(&self, permit: Permit<GetPcrs>) -> Result<PcrValues, TpmError> {
        let call = Call::Pcrs(permit.into_request().selection);
        match self.answer(&call) {
            Answer::Pcrs(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    fn prepare(&self, record: &Arc<KeyRecord>) {
        locked(&self.prepared).push(record.fingerprint());
    }

    fn wipe(&self, record: &Arc<KeyRecord>) {
        locked(&self.wiped).push(Some(record.fingerprint()));
    }

    fn wipe_all(&self) {
        locked(&self.wiped).push(None);
    }

    async fn sign<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Option<Arc<Pin>>,
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<T, TpmError> {
        let Sign { to_sign, .. } = permit.into_request();
        let call = match pin {
            None => Call::Sign(to_sign),
            Some(pin) => Call::SignWith(to_sign, bytes(&pin)),
        };
        match self.answer(&call) {
            Answer::Signed(result) => result.and_then(|raw| {
                let released = release(&raw);
                released.map_err(|BadSignature| TpmError::BadSignature)
            }),
            answer => unfit(&call, answer).await,
        }
    }

    async fn sign_in_try<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Arc<Pin>,
        _tries: (Reserve, usize),
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<Attempt<Result<T, BadSignature>>, TpmError> {
        let call = Call::SignInTry(permit.into_request().to_sign, bytes(&pin));
        match self.answer(&call) {
            Answer::SignedInTry(result) => result.map(|attempt| attempt.map(|raw| release(&raw))),
            answer => unfit(&call, answer).await,
        }
    }

    async fn make_attestation_key(
        &self,
        permit: &Permit<Attest>,
    ) -> Result<AttestationKey, TpmError> {
        let call = Call::MakeAttestationKey(permit.request().record.owner.clone());
        match self.answer(&call) {
            Answer::Attester(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn attest<T: Send>(
        &self,
        permit: &Permit<Attest>,
        pin: Option<Arc<Pin>>,
        by: &Arc<AttestationKey>,
        release: impl Fn(&Stated) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<Option<T>, TpmError> {
        let key = permit.request().record.fingerprint();
        let by = AttestationKey::clone(by);
        let call = Call::Attest(key, by, pin.as_deref().map(bytes));
        match self.answer(&call) {
            Answer::Attested(Ok(Some(stated))) => match release(&stated) {
                Ok(released) => Ok(Some(released)),
                Err(BadSignature) => Err(TpmError::BadSignature),
            },
            Answer::Attested(Ok(None)) => Ok(None),
            Answer::Attested(Err(error)) => Err(error),
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
        self.queued(&Call::Queue(permit.into_request().caller.owner))
    }

    fn whole_queue(&self, permit: Permit<GetWholeQueue>) -> QueueState {
        self.queued(&Call::WholeQueue(permit.request().caller().owner.clone()))
    }

    async fn identity(&self, _permit: Permit<GetIdentity>) -> Result<MachineIdentity, TpmError> {
        match self.answer(&Call::Identity) {
            Answer::Identified(result) => result,
            answer => unfit(&Call::Identity, answer).await,
        }
    }

    async fn activate_credential(
        &self,
        permit: Permit<ActivateCredential>,
        key: &AttestationKey,
    ) -> Result<Zeroizing<Vec<u8>>, TpmError> {
        let call = Call::Activate(permit.into_request().owner, key.clone());
        match self.answer(&call) {
            Answer::Activated(result) => result,
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

impl Fakes {
    fn queued(&self, call: &Call) -> QueueState {
        match self.answer(call) {
            Answer::Queued(state) => state,
            answer => panic!("{answer:?} is no state of a queue"),
        }
    }
}
