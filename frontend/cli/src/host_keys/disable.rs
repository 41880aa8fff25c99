//! `sshtpm host-keys disable`: makes sshd use its host key files again.
//!
//! Purpose: also what the package runs when it is removed, so it needs neither broker nor agent nor
//! configuration: it goes by the drop-in, and by the names of files.
//!
//! Must never leave sshd without host keys: not in the end, nor if it is killed on the way. So the
//! host key files are there before the drop-in goes. The public key files stay: OpenSSH up to 9.7
//! runs itself again for each connection, with the configuration that it read when it was started,
//! and loads the host keys named there again. Without them all logins would fail until it is
//! reloaded.

use std::path::{Path, PathBuf};

use super::config_dir::ConfigDir;
use super::file_changes::{self, FileChanges};
use super::software_keys::{self, Renamed, copy_of};
use super::sshd::Sshd;
use super::{boot, drop_in, key_files, proof};
use crate::args::SshdArgs;
use crate::error::Failure;
use crate::output::{self, Output};
use crate::shell_word::shell_word;
use sshtpm_ssh::text::printable;

/// What stands in sshd's way besides: no reason to keep a package that is to be removed.
const NO_WORSE: &str = "sshd rejects its configuration, and did so before; `sshd -t` says why. \
                        Correct that before you start sshd again";

/// The same, where sshd would start.
const STILL_LOCKED: &str = "no client can log in to sshd with its configuration, and none could \
                            before; `ssh -v` to this machine says why";

/// Exit status where there are no host key files: the package then makes some before it is removed.
const NO_HOST_KEY_FILES_STATUS: u8 = 4;

/// Runs the command.
///
/// # Errors
///
/// The caller is not root, or the drop-in is not sshtpm's. Or without the drop-in sshd could not
/// start, or nobody log in, although both work with it. Then everything is as it was before.
pub(crate) async fn run(output: Output, args: &SshdArgs) -> Result<(), Failure> {
    let place = ConfigDir::of(args)?;
    let named = named_by_drop_in(&place)?;
    if named.is_none() && !software_keys::has_copies(place.path()) {
        return output.notice("sshd does not use host keys in the TPM; there is nothing to do.");
    }
    let _lock = place.lock()?;
    let named = named.unwrap_or_default();
    // If sshd is removed already, no sshd can object.
    let sshd = Sshd::look_for(args, &place);
    let mut changes = FileChanges::default();
    let renamed = match remove(&place, sshd.as_ref(), &named, &mut changes).await {
        Ok(renamed) => renamed,
        Err(failure) => return Err(changes.take_back(failure)),
    };
    changes.keep();
    tell(output, &renamed)?;
    let lines = what_stays(&own_files(place.path(), named));
    lines.iter().try_for_each(|line| output.notice(line))
}

/// The public key files and certificates that the drop-in names; `None` without one.
fn named_by_drop_in(place: &ConfigDir) -> Result<Option<Vec<PathBuf>>, Failure> {
    let path = place.drop_in();
    let Some(content) = file_changes::read(&path)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&content.bytes);
    if drop_in::is_own(&text) {
        let files = drop_in::key_files(&text).into_iter();
        Ok(Some(
            files.chain(drop_in::certificate_files(&text)).collect(),
        ))
    } else {
        Err(Failure::new(
            format!("cannot remove {}", path.display()),
            "sshtpm did not make it",
        )
        .and_next("Nothing was changed. Look at what is in it, and remove it yourself."))
    }
}

async fn remove(
    place: &ConfigDir,
    sshd: Option<&Sshd>,
    named: &[PathBuf],
    changes: &mut FileChanges,
) -> Result<Renamed, Failure> {
    let renamed = software_keys::bring_back(place.path(), changes)?;
    let Some(sshd) = sshd else {
        changes.remove(&place.drop_in())?;
        return Ok(renamed);
    };
    if !has_host_key(sshd, named).await {
        return Err(Failure::new(
            "cannot stop sshd from using the host keys in the TPM",
            "there are no host key files, and sshd does not start without host keys",
        )
        .and_next(
            "Nothing was changed. Make host key files with `ssh-keygen -A`, and run this again.",
        )
        .with_status(NO_HOST_KEY_FILES_STATUS));
    }
    let before = lets_in(sshd).await;
    changes.remove(&place.drop_in())?;
    match (before, lets_in(sshd).await) {
        (Ok(()), Err(failure)) => return Err(failure),
        (Err(_), Err(_)) => warn_of_what_stays_wrong(sshd).await,
        (_, Ok(())) => {}
    }
    Ok(renamed)
}

async fn warn_of_what_stays_wrong(sshd: &Sshd) {
    output::warn(match sshd.check().await {
        Err(_) => NO_WORSE,
        Ok(()) => STILL_LOCKED,
    });
}

/// Whether sshd starts, and a client gets as far as logging in.
async fn lets_in(sshd: &Sshd) -> Result<(), Failure> {
    sshd.check().await?;
    proof::any_key(sshd).await
}

/// Whether sshd has a host key file without the drop-in. What its configuration names besides
/// counts, if anything; but sshd can only be asked for it while it finds a host key.
async fn has_host_key(sshd: &Sshd, named: &[PathBuf]) -> bool {
    let settings = sshd.settings().await.ok();
    let is_other = |file: &&Path| !named.contains(&drop_in::public_key_file(file));
    let keys = settings.iter().flat_map(|settings| settings.host_keys());
    let others: Vec<&Path> = keys.filter(is_other).collect();
    if others.is_empty() {
        !software_keys::present(sshd.config().path()).is_empty()
    } else {
        others.iter().any(|file| file.exists())
    }
}

fn tell(output: Output, renamed: &Renamed) -> Result<(), Failure> {
    let name = |path: &Path| printable(&path.display().to_string());
    for key in &renamed.done {
        output.notice(&format!(
            "Renamed {} back to {}",
            name(&copy_of(key)),
            name(key)
        ))?;
    }
    for key in &renamed.left {
        output.notice(&format!(
            "Left {} where it is, because there is a newer {}",
            name(&copy_of(key)),
            name(key)
        ))?;
    }
    output.notice(
        "sshd will use its host key files again; the keys in the TPM are still there.\n\
         If sshd is running, apply this with: systemctl reload ssh",
    )
}

/// Our key files: those that the drop-in named, and those beside sshd's configuration.
fn own_files(directory: &Path, named: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut files = key_files::own_files(directory);
    files.extend(
        named
            .into_iter()
            .filter(|file| key_files::is_own_file(file)),
    );
    files.sort();
    files.dedup();
    files
}

fn what_stays(files: &[PathBuf]) -> Vec<String> {
    let names: Vec<String> = files.iter().map(shell_word).collect();
    let mut lines = Vec::new();
    if !names.is_empty() {
        lines.push(format!(
            "Until then sshd uses the public key files and the agent, so they stay.\n\
             Once sshd is reloaded, you can remove the files with: rm {}",
            names.join(" ")
        ));
    }
    lines.extend(boot::what_stays_enabled());
    lines
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{ConfigDir, FileChanges, key_files, own_files, remove, software_keys, what_stays};
    use crate::key_listing::example_key;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn host_key_files_are_back_before_the_drop_in_goes() {
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("ssh_host_rsa_key.before-sshtpm");
        fs::write(copy, "key").unwrap();
        let place = ConfigDir::example(directory.path());
        // One that cannot be removed.
        fs::create_dir_all(place.drop_in()).unwrap();
        let mut changes = FileChanges::default();
        assert!(block_on(remove(&place, None, &[], &mut changes)).is_err());
        assert_eq!(software_keys::present(directory.path()).len(), 1);
        drop(changes);
        assert_eq!(software_keys::present(directory.path()).len(), 0);
    }

    #[test]
    fn it_is_said_which_files_stay_and_when_they_can_go() {
        let files = ["/etc/ssh/a.pub", "/etc/ssh/b.pub"].map(PathBuf::from);
        let text = what_stays(&files).remove(0);
        assert!(
            text.contains("Once sshd is reloaded, you can remove the files")
                && text.ends_with(": rm /etc/ssh/a.pub /etc/ssh/b.pub"),
            "{text}"
        );
    }

    #[test]
    fn key_files_elsewhere_that_the_drop_in_named_are_ours_if_marked() {
        let (config, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = "sshtpm_host_ecdsa_key.pub";
        let (beside, elsewhere) = (config.path().join(name), keys.path().join(name));
        let theirs = keys.path().join("sshtpm_host_rsa_key.pub");
        for file in [&beside, &elsewhere] {
            fs::write(file, key_files::content(&example_key())).unwrap();
        }
        fs::write(&theirs, "ssh-rsa AAAA theirs\n").unwrap();
        let named = vec![elsewhere.clone(), theirs, beside.clone()];
        let mut both = [beside, elsewhere];
        both.sort();
        assert_eq!(own_files(config.path(), named), both);
    }
}
