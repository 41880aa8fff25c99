//! When the broker forgets PINs unasked: their time is over, their user has logged out or locked
//! the screen, or the machine goes to sleep.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::adapters::Adapters;
use crate::sessions::{Event, Sessions};
use sshtpm_core::service::Service;

/// How often expired PINs are wiped; until then the broker does not use them. As often the disk
/// learns of counts that time has changed.
const SWEEP: Duration = Duration::from_secs(30);

/// Runs as long as the broker does. `on_suspend` says whether to forget PINs before the machine
/// sleeps, too.
pub(super) async fn forget(
    connection: &zbus::Connection,
    service: Arc<Service<Adapters>>,
    on_suspend: watch::Receiver<bool>,
) -> Infallible {
    tokio::join!(
        at_the_end_of_their_time(&service),
        with_their_users(connection, &service, on_suspend)
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
    mut on_suspend: watch::Receiver<bool>,
) -> Infallible {
    let mut sessions = match Sessions::watch(connection).await {
        Ok(sessions) => sessions,
        Err(cause) => {
            tracing::warn!(%cause, "cannot listen to logind; PINs stay when their users leave");
            return pending().await;
        }
    };
    let mut is_awake = true;
    loop {
        if !*on_suspend.borrow_and_update() {
            sessions.let_sleep();
        } else if is_awake {
            sessions.delay_sleep();
        }
        let event = tokio::select! {
            event = sessions.next() => event,
            Ok(()) = on_suspend.changed() => continue,
        };
        match event {
            Event::Left(uid) => service.forget_pins_of(uid),
            Event::Locked(uid) => service.screen_was_locked(uid),
            Event::Wakes => is_awake = true,
            Event::Sleeps => {
                is_awake = false;
                if *on_suspend.borrow() {
                    service.forget_pins();
                }
                sessions.let_sleep();
            }
        }
    }
}
