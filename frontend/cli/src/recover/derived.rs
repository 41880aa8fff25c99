//! A key that the TPM derives again, because there is no record of it.
//!
//! May touch: the broker, and names of public key files.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::tpm::KeyState;

use crate::algorithm::Algorithm;
use crate::args::NewKeyArgs;
use crate::derived::{self, Derivation};
use crate::error::Failure;
use crate::key_selector::describe;
use crate::key_state::is_lost;
use crate::keygen::{NewKey, generate, parse_algorithm};
use crate::output::Output;
use crate::person;
use crate::public_key_file::files_with_key;
use crate::session::Session;

/// Has the TPM derive the key, unless it is here.
///
/// # Errors
///
/// The broker refuses, or cannot be reached.
pub(super) async fn again(
    session: &Session,
    output: Output,
    args: &NewKeyArgs,
) -> Result<(), Failure> {
    let algorithm = parse_algorithm(args)?;
    let Some(derivation) = Derivation::of(&args.derivation) else {
        return Ok(());
    };
    let before = those(session, &derivation, algorithm).await?;
    if let Some(key) = before.iter().find(|key| is_usable(key)) {
        return tell_of(output, key);
    }
    output.notice(&derivation.begins("key", algorithm))?;
    let comment = args.comment.clone();
    let comment = comment.unwrap_or_else(person::default_comment);
    let new = NewKey {
        derivation: Some(derivation),
        ..NewKey::own(algorithm, &comment)
    };
    match generate(session, new).await {
        Ok(key) => tell(output, &key, &before),
        // Of a key whose state was not known, the TPM has said since then that it has it.
        Err(failure) => {
            let now = those(session, &derivation, algorithm).await?;
            let there = now.iter().find(|key| is_usable(key));
            there.map_or(Err(failure), |key| tell_of(output, key))
        }
    }
}

/// The caller's keys that come of these words, lost ones included.
async fn those(
    session: &Session,
    derivation: &Derivation<'_>,
    algorithm: Algorithm,
) -> Result<Vec<KeyInfo>, Failure> {
    let mut keys = session.list(None).await?;
    keys.retain(|key| derivation.is_of(key) && algorithm.is_of(&key.algorithm, key.bits));
    Ok(keys)
}

fn is_usable(key: &KeyInfo) -> bool {
    key.state == KeyState::Usable
}

fn tell_of(output: Output, key: &KeyInfo) -> Result<(), Failure> {
    output.notice(&format!("The key is here: {}", describe(key)))
}

/// Says which key it is, and whether it is the one that its owner knows.
fn tell(output: Output, key: &KeyInfo, before: &[KeyInfo]) -> Result<(), Failure> {
    output.notice(&format!("The key is {}", describe(key)))?;
    if let Some(lost) = before.iter().find(|key| is_lost(key)) {
        output.notice(&format!(
            "It is another one than {}, because the TPM was cleared or replaced since.",
            describe(lost)
        ))?;
    }
    output.notice(&in_files(key))?;
    derived::note(key).map_or(Ok(()), |note| output.notice(&note))
}

/// Where its public half is, by which its owner and ssh know it.
fn in_files(key: &KeyInfo) -> String {
    let directory = person::home_directory().map(|home| home.join(".ssh"));
    let files = directory.map(|directory| files_with_key(&directory, "", &key.public_key));
    match files.as_deref() {
        Ok([file, ..]) => format!(
            "It is the one whose public half is in {}.",
            printable(&file.display().to_string())
        ),
        _ => format!(
            "No file in ~/.ssh has its public half. Compare its fingerprint with what servers \
             have, and write it where ssh looks for it: `sshtpm show {} > FILE.pub`.",
            printable(&key.fingerprint)
        ),
    }
}
