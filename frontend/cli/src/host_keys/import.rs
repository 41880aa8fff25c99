//! `sshtpm host-keys import`: moves sshd's host keys from their files into the TPM.
//!
//! Must never change or remove a file: `enable` puts them away once sshd uses the TPM, and
//! `disable` brings them back.

use std::path::{Path, PathBuf};

use sshtpm_dbus::{HOST_USER, KeyInfo};
use sshtpm_key_file::KeyFile;
use sshtpm_ssh::fingerprint::Fingerprint;

use super::config_dir::ConfigDir;
use super::software_keys;
use super::sshd::Sshd;
use crate::args::HostKeysImportArgs;
use crate::error::Failure;
use crate::import::{Source, Wanted, about, hide_from_others, into_tpm};
use crate::key_selector::describe;
use crate::key_state::is_lost;
use crate::output::Output;
use crate::person;
use crate::sealed;
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// A file that is named cannot be imported, or none of those that sshd has.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &HostKeysImportArgs,
) -> Result<(), Failure> {
    hide_from_others();
    let place = ConfigDir::of(&args.sshd)?;
    let _lock = place.lock()?;
    let known = session.list(Some(HOST_USER)).await?;
    let mut count = 0;
    for file in files(args, &place).await? {
        match one(session, output, &known, file).await {
            Ok(()) => count += 1,
            Err(failure) if !args.files.is_empty() => return Err(failure),
            // A key that cannot be imported must not keep the others out.
            Err(failure) => drop(failure.report()),
        }
    }
    if count == 0 {
        return Err(Failure::new(
            "cannot import sshd's host keys",
            "sshd's files have no key that can be imported",
        )
        .and_next("Make new ones with `sshtpm host-keys generate`."));
    }
    output.notice(
        "The files stay as they are.\n\
         Make sshd use the TPM with: sshtpm host-keys enable --replace-existing\n\
         This renames the files to NAME.before-sshtpm; `sshtpm host-keys disable` renames them \
         back.",
    )
}

/// The files that are named, or those that sshd has.
async fn files(args: &HostKeysImportArgs, place: &ConfigDir) -> Result<Vec<PathBuf>, Failure> {
    if !args.files.is_empty() {
        return Ok(args.files.clone());
    }
    let sshd = Sshd::find(&args.sshd, place)?;
    let settings = sshd.settings().await?;
    let named = settings.host_keys().map(Path::to_owned);
    let mut files: Vec<PathBuf> = named.filter(|file| file.is_file()).collect();
    files.extend(software_keys::present(place.path()));
    files.sort();
    files.dedup();
    // Public halves name keys of an agent.
    files.retain(|file| file.extension().is_none_or(|end| end != "pub"));
    Ok(files)
}

async fn one(
    session: &Session,
    output: Output,
    known: &[KeyInfo],
    file: PathBuf,
) -> Result<(), Failure> {
    let source = Source::file(file);
    let bytes = source.read().await?;
    source.warn_of_readers();
    // sshd itself reads no file that is encrypted.
    let key = KeyFile::read(&bytes).and_then(|file| file.open(&[]));
    let key = key.map_err(|error| source.refused(&error))?;
    let fingerprint = Fingerprint::of(&key.private.public()).to_string();
    let there = known.iter().find(|one| one.fingerprint == fingerprint);
    if let Some(there) = there.filter(|one| !is_lost(one)) {
        return output.notice(&format!("Already in the TPM: {}", describe(there)));
    }
    let comment = match (there, key.comment.is_empty()) {
        (Some(lost), _) => lost.comment.clone(),
        (None, true) => person::at_this_host("root"),
        (None, false) => key.comment.clone(),
    };
    output.notice(&about(&key, &comment))?;
    let wanted = Wanted {
        comment,
        owner: Some(HOST_USER),
        pin: None,
        pcrs: None,
        restrictions: None,
        // `enable` keeps the file under another name.
        backed_up: true,
        rebinds: false,
    };
    let imported = into_tpm(session, &source, &key, &wanted).await?;
    match sealed::note(&imported) {
        None => Ok(()),
        Some(note) => output.notice(note),
    }
}
