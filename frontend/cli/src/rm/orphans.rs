//! `sshtpm rm --uid`: deletes the keys of users who are gone.

use std::collections::BTreeSet;

use sshtpm_dbus::{OrphanInfo, option};
use sshtpm_ssh::text::printable;
use zbus::Variant;

use super::meant::Meant;
use crate::args::RmArgs;
use crate::error::Failure;
use crate::orphans::{Orphans, described, meant_by, note_deleted};
use crate::output::Output;
use crate::prompt;
use crate::session::{Options, Session};

/// Deletes the keys that are meant, of users who had `uid` and are gone, after a confirmation; all
/// if none is named.
///
/// # Errors
///
/// There are none, a name means no single one, the deletion was not confirmed, or the broker
/// refuses.
pub(super) async fn delete(
    session: &Session,
    output: Output,
    uid: u32,
    args: &RmArgs,
) -> Result<(), Failure> {
    let cannot = format!("cannot delete the keys of uid {uid}");
    let names = Meant::of(args);
    let orphans = Orphans::of(session, Some(uid)).await?;
    let meant = match names.keys {
        [] => orphans.keys.iter().collect(),
        names => meant_by(names, &orphans.keys)?,
    };
    if meant.is_empty() {
        let why = "no key is left of a user who had this uid and is gone";
        let next = "`sshtpm list --orphans` shows all keys of users who are gone; `sshtpm rm \
                    --owner USER KEY` deletes a key of a user who is there.";
        return Err(Failure::new(cannot, why).and_next(next));
    }
    names.can_be_confirmed(&cannot)?;
    if !names.force && !prompt::confirm(&question(&meant)).await? {
        return Err(Failure::Declined);
    }
    for (owner, key) in calls(&meant, names.keys.is_empty()) {
        let deleted = call(session, &cannot, (uid, owner), key).await?;
        for key in meant
            .iter()
            .filter(|key| deleted.contains(&key.fingerprint))
        {
            output.notice(&format!("Deleted key {}", described(key)))?;
        }
    }
    note_deleted(&meant).map_or(Ok(()), |note| output.notice(note))
}

/// What to ask the broker for: all keys of each former user, or one key after the other.
fn calls<'k>(meant: &[&'k OrphanInfo], all: bool) -> Vec<(&'k str, Option<&'k str>)> {
    if !all {
        let keys = meant.iter();
        let call = |key: &&'k OrphanInfo| (key.owner.as_str(), Some(key.fingerprint.as_str()));
        return keys.map(call).collect();
    }
    let owners: BTreeSet<&str> = meant.iter().map(|key| key.owner.as_str()).collect();
    owners.into_iter().map(|owner| (owner, None)).collect()
}

/// Names the former user: the keys are not those of the user who has the uid now.
fn question(meant: &[&OrphanInfo]) -> String {
    let keys: Vec<String> = meant
        .iter()
        .map(|key| format!("  {}", described(key)))
        .collect();
    format!(
        "Keys of users who are gone:\n{}\nIf users come from a directory service, make sure that \
         it is reachable: `getent passwd NAME`.\nDelete these keys for good",
        keys.join("\n")
    )
}

async fn call(
    session: &Session,
    cannot: &str,
    (uid, owner): (u32, &str),
    key: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let key = key.map(|key| (option::KEY, Variant::from(key)));
    let options: Options<'_> = key.into_iter().collect();
    let what = format!("{cannot}, former user {}", printable(owner));
    session
        .call(&what, async |keys| {
            keys.delete_orphans(uid, owner, &options).await
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::calls;
    use crate::orphans::example_orphan;

    #[test]
    fn each_former_user_is_named_once_where_all_keys_go() {
        let (one, other) = (
            example_orphan("alice", "SHA256:a"),
            example_orphan("bob", "SHA256:b"),
        );
        let more = example_orphan("alice", "SHA256:c");
        let meant = [&one, &other, &more];
        assert_eq!(calls(&meant, true), [("alice", None), ("bob", None)]);
        assert_eq!(
            calls(&meant[..2], false),
            [("alice", Some("SHA256:a")), ("bob", Some("SHA256:b"))]
        );
    }
}
