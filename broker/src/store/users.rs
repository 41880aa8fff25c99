//! Whether the names in the records are still those of their uids.

use nix::unistd::User;

use sshtpm_core::identity::{Owner, Uid};

/// Names in the log whose keys nobody gets, because their uid belongs to another name now. They
/// stay where they are: the name may come back.
pub(super) fn report_former_owners(
    owners: Vec<(Owner, usize)>,
    name_of: impl Fn(Uid) -> Option<String>,
) {
    for (owner, keys) in owners {
        match name_of(owner.uid()) {
            Some(name) if name != owner.name().as_str() => tracing::warn!(
                %owner, keys, now = name,
                "the uid belongs to another user now, who does not get these keys"
            ),
            _ => {}
        }
    }
}

/// What the user database says. Nothing if it has nobody, or does not answer: a user may be known
/// later than the broker starts.
pub(super) fn name_of(uid: Uid) -> Option<String> {
    let user = User::from_uid(nix::unistd::Uid::from_raw(uid.0));
    user.ok().flatten().map(|user| user.name)
}
