//! Opening the TPM, and closing one that cannot be used.

use std::time::Instant;

use super::super::device::Device;
use super::super::failure::Failure;
use super::{RETRY, SLOWEST_RETRY, Worker};

impl Worker {
    /// Opens the TPM for a request, unless one that is there was found unusable just now: many
    /// requests must not become many looks at it.
    pub(super) fn reopen(&mut self) -> Result<(), Failure> {
        match &self.unusable {
            Some((since, failure)) if since.elapsed() < RETRY => Err(failure.clone()),
            _ => self.try_open(),
        }
    }

    /// Opens the TPM; that it could not be used is said once, not at every look.
    pub(super) fn open(&mut self) {
        let before = self.state.subscribe().borrow().clone();
        if let Err(failure) = self.try_open() {
            let now = self.state.subscribe().borrow().clone();
            if now != before {
                tracing::warn!(%failure, state = ?now.state, "the TPM cannot be used");
            }
        }
    }

    pub(super) fn try_open(&mut self) -> Result<(), Failure> {
        self.state.begin(self.state.timing().command);
        match self.opened_device() {
            Ok(device) => {
                let parent = device.parent_name();
                tracing::info!(tpm = %self.address, %parent, "the TPM is ready");
                self.device = Some(device);
                self.opened = Instant::now();
                self.retry = RETRY;
                self.unusable = None;
                self.examine_first = false;
                self.ready();
                Ok(())
            }
            Err(failure) => {
                self.is_unusable(&failure);
                Err(failure)
            }
        }
    }

    /// One that was found unusable is asked about itself at once, even if it was absent since, so
    /// that it is not called ready again and again.
    fn opened_device(&self) -> Result<Device, Failure> {
        let kept = (self.seeds.clone(), self.findings.clone());
        let mut device = Device::open(&self.address, self.refused_parent.as_ref(), kept)?;
        if self.examine_first {
            device.examine()?;
        }
        Ok(device)
    }

    /// Closes the TPM. One that is absent is looked at soon again, unless it could not be used when
    /// it was there: each look at that costs the whole examination.
    pub(super) fn is_unusable(&mut self, failure: &Failure) {
        let is_there = !matches!(failure, Failure::Gone(_));
        self.examine_first |= is_there;
        self.unusable = is_there.then(|| (Instant::now(), failure.clone()));
        self.retry = if self.examine_first {
            (self.retry * 2).min(SLOWEST_RETRY)
        } else {
            RETRY
        };
        self.close(failure);
    }

    pub(super) fn close(&mut self, failure: &Failure) {
        self.device = None;
        self.seeds.wipe_all();
        self.findings.forget();
        self.pcrs.forget();
        let (state, reason) = failure.as_state(self.state.address());
        self.state.is_closed(state, reason);
    }
}
