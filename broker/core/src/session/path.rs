//! The way from this machine to the host of the last session.

use std::collections::BTreeSet;

use sshtpm_ssh::limits::MAX_SESSION_ID_BYTES;
use sshtpm_ssh::session::Binding;

use super::{Forged, Host, pause};

/// Sessions that fit together, at least one. What they say is not verified before [`Path::verify`].
#[derive(Clone, Debug)]
pub(crate) struct Path<'a> {
    /// Through which the agent is forwarded.
    before: Vec<Step<'a>>,
    last: Step<'a>,
}

/// One session of it.
#[derive(Clone, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) host: Host<'a>,
    binding: &'a Binding,
}

/// Most signatures that are verified for one request; a host with a certificate takes two.
const MAX_SIGNATURES: usize = 16;

impl<'a> Path<'a> {
    pub(super) fn read(bindings: &'a [Binding]) -> Result<Self, Forged> {
        let (last, before) = bindings.split_last().ok_or(Forged)?;
        let before = before.iter().map(Step::read);
        let path = Self {
            before: before.collect::<Result<_, _>>()?,
            last: Step::read(last)?,
        };
        path.fits_together().then_some(path).ok_or(Forged)
    }

    fn fits_together(&self) -> bool {
        let signatures = self.steps().map(|step| step.host.signatures());
        let ids: BTreeSet<_> = self.steps().map(Step::session_id).collect();
        self.before.iter().all(Step::is_forwarding)
            && ids.len() == self.steps().count()
            && signatures.sum::<usize>() <= MAX_SIGNATURES
    }

    /// The hosts through which the agent is forwarded, and the last one.
    pub(crate) fn last(&self) -> (&[Step<'a>], &Step<'a>) {
        (&self.before, &self.last)
    }

    /// All of them, in their order.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &Host<'a>> {
        self.steps().map(|step| &step.host)
    }

    /// How many there are, at least one.
    pub(crate) fn length(&self) -> usize {
        self.before.len() + 1
    }

    fn steps(&self) -> impl Iterator<Item = &Step<'a>> {
        self.before.iter().chain([&self.last])
    }

    /// Verifies that each host signed its session, and that authorities issued the certificates. It
    /// takes milliseconds for each signature, so others have their turn in between.
    ///
    /// # Errors
    ///
    /// One did not.
    pub(crate) async fn verify(&self) -> Result<(), Forged> {
        for step in self.steps() {
            step.verify().await?;
        }
        Ok(())
    }

    /// Verifies the same of the nearest host alone. The SSH client of this machine stated it; the
    /// others were stated at the far end.
    ///
    /// # Errors
    ///
    /// It did not.
    pub(crate) async fn verify_nearest(&self) -> Result<(), Forged> {
        let nearest = self.before.first().unwrap_or(&self.last);
        nearest.verify().await
    }
}

impl<'a> Step<'a> {
    fn read(binding: &'a Binding) -> Result<Self, Forged> {
        let host = Host::parse(&binding.host_key).map_err(|_| Forged)?;
        let fits = (1..=MAX_SESSION_ID_BYTES).contains(&binding.session_id.len());
        fits.then_some(Self { host, binding }).ok_or(Forged)
    }

    async fn verify(&self) -> Result<(), Forged> {
        self.host
            .verify(self.session_id(), &self.binding.signature)?;
        pause().await;
        self.host.verify_certificate()?;
        pause().await;
        Ok(())
    }

    pub(crate) fn session_id(&self) -> &'a [u8] {
        &self.binding.session_id
    }

    /// Public key blob of the host.
    pub(crate) fn host_key(&self) -> &'a [u8] {
        &self.binding.host_key
    }

    /// Whether the agent is forwarded to that host; otherwise the session is for logging in there.
    pub(crate) fn is_forwarding(&self) -> bool {
        self.binding.is_forwarding
    }
}
