//! Checks that each owner's uid still has the name in the records.

use nix::unistd::User;

use sshtpm_core::identity::{Owner, Uid};

/// Logs owners whose uid now belongs to another name, so that no user gets their keys. The keys
/// stay: the name may come back.
pub(super) fn report_former_owners(
    owners: Vec<(Owner, usize)>,
    name_of: impl Fn(Uid) -> Option<String>,
) {
    for (owner, keys) in owners {
        match name_of(owner.uid()) {
            Some(name) if name != owner.name().as_str() => tracing::warn!(
                %owner, keys, now = name,
                "the uid now belongs to another user; that user does not get these keys"
            ),
            _ => {}
        }
    }
}

/// What the user database says. Nothing if it does not know the uid, or does not answer: a user
/// may be known later than the broker starts.
pub(super) fn name_of(uid: Uid) -> Option<String> {
    let user = User::from_uid(nix::unistd::Uid::from_raw(uid.0));
    user.ok().flatten().map(|user| user.name)
}
