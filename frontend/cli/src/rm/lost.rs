//! `sshtpm rm --lost`: moves the records of lost keys out of the way.

use sshtpm_dbus::{KeyInfo, option};
use sshtpm_ssh::text::printable;
use zbus::Variant;

use super::meant::{Deleted, Meant};
use crate::error::Failure;
use crate::key_selector::{describe, find_all};
use crate::key_state::is_lost;
use crate::output::Output;
use crate::prompt;
use crate::session::{Session, owner_option};

const CANNOT: &str = "cannot archive lost keys";

/// Archives the lost keys that are meant, of the caller or of `owner`, after a confirmation; all
/// that are lost if none is named.
pub(super) async fn archive(
    session: &Session,
    output: Output,
    meant: Meant<'_>,
    owner: Option<&str>,
) -> Deleted {
    let mut keys = Vec::new();
    let result = archive_each(session, output, meant, owner, &mut keys).await;
    Deleted { keys, result }
}

async fn archive_each(
    session: &Session,
    output: Output,
    names: Meant<'_>,
    owner: Option<&str>,
    archived: &mut Vec<KeyInfo>,
) -> Result<(), Failure> {
    let keys = session.list(owner).await?;
    let lost = lost_among(&keys, names.keys, owner)?;
    if lost.is_empty() {
        return output.notice("No key is lost.");
    }
    names.can_be_confirmed(CANNOT)?;
    if !names.force && !confirmed(&lost).await? {
        return Err(Failure::Declined);
    }
    let calls: Vec<Option<&str>> = match names.keys {
        [] => vec![None],
        _ => lost
            .iter()
            .map(|key| Some(key.fingerprint.as_str()))
            .collect(),
    };
    for key in calls {
        let done = call(session, key, owner).await?;
        for key in lost.iter().filter(|key| done.contains(&key.fingerprint)) {
            archived.push(KeyInfo::clone(key));
            output.notice(&format!("Archived the record of key {}", describe(key)))?;
        }
    }
    Ok(())
}

/// Those of `keys` that are lost, or those with these names.
fn lost_among<'k>(
    keys: &'k [KeyInfo],
    names: &[String],
    owner: Option<&str>,
) -> Result<Vec<&'k KeyInfo>, Failure> {
    if names.is_empty() {
        return Ok(keys.iter().filter(|key| is_lost(key)).collect());
    }
    let meant = find_all(names, keys, owner)?;
    match meant.iter().find(|key| !is_lost(key)) {
        None => Ok(meant),
        Some(key) => Err(
            Failure::new(CANNOT, format!("key {} is not lost", describe(key)))
                .and_next("Without --lost, `sshtpm rm KEY` deletes it for good."),
        ),
    }
}

async fn confirmed(lost: &[&KeyInfo]) -> Result<bool, Failure> {
    let keys: Vec<String> = lost
        .iter()
        .map(|key| format!("  {}", describe(key)))
        .collect();
    let question = format!(
        "Lost keys:\n{}\nMove their records out of the way",
        keys.join("\n")
    );
    prompt::confirm(&question).await
}

/// The fingerprints of what the broker archived: `key`, or all that are lost.
async fn call(
    session: &Session,
    key: Option<&str>,
    owner: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let mut options = owner_option(owner);
    options.extend(key.map(|key| (option::KEY, Variant::from(key))));
    let what = match key {
        Some(key) => format!("cannot archive key {}", printable(key)),
        None => CANNOT.to_owned(),
    };
    session
        .call(&what, async |keys| keys.archive_lost(&options).await)
        .await
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::{KeyInfo, WireWord};
    use sshtpm_ssh::tpm::KeyState;

    use super::lost_among;
    use crate::key_listing::example_key;

    #[test]
    fn a_named_key_that_is_not_lost_keeps_all_from_being_archived() {
        let lost = KeyInfo {
            fingerprint: "SHA256:lost".to_owned(),
            comment: "old".to_owned(),
            state: WireWord(KeyState::Lost),
            ..example_key()
        };
        let keys = [lost, example_key()];
        assert_eq!(lost_among(&keys, &[], None).unwrap(), [&keys[0]]);
        let old = ["old".to_owned()];
        assert_eq!(lost_among(&keys, &old, None).unwrap(), [&keys[0]]);
        let both = ["old".to_owned(), "ann@host".to_owned()];
        let text = lost_among(&keys, &both, None).unwrap_err().to_string();
        assert!(text.contains("is not lost"), "{text}");
    }
}
