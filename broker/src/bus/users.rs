//! The user database, by uid and by name.
//!
//! A directory service may take seconds for an answer. So users take turns here, too, and that
//! there is no such user is remembered for a moment. Who a user is never is: a uid may be given to
//! another user at any time, and the new one must not get the keys of the old one.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::unistd::User;
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;

use sshtpm_core::identity::{Owner, Uid, UserName};
use sshtpm_core::places::Places;
use sshtpm_core::ports;
use sshtpm_core::quota::Claims;

/// Why a user was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotFound {
    /// The database knows no such user, or none whose name can be written down.
    NoSuchUser,
    /// The database could not say, or has too much to do for this caller.
    NoAnswer,
}

/// Look-ups at a time. Directory services answer slowly and each look-up blocks a thread, of which
/// the disk needs some, too.
const LOOK_UPS: usize = 4;

/// Those of one user, who would occupy all of them otherwise.
const LOOK_UPS_OF_USER: usize = 1;

/// Look-ups of one user that wait, the one in progress included: more connections than a person
/// opens at once, and half of the calls that a user may have inside.
const MOST_WAITING_OF_USER: usize = 256;

/// How long it is remembered that there is no such user.
const MISSING: Duration = Duration::from_secs(3);

/// Such users that are remembered.
const MOST_MISSING: usize = 256;

static DATABASE: LazyLock<Database> = LazyLock::new(Database::default);

/// The user with this uid, who asks.
///
/// # Errors
///
/// There is none, or the database cannot say.
pub(super) async fn by_uid(uid: Uid) -> Result<Owner, NotFound> {
    let ask = move || User::from_uid(nix::unistd::Uid::from_raw(uid.0));
    DATABASE.look_up(uid, Asked::Uid(uid), ask).await
}

/// The user with this name, as `asker` wants to know.
///
/// # Errors
///
/// There is none, or the database cannot say.
pub(super) async fn by_name(name: UserName, asker: Uid) -> Result<Owner, NotFound> {
    let asked = Asked::Name(name.clone());
    let ask = move || User::from_name(name.as_str());
    DATABASE.look_up(asker, asked, ask).await
}

/// The user database, as the core sees it.
#[derive(Debug)]
pub(crate) struct UserDatabase;

impl ports::Users for UserDatabase {
    async fn name_of(&self, uid: Uid, asker: Uid) -> Result<Option<UserName>, ports::NoAnswer> {
        let ask = move || User::from_uid(nix::unistd::Uid::from_raw(uid.0));
        match DATABASE.look_up(asker, Asked::Uid(uid), ask).await {
            Ok(owner) => Ok(Some(owner.name().clone())),
            Err(NotFound::NoSuchUser) => Ok(None),
            Err(NotFound::NoAnswer) => Err(ports::NoAnswer),
        }
    }
}

/// What a caller is told for [`NotFound::NoAnswer`].
pub(super) fn no_answer() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the user database does not answer; see the broker's journal, and try again",
    )
}

/// What has been asked of it, and by whom.
#[derive(Debug)]
struct Database {
    places: Places,
    in_progress: Claims,
    /// Users that there were not, and when that was found.
    missing: Mutex<HashMap<Asked, Instant>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Asked {
    Uid(Uid),
    Name(UserName),
}

impl Default for Database {
    fn default() -> Self {
        Self {
            places: Places::new(LOOK_UPS, LOOK_UPS_OF_USER),
            in_progress: Claims::default(),
            missing: Mutex::default(),
        }
    }
}

impl Database {
    async fn look_up(
        &self,
        asker: Uid,
        asked: Asked,
        ask: impl FnOnce() -> nix::Result<Option<User>> + Send + 'static,
    ) -> Result<Owner, NotFound> {
        let claim = self.in_progress.claim(asker, || 0, MOST_WAITING_OF_USER);
        let claim = claim.ok_or(NotFound::NoAnswer)?;
        let place = self.places.take(asker).await;
        // While this one waited, another may have been answered.
        if self.is_missing(&asked, Instant::now()) {
            return Err(NotFound::NoSuchUser);
        }
        // Both go along: they are taken for as long as the thread is, even if the caller left.
        let answer = tokio::task::spawn_blocking(move || (ask(), place, claim)).await;
        let (answer, ..) = answer.map_err(|_| NotFound::NoAnswer)?;
        let user = answer
            .inspect_err(|cause| tracing::warn!(%cause, "the user database does not answer"))
            .map_err(|_| NotFound::NoAnswer)?;
        let found = user.and_then(|user| {
            let name = UserName::new(user.name)?;
            Some(Owner::new(Uid(user.uid.as_raw()), name))
        });
        found.ok_or_else(|| {
            self.remember_missing(asked, Instant::now());
            NotFound::NoSuchUser
        })
    }

    fn is_missing(&self, asked: &Asked, now: Instant) -> bool {
        let missing = self.missing();
        let since = missing.get(asked);
        since.is_some_and(|since| now.duration_since(*since) < MISSING)
    }

    fn remember_missing(&self, asked: Asked, now: Instant) {
        let mut missing = self.missing();
        if missing.len() >= MOST_MISSING {
            missing.retain(|_, since| now.duration_since(*since) < MISSING);
        }
        // One that finds no room is asked for again.
        if missing.len() < MOST_MISSING {
            missing.insert(asked, now);
        }
    }

    fn missing(&self) -> MutexGuard<'_, HashMap<Asked, Instant>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
