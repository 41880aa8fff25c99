//! `sshtpm host-keys rm`: deletes host keys for good.

use std::path::Path;

use sshtpm_dbus::HOST_USER;

use super::key_files::FILE_PREFIX;
use super::sshd::CONFIG_DIR;
use crate::cli::args::HostKeysRmArgs;
use crate::cli::error::Failure;
use crate::cli::output::Output;
use crate::cli::printable::printable;
use crate::cli::public_key_file::files_with_key;
use crate::cli::rm;
use crate::cli::session::Session;

/// Runs the command.
///
/// # Errors
///
/// A name means no single key (then nothing is deleted), nobody confirmed, or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &HostKeysRmArgs,
) -> Result<(), Failure> {
    let deleted = rm::delete(session, output, &args.deletion, Some(HOST_USER)).await;
    let directory = args
        .sshd_config_dir
        .as_deref()
        .unwrap_or(Path::new(CONFIG_DIR));
    for key in &deleted.keys {
        for file in files_with_key(directory, FILE_PREFIX, &key.public_key) {
            output.notice(&format!(
                "sshd is still told to use it, by {}; run `sshtpm host-keys enable` for the keys \
                 that remain, or `sshtpm host-keys disable`",
                printable(&file.display().to_string())
            ))?;
        }
    }
    deleted.result
}
