//! Makes sshd use the host keys in the TPM: writes public key files and a drop-in, and has sshd and
//! a client check them.
//!
//! May touch: those files, and sshd's host key files if they are to be put away.
//!
//! Invariants: a drop-in never names a file that does not exist. This holds for the old drop-in,
//! which a running sshd may read for each connection, for the new one, and while changes are
//! undone. No file goes away before sshd accepts its replacement.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;

use super::certificate_files::{Certified, Wanted};
use super::config::Config;
use super::config_dir::ConfigDir;
use super::drop_in::{self, SshdPath};
use super::file_changes::{self, FileChanges};
use super::key_files::{self, file_names};
use super::offered::Remarks;
use super::preview::Preview;
use super::proof;
use super::running;
use super::software_keys::{self, Renamed};
use super::sshd::Sshd;
use super::sshd_settings::Settings;
use crate::error::Failure;

/// Permission bits of the directory of the public key files, where that has to be made.
const DIRECTORY_MODE: u32 = 0o755;

/// What became of sshd's host key files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SoftwareKeys {
    /// Not asked for.
    Untouched,
    /// They stay until a running sshd knows the drop-in.
    StillNeeded,
    /// They were put away as far as possible.
    PutAway(Renamed),
}

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Whether sshd's configuration or a key in it is another than before.
    pub(crate) is_new: bool,
    /// What became of sshd's host key files.
    pub(crate) software_keys: SoftwareKeys,
    /// What people should know of the keys besides.
    pub(crate) remarks: Remarks,
}

/// Makes sshd use `keys`, as `config` has it, with the `certificates` that are wanted of them.
///
/// # Errors
///
/// A file cannot be written or was not made by sshtpm, sshd rejects it, or no client could log in;
/// `changes` then tells what to take back.
pub(crate) async fn apply(
    sshd: &Sshd,
    agent_socket: &SshdPath,
    keys: &[KeyInfo],
    certificates: &Wanted,
    config: &Config,
    changes: &mut FileChanges,
) -> Result<Applied, Failure> {
    let before = check_drop_in(sshd.config())?;
    if before.is_none() {
        sshd.check_agent(agent_socket).await?;
    }
    let directory = config.key_directory.as_path();
    let host_keys = write_keys(directory, keys, changes)?;
    let certified = Certified::place(&host_keys, keys, certificates, before.as_deref(), changes)?;
    let drop_in = drop_in::render(agent_socket, &host_keys, &certified.files);
    if before.as_ref() != Some(&drop_in) {
        let preview = Preview::of(agent_socket, &host_keys, &certified.files);
        proof::check(sshd, &preview, keys, &certified.keys).await?;
    }
    changes.write(&sshd.config().drop_in(), &drop_in)?;
    // First whether it is read at all: otherwise `-t` would complain of something else, or of
    // nothing.
    let settings = sshd.check_in_use(agent_socket, &host_keys).await?;
    sshd.check().await?;
    let mut remarks = proof::check(sshd, &Preview::NONE, keys, &certified.keys).await?;
    remarks.extend(certified.remarks);
    let is_new = !changes.is_empty();
    let candidates = candidates(before.as_deref(), directory, sshd.config());
    remove_stale(sshd, candidates, &settings, changes)?;
    let software_keys = match config.replace_existing {
        true => replace(sshd, &settings, changes).await?,
        false => SoftwareKeys::Untouched,
    };
    Ok(Applied {
        is_new,
        software_keys,
        remarks,
    })
}

/// Key files that may be stale: those of the drop-in that was there `before`, and ours in both
/// directories.
fn candidates(before: Option<&str>, directory: &Path, place: &ConfigDir) -> Vec<PathBuf> {
    let mut candidates = before.map(drop_in::key_files).unwrap_or_default();
    candidates.extend(key_files::own_files(directory));
    candidates.extend(key_files::own_files(place.path()));
    candidates
}

/// The text of the drop-in that is there.
///
/// # Errors
///
/// sshtpm did not make it, or there is no directory for one.
pub(crate) fn check_drop_in(config: &ConfigDir) -> Result<Option<String>, Failure> {
    let path = config.drop_in();
    let cannot = |why| Failure::new(format!("cannot write {}", path.display()), why);
    let directory = config.drop_in_dir();
    if !directory.is_dir() {
        let directory = directory.display();
        return Err(cannot("there is no such directory").and_next(format!(
            "Make {directory}, and add this line at the top of sshd_config:\n\
             Include {directory}/*.conf"
        )));
    }
    let text = file_changes::read(&path)?
        .map(|content| String::from_utf8_lossy(&content.bytes).into_owned());
    match text {
        Some(text) if !drop_in::is_own(&text) => {
            Err(cannot("a file that sshtpm did not make is there").and_next("Move it away first."))
        }
        text => Ok(text),
    }
}

fn write_keys(
    directory: &Path,
    keys: &[KeyInfo],
    changes: &mut FileChanges,
) -> Result<Vec<SshdPath>, Failure> {
    if !directory.exists() {
        let made = DirBuilder::new().mode(DIRECTORY_MODE).create(directory);
        made.map_err(|error| Failure::new(format!("cannot make {}", directory.display()), error))?;
    }
    let names = file_names(keys).into_iter();
    names
        .zip(keys)
        .map(|(name, key)| {
            let host_key = directory.join(name);
            let file = drop_in::public_key_file(&host_key);
            key_files::write(&file, &key_files::content(key), changes)?;
            SshdPath::new(&host_key)
        })
        .collect()
}

/// Removes the [`stale`] ones, or leaves them for the next time: an sshd that runs since before the
/// drop-in was written, in this run or an earlier one, may still load them for each connection.
fn remove_stale(
    sshd: &Sshd,
    candidates: Vec<PathBuf>,
    settings: &Settings,
    changes: &mut FileChanges,
) -> Result<(), Failure> {
    let files = stale(candidates, settings);
    if files.is_empty() || running::may_not_know(&sshd.config().drop_in(), settings.pid_file()) {
        return Ok(());
    }
    files.iter().try_for_each(|file| changes.remove(file))
}

/// Those of `candidates` that are key files or certificates of ours and that sshd's configuration
/// does not name.
fn stale(mut candidates: Vec<PathBuf>, settings: &Settings) -> Vec<PathBuf> {
    candidates.sort();
    candidates.dedup();
    candidates.retain(|file| {
        let keys = settings.host_keys().map(drop_in::public_key_file);
        let certificates = settings.host_certificates().map(Path::to_owned);
        let mut in_use = keys.chain(certificates);
        key_files::is_own_file(file) && !in_use.any(|used| used == *file)
    });
    candidates
}

async fn replace(
    sshd: &Sshd,
    settings: &Settings,
    changes: &mut FileChanges,
) -> Result<SoftwareKeys, Failure> {
    let directory = sshd.config().path();
    if software_keys::present(directory).is_empty() {
        return Ok(SoftwareKeys::PutAway(Renamed::default()));
    }
    if running::may_not_know(&sshd.config().drop_in(), settings.pid_file()) {
        return Ok(SoftwareKeys::StillNeeded);
    }
    let renamed = software_keys::put_away(directory, changes)?;
    // The configuration may name one of them.
    sshd.check().await?;
    Ok(SoftwareKeys::PutAway(renamed))
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
