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
mod create;
mod device;
mod failure;
mod jobs;
mod load;
mod lockout;
mod look;
mod parent;
mod public_key;
mod sign;
mod state;
mod sweep;
mod template;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub(crate) use address::Address;
pub(crate) use parent::PARENT_HANDLE;

use crate::core::error::TpmError;
use crate::core::identity::Uid;
use crate::core::key::TpmKey;
use crate::core::policy::{Permit, Request as _};
use crate::core::ports::{Lockout, Tpm, TpmFacts, TpmState, TpmStatus};
use crate::core::queue::QueueBounds;
use crate::core::service::{Generate, GetLockout, Sign};
use crate::core::signature::RawSignature;

use jobs::{Jobs, Operation, Task};
use state::State;

/// The TPM, as the rest of the broker sees it.
#[derive(Debug)]
pub(crate) struct TpmThread {
    jobs: Arc<Jobs>,
    state: Arc<State>,
}

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

    /// Changes how long the TPM may take and how much of one user can wait for it. What waits already
    /// stays, and is served as it was asked for.
    pub(crate) fn adjust(&self, timing: Timing, requests_per_user: usize) {
        self.state.set_timing(timing);
        self.jobs.set_per_user(requests_per_user);
    }

    async fn submit<O: Operation>(
        &self,
        uid: Uid,
        limit: Duration,
        operation: O,
    ) -> Result<O::Output, TpmError> {
        let mut status = self.state.subscribe();
        refuse_if_hung(&status.borrow())?;
        let (reply, answer) = oneshot::channel();
        self.jobs
            .push(uid, Box::new(Task::new(operation, limit, reply)))?;
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

    async fn look(&self, uid: Uid) -> Result<TpmFacts, TpmError> {
        let limit = self.state.timing().command;
        self.submit(uid, limit, look::Look).await
    }

    async fn create(&self, permit: Permit<Generate>) -> Result<TpmKey, TpmError> {
        let request = permit.into_request();
        let uid = request.caller().owner.uid();
        self.submit(
            uid,
            self.state.timing().generation,
            create::Create::new(request.algorithm),
        )
        .await
    }

    async fn sign(&self, permit: Permit<Sign>) -> Result<RawSignature, TpmError> {
        let request = permit.into_request();
        let uid = request.caller.owner.uid();
        self.submit(uid, self.state.timing().command, request).await
    }

    async fn lockout(&self, permit: Permit<GetLockout>) -> Result<Lockout, TpmError> {
        let request = permit.into_request();
        let uid = request.caller.owner.uid();
        self.submit(uid, self.state.timing().command, request).await
    }
}
