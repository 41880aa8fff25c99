//! What remains of a key file after its key was imported.
//!
//! May touch: the file with the private key, which it deletes if a person says so, and the file
//! with the public half beside it.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::text::printable;

use super::read_file::ReadFile;
use super::source::Source;
use crate::atomic_file::{self, Existing};
use crate::error::Failure;
use crate::key_listing::authorized_keys_line;
use crate::output::{Output, warn};
use crate::prompt;
use crate::public_key_file::holds;
use crate::sealed;

/// Permission bits of a public key file, as ssh-keygen has them.
const FILE_MODE: u32 = 0o644;

/// What deleting a file does not do.
const DELETED: &str = "\
Deleting removes the name of the file. Its contents can stay on an SSD, in snapshots and earlier
versions (btrfs, ZFS), and in backups. If the file was not encrypted and any of these could get into
other hands, make a new key instead.";

/// Says what there is now, and writes the public half if there is no file of its name.
///
/// # Errors
///
/// Nothing can be printed.
pub(super) fn tell(output: Output, source: &Source, key: &KeyInfo) -> Result<(), Failure> {
    let fingerprint = printable(&key.fingerprint);
    output.notice(&format!(
        "The key is {} the TPM: {fingerprint} {}\n\
         Its fingerprint is the same, so authorized_keys stays as it is.",
        sealed::held(key),
        printable(&key.comment)
    ))?;
    if let Some(note) = sealed::note(key) {
        output.notice(note)?;
    }
    match source.path().map(public_half) {
        Some(path) => tell_of_public_half(output, &path, key),
        None => output.notice(&format!(
            "Write its public half where ssh looks for it: `sshtpm show {fingerprint} > FILE.pub`."
        )),
    }
}

fn tell_of_public_half(output: Output, path: &Path, key: &KeyInfo) -> Result<(), Failure> {
    let name = printable(&path.display().to_string());
    if holds(path, &key.public_key) {
        return output.notice(&format!(
            "Keep {name}: by it ssh finds the key in the agent."
        ));
    }
    let line = format!("{}\n", authorized_keys_line(key));
    match atomic_file::write(path, line.as_bytes(), FILE_MODE, Existing::Keep) {
        Ok(()) => output.notice(&format!(
            "Your public key has been saved in {name}; by it ssh finds the key in the agent."
        )),
        Err(error) => {
            warn(&format!(
                "the public key cannot be written to {name}: {error}"
            ));
            output.notice(&format!(
                "Write it where you like: `sshtpm show {} > FILE.pub`.",
                printable(&key.fingerprint)
            ))
        }
    }
}

/// `FILE.pub`, as ssh-keygen names it.
fn public_half(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".pub");
    PathBuf::from(name)
}

/// Deletes the file with the private key if a person at the terminal says so.
///
/// # Errors
///
/// It cannot be deleted, or its name leads to another file now.
pub(super) async fn delete(output: Output, source: &Source, keep: bool) -> Result<(), Failure> {
    let Some(path) = source.path() else {
        return Ok(());
    };
    let name = printable(&path.display().to_string());
    if keep || !prompt::can_ask() {
        return output.notice(&format!(
            "The private key is still in {name}, too. While the file is there, ssh can use it \
             without the TPM."
        ));
    }
    // Of a pipe there is nothing to delete.
    match source.metadata().filter(|read| read.is_file()) {
        Some(read) => ask_to_delete(output, path, read).await,
        None => Ok(()),
    }
}

/// Deletes a file that was made for this TPM if a person at the terminal says so.
///
/// # Errors
///
/// As for [`delete`].
pub(super) async fn delete_wrapped(
    output: Output,
    source: &Source,
    keep: bool,
) -> Result<(), Failure> {
    let (Some(path), Some(read)) = (source.path(), source.metadata()) else {
        return Ok(());
    };
    let name = printable(&path.display().to_string());
    output.notice(&format!(
        "You no longer need {name}. Another user of this machine who gets it can import the key, \
         too."
    ))?;
    if keep || !prompt::can_ask() || !read.is_file() {
        return Ok(());
    }
    let cannot = |error: io::Error| Failure::new(format!("cannot delete {name}"), error);
    let file = ReadFile::find(path, read).map_err(cannot)?;
    let question = format!("Delete {}", file.name());
    if !prompt::confirm(&question).await? {
        return output.notice(&format!("{} was kept.", file.name()));
    }
    file.delete().map_err(cannot)?;
    output.notice(&file.deleted())
}

async fn ask_to_delete(output: Output, path: &Path, read: &Metadata) -> Result<(), Failure> {
    let cannot = |error: io::Error| {
        Failure::new(format!("cannot delete {}", path.display()), error).and_next(
            "The key is in the TPM, but its private key is also still in the file that was read: \
             look where that is now.",
        )
    };
    let file = ReadFile::find(path, read).map_err(cannot)?;
    let name = file.name();
    output.notice(DELETED)?;
    let question = format!(
        "The private key is still in {name}, too.{}\nDelete that file",
        file.remarks()
    );
    if !prompt::confirm(&question).await? {
        return output.notice(&format!("{name} was kept."));
    }
    file.delete().map_err(cannot)?;
    output.notice(&file.deleted())
}

#[cfg(test)]
mod tests {
    use super::public_half;
    use std::path::Path;

    #[test]
    fn the_public_half_is_named_as_ssh_keygen_names_it() {
        assert_eq!(
            public_half(Path::new("a/id_rsa")),
            Path::new("a/id_rsa.pub")
        );
        assert_eq!(public_half(Path::new("key.ppk")), Path::new("key.ppk.pub"));
    }
}
