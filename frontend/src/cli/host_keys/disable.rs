//! `sshtpm host-keys disable`: makes sshd use its host key files again.

use super::drop_in;
use super::file_changes::{self, FileChanges};
use super::sshd::Sshd;
use crate::cli::args::SshdArgs;
use crate::cli::error::Failure;
use crate::cli::output::Output;

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
    let text = String::from_utf8_lossy(&content.bytes);
    let key_files = drop_in::own_key_files(&text, sshd.config_dir()).ok_or_else(|| {
        Failure::new(
            format!("cannot remove {}", path.display()),
            "it was not made by sshtpm",
        )
    })?;
    let mut changes = FileChanges::default();
    match remove_all(&sshd, &key_files, &mut changes).await {
        Ok(()) => changes.keep(),
        Err(failure) => return Err(changes.take_back(failure)),
    }
    output.notice(
        "sshd will use its host key files again; the keys in the TPM are still there.\n\
         Make it so with: systemctl reload ssh",
    )
}

async fn remove_all(
    sshd: &Sshd,
    key_files: &[std::path::PathBuf],
    changes: &mut FileChanges,
) -> Result<(), Failure> {
    changes.remove(&sshd.drop_in())?;
    for path in key_files {
        changes.remove(path)?;
    }
    sshd.check().await.map_err(|failure| {
        failure.and_next(
            "Everything is as it was before. If sshd has no host key files, make them with \
             `ssh-keygen -A`.",
        )
    })
}
