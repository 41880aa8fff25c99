//! The only room that talks to the TPM, and the only one that names `tss_esapi`.
//!
//! Purpose: carry out what the core permits, with as few TPM commands as possible. One OS thread
//! owns the device; requests reach it through a bounded queue that is fair between users. May
//! touch: the TPM. Must never decide who may do what (a permit says so), hold a place in the queue
//! while a person is asked, or let a signature out unverified (the core does that).
//!
//! Specs: TPM 2.0 Library parts 1 to 3; TCG TPM v2.0 Provisioning Guidance (parent key).

mod address;
mod capabilities;
mod change_pin;
mod check_pin;
mod connection;
mod create;
mod device;
mod failure;
mod hot;
mod jobs;
mod let_go;
mod load;
mod lockout;
mod look;
mod parent;
mod persistent;
mod prepare;
mod public_key;
mod raw_command;
mod reset_lockout;
mod salted;
mod sign;
mod state;
mod sweep;
mod template;
mod withdrawable;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub(crate) use address::Address;
pub(crate) use parent::PARENT_HANDLE;

use sshtpm_core::error::TpmError;
use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::key::{KeyBlob, KeyRecord, TpmKey};
use sshtpm_core::persistent::Persistent;
use sshtpm_core::pins::{Attempt, Pin};
use sshtpm_core::policy::{Permit, Request as _};
use sshtpm_core::ports::Tpm;
use sshtpm_core::queue::{Line, QueueBounds, QueueState, Work};
use sshtpm_core::requests::{
    Evicts, Generate, GetLockout, GetQueue, PinChange, ResetLockout, SetPersistent, SetPin, Sign,
    Unlock,
};
use sshtpm_core::signature::{BadSignature, RawSignature};
use sshtpm_core::tpm_facts::{Lockout, TpmFacts, TpmState, TpmStatus};

use jobs::{Jobs, Operation, Task};
use persistent::evict::Evict;
use persistent::persist::Persist;
use sign::{SignWith, Wanted};
use state::State;
use withdrawable::Withdrawable;

/// The TPM, as the rest of the broker sees it.
#[derive(Debug)]
pub(crate) struct TpmThread {
    jobs: Arc<Jobs>,
    state: Arc<State>,
}

/// In whose turn the broker does what it does for itself.
const ROOT: Uid = Uid(0);

/// How long the end of the process waits for a TPM. What is left there is swept away at the next start.
const LET_GO_LIMIT: Duration = Duration::from_secs(1);

/// How long the TPM may take before it counts as hung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    /// For everything but the generation of keys.
    pub(crate) command: Duration,
    /// For the generation of a key; RSA takes half a minute on slow chips.
    pub(crate) generation: Duration,
}

impl TpmThread {
    /// Starts the thread that owns the TPM at `address`, and the watchdog that watches it. It must
    /// be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The system has no thread left.
    pub(crate) fn start(
        address: Address,
        timing: Timing,
        bounds: QueueBounds,
    ) -> std::io::Result<Self> {
        let jobs = Arc::new(Jobs::new(bounds));
        let state = Arc::new(State::new(address.to_string(), timing));
        worker::spawn(address, Arc::clone(&jobs), Arc::clone(&state))?;
        tokio::spawn(state::watchdog(Arc::clone(&state)));
        Ok(Self { jobs, state })
    }

    /// Follows the state of the TPM.
    pub(crate) fn subscribe(&self) -> watch::Receiver<TpmStatus> {
        self.state.subscribe()
    }

    /// Changes how long the TPM may take and how much can wait for it. What waits already stays, and
    /// is served as it was asked for.
    pub(crate) fn adjust(&self, timing: Timing, bounds: QueueBounds) {
        self.state.set_timing(timing);
        self.jobs.set_bounds(bounds);
    }

    /// Leaves nothing in a TPM in which it would stay; for when the process ends.
    pub(crate) async fn let_go(&self) {
        let limit = self.state.timing().command;
        let let_go = self.submit_to(Line::User(ROOT), Work::Quick, limit, let_go::LetGo);
        if let Ok(Err(cause)) = tokio::time::timeout(LET_GO_LIMIT, let_go).await {
            tracing::debug!(%cause, "the TPM was not left as it was found");
        }
    }

    async fn quick<O: Operation>(&self, user: &Owner, operation: O) -> Result<O::Output, TpmError> {
        let limit = self.state.timing().command;
        self.submit(user, Work::Quick, limit, operation).await
    }

    async fn submit<O: Operation>(
        &self,
        user: &Owner,
        work: Work,
        limit: Duration,
        operation: O,
    ) -> Result<O::Output, TpmError> {
        self.submit_to(Line::of(user), work, limit, operation).await
    }

    async fn submit_to<O: Operation>(
        &self,
        line: Line,
        work: Work,
        limit: Duration,
        operation: O,
    ) -> Result<O::Output, TpmError> {
        let mut status = self.state.subscribe();
        refuse_if_hung(&status.borrow())?;
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task::new(operation, limit, reply));
        self.jobs.push(line, work, job)?;
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or(Err(TpmError::Failed)),
            hung = status.wait_for(|now| now.state == TpmState::Hung) => {
                Err(hung.map_or(TpmError::Failed, |now| TpmError::Unavailable(now.reason.clone())))
            }
        }
    }
}

fn refuse_if_hung(status: &TpmStatus) -> Result<(), TpmError> {
    match status.state {
        TpmState::Hung => Err(TpmError::Unavailable(status.reason.clone())),
        _ => Ok(()),
    }
}

impl Tpm for TpmThread {
    fn status(&self) -> TpmStatus {
        self.state.subscribe().borrow().clone()
    }

    async fn look(&self, user: &Owner) -> Result<TpmFacts, TpmError> {
        self.quick(user, look::Look).await
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
        let (create, begun) = Withdrawable::new(create::Create { algorithm, pin });
        let made = self.submit(user, work, limit, create);
        begun.or_withdrawn(made, left).await
    }

    fn prepare(&self, record: &Arc<KeyRecord>) {
        if refuse_if_hung(&self.status()).is_ok() {
            let record = Arc::clone(record);
            let limit = self.state.timing().command;
            self.jobs
                .offer(Box::new(prepare::Prepare { record, limit }));
        }
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
            digest,
            ..
        } = permit.into_request();
        let wanted = Wanted { digest, pin };
        let sign = |afresh| SignWith {
            record: Arc::clone(&record),
            wanted: wanted.clone(),
            afresh,
        };
        let signed = self.quick(&caller.owner, sign(false)).await?;
        let released = release(&signed.raw);
        if signed.was_loaded || released.is_ok() {
            return released.map_err(|BadSignature| TpmError::BadSignature);
        }
        // Another program's key may be where the key was.
        tracing::info!("a signature by a key that was ready is none; it is loaded afresh");
        let signed = self.quick(&caller.owner, sign(true)).await?;
        release(&signed.raw).map_err(|BadSignature| TpmError::BadSignature)
    }

    async fn check_pin(
        &self,
        permit: Permit<Unlock>,
        pin: Arc<Pin>,
        own: usize,
    ) -> Result<Attempt<()>, TpmError> {
        let request = permit.into_request();
        let user = request.caller.owner.clone();
        let check = check_pin::CheckPin { request, pin, own };
        self.quick(&user, check).await
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
        let record = Arc::clone(record);
        let persist = Persist { record, promoted };
        self.quick(&permit.request().caller().owner, persist).await
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
            .state(Line::of(&permit.into_request().caller.owner))
    }

    async fn lockout(&self, permit: Permit<GetLockout>) -> Result<Lockout, TpmError> {
        let request = permit.into_request();
        let user = request.caller.owner.clone();
        self.quick(&user, request).await
    }
}
