//! `sshtpm host-keys enable`: makes sshd use the host keys in the TPM.

use std::path::{Path, PathBuf};

use sshtpm_dbus::{HOST_USER, KeyInfo, KeyState};

use super::drop_in::{self, SshdPath};
use super::file_changes::{self, FileChanges};
use super::host_agent;
use super::key_files::file_names;
use super::sshd::Sshd;
use crate::cli::args::SshdArgs;
use crate::cli::error::Failure;
use crate::cli::key_listing::{authorized_keys_line, type_label};
use crate::cli::key_selector::describe;
use crate::cli::output::Output;
use crate::cli::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The caller is not root, there is no host key, the agent does not serve it, or sshd does not accept
/// it. Then everything is as it was before.
pub(crate) async fn run(session: &Session, output: Output, args: &SshdArgs) -> Result<(), Failure> {
    let sshd = Sshd::find(args)?;
    let agent_socket = SshdPath::new(&args.agent_socket)?;
    let keys = usable(session.list(Some(HOST_USER)).await?)?;
    host_agent::check(&args.agent_socket, &keys).await?;
    let mut changes = FileChanges::default();
    match apply(&sshd, &agent_socket, &keys, &mut changes).await {
        Ok(()) => changes.keep(),
        Err(failure) => return Err(changes.take_back(failure)),
    }
    tell(output, &sshd, &keys)
}

fn usable(keys: Vec<KeyInfo>) -> Result<Vec<KeyInfo>, Failure> {
    let keys: Vec<KeyInfo> = keys
        .into_iter()
        .filter(|key| key.state != KeyState::Lost)
        .collect();
    if keys.is_empty() {
        return Err(Failure::new(
            "cannot make sshd use host keys in the TPM",
            "there are none",
        )
        .and_next("Make one with `sshtpm host-keys generate`."));
    }
    Ok(keys)
}

async fn apply(
    sshd: &Sshd,
    agent_socket: &SshdPath,
    keys: &[KeyInfo],
    changes: &mut FileChanges,
) -> Result<(), Failure> {
    let stale = own_key_files(sshd)?;
    let mut host_keys = Vec::new();
    let mut files = Vec::new();
    for (name, key) in file_names(keys).into_iter().zip(keys) {
        let file = sshd.config_dir().join(format!("{name}.pub"));
        write_key(&file, key, &stale, changes)?;
        files.push(file);
        host_keys.push(SshdPath::new(&sshd.config_dir().join(name))?);
    }
    for file in stale.iter().filter(|file| !files.contains(file)) {
        changes.remove(file)?;
    }
    changes.write(&sshd.drop_in(), &drop_in::render(agent_socket, &host_keys))?;
    // First whether it is read at all: otherwise `-t` would complain of something else, or of nothing.
    sshd.check_in_use(agent_socket, &host_keys).await?;
    sshd.check().await
}

/// The key files of an earlier `enable`.
fn own_key_files(sshd: &Sshd) -> Result<Vec<PathBuf>, Failure> {
    let path = sshd.drop_in();
    if !sshd.drop_in_dir().is_dir() {
        let directory = sshd.drop_in_dir();
        let directory = directory.display();
        return Err(Failure::new(format!("cannot write {}", path.display()), "there is no such directory")
            .and_next(format!(
                "Make {directory}, and add this line at the top of sshd_config:\nInclude {directory}/*.conf"
            )));
    }
    let Some(content) = file_changes::read(&path)? else {
        return Ok(Vec::new());
    };
    let text = String::from_utf8_lossy(&content.bytes);
    drop_in::own_key_files(&text, sshd.config_dir()).ok_or_else(|| {
        Failure::new(
            format!("cannot write {}", path.display()),
            "it is there, and not made by sshtpm",
        )
        .and_next("Move it away first.")
    })
}

fn write_key(
    path: &Path,
    key: &KeyInfo,
    own: &[PathBuf],
    changes: &mut FileChanges,
) -> Result<(), Failure> {
    let line = format!("{}\n", authorized_keys_line(key));
    // The same content may be left from an `enable` that was killed half-way.
    let foreign = !own.iter().any(|known| known == path)
        && file_changes::read(path)?.is_some_and(|content| content.bytes != line.as_bytes());
    if foreign {
        return Err(Failure::new(
            format!("cannot write {}", path.display()),
            "it is there with another key, and no drop-in of sshtpm names it",
        )
        .and_next("Move it away first."));
    }
    changes.write(path, &line)
}

fn tell(output: Output, sshd: &Sshd, keys: &[KeyInfo]) -> Result<(), Failure> {
    output.notice(&format!(
        "sshd will use these host keys, by {}:",
        sshd.drop_in().display()
    ))?;
    for key in keys {
        let label = type_label(&key.algorithm, key.bits);
        output.notice(&format!("  {label} {}", describe(key)))?;
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

    use sshtpm_dbus::{KeyInfo, KeyState};

    use super::{FileChanges, usable, write_key};
    use crate::cli::key_listing::{authorized_keys_line, example_key};

    #[test]
    fn lost_keys_are_not_given_to_sshd() {
        let lost = KeyInfo {
            state: KeyState::Lost,
            ..example_key()
        };
        assert_eq!(
            usable(vec![lost.clone(), example_key()]),
            Ok(vec![example_key()])
        );
        let text = usable(vec![lost]).unwrap_err().to_string();
        assert!(text.contains("`sshtpm host-keys generate`"), "{text}");
    }

    #[test]
    fn a_key_file_that_is_not_ours_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ssh_host_sshtpm_ecdsa_key.pub");
        fs::write(&path, "ssh-rsa AAAA theirs\n").unwrap();
        let mut changes = FileChanges::default();
        let text = write_key(&path, &example_key(), &[], &mut changes)
            .unwrap_err()
            .to_string();
        assert!(text.contains("Move it away"), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "ssh-rsa AAAA theirs\n");
        write_key(
            &path,
            &example_key(),
            std::slice::from_ref(&path),
            &mut changes,
        )
        .unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("ecdsa-"));
    }

    #[test]
    fn a_key_file_left_from_an_earlier_try_is_taken_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ssh_host_sshtpm_ecdsa_key.pub");
        fs::write(&path, format!("{}\n", authorized_keys_line(&example_key()))).unwrap();
        write_key(&path, &example_key(), &[], &mut FileChanges::default()).unwrap();
    }
}
