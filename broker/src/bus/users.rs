//! The user database, by uid and by name.

use nix::unistd::User;

use crate::core::identity::{Owner, Uid, UserName};

/// The user with this uid; `None` if there is none, or the database cannot say.
///
/// Directory services answer slowly, so this is asked away from the threads that serve others.
pub(super) async fn by_uid(uid: Uid) -> Option<Owner> {
    look_up(move || User::from_uid(nix::unistd::Uid::from_raw(uid.0))).await
}

/// The user with this name; `None` if there is none, or the database cannot say.
pub(super) async fn by_name(name: UserName) -> Option<Owner> {
    look_up(move || User::from_name(name.as_str())).await
}

async fn look_up(
    ask: impl FnOnce() -> nix::Result<Option<User>> + Send + 'static,
) -> Option<Owner> {
    let answer = tokio::task::spawn_blocking(ask).await.ok()?;
    let user = answer
        .inspect_err(|cause| tracing::warn!(%cause, "the user database does not answer"))
        .ok()??;
    Some(Owner::new(
        Uid(user.uid.as_raw()),
        UserName::new(user.name)?,
    ))
}
