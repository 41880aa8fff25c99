//! `sshtpm cert add`: keeps certificates with the keys that they certify.

use std::path::Path;

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::text::printable;

use super::file;
use super::in_home::{self, Found};
use crate::args::CertAddArgs;
use crate::certificate::{Shown, Validity, now};
use crate::error::Failure;
use crate::key_selector::{KeySelector, describe};
use crate::output::Output;
use crate::person;
use crate::session::{Session, owner_option};

/// Runs the command.
///
/// # Errors
///
/// A file has no certificate, or one of another key (then none is added); or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &CertAddArgs,
) -> Result<(), Failure> {
    let owner = args.owner.as_deref();
    let keys = session.list(owner).await?;
    let (key, files) = key_and_files(&args.words);
    let meant = match key {
        Some(key) => std::slice::from_ref(KeySelector::new(key).find(&keys, owner)?),
        None => keys.as_slice(),
    };
    let found = match (files, owner) {
        ([], Some(_)) => return Err(Failure::Usage("--owner needs a FILE".to_owned())),
        ([], None) => those_in(&person::home_directory()?, meant)?,
        (files, _) => files
            .iter()
            .map(|file| named(Path::new(file)))
            .collect::<Result<_, _>>()?,
    };
    for one in &found {
        key_of(one, meant)?;
    }
    for one in &found {
        add(session, output, key_of(one, meant)?, one, owner).await?;
    }
    Ok(())
}

/// The key, if the first word is not a file, and the files.
fn key_and_files(words: &[String]) -> (Option<&str>, &[String]) {
    match words.split_first() {
        Some((key, rest)) if !file::is_meant(key) => (Some(key), rest),
        _ => (None, words),
    }
}

fn named(path: &Path) -> Result<Found, Failure> {
    let blob = file::read(path)?;
    let path = path.to_owned();
    Ok(Found { path, blob })
}

/// The certificates in `~/.ssh` that `keys` can use and do not have.
///
/// # Errors
///
/// There is none.
fn those_in(home: &Path, keys: &[KeyInfo]) -> Result<Vec<Found>, Failure> {
    let found = in_home::not_kept(home, keys);
    match found.is_empty() {
        false => Ok(found),
        true => Err(Failure::new(
            "cannot add a certificate",
            format!(
                "no file NAME{} in {} has a certificate that could be added: one of these keys, \
                 not expired, and not added before",
                file::SUFFIX,
                home.join(".ssh").display()
            ),
        )
        .and_next("Name the file with the certificate: `sshtpm cert add FILE`.")),
    }
}

/// The one of `keys` that is certified.
fn key_of<'k>(found: &Found, keys: &'k [KeyInfo]) -> Result<&'k KeyInfo, Failure> {
    found.key(keys).ok_or_else(|| {
        let other =
            Shown::new(&found.blob).map(|shown| Fingerprint::of(&shown.fields().key).to_string());
        let path = found.path.display();
        Failure::new(
            format!("cannot add the certificate in {path}"),
            format!("it is of another key, {}", other.unwrap_or_default()),
        )
        .and_next("Nothing was added. `sshtpm list` shows your keys.")
    })
}

async fn add(
    session: &Session,
    output: Output,
    key: &KeyInfo,
    found: &Found,
    owner: Option<&str>,
) -> Result<(), Failure> {
    let path = printable(&found.path.display().to_string());
    let options = owner_option(owner);
    let what = format!("cannot add the certificate in {path}");
    let after = session
        .call(&what, async |keys| {
            keys.add_certificate(&found.blob, &options).await
        })
        .await?;
    let Some(shown) = Shown::new(&found.blob) else {
        return Ok(());
    };
    let when = shown.when(now(), &TimeZone::system());
    let name = shown.name();
    output.notice(&format!("Added {name}, {when}, to {}", describe(key)))?;
    let before = Shown::all_of(key).into_iter();
    let gone = before.filter(|one| !after.certificates.iter().any(|kept| kept == one.blob));
    for one in gone {
        let why = match one.validity(now()) {
            Validity::Expired => "it has expired",
            Validity::Valid | Validity::NotYetValid => "the new one takes its place",
        };
        output.notice(&format!("Removed {}: {why}", one.name()))?;
    }
    Ok(())
}
