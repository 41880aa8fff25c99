//! The thread that owns the TPM.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::address::Address;
use super::device::Device;
use super::failure::Failure;
use super::findings::Findings;
use super::jobs::{Job, Jobs};
use super::pcrs::KnownPcrs;
use super::sealed::KeptSeeds;
use super::stack;
use super::state::State;
use sshtpm_core::key::ParentName;
use sshtpm_ssh::tpm::TpmState;

/// How soon a TPM that cannot be used is looked at again. Looking at an absent one costs an
/// `open(2)`.
const RETRY: Duration = Duration::from_secs(2);

/// Looking at one that is there costs a dozen commands, and the making of a parent that cannot be
/// kept may be among them, so the time doubles up to this. A request looks at once.
const SLOWEST_RETRY: Duration = Duration::from_secs(64);

/// A request is tried again once on a new connection; if that one fails too, it is the TPM.
const ATTEMPTS: usize = 2;

pub(super) fn spawn(
    address: Address,
    jobs: Arc<Jobs>,
    state: Arc<State>,
    seeds: KeptSeeds,
    findings: Findings,
    pcrs: KnownPcrs,
) -> std::io::Result<()> {
    let worker = Worker::new(address, jobs, state, seeds, findings, pcrs);
    // The thread ends with the process: a hung command could not be waited for anyway. And the
    // process ends with the thread, as no other thread can own the TPM.
    std::thread::Builder::new()
        .name("tpm".to_owned())
        .spawn(move || {
            let _ends_process = EndsProcess;
            worker.run();
        })?;
    Ok(())
}

struct Worker {
    address: Address,
    jobs: Arc<Jobs>,
    state: Arc<State>,
    device: Option<Device>,
    /// Those of the device; wiped with the connection to it.
    seeds: KeptSeeds,
    /// Of the device, too.
    findings: Findings,
    /// Forgotten with the connection, since the TPM may have started anew.
    pcrs: KnownPcrs,
    /// A parent that wants a password. It is not tried again while this process lives: if it is
    /// protected against dictionary attacks, each try brings the whole TPM closer to lockout.
    refused_parent: Option<ParentName>,
    /// Since when a TPM that is there was found unusable, and why.
    unusable: Option<(Instant, Failure)>,
    /// How long to wait before the next look.
    retry: Duration,
}

/// Ends the process when it is dropped, which only a panic does. The service manager restarts the
/// broker; a broker that no longer serves would be worse.
struct EndsProcess;

impl Drop for EndsProcess {
    fn drop(&mut self) {
        tracing::error!("the thread that owns the TPM has ended");
        std::process::abort();
    }
}

impl Worker {
    fn new(
        address: Address,
        jobs: Arc<Jobs>,
        state: Arc<State>,
        seeds: KeptSeeds,
        findings: Findings,
        pcrs: KnownPcrs,
    ) -> Self {
        Self {
            address,
            jobs,
            state,
            device: None,
            seeds,
            findings,
            pcrs,
            refused_parent: None,
            unusable: None,
            retry: RETRY,
        }
    }

    fn run(mut self) {
        self.open();
        loop {
            self.turn();
        }
    }

    fn turn(&mut self) {
        match self.jobs.pop(self.patience()) {
            Some(job) => {
                self.serve(job);
                stack::wipe();
                // There may always be another job, and this takes no command.
                self.seeds.drop_idle(Instant::now());
            }
            None if self.device.is_none() => self.open(),
            None => self.drop_idle(),
        }
    }

    /// How long there is nothing to do if no job comes.
    fn patience(&self) -> Option<Duration> {
        match &self.device {
            None => Some(self.retry),
            Some(device) => {
                let idle = device.idle_at()?;
                Some(idle.saturating_duration_since(Instant::now()))
            }
        }
    }

    fn drop_idle(&mut self) {
        let Some(device) = &mut self.device else {
            return;
        };
        self.state.begin(self.state.timing().command);
        match device.drop_idle() {
            Ok(()) => self.ready(),
            Err(failure) => {
                tracing::warn!(%failure, "the TPM is gone");
                self.close(&failure);
            }
        }
    }

    fn serve(&mut self, mut job: Box<dyn Job>) {
        if !job.is_wanted() {
            return;
        }
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            if self.device.is_none() && !job.opens_the_tpm() {
                return;
            }
            match self.attempt(&mut *job) {
                Ok(()) => return,
                Err(again) if again.may_be_repeated() => failure = Some(again),
                Err(other) => {
                    failure = Some(other);
                    break;
                }
            }
        }
        if let Some(failure) = failure {
            job.fail(failure.as_error(self.state.address()));
        }
    }

    fn attempt(&mut self, job: &mut dyn Job) -> Result<(), Failure> {
        if self.device.is_none() {
            self.reopen()?;
        }
        let Some(device) = &mut self.device else {
            return Ok(());
        };
        self.state.begin(job.limit());
        let result = job.run(device);
        match &result {
            Err(failure) if failure.wants_new_connection() => {
                tracing::warn!(%failure, "the TPM has to be opened again");
                self.close(failure);
            }
            Err(Failure::ParentAuth) => {
                self.refused_parent = Some(device.parent_name().clone());
                self.close(&Failure::ParentAuth);
            }
            Err(failure) => {
                if matches!(failure, Failure::OtherPcrs(..)) {
                    self.pcrs.forget();
                }
                tracing::warn!(%failure, "the TPM refused a command");
                self.ready();
            }
            Ok(()) => self.ready(),
        }
        result
    }

    /// Opens the TPM for a request, unless one that is there was found unusable just now: many
    /// requests must not become many looks at it.
    fn reopen(&mut self) -> Result<(), Failure> {
        match &self.unusable {
            Some((since, failure)) if since.elapsed() < RETRY => Err(failure.clone()),
            _ => self.try_open(),
        }
    }

    /// Opens the TPM; that it could not be used is said once, not at every look.
    fn open(&mut self) {
        let before = self.state.subscribe().borrow().clone();
        if let Err(failure) = self.try_open() {
            let now = self.state.subscribe().borrow().clone();
            if now != before {
                tracing::warn!(%failure, state = ?now.state, "the TPM cannot be used");
            }
        }
    }

    fn try_open(&mut self) -> Result<(), Failure> {
        self.state.begin(self.state.timing().command);
        let kept = (self.seeds.clone(), self.findings.clone());
        match Device::open(&self.address, self.refused_parent.as_ref(), kept) {
            Ok(device) => {
                let parent = device.parent_name();
                tracing::info!(tpm = %self.address, %parent, "the TPM is ready");
                self.device = Some(device);
                self.retry = RETRY;
                self.unusable = None;
                self.ready();
                Ok(())
            }
            Err(failure) => {
                let is_there = !matches!(failure, Failure::Gone(_));
                self.unusable = is_there.then(|| (Instant::now(), failure.clone()));
                self.retry = if is_there {
                    (self.retry * 2).min(SLOWEST_RETRY)
                } else {
                    RETRY
                };
                self.close(&failure);
                Err(failure)
            }
        }
    }

    fn ready(&self) {
        let facts = self.device.as_ref().map(Device::facts);
        self.state.end(TpmState::Ready, String::new(), facts);
    }

    fn close(&mut self, failure: &Failure) {
        self.device = None;
        self.seeds.wipe_all();
        self.findings.forget();
        self.pcrs.forget();
        let (state, reason) = failure.as_state(self.state.address());
        self.state.end(state, reason, None);
    }
}

#[cfg(test)]
mod tests;
