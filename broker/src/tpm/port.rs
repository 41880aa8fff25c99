//! What the core asks of the TPM, as operations for its thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attest::{Certified, Certify};
use super::endorsement::FindIdentity;
use super::endorsement::activate::Activate;
use super::make_attestation_key::MakeAttestationKey;
use super::persistent::evict::Evict;
use super::read_pcrs::ReadPcrs;
use super::sign::{SignIfReady, SignWith, Signed};
use super::sign_in_try::SignInTry;
use super::wanted::Wanted;
use super::withdrawable::Withdrawable;
use super::{
    TpmThread, adopt, change_pin, create, derive, import, look, prepare, refuse_if_hung,
    reset_lockout,
};
use sshtpm_core::attestation::{AttestationKey, Stated};
use sshtpm_core::endorsement::MachineIdentity;
use sshtpm_core::error::TpmError;
use sshtpm_core::identity::Owner;
use sshtpm_core::key::{KeyBlob, KeyRecord, TpmKey};
use sshtpm_core::persistent::Persistent;
use sshtpm_core::pins::{Attempt, Pin, Reserve};
use sshtpm_core::policy::{Permit, Request as _};
use sshtpm_core::ports::{Adopted, Found, Imported, Tpm};
use sshtpm_core::queue::{Line, QueueState, Work};
use sshtpm_core::requests::{
    ActivateCredential, Adopt, Attest, Evicts, Generate, GetIdentity, GetLockout, GetPcrs,
    GetQueue, GetWholeQueue, Import, Passwords, PinChange, ResetLockout, SetPersistent, SetPin,
    Sign, Unlock,
};
use sshtpm_core::signature::{BadSignature, RawSignature};
use sshtpm_core::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::kept_by::KeptBy;
use sshtpm_ssh::pcr::{PcrSelection, PcrValues};
use sshtpm_ssh::tpm::{Lockout, TpmState};
use zeroize::Zeroizing;

/// How long the properties of a TPM that was just opened wait for what it says about itself. It is
/// asked after a tenth of a second in which nobody needs it, or after two seconds at the latest, in
/// eight commands of some 10 ms.
const FACTS_PATIENCE: Duration = Duration::from_secs(5);

/// How long a list waits for PCRs: after that it is shown without them.
const PCR_PATIENCE: Duration = Duration::from_secs(2);

impl TpmThread {
    /// Signs, in the turn that it takes. A derived key that is not ready is derived first, which
    /// counts as the generation of a key; whether it is ready is known at the TPM alone.
    async fn sign_in_turn(&self, user: &Owner, sign: SignWith) -> Result<Signed, TpmError> {
        let Some((work, limit)) = self.work_to_load(&sign.record) else {
            return self.quick(user, sign).await;
        };
        // It would be derived each time, only to be found lost again.
        if self.findings.of(&sign.record) == Some(Found::AnotherKey) {
            return Err(TpmError::KeyLost);
        }
        if !sign.afresh {
            let ready = SignIfReady(sign.clone());
            if let Some(signed) = self.quick(user, ready).await? {
                return Ok(signed);
            }
        }
        self.submit(user, work, limit, sign).await
    }

    /// Attests, in the turn that it takes. A derived RSA key may have to be derived first, so it
    /// takes the turn of a generation.
    async fn certify_in_turn(
        &self,
        user: &Owner,
        certify: Certify,
    ) -> Result<Option<Certified>, TpmError> {
        let Some((work, limit)) = self.work_to_load(&certify.record) else {
            return self.quick(user, certify).await;
        };
        // As for a signature.
        if self.findings.of(&certify.record) == Some(Found::AnotherKey) {
            return Err(TpmError::KeyLost);
        }
        self.submit(user, work, limit, certify).await
    }

    /// What it is to derive a key, and how long it may take; `None` if it is loaded.
    pub(super) fn work_to_load(&self, record: &KeyRecord) -> Option<(Work, Duration)> {
        record.key.derivation()?;
        let limit = self.state.timing().generation;
        Some((Work::to_make(record.algorithm), limit))
    }

    /// The TPM found just now that PCRs have the values that a key is bound to, so they are known
    /// without another command.
    fn pcrs_fit(&self, key: &TpmKey) {
        if let Some(policy) = &key.pcrs {
            self.pcrs.remember(policy.values());
        }
    }
}

impl Tpm for TpmThread {
    fn status(&self) -> TpmStatus {
        self.state.subscribe().borrow().clone()
    }

    async fn look(&self, user: &Owner) -> Result<TpmFacts, TpmError> {
        self.quick(user, look::Look).await
    }

    async fn facts(&self) -> Option<TpmFacts> {
        let mut status = self.state.subscribe();
        let known = status.wait_for(|now| now.facts.is_some() || now.state != TpmState::Ready);
        let known = tokio::time::timeout(FACTS_PATIENCE, known).await;
        known.ok()?.ok()?.facts.clone()
    }

    async fn create(
        &self,
        permit: Permit<Generate>,
        pin: Option<Arc<Pin>>,
        left: impl Future<Output = ()> + Send,
    ) -> Result<TpmKey, TpmError> {
        let request = permit.into_request();
        let user = &request.caller().owner;
        let work = Work::to_make(request.algorithm);
        let limit = self.state.timing().generation;
        let algorithm = request.algorithm;
        if let Some(derivation) = request.derivation.clone() {
            let derive = derive::Derive {
                algorithm,
                derivation,
            };
            let (derive, begun) = Withdrawable::new(derive);
            let made = self.submit(user, work, limit, derive);
            return begun.or_withdrawn(made, left).await;
        }
        let pcrs = request.pcrs;
        let (create, begun) = Withdrawable::new(create::Create {
            algorithm,
            pin,
            pcrs,
        });
        let made = self.submit(user, work, limit, create);
        let made = begun.or_withdrawn(made, left).await;
        made.inspect(|key| self.pcrs_fit(key))
    }

    async fn import(
        &self,
        permit: Permit<Import>,
        left: impl Future<Output = ()> + Send,
    ) -> Result<Imported, TpmError> {
        let request = permit.into_request();
        let user = &request.caller().owner;
        let wrapped = Arc::clone(&request.wrapped);
        let (import, begun) = Withdrawable::new(import::Import { wrapped });
        let imported = self.quick(user, import);
        let imported = begun.or_withdrawn(imported, left).await;
        imported.inspect(|imported| self.pcrs_fit(&imported.key))
    }

    async fn known_pcrs(&self, user: &Owner, selection: PcrSelection) -> Option<PcrValues> {
        if let Some(values) = self.pcrs.find(selection, Instant::now()) {
            return Some(values);
        }
        let known = self.pcrs.clone();
        let read = self.quick(user, ReadPcrs { selection, known });
        let read = tokio::time::timeout(PCR_PATIENCE, read).await;
        read.ok()?.ok()
    }

    async fn pcrs(&self, permit: Permit<GetPcrs>) -> Result<PcrValues, TpmError> {
        let GetPcrs { caller, selection } = permit.into_request();
        let known = self.pcrs.clone();
        let read = ReadPcrs { selection, known };
        self.quick(&caller.owner, read).await
    }

    async fn adopt(
        &self,
        permit: Permit<Adopt>,
        passwords: Passwords,
        own: usize,
        left: impl Future<Output = ()> + Send,
    ) -> Result<Attempt<Adopted>, TpmError> {
        let request = permit.into_request();
        let user = &request.caller().owner;
        let (adopt, begun) = Withdrawable::new(adopt::Adopt {
            loadable: Arc::clone(&request.loadable),
            passwords,
            reserve: request.reserve,
            own,
        });
        let adopted = self.quick(user, adopt);
        begun.or_withdrawn(adopted, left).await
    }

    fn found(&self, record: &KeyRecord) -> Option<Found> {
        self.findings.of(record)
    }

    fn prepare(&self, record: &Arc<KeyRecord>) {
        let work = self.work_to_load(record);
        // What takes long is done for who has a permit, and in turn.
        if work.is_none_or(|(work, _)| work == Work::Quick)
            && refuse_if_hung(&self.status()).is_ok()
        {
            let record = Arc::clone(record);
            let limit = work.map_or(self.state.timing().command, |(_, limit)| limit);
            self.jobs
                .offer(Box::new(prepare::Prepare { record, limit }));
        }
    }

    fn wipe(&self, record: &Arc<KeyRecord>) {
        self.seeds.wipe(&record.key.blob);
    }

    fn wipe_all(&self) {
        self.seeds.wipe_all();
    }

    async fn sign<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Option<Arc<Pin>>,
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<T, TpmError> {
        let Sign {
            caller,
            record,
            to_sign,
            ..
        } = permit.into_request();
        let wanted = Wanted { to_sign, pin };
        let asked = self.seeds.generation();
        let sign = |afresh| SignWith {
            record: Arc::clone(&record),
            wanted: wanted.clone(),
            afresh,
            asked,
        };
        let signed = self.sign_in_turn(&caller.owner, sign(false)).await?;
        self.pcrs_fit(&record.key);
        let released = release(&signed.raw);
        // Otherwise it is the time of another key, or of a faulty chip.
        if released.is_ok() {
            self.pace.note(&record, signed.took);
        }
        if signed.was_loaded || released.is_ok() {
            return released.map_err(|BadSignature| TpmError::BadSignature);
        }
        // Another program's key may have taken the handle.
        tracing::info!("a key that was ready made a wrong signature; loading it again");
        let signed = self.sign_in_turn(&caller.owner, sign(true)).await?;
        release(&signed.raw).map_err(|BadSignature| TpmError::BadSignature)
    }

    async fn sign_in_try<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Arc<Pin>,
        (reserve, own): (Reserve, usize),
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<Attempt<Result<T, BadSignature>>, TpmError> {
        let Sign {
            caller,
            record,
            to_sign,
            ..
        } = permit.into_request();
        let pin = Some(pin);
        let sign = SignInTry {
            record: Arc::clone(&record),
            wanted: Wanted { to_sign, pin },
            reserve,
            own,
        };
        let attempt = self.quick(&caller.owner, sign).await?;
        Ok(attempt.map(|raw| {
            self.pcrs_fit(&record.key);
            release(&raw)
        }))
    }

    async fn make_attestation_key(
        &self,
        permit: &Permit<Attest>,
    ) -> Result<AttestationKey, TpmError> {
        let user = &permit.request().caller.owner;
        self.quick(user, MakeAttestationKey).await
    }

    async fn attest<T: Send>(
        &self,
        permit: &Permit<Attest>,
        pin: Option<Arc<Pin>>,
        by: &Arc<AttestationKey>,
        release: impl Fn(&Stated) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<Option<T>, TpmError> {
        let request = permit.request();
        let user = &request.caller.owner;
        let certify = |afresh| Certify {
            record: Arc::clone(&request.record),
            by: Arc::clone(by),
            qualifying_data: request.qualifying_data(),
            pin: pin.clone(),
            afresh,
        };
        let Some(certified) = self.certify_in_turn(user, certify(false)).await? else {
            return Ok(None);
        };
        self.pcrs_fit(&request.record.key);
        match release(&certified.stated) {
            Ok(released) => return Ok(Some(released)),
            Err(BadSignature) if certified.was_loaded => return Err(TpmError::BadSignature),
            Err(BadSignature) => {}
        }
        // As for a signature.
        tracing::info!("a key that was ready is another one; loading it again");
        let Some(certified) = self.certify_in_turn(user, certify(true)).await? else {
            return Ok(None);
        };
        let released = release(&certified.stated);
        released
            .map(Some)
            .map_err(|BadSignature| TpmError::BadSignature)
    }

    async fn check_pin(
        &self,
        permit: Permit<Unlock>,
        pin: Arc<Pin>,
        own: usize,
    ) -> Result<Attempt<()>, TpmError> {
        let Unlock {
            caller,
            record,
            to_sign,
            reserve,
        } = permit.into_request();
        let pin = Some(pin);
        let check = SignInTry {
            record,
            wanted: Wanted { to_sign, pin },
            reserve,
            own,
        };
        let checked = self.quick(&caller.owner, check).await?;
        Ok(checked.map(|_thrown_away| ()))
    }

    async fn change_pin(
        &self,
        permit: &Permit<SetPin>,
        change: PinChange,
        own: usize,
    ) -> Result<Attempt<KeyBlob>, TpmError> {
        let request = permit.request();
        let change = change_pin::ChangePin {
            record: Arc::clone(&request.record),
            change,
            reserve: request.reserve,
            own,
        };
        self.quick(&request.caller.owner, change).await
    }

    async fn persist(
        &self,
        permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> Result<Option<Persistent>, TpmError> {
        let user = &permit.request().caller().owner;
        let by = KeptBy::Administrator;
        let line = Line::of(user);
        self.persist_in(line, record, promoted, by).await
    }

    async fn evict<R: Evicts>(
        &self,
        permit: &Permit<R>,
        record: &Arc<KeyRecord>,
        persistent: &Arc<Persistent>,
    ) -> Result<(), TpmError> {
        let evict = Evict {
            record: Arc::clone(record),
            persistent: Arc::clone(persistent),
            why: None,
        };
        self.quick(&permit.request().caller().owner, evict).await
    }

    async fn reset_lockout(
        &self,
        permit: Permit<ResetLockout>,
        password: Option<Arc<Pin>>,
    ) -> Result<(), TpmError> {
        let user = permit.into_request().caller.owner;
        self.quick(&user, reset_lockout::Reset { password }).await
    }

    fn queue(&self, permit: Permit<GetQueue>) -> QueueState {
        self.jobs
            .state_of(Line::of(&permit.into_request().caller.owner))
    }

    fn whole_queue(&self, permit: Permit<GetWholeQueue>) -> QueueState {
        let request = permit.into_request();
        self.jobs.state(Line::of(&request.caller().owner))
    }

    /// The TPM may have to derive an RSA key, which takes as long as to generate one.
    async fn identity(&self, permit: Permit<GetIdentity>) -> Result<MachineIdentity, TpmError> {
        let user = permit.into_request().caller.owner;
        let limit = self.state.timing().generation;
        self.submit(&user, Work::Generation, limit, FindIdentity)
            .await
    }

    async fn activate_credential(
        &self,
        permit: Permit<ActivateCredential>,
        key: &AttestationKey,
    ) -> Result<Zeroizing<Vec<u8>>, TpmError> {
        let request = permit.into_request();
        let limit = self.state.timing().generation;
        let activate = Activate {
            attestation_key: key.blob().clone(),
            parent: key.parent().clone(),
            endorsement_key: request.endorsement_key,
            credential: request.credential,
        };
        let user = &request.caller.owner;
        self.submit(user, Work::Generation, limit, activate).await
    }

    async fn lockout(&self, permit: Permit<GetLockout>) -> Result<Lockout, TpmError> {
        let request = permit.into_request();
        let user = request.caller.owner.clone();
        self.quick(&user, request).await
    }
}
