//! `sshtpm host-keys enable`: makes sshd use the host keys in the TPM.

use std::path::{Path, PathBuf};

use sshtpm_dbus::{HOST_USER, KeyInfo, KeyState};

use super::drop_in::{self, SshdPath};
use super::file_changes::{self, FileChanges};
use super::key_files::{self, file_names};
use super::sshd::Sshd;
use super::{boot, host_agent};
use crate::cli::args::SshdArgs;
use crate::cli::error::Failure;
use crate::cli::key_listing::type_label;
use crate::cli::key_selector::describe;
use crate::cli::output::Output;
use crate::cli::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The caller is not root, there is no host key, the TPM does not sign with one of them, their agent
/// would be gone after a reboot, or sshd does not accept them. Then everything is as it was before.
pub(crate) async fn run(session: &Session, output: Output, args: &SshdArgs) -> Result<(), Failure> {
    let sshd = Sshd::find(args)?;
    let agent_socket = SshdPath::new(&args.agent_socket)?;
    let keys = HostKeys::new(session.list(Some(HOST_USER)).await?)?;
    boot::check(&args.agent_socket).await?;
    host_agent::check(&args.agent_socket, &keys.usable).await?;
    let mut changes = FileChanges::default();
    match apply(&sshd, &agent_socket, &keys.usable, &mut changes).await {
        Ok(()) => changes.keep(),
        Err(failure) => return Err(changes.take_back(failure)),
    }
    tell(output, &sshd, &keys)
}

/// The host keys, by what sshd can do with them.
#[derive(Debug, PartialEq, Eq)]
struct HostKeys {
    /// At least one.
    usable: Vec<KeyInfo>,
    lost: Vec<KeyInfo>,
}

impl HostKeys {
    fn new(keys: Vec<KeyInfo>) -> Result<Self, Failure> {
        let is_lost = |key: &KeyInfo| key.state == KeyState::Lost;
        let (lost, usable): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_lost);
        if let Some(key) = usable.iter().find(|key| key.state != KeyState::Usable) {
            return Err(Failure::new(
                format!("cannot make sshd use host key {}", describe(key)),
                "the TPM cannot be asked whether it is there",
            )
            .and_next("Try again once `sshtpm status` says that the TPM is ready."));
        }
        if usable.is_empty() {
            let why = if lost.is_empty() {
                "there are none"
            } else {
                "all of them are lost, as the TPM was cleared or replaced"
            };
            return Err(
                Failure::new("cannot make sshd use host keys in the TPM", why)
                    .and_next("Make one with `sshtpm host-keys generate`."),
            );
        }
        Ok(Self { usable, lost })
    }
}

/// At no moment does a drop-in name a file that is not there: neither the old one, which a running
/// sshd may read for each connection, nor the new one, nor either of them while this is taken back.
async fn apply(
    sshd: &Sshd,
    agent_socket: &SshdPath,
    keys: &[KeyInfo],
    changes: &mut FileChanges,
) -> Result<(), Failure> {
    check_drop_in(sshd)?;
    let mut host_keys = Vec::new();
    for (name, key) in file_names(keys).into_iter().zip(keys) {
        let host_key = sshd.config_dir().join(name);
        write_key(&drop_in::public_key_file(&host_key), key, changes)?;
        host_keys.push(SshdPath::new(&host_key)?);
    }
    changes.write(&sshd.drop_in(), &drop_in::render(agent_socket, &host_keys))?;
    // First whether it is read at all: otherwise `-t` would complain of something else, or of nothing.
    let in_use = sshd.check_in_use(agent_socket, &host_keys).await?;
    sshd.check().await?;
    for file in stale(sshd.config_dir(), &in_use) {
        changes.remove(&file)?;
    }
    Ok(())
}

/// Whether the drop-in can be written, and is nobody else's.
fn check_drop_in(sshd: &Sshd) -> Result<(), Failure> {
    let path = sshd.drop_in();
    if !sshd.drop_in_dir().is_dir() {
        let directory = sshd.drop_in_dir();
        let directory = directory.display();
        return Err(Failure::new(format!("cannot write {}", path.display()), "there is no such directory")
            .and_next(format!(
                "Make {directory}, and add this line at the top of sshd_config:\nInclude {directory}/*.conf"
            )));
    }
    match file_changes::read(&path)? {
        Some(content) if !drop_in::is_own(&String::from_utf8_lossy(&content.bytes)) => {
            Err(Failure::new(
                format!("cannot write {}", path.display()),
                "it is there, and not made by sshtpm",
            )
            .and_next("Move it away first."))
        }
        _ => Ok(()),
    }
}

fn write_key(path: &Path, key: &KeyInfo, changes: &mut FileChanges) -> Result<(), Failure> {
    // One of ours may be left from a `disable`, or from an `enable` that was killed half-way.
    match file_changes::read(path)? {
        Some(content) if !key_files::is_own(&content.bytes) => Err(Failure::new(
            format!("cannot write {}", path.display()),
            "it is there, and not made by sshtpm",
        )
        .and_next("Move it away first.")),
        _ => changes.write(path, &key_files::content(key)),
    }
}

/// Key files of ours in `config_dir` that sshd's configuration, with `HostKey` for each of `in_use`,
/// does not name.
fn stale(config_dir: &Path, in_use: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = key_files::own_files(config_dir);
    files.retain(|file| {
        !in_use
            .iter()
            .any(|used| drop_in::public_key_file(used) == *file)
    });
    files
}

fn tell(output: Output, sshd: &Sshd, keys: &HostKeys) -> Result<(), Failure> {
    output.notice(&format!(
        "sshd will use these host keys, by {}:",
        sshd.drop_in().display()
    ))?;
    for key in &keys.usable {
        let label = type_label(&key.algorithm, key.bits);
        output.notice(&format!("  {label} {}", describe(key)))?;
    }
    for key in &keys.lost {
        output.notice(&format!(
            "Left out, because the TPM has lost it: {}",
            describe(key)
        ))?;
    }
    output.notice(
        "Clients will see them as new host keys, and warn; give people the fingerprints beforehand.\n\
         Host key files are used no more, except those that sshd's configuration names.\n\
         Make it so with: systemctl reload ssh",
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use sshtpm_dbus::{KeyInfo, KeyState};

    use super::{FileChanges, HostKeys, key_files, stale, write_key};
    use crate::cli::key_listing::example_key;

    fn key(state: KeyState) -> KeyInfo {
        KeyInfo {
            state,
            ..example_key()
        }
    }

    #[test]
    fn lost_keys_are_not_given_to_sshd() {
        let (lost, usable) = (key(KeyState::Lost), key(KeyState::Usable));
        assert_eq!(
            HostKeys::new(vec![lost.clone(), usable.clone()]),
            Ok(HostKeys {
                usable: vec![usable],
                lost: vec![lost.clone()]
            })
        );
        for keys in [vec![lost], vec![]] {
            let text = HostKeys::new(keys).unwrap_err().to_string();
            assert!(text.contains("`sshtpm host-keys generate`"), "{text}");
        }
    }

    #[test]
    fn a_key_of_which_the_tpm_cannot_be_asked_is_not_given_to_sshd() {
        let keys = vec![key(KeyState::Usable), key(KeyState::Unknown)];
        let text = HostKeys::new(keys).unwrap_err().to_string();
        assert!(text.contains("`sshtpm status`"), "{text}");
    }

    #[test]
    fn a_key_file_that_is_not_ours_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ssh_host_sshtpm_ecdsa_key.pub");
        fs::write(&path, "ssh-rsa AAAA theirs\n").unwrap();
        let mut changes = FileChanges::default();
        let text = write_key(&path, &example_key(), &mut changes)
            .unwrap_err()
            .to_string();
        assert!(text.contains("Move it away"), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "ssh-rsa AAAA theirs\n");
    }

    #[test]
    fn a_key_file_of_ours_is_replaced_whatever_key_is_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ssh_host_sshtpm_ecdsa_key.pub");
        let older = KeyInfo {
            public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
            ..example_key()
        };
        fs::write(&path, key_files::content(&older)).unwrap();
        let mut changes = FileChanges::default();
        write_key(&path, &example_key(), &mut changes).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, key_files::content(&example_key()));
    }

    #[test]
    fn a_key_file_of_ours_is_stale_once_no_configuration_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for kind in ["ecdsa", "ecdsa_2", "rsa"] {
            let name = format!("ssh_host_sshtpm_{kind}_key.pub");
            fs::write(path(&name), key_files::content(&example_key())).unwrap();
        }
        let in_use = [
            path("ssh_host_sshtpm_ecdsa_key"),
            path("ssh_host_sshtpm_rsa_key.pub"),
            Path::new("/etc/ssh/ssh_host_rsa_key").to_owned(),
        ];
        assert_eq!(
            stale(directory.path(), &in_use),
            [path("ssh_host_sshtpm_ecdsa_2_key.pub")]
        );
    }
}
