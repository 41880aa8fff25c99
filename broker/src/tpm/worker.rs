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

/// How soon a TPM that cannot be used is looked at again. Looking at an absent one costs an
/// `open(2)`.
const RETRY: Duration = Duration::from_secs(2);

/// Looking at one that is there costs a dozen commands, and the making of a parent that cannot be
/// kept may be among them, so the time doubles up to this. A request looks at once.
const SLOWEST_RETRY: Duration = Duration::from_secs(64);

/// How long the TPM has nothing to do before a TPM that was just opened is asked about itself: the
/// request for which the broker was started comes within milliseconds, and goes first.
const QUIET: Duration = Duration::from_millis(100);

/// How long after its opening a TPM that is never quiet is asked, one command after each request.
const ASKED_AT_LATEST: Duration = Duration::from_secs(2);

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
    opened: Instant,
    /// When the last request ended.
    served: Instant,
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
    /// Whether the TPM is asked about itself before it is called ready: when it was opened last, it
    /// failed only after that.
    examine_first: bool,
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
            opened: Instant::now(),
            served: Instant::now(),
            seeds,
            findings,
            pcrs,
            refused_parent: None,
            unusable: None,
            examine_first: false,
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
                if self.device.as_ref().is_some_and(Device::wants_room_ahead) {
                    self.tidy(Device::make_room_ahead);
                }
                // There may always be another job, and this takes no command.
                self.served = Instant::now();
                self.seeds.drop_idle(self.served);
                if let Some(device) = &mut self.device {
                    device.drop_idle_contexts(self.served);
                }
                let is_late = self.served.duration_since(self.opened) >= ASKED_AT_LATEST;
                if is_late && !self.is_examined() {
                    self.examine_further();
                }
            }
            None if self.device.is_none() => self.open(),
            None if self.is_examined() => self.tidy(Device::drop_idle),
            None => self.examine_further(),
        }
    }

    fn is_examined(&self) -> bool {
        let facts = self.device.as_ref().and_then(Device::facts);
        facts.is_some()
    }

    /// How long there is nothing to do if no job comes.
    fn patience(&self) -> Option<Duration> {
        match &self.device {
            None => Some(self.retry),
            Some(device) => {
                let next = match device.facts() {
                    Some(_) => device.idle_at()?,
                    None => self.served.max(self.opened) + QUIET,
                };
                Some(next.saturating_duration_since(Instant::now()))
            }
        }
    }

    fn examine_further(&mut self) {
        let Some(device) = &mut self.device else {
            return;
        };
        self.state.begin(self.state.timing().command);
        match device.examine_further() {
            Ok(()) => self.ready(),
            Err(failure) => {
                tracing::warn!(%failure, "the TPM cannot be used");
                self.examine_first = true;
                self.is_unusable(&failure);
            }
        }
    }

    /// Has keys leave the TPM while no caller waits for that.
    fn tidy(&mut self, leave: impl FnOnce(&mut Device) -> Result<(), Failure>) {
        let Some(device) = &mut self.device else {
            return;
        };
        self.state.begin(self.state.timing().command);
        match leave(device) {
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
        let result = job.run(device).map_err(|failure| device.explain(failure));
        match &result {
            Err(failure) if failure.wants_new_connection() => {
                tracing::warn!(%failure, "the TPM has to be opened again");
                self.close(failure);
            }
            Err(Failure::ParentAuth) => {
                self.refused_parent = Some(device.parent_name().clone());
                self.close(&Failure::ParentAuth);
            }
            Err(failure @ Failure::NoParent(_)) => {
                tracing::warn!(%failure, "the TPM cannot be used");
                self.is_unusable(failure);
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

    fn ready(&self) {
        if let Some(device) = &self.device {
            self.state.is_ready(device.parent_name(), device.facts());
        }
    }
}

mod opening;
#[cfg(test)]
mod tests;
