//! The only room that talks to the TPM, and the only one that names `tss_esapi`.
//!
//! Purpose: carry out what the core permits, with as few TPM commands as possible. One OS thread
//! owns the device; requests reach it through a bounded queue that is fair between users. May
//! touch: the TPM. Must never decide who may do what (the core's permit does), hold a place in the
//! queue while a person is asked, or release an unverified signature (the core verifies it).
//!
//! Specs: TPM 2.0 Library parts 1 to 3; TCG TPM v2.0 Provisioning Guidance (parent key).

mod address;
mod adopt;
mod attest;
mod authorization;
mod capabilities;
mod change_pin;
mod connection;
mod create;
mod derive;
mod device;
mod endorsement;
mod examination;
mod failure;
mod findings;
mod hot;
mod import;
mod jobs;
mod keeping;
mod let_go;
mod load;
mod lockout;
mod look;
mod make_attestation_key;
mod measure;
mod pace;
mod parent;
mod pcrs;
mod persistent;
mod policy_session;
mod port;
mod prepare;
mod primary;
mod public_key;
mod random;
mod raw_command;
mod read_pcrs;
mod reset_lockout;
mod salted;
mod sealed;
mod sign;
mod sign_in_try;
mod stack;
mod state;
mod sweep;
mod template;
mod timing;
mod wanted;
mod withdrawable;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub(crate) use address::Address;
pub(crate) use parent::PARENT_HANDLE;
pub(crate) use timing::Timing;

use sshtpm_core::error::TpmError;
use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::queue::{Line, QueueBounds, Work};
use sshtpm_core::tpm_facts::TpmStatus;
use sshtpm_ssh::tpm::TpmState;

use findings::Findings;
use jobs::{Jobs, Operation, Task};
use pace::Pace;
use pcrs::KnownPcrs;
use sealed::KeptSeeds;
use state::State;

/// The TPM, as the rest of the broker sees it.
#[derive(Debug)]
pub(crate) struct TpmThread {
    jobs: Arc<Jobs>,
    state: Arc<State>,
    /// Wiped without the thread.
    seeds: KeptSeeds,
    /// Read without the thread.
    findings: Findings,
    /// Read without the thread, too.
    pcrs: KnownPcrs,
    pace: Pace,
}

/// The user in whose turn the broker does its own work.
const ROOT: Uid = Uid(0);

/// How long the end of the process waits for the TPM. The next start removes what is left there.
const LET_GO_LIMIT: Duration = Duration::from_secs(1);

impl TpmThread {
    /// Starts the thread that owns the TPM at `address`, and the watchdog that watches it. It must
    /// be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub(crate) fn start(
        address: Address,
        timing: Timing,
        bounds: QueueBounds,
    ) -> std::io::Result<Self> {
        let jobs = Arc::new(Jobs::new(bounds));
        let state = Arc::new(State::new(address.to_string(), timing));
        let seeds = KeptSeeds::new();
        let findings = Findings::default();
        let pcrs = KnownPcrs::default();
        worker::spawn(
            address,
            Arc::clone(&jobs),
            Arc::clone(&state),
            seeds.clone(),
            findings.clone(),
            pcrs.clone(),
        )?;
        tokio::spawn(state::watchdog(Arc::clone(&state)));
        Ok(Self {
            jobs,
            state,
            seeds,
            findings,
            pcrs,
            pace: Pace::default(),
        })
    }

    /// Follows the state of the TPM.
    pub(crate) fn subscribe(&self) -> watch::Receiver<TpmStatus> {
        self.state.subscribe()
    }

    /// Changes how long the TPM may take and how much can wait for it. Requests that already wait
    /// keep their terms.
    pub(crate) fn adjust(&self, timing: Timing, bounds: QueueBounds) {
        self.state.set_timing(timing);
        self.jobs.set_bounds(bounds);
    }

    /// Removes everything from the TPM that would outlive the process; called at its end.
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

#[cfg(test)]
mod tests;
