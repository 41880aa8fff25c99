//! Whether a key may be used for the sessions of a request.
//!
//! The key has to allow each hop from this machine to the host of the last session. A login has to
//! name that session and that host, so that one host cannot use what another one was told. Data of
//! another kind has no destination, so a key with destinations does not sign it.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1 and §2, and what `ssh-agent.c` makes of it.

use super::legs::Legs;
use super::local::Origin;
use super::name::is_user;
use super::told::{Proof, Told};
use super::{
    Confirmation, Destinations, Forwarding, MaybeForwarded, NotPermitted, NotThere, Restrictions,
};
use crate::identity::Uid;
use crate::session::{Hosts, Path, Sessions, Steps, Turns};
use crate::signed_data::UserAuth;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;

/// That a key may be used for the sessions of one request; only [`Restrictions::clear`] says so. It
/// has what a person is told of them, if one is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cleared {
    told: Told,
}

impl Cleared {
    /// The hosts that a person is told.
    pub(crate) fn told(&self) -> &Told {
        &self.told
    }
}

impl Restrictions {
    /// Whether a key may be used by `uid` for a request from `origin`, to sign `login` or, if there
    /// is none, anything else. Signatures of hosts are verified last, and only if something depends
    /// on them: a destination, that the connection is not forwarded, or what a person is told.
    ///
    /// # Errors
    ///
    /// It may not.
    pub(crate) async fn clear(
        &self,
        origin: Origin<'_>,
        login: Option<&UserAuth>,
        now: impl Fn() -> u64,
        (uid, turns): (Uid, &Turns),
    ) -> Result<Cleared, NotPermitted> {
        self.forwarding.check(origin)?;
        let is_bound = !self.destinations.are_everywhere();
        if is_bound && login.is_none() {
            return Err(NotThere::NoLogin.into());
        }
        let needs_proof = is_bound || self.forwarding == Forwarding::Forbidden;
        let to_prove = login.filter(|_| needs_proof);
        let is_told = self.confirmation == Confirmation::EachUse && !origin.sessions.are_none();
        let mut told = Told::default();
        if to_prove.is_some() || is_told {
            let _turn = turns.take(uid).await;
            let now = now();
            if let Some(login) = to_prove {
                self.check_host(origin.sessions, login, now).await?;
            }
            if is_told {
                let proof = Proof::of(to_prove.is_some());
                told = Told::find(&self.destinations, (origin.sessions, proof), login, now).await;
            }
        }
        Ok(Cleared { told })
    }

    /// Whether the host of `login` proved to be one where the key may log in.
    async fn check_host(
        &self,
        sessions: &Sessions,
        login: &UserAuth,
        now: u64,
    ) -> Result<(), NotPermitted> {
        let unproven = |why: NotThere| match self.destinations.are_everywhere() {
            true => NotPermitted::from(MaybeForwarded::Unbound),
            false => why.into(),
        };
        let path = sessions.path().map_err(|forged| unproven(forged.into()))?;
        let path = path.ok_or_else(|| unproven(NotThere::NoSession))?;
        if !self.destinations.are_everywhere() {
            self.destinations.check_login(&path, login, now)?;
        }
        if self.forwarding == Forwarding::Forbidden && !path.ends_with(login) {
            return Err(MaybeForwarded::Unbound.into());
        }
        let verified = path.verify().await;
        verified.map_err(|forged| unproven(forged.into()))
    }
}

impl Destinations {
    fn check_login(&self, path: &Path<'_>, login: &UserAuth, now: u64) -> Result<(), NotPermitted> {
        let (before, last) = path.last();
        if last.is_forwarding() {
            return Err(NotThere::Forwarding.into());
        }
        self.check_user(login.user())?;
        self.check_hops(path, login.user(), now)?;
        if login.session_id() != last.session_id() {
            return Err(NotThere::OtherSession.into());
        }
        match login.host_key() {
            Some(key) if key != last.host_key() => Err(NotThere::OtherHost.into()),
            None if !before.is_empty() => Err(NotThere::NotHostbound.into()),
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

    fn check_hops(&self, path: &Path<'_>, user: &str, now: u64) -> Result<(), NotPermitted> {
        let mut steps = Steps::of_a_request();
        let legs = Legs::of(self, &mut Hosts::of(path, now), &mut steps)?;
        let Some(place) = legs.end_before(path.length(), Some(user), &mut steps)? else {
            return Ok(());
        };
        let key_at = |place: usize| {
            path.hosts()
                .nth(place)
                .map(|host| Fingerprint::of(host.key()))
        };
        let from = place.checked_sub(1).and_then(key_at);
        let Some(host) = key_at(place) else {
            return Ok(());
        };
        let is_about_the_user = legs.lead_to(place, None, &mut steps)?;
        Err(NotThere::Elsewhere {
            from,
            host,
            user: is_about_the_user.then(|| Quoted::new(user)),
        }
        .into())
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
