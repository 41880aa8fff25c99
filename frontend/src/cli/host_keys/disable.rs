//! `sshtpm host-keys disable`: makes sshd use its host key files again.
//!
//! The public key files stay: OpenSSH up to 9.7 runs itself anew for each connection, with the
//! configuration that it read when it was started, and loads the host keys named there again. Without
//! them nobody could log in until it is reloaded.

use std::path::PathBuf;

use super::drop_in;
use super::file_changes::{self, FileChanges};
use super::key_files;
use super::sshd::Sshd;
use crate::cli::args::SshdArgs;
use crate::cli::error::Failure;
use crate::cli::output::Output;
use crate::cli::printable::printable;

/// Runs the command.
///
/// # Errors
///
/// The caller is not root, the drop-in is not sshtpm's, or sshd could not start without it. Then
/// everything is as it was before.
pub(crate) async fn run(output: Output, args: &SshdArgs) -> Result<(), Failure> {
    let sshd = Sshd::find(args)?;
    let path = sshd.drop_in();
    let Some(content) = file_changes::read(&path)? else {
        return output.notice("sshd does not use host keys in the TPM; there is nothing to do.");
    };
    if !drop_in::is_own(&String::from_utf8_lossy(&content.bytes)) {
        return Err(Failure::new(
            format!("cannot remove {}", path.display()),
            "it was not made by sshtpm",
        ));
    }
    let mut changes = FileChanges::default();
    match remove(&sshd, &mut changes).await {
        Ok(()) => changes.keep(),
        Err(failure) => return Err(changes.take_back(failure)),
    }
    output.notice(
        "sshd will use its host key files again; the keys in the TPM are still there.\n\
         Make it so with: systemctl reload ssh",
    )?;
    match what_stays(&key_files::own_files(sshd.config_dir())) {
        Some(text) => output.notice(&text),
        None => Ok(()),
    }
}

async fn remove(sshd: &Sshd, changes: &mut FileChanges) -> Result<(), Failure> {
    changes.remove(&sshd.drop_in())?;
    sshd.check().await.map_err(|failure| {
        failure.and_next(
            "Everything is as it was before. If sshd has no host key files, make them with \
             `ssh-keygen -A`.",
        )
    })
}

fn what_stays(files: &[PathBuf]) -> Option<String> {
    let names = files.iter().map(|file| file.display().to_string());
    let names: Vec<String> = names.map(|name| printable(&name)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Until then it goes on using the public key files and the agent, so they are still there.\n\
             Once it is reloaded you can remove the files with: rm {}",
            names.join(" ")
        )
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::what_stays;

    #[test]
    fn it_is_said_which_files_stay_and_when_they_can_go() {
        let files = ["/etc/ssh/a.pub", "/etc/ssh/b.pub"].map(PathBuf::from);
        let text = what_stays(&files).unwrap();
        assert!(
            text.ends_with("Once it is reloaded you can remove the files with: rm /etc/ssh/a.pub /etc/ssh/b.pub"),
            "{text}"
        );
        assert_eq!(what_stays(&[]), None);
    }
}
