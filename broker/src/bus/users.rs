//! The user database, by uid and by name.

use nix::unistd::User;
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::Semaphore;

use sshtpm_core::identity::{Owner, Uid, UserName};

/// Why a user was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotFound {
    /// The database knows no such user, or none whose name can be written down.
    NoSuchUser,
    /// The database could not say.
    NoAnswer,
}

/// Look-ups at a time. Directory services answer slowly and each look-up blocks a thread, of which
/// the disk needs some, too.
static LOOK_UPS: Semaphore = Semaphore::const_new(4);

/// The user with this uid.
///
/// # Errors
///
/// There is none, or the database cannot say.
pub(super) async fn by_uid(uid: Uid) -> Result<Owner, NotFound> {
    look_up(move || User::from_uid(nix::unistd::Uid::from_raw(uid.0))).await
}

/// The user with this name.
///
/// # Errors
///
/// There is none, or the database cannot say.
pub(super) async fn by_name(name: UserName) -> Result<Owner, NotFound> {
    look_up(move || User::from_name(name.as_str())).await
}

/// What a caller is told for [`NotFound::NoAnswer`].
pub(super) fn no_answer() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the user database does not answer; see the broker's journal, and try again",
    )
}

async fn look_up(
    ask: impl FnOnce() -> nix::Result<Option<User>> + Send + 'static,
) -> Result<Owner, NotFound> {
    let place = LOOK_UPS.acquire().await.map_err(|_| NotFound::NoAnswer)?;
    // The place goes along: it is taken for as long as the thread is, even if the caller left.
    let answer = tokio::task::spawn_blocking(move || (ask(), place)).await;
    let (answer, _place) = answer.map_err(|_| NotFound::NoAnswer)?;
    let user = answer
        .inspect_err(|cause| tracing::warn!(%cause, "the user database does not answer"))
        .map_err(|_| NotFound::NoAnswer)?
        .ok_or(NotFound::NoSuchUser)?;
    let name = UserName::new(user.name).ok_or(NotFound::NoSuchUser)?;
    Ok(Owner::new(Uid(user.uid.as_raw()), name))
}
