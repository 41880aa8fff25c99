//! SIGHUP: the configuration is read again while the broker serves.
//!
//! Requests under way are not affected. A wrong file changes nothing, and some settings change
//! only at the next start; the journal says so in both cases. Either way the broker tells the
//! service manager that the reload is over (sd_notify(3), RELOADING=1).

use std::convert::Infallible;
use std::future::pending;
use std::path::PathBuf;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::adapters::Adapters;
use super::forget::Occasions;
use super::queue_bounds::queue_bounds;
use crate::config::Config;
use sshtpm_core::ports::Ports as _;
use sshtpm_core::service::Service;

/// The configuration that holds, and where the next one comes from.
#[derive(Debug)]
pub(super) struct Reload {
    path: PathBuf,
    running: Config,
    hangups: Signal,
    occasions: watch::Sender<Occasions>,
}

impl Reload {
    /// Catches SIGHUP from now on. The receiver tells when to forget PINs.
    ///
    /// # Errors
    ///
    /// The signal cannot be caught.
    pub(super) fn new(
        path: PathBuf,
        running: Config,
    ) -> std::io::Result<(Self, watch::Receiver<Occasions>)> {
        let (tells, occasions) = watch::channel(Occasions::of(&running));
        let reload = Self {
            path,
            running,
            hangups: signal(SignalKind::hangup())?,
            occasions: tells,
        };
        Ok((reload, occasions))
    }

    /// Reloads at each SIGHUP; several that come during one are one.
    pub(super) async fn at_each_hangup(mut self, service: &Service<Adapters>) -> Infallible {
        while self.hangups.recv().await.is_some() {
            match NotifyState::monotonic_usec_now() {
                Ok(now) => tell(&[NotifyState::Reloading, now]),
                Err(cause) => tracing::debug!(%cause, "there is no monotonic clock"),
            }
            self.reload(service).await;
            tell(&[NotifyState::Ready]);
        }
        pending().await
    }

    async fn reload(&mut self, service: &Service<Adapters>) {
        let path = self.path.clone();
        // The disk may be slow, and other requests must not wait for it.
        let read = tokio::task::spawn_blocking(move || Config::read(&path)).await;
        match read {
            Ok(Ok(new)) => self.apply(new, service),
            Ok(Err(error)) => tracing::error!("the configuration stays as it was: {error}"),
            Err(cause) => tracing::error!(%cause, "the configuration stays as it was"),
        }
    }

    fn apply(&mut self, new: Config, service: &Service<Adapters>) {
        let (next, waiting) = self.running.reloaded(new);
        for key in waiting {
            let file = self.path.display();
            tracing::warn!("{file}: the new value of {key} takes effect after a restart");
        }
        service.set_limits(next.limits());
        service.set_pin_limits(next.pin_limits());
        self.occasions.send_replace(Occasions::of(&next));
        service.set_forwarding_of_new_keys(next.forwarding_of_new_keys());
        service.set_sealed_keys(next.sealed_keys());
        service.set_persistent_keys(next.persistent_keys());
        let authority = service.ports.authority();
        authority.set_reuse(next.reuse_of_answers());
        let tpm = service.ports.tpm();
        tpm.adjust(next.timing(), queue_bounds(&next));
        self.running = next;
        tracing::info!("the configuration was read again");
    }
}

/// The broker keeps serving even if the service manager does not listen.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(cause) = sd_notify::notify(states) {
        tracing::warn!(%cause, "cannot notify the service manager");
    }
}
