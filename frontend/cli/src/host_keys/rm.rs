//! `sshtpm host-keys rm`: deletes host keys for good.

use std::path::{Path, PathBuf};

use sshtpm_dbus::{HOST_USER, KeyInfo};

use super::drop_in;
use super::file_changes;
use crate::args::HostKeysRmArgs;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::output::{self, Output};
use crate::public_key_file::holds;
use crate::rm;
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// A name means no single key, or sshd is told to use one of the keys (then nothing is deleted);
/// the deletion was not confirmed; the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &HostKeysRmArgs,
) -> Result<(), Failure> {
    let config_dir = args
        .sshd_config_dir
        .as_deref()
        .unwrap_or(Path::new(drop_in::CONFIG_DIR));
    let drop_in = drop_in::path_in(config_dir);
    let may_delete = |keys: &[&KeyInfo]| may_delete(keys, &drop_in, args.deletion.force);
    let host_user = Some(HOST_USER);
    rm::delete(
        session,
        output,
        (&args.deletion).into(),
        host_user,
        may_delete,
    )
    .await
    .result
}

/// With `force`, a warning is all that comes of it.
fn may_delete(keys: &[&KeyInfo], drop_in: &Path, force: bool) -> Result<(), Failure> {
    let named = match key_files(drop_in) {
        Err(failure) if !force => return Err(failure),
        named => named.unwrap_or_default(),
    };
    let in_use = |key: &&&KeyInfo| named.iter().any(|file| holds(file, &key.public_key));
    for key in keys.iter().filter(in_use) {
        let (key, drop_in) = (describe(key), drop_in.display());
        if !force {
            return Err(Failure::new(
                format!("cannot delete host key {key}"),
                format!("{drop_in} makes sshd use it"),
            )
            .and_next(
                "Run `sshtpm host-keys disable` first, and reload sshd. Or replace the key: run \
                 `sshtpm host-keys generate` and `sshtpm host-keys enable`, reload sshd, delete \
                 the old key with --force, and run `sshtpm host-keys enable` once more.",
            ));
        }
        output::warn(&format!(
            "{drop_in} makes sshd use host key {key}; run `sshtpm host-keys enable` for the \
             keys that remain, or `sshtpm host-keys disable`, before you start sshd again"
        ));
    }
    Ok(())
}

fn key_files(drop_in: &Path) -> Result<Vec<PathBuf>, Failure> {
    let content = file_changes::read(drop_in)?;
    Ok(content.map_or_else(Vec::new, |content| {
        drop_in::key_files(&String::from_utf8_lossy(&content.bytes))
    }))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sshtpm_dbus::KeyInfo;

    use super::may_delete;
    use crate::host_keys::key_files::content;
    use crate::key_listing::example_key;

    #[test]
    fn a_key_that_the_drop_in_names_is_deleted_by_force_only() {
        let directory = tempfile::tempdir().unwrap();
        let (file, drop_in) = (
            directory.path().join("a_key.pub"),
            directory.path().join("d"),
        );
        fs::write(&file, content(&example_key())).unwrap();
        let name = directory.path().join("a_key");
        fs::write(&drop_in, format!("HostKey {}\n", name.display())).unwrap();
        let (named, other) = (
            example_key(),
            KeyInfo {
                public_key: "ssh-rsa AAAA".to_owned(),
                ..example_key()
            },
        );
        assert_eq!(may_delete(&[&other], &drop_in, false), Ok(()));
        assert_eq!(may_delete(&[&other, &named], &drop_in, true), Ok(()));
        let text = may_delete(&[&other, &named], &drop_in, false)
            .unwrap_err()
            .to_string();
        assert!(text.contains("`sshtpm host-keys disable`"), "{text}");
    }

    #[test]
    fn without_a_drop_in_every_key_may_go() {
        let directory = tempfile::tempdir().unwrap();
        let drop_in = directory.path().join("none");
        assert_eq!(may_delete(&[&example_key()], &drop_in, false), Ok(()));
    }

    #[test]
    fn a_drop_in_that_cannot_be_read_spares_the_keys() {
        let directory = tempfile::tempdir().unwrap();
        assert!(may_delete(&[&example_key()], directory.path(), false).is_err());
        assert_eq!(
            may_delete(&[&example_key()], directory.path(), true),
            Ok(())
        );
    }
}
