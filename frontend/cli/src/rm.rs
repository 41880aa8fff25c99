//! `sshtpm rm`: deletes keys for good, or moves the records of lost ones out of the way.

mod lost;
mod meant;
mod orphans;

use std::fs;
use std::path::Path;

use sshtpm_dbus::KeyInfo;

pub(crate) use self::meant::{Deleted, Meant};
use super::args::RmArgs;
use super::derived;
use super::error::Failure;
use super::key_selector::{describe, find_all, in_question};
use super::output::Output;
use super::public_key_file::{files_with_key, only_key_in};
use super::session::{Session, owner_option};
use super::{person, prompt};
use sshtpm_ssh::text::printable;
use sshtpm_ssh::words::Words;

/// Runs the command.
///
/// # Errors
///
/// A name means no single key (then nothing is deleted), the deletion was not confirmed, or the
/// broker refuses.
pub(crate) async fn run(session: &Session, output: Output, args: &RmArgs) -> Result<(), Failure> {
    if let Some(uid) = args.uid {
        return orphans::delete(session, output, uid, args).await;
    }
    let (owner, meant) = (args.owner.as_deref(), Meant::of(args));
    let deleted = match args.lost {
        true => lost::archive(session, output, meant, owner).await,
        false => delete(session, output, meant, owner, |_| Ok(())).await,
    };
    let mut files = Ok(());
    if let (None, Ok(home)) = (owner, person::home_directory()) {
        for key in &deleted.keys {
            let one = left_over(output, Files::of(args), key, &home.join(".ssh")).await;
            files = files.and(one);
        }
    }
    deleted.result.and(files)
}

/// What becomes of the file with the public half of a key that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    /// It goes, too.
    Delete,
    /// The person at the terminal is asked.
    Ask,
    /// It stays, and is named.
    Keep,
}

impl Files {
    fn of(args: &RmArgs) -> Self {
        match args {
            args if args.delete_file => Self::Delete,
            args if args.keep_file || args.force || !prompt::can_ask() => Self::Keep,
            _ => Self::Ask,
        }
    }
}

/// Deletes the keys that are meant, of the caller or of `owner`, each after a confirmation; none if
/// `may_delete` refuses one of them.
pub(crate) async fn delete(
    session: &Session,
    output: Output,
    meant: Meant<'_>,
    owner: Option<&str>,
    may_delete: impl Fn(&[&KeyInfo]) -> Result<(), Failure>,
) -> Deleted {
    let mut keys = Vec::new();
    let result = delete_each(session, output, meant, owner, may_delete, &mut keys).await;
    Deleted { keys, result }
}

async fn delete_each(
    session: &Session,
    output: Output,
    names: Meant<'_>,
    owner: Option<&str>,
    may_delete: impl Fn(&[&KeyInfo]) -> Result<(), Failure>,
    deleted: &mut Vec<KeyInfo>,
) -> Result<(), Failure> {
    let keys = session.list(owner).await?;
    let meant = find_all(names.keys, &keys, owner)?;
    may_delete(&meant)?;
    names.can_be_confirmed("cannot delete keys")?;
    let mut result = Ok(());
    for key in meant {
        if !names.force && !confirmed(key).await? {
            result = Err(Failure::Declined);
            continue;
        }
        delete_one(session, key, owner).await?;
        deleted.push(key.clone());
        output.notice(&format!("Deleted key {}", describe(key)))?;
        if let Some(note) = derived::note_deleted(key, owner) {
            output.notice(&note)?;
        }
    }
    result
}

async fn confirmed(key: &KeyInfo) -> Result<bool, Failure> {
    let question = Words::from("Delete ").and(in_question(key));
    let question = question.and(match derived::is_derived(key) {
        true => "? The same words can derive it again, without its rules",
        false => "? This cannot be undone",
    });
    prompt::confirm(question.as_str()).await
}

async fn delete_one(session: &Session, key: &KeyInfo, owner: Option<&str>) -> Result<(), Failure> {
    let options = owner_option(owner);
    let what = format!("cannot delete key {}", printable(&key.fingerprint));
    session
        .call(&what, async |keys| {
            keys.delete(&key.fingerprint, &options).await
        })
        .await
}

/// Deletes the files of the key's public half, or says where they are. A file that holds anything
/// else, and a link, stay.
async fn left_over(
    output: Output,
    wanted: Files,
    key: &KeyInfo,
    directory: &Path,
) -> Result<(), Failure> {
    for file in files_with_key(directory, "id_sshtpm_", &key.public_key) {
        let name = printable(&file.display().to_string());
        let is_its_own = file.symlink_metadata().is_ok_and(|found| found.is_file())
            && only_key_in(&file).as_ref() == Some(&key.public_key);
        let question = format!("Its public key is still in {name}\nDelete that file, too");
        let goes = match wanted {
            Files::Delete => is_its_own,
            Files::Ask => is_its_own && prompt::confirm(&question).await?,
            Files::Keep => false,
        };
        if goes {
            let cannot = |error| Failure::new(format!("cannot delete {name}"), error);
            fs::remove_file(&file).map_err(cannot)?;
            output.notice(&format!("Deleted {name}"))?;
        } else if wanted == Files::Delete {
            output.notice(&format!(
                "Its public key is still in {name}, which holds more than that, or is a link"
            ))?;
        } else {
            output.notice(&format!("Its public key is still in {name}"))?;
        }
    }
    Ok(())
}
