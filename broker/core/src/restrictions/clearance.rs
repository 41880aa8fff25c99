//! Whether a key may be used for the sessions of a request.
//!
//! The key has to allow each hop from this machine to the host of the last session. A login has to
//! name that session and that host, so that one host cannot use what another one was told. Data of
//! another kind has no destination, so a key with destinations does not sign it.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1 and §2, and what `ssh-agent.c` makes of it.

use super::name::is_user;
use super::{
    Confirmation, Destinations, Forwarding, NotPermitted, NotThere, Purpose, Restrictions,
};
use crate::identity::Uid;
use crate::session::{Forged, Host, Path, Sessions, Turns};
use crate::signed_data::UserAuth;
use sshtpm_ssh::fingerprint::Fingerprint;

/// That a key may be used for the sessions of one request; only [`Restrictions::clear`] says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cleared {
    host: Option<Fingerprint>,
}

impl Cleared {
    /// The key of the host to log in to, which proved that it has the key. `None` if that is not
    /// needed, or not known.
    pub(crate) fn host(&self) -> Option<Fingerprint> {
        self.host
    }
}

impl Restrictions {
    /// Whether a key may be used by `uid` for `sessions`, to sign `login` or, if there is none,
    /// anything else. Signatures of hosts are verified last, and only if something depends on them:
    /// a destination, or what a person is told.
    ///
    /// # Errors
    ///
    /// It may not.
    pub(crate) async fn clear(
        &self,
        sessions: &Sessions,
        login: Option<&UserAuth>,
        now: impl Fn() -> u64,
        (uid, turns): (Uid, &Turns),
    ) -> Result<Cleared, NotPermitted> {
        if self.forwarding == Forwarding::Forbidden && sessions.are_forwarded() {
            return Err(NotPermitted::Forwarding);
        }
        if self.destinations.are_everywhere() {
            let host = match (self.confirmation, login) {
                (Confirmation::EachUse, Some(login)) => {
                    let _turn = turns.take(uid).await;
                    proved_host(sessions, login).await
                }
                _ => None,
            };
            return Ok(Cleared { host });
        }
        let login = login.ok_or(NotThere::NoLogin)?;
        let _turn = turns.take(uid).await;
        let path = sessions.path().map_err(NotThere::from)?;
        let path = path.ok_or(NotThere::NoSession)?;
        self.destinations.check_login(&path, login, &now)?;
        path.verify().await.map_err(NotThere::from)?;
        let (_, last) = path.last();
        Ok(Cleared {
            host: Some(Fingerprint::of(last.host.key())),
        })
    }

    /// Whether a key is listed for `sessions`: it might be used there.
    ///
    /// Nothing is verified for this. A client that lies about its sessions gains nothing: without
    /// sessions it sees every key.
    pub(crate) fn are_of_use(&self, sessions: &Sessions, now: impl Fn() -> u64) -> bool {
        if self.forwarding == Forwarding::Forbidden && sessions.are_forwarded() {
            return false;
        }
        if sessions.are_for_login() && !self.purposes.contains(Purpose::Auth) {
            return false;
        }
        match sessions.path() {
            _ if self.destinations.are_everywhere() => true,
            Ok(None) => true,
            Ok(Some(path)) => self.destinations.are_on(&path, &now),
            Err(Forged) => false,
        }
    }
}

/// The host of `login`, for the prompt that asks a person to confirm it. The person can refuse a
/// login to an unknown host. Beyond the first host, the login has to name the host, as for a
/// destination: a host that the agent is forwarded to could sign the session of a login elsewhere.
async fn proved_host(sessions: &Sessions, login: &UserAuth) -> Option<Fingerprint> {
    let path = sessions.path().ok()??;
    let (before, last) = path.last();
    let is_its_session = !last.is_forwarding() && login.session_id() == last.session_id();
    let is_its_key = match login.host_key() {
        Some(key) => key == last.host_key(),
        None => before.is_empty(),
    };
    if !is_its_session || !is_its_key {
        return None;
    }
    path.verify().await.ok()?;
    Some(Fingerprint::of(last.host.key()))
}

impl Destinations {
    fn check_login(
        &self,
        path: &Path<'_>,
        login: &UserAuth,
        now: &impl Fn() -> u64,
    ) -> Result<(), NotThere> {
        let (before, last) = path.last();
        if last.is_forwarding() {
            return Err(NotThere::Forwarding);
        }
        self.check_user(login.user())?;
        self.check_hops(path, Some(login.user()), now)?;
        if login.session_id() != last.session_id() {
            return Err(NotThere::OtherSession);
        }
        match login.host_key() {
            Some(key) if key != last.host_key() => Err(NotThere::OtherHost),
            None if !before.is_empty() => Err(NotThere::NotHostbound),
            _ => Ok(()),
        }
    }

    /// A server that cuts a name would log in as another user than the pattern was compared with.
    fn check_user(&self, user: &str) -> Result<(), NotThere> {
        let has_pattern = self.named().iter().any(|one| one.user.is_some());
        match has_pattern && !is_user(user) {
            true => Err(NotThere::UserName(user.to_owned())),
            false => Ok(()),
        }
    }

    /// Whether a key may take the whole way, and where that does not end with a login, one further
    /// hop.
    fn are_on(&self, path: &Path<'_>, now: &impl Fn() -> u64) -> bool {
        let (_, last) = path.last();
        let mut named = self.named().iter();
        let mut goes_on = || named.any(|one| one.begins_at(Some(&last.host), now));
        self.check_hops(path, None, now).is_ok() && (!last.is_forwarding() || goes_on())
    }

    /// `user` is as whom to log in at the last host, where that is known.
    fn check_hops(
        &self,
        path: &Path<'_>,
        user: Option<&str>,
        now: &impl Fn() -> u64,
    ) -> Result<(), NotThere> {
        let (before, last) = path.last();
        let mut from = None;
        for step in before {
            self.check_hop(from, &step.host, None, now)?;
            from = Some(&step.host);
        }
        self.check_hop(from, &last.host, user, now)
    }

    fn check_hop(
        &self,
        from: Option<&Host<'_>>,
        to: &Host<'_>,
        user: Option<&str>,
        now: &impl Fn() -> u64,
    ) -> Result<(), NotThere> {
        let is_for = |user: Option<&str>| {
            let mut named = self.named().iter();
            named.any(|one| one.leads(from, to, now) && user.is_none_or(|user| one.is_for(user)))
        };
        if is_for(user) {
            return Ok(());
        }
        Err(NotThere::Elsewhere {
            from: from.map(|from| Fingerprint::of(from.key())),
            host: Fingerprint::of(to.key()),
            user: user.filter(|_| is_for(None)).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests;
