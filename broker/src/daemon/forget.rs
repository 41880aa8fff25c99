//! When the broker forgets PINs unasked: their time is over, their user has logged out or locked
//! the screen, or the machine goes to sleep. Then it also wipes the sealed keys that are ready,
//! since hibernation writes its memory to the disk. If `forget-on-suspend` is set, sleep is delayed
//! until that is done, whatever the TPM does; a signature under way has its seed until it is made.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::adapters::Adapters;
use crate::config::Config;
use crate::sessions::{Connect, Event, Locks, Sessions};
use sshtpm_core::pins::LockedScreen;
use sshtpm_core::service::Service;

/// How often expired PINs are wiped; until then the broker does not use them. As often the disk
/// learns of counts that time has changed.
const SWEEP: Duration = Duration::from_secs(30);

/// What else than a logout makes the broker forget PINs, as it is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occasions {
    /// Before the machine sleeps.
    on_suspend: bool,
    /// When a screen is locked. The service knows as well, and decides.
    on_screen_lock: bool,
}

impl Occasions {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            on_suspend: config.forget_on_suspend(),
            on_screen_lock: config.pin_limits().locked_screen == LockedScreen::ForgetsPins,
        }
    }
}

/// Runs as long as the broker does.
pub(super) async fn forget(
    connection: &zbus::Connection,
    service: Arc<Service<Adapters>>,
    occasions: watch::Receiver<Occasions>,
) -> Infallible {
    tokio::join!(
        at_the_end_of_their_time(&service),
        with_their_users(connection, &service, occasions.clone()),
        with_their_screens(connection, &service, occasions),
    )
    .0
}

async fn at_the_end_of_their_time(service: &Service<Adapters>) -> Infallible {
    let mut ticks = tokio::time::interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        service.sweep_pins();
        service.keep_changed_counts().await;
    }
}

async fn with_their_users(
    connection: &zbus::Connection,
    service: &Service<Adapters>,
    mut occasions: watch::Receiver<Occasions>,
) -> Infallible {
    let mut sessions = match Sessions::watch(connection, with_descriptors()).await {
        Ok(sessions) => sessions,
        Err(cause) => {
            tracing::warn!(%cause, "cannot listen to logind; PINs stay when their users leave");
            return pending().await;
        }
    };
    let mut is_awake = true;
    loop {
        if !occasions.borrow_and_update().on_suspend {
            sessions.let_sleep();
        } else if is_awake {
            sessions.delay_sleep();
        }
        let event = tokio::select! {
            event = sessions.next() => event,
            Ok(()) = occasions.changed() => continue,
        };
        match event {
            Event::Left(uid) => service.forget_pins_of(uid),
            Event::Wakes => is_awake = true,
            Event::Sleeps => {
                is_awake = false;
                service.wipe_sealed_keys();
                if occasions.borrow().on_suspend {
                    service.forget_pins();
                }
                sessions.let_sleep();
            }
        }
    }
}

/// Apart from the rest, because a user can lock screens as often as they like. Until locks are to
/// be heard of, nothing listens; after that, the service leaves unused what it need not know.
async fn with_their_screens(
    connection: &zbus::Connection,
    service: &Service<Adapters>,
    mut occasions: watch::Receiver<Occasions>,
) -> Infallible {
    let wanted = occasions.wait_for(|occasions| occasions.on_screen_lock);
    if wanted.await.is_err() {
        return pending().await;
    }
    let locks = match Locks::watch(connection).await {
        Ok(locks) => locks,
        Err(cause) => {
            tracing::warn!(%cause, "cannot listen to logind; PINs stay when screens are locked");
            return pending().await;
        }
    };
    loop {
        service.screen_was_locked(locks.next().await);
    }
}

/// The connection over which the broker asks takes no file descriptors, so logind gives its own
/// over another one, which ends at once.
fn with_descriptors() -> Connect {
    Box::new(|| zbus::Connection::system().boxed())
}
