//! Who is logged in, and when the machine goes to sleep, as logind says.
//!
//! May touch: logind on the system bus. Must never decide what follows from it. Where there is no
//! logind, nothing ever happens here.
//!
//! A signal counts if it comes from whoever owns logind's bus name, which is root by the bus policy of
//! systemd; zbus compares the sender that the bus daemon wrote into it.
//!
//! Specs: org.freedesktop.login1(5).

mod logind;

use std::collections::HashSet;

use futures_util::StreamExt as _;
use zbus::OwnedFd;

use crate::core::identity::Uid;
use logind::{
    ManagerProxy, PrepareForSleepStream, SessionNewStream, SessionProxy, SessionRemovedStream,
};

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A user's last login session has ended.
    Left(Uid),
    /// The machine is about to sleep, and waits for [`Sessions::let_sleep`] if that was asked for.
    Sleeps,
    /// It is awake again.
    Wakes,
}

/// The sessions of this machine.
#[derive(Debug)]
pub(crate) struct Sessions {
    manager: ManagerProxy<'static>,
    began: SessionNewStream,
    ended: SessionRemovedStream,
    sleeps: PrepareForSleepStream,
    /// Who had a session when we last looked.
    present: HashSet<Uid>,
    /// Who has none any more, and was not told of yet.
    left: Vec<Uid>,
    /// Whether sessions came or went since we last looked.
    is_stale: bool,
    /// As long as it is held, the machine waits with going to sleep.
    delay: Option<OwnedFd>,
}

impl Sessions {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// The bus is gone.
    pub(crate) async fn watch(connection: &zbus::Connection) -> zbus::Result<Self> {
        let manager = ManagerProxy::new(connection).await?;
        Ok(Self {
            began: manager.receive_session_new().await?,
            ended: manager.receive_session_removed().await?,
            sleeps: manager.receive_prepare_for_sleep().await?,
            manager,
            present: HashSet::new(),
            left: Vec::new(),
            is_stale: true,
            delay: None,
        })
    }

    /// Waits for the next event. It can be dropped and called again; nothing is lost then.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if self.is_stale {
                self.look().await;
            }
            if let Some(uid) = self.left.pop() {
                return Event::Left(uid);
            }
            tokio::select! {
                Some(_) = self.began.next() => self.is_stale = true,
                Some(_) = self.ended.next() => self.is_stale = true,
                Some(signal) = self.sleeps.next() => match signal.args() {
                    Ok(args) if args.start => return Event::Sleeps,
                    _ => return Event::Wakes,
                },
                else => std::future::pending().await,
            }
        }
    }

    /// Has the machine wait before it sleeps, until [`Self::let_sleep`] is called or a few seconds are
    /// over (`InhibitDelayMaxSec` of logind.conf(5)).
    pub(crate) async fn delay_sleep(&mut self) {
        if self.delay.is_some() {
            return;
        }
        let why = "PINs of SSH keys are to be forgotten before";
        let delay = self.manager.inhibit("sleep", "sshtpm-broker", why, "delay");
        match delay.await {
            Ok(delay) => self.delay = Some(delay),
            Err(cause) => tracing::info!(%cause, "the machine will not wait before it sleeps"),
        }
    }

    /// Lets the machine sleep.
    pub(crate) fn let_sleep(&mut self) {
        self.delay = None;
    }

    /// Looks who has a session now. A session that ends while we look brings a signal of its own.
    async fn look(&mut self) {
        let now = match self.users().await {
            Ok(now) => now,
            Err(cause) => {
                tracing::debug!(%cause, "logind does not say who is logged in");
                self.is_stale = false;
                return;
            }
        };
        self.left.extend(self.present.difference(&now));
        self.present = now;
        self.is_stale = false;
    }

    async fn users(&self) -> zbus::Result<HashSet<Uid>> {
        let mut users = HashSet::new();
        for (_, uid, _, _, path) in self.manager.list_sessions().await? {
            let session = SessionProxy::builder(self.manager.inner().connection())
                .path(path)
                .cache_properties(zbus::proxy::CacheProperties::No)
                .build()
                .await?;
            // One that is gone by now, is none.
            if session
                .class()
                .await
                .is_ok_and(|class: String| is_login(&class))
            {
                users.insert(Uid(uid));
            }
        }
        Ok(users)
    }
}

/// Not those of cron jobs, of the user's service manager (which stays for users who linger), and of
/// login screens.
fn is_login(class: &str) -> bool {
    class == "user" || class.starts_with("user-")
}

#[cfg(test)]
mod tests {
    use super::is_login;

    #[test]
    fn a_person_is_logged_in_by_sessions_of_a_person() {
        for class in ["user", "user-early", "user-incomplete", "user-light"] {
            assert!(is_login(class), "{class}");
        }
        for class in [
            "greeter",
            "lock-screen",
            "background",
            "manager",
            "none",
            "",
        ] {
            assert!(!is_login(class), "{class}");
        }
    }
}
