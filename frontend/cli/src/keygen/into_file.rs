//! Keys of which the public half goes to a file: generated in the TPM, or made here because there
//! are to be copies.
//!
//! May touch: that file, the terminal, and what [`backup`] and [`OtherMachines`] may.

use std::path::Path;

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::text::printable;

use super::new_key::{NewKey, generate};
use crate::backup::{self, Passphrase, Plan};
use crate::error::Failure;
use crate::import::{OtherMachines, Source, Wanted, made};
use crate::key_listing::authorized_keys_line;
use crate::output::Output;
use crate::public_key_file::PublicKeyFile;
use crate::session::Session;

/// Has the broker generate a key for the caller, and writes its public half to `file`.
///
/// # Errors
///
/// The broker refuses or cannot be reached, or the file cannot be written.
pub(crate) async fn generate_into(
    session: &Session,
    output: Output,
    new: NewKey<'_>,
    file: &PublicKeyFile,
) -> Result<KeyInfo, Failure> {
    let (place, algorithm) = (new.algorithm.place(), new.algorithm);
    output.notice(&match new.derivation {
        None => format!("Generating a key {place} the TPM ({algorithm})."),
        Some(derivation) => derivation.begins("key", algorithm),
    })?;
    let key = generate(session, new).await?;
    written(key, file)
}

/// Makes a key for the caller, with backups under that passphrase and files for other machines, has
/// the broker import it, and writes its public half to `file`.
///
/// # Errors
///
/// The broker refuses or cannot be reached, or the file cannot be written.
pub(crate) async fn make_into(
    session: &Session,
    output: Output,
    new: NewKey<'_>,
    (plan, passphrase, others): (&Plan, Option<Passphrase>, &OtherMachines),
    file: &PublicKeyFile,
) -> Result<KeyInfo, Failure> {
    let wanted = with_copies(&new);
    let algorithm = new.algorithm;
    let new = backup::NewKey { algorithm, wanted };
    let key = backup::make(session, output, &new, (plan, passphrase, others)).await?;
    written(key, file)
}

/// Makes a key for the caller and for other machines, has the broker import it, and writes its
/// public half to `file`.
pub(super) async fn make_for_several(
    session: &Session,
    output: Output,
    new: NewKey<'_>,
    others: &OtherMachines,
    file: &PublicKeyFile,
) -> Result<KeyInfo, Failure> {
    let kind = made::kind(new.algorithm)?;
    made::fits(session, new.algorithm).await?;
    output.notice(&format!(
        "Making a key for several machines ({}), to be {} the TPM of each.",
        new.algorithm,
        new.algorithm.place()
    ))?;
    let wanted = with_copies(&new);
    let (source, key) = (Source::made(), made::key(kind, new.comment).key());
    let key = others.and_this(session, &source, &key, &wanted).await?;
    written(key, file)
}

/// What the broker imports of a key of which there are copies.
fn with_copies<'a>(new: &NewKey<'a>) -> Wanted<'a> {
    Wanted {
        comment: new.comment.to_owned(),
        owner: new.owner,
        pin: new.pin.cloned(),
        pcrs: new.pcrs,
        restrictions: new.restrictions.cloned(),
        backed_up: true,
        rebinds: false,
    }
}

/// Writes the public half of `key` to `file`.
fn written(key: KeyInfo, file: &PublicKeyFile) -> Result<KeyInfo, Failure> {
    file.write(&authorized_keys_line(&key))
        .map_err(|error| key_without_file(&key, file.path(), &error))?;
    Ok(key)
}

fn key_without_file(key: &KeyInfo, path: &Path, error: &std::io::Error) -> Failure {
    let (fingerprint, path) = (printable(&key.fingerprint), path.display());
    Failure::new(
        format!("the key was generated, but its public key cannot be written to {path}"),
        error,
    )
    .and_next(format!(
        "The key is {fingerprint}; write it where you like with `sshtpm show {fingerprint} > FILE`."
    ))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::Path;

    use super::key_without_file;
    use crate::key_listing::example_key;

    #[test]
    fn a_key_whose_file_cannot_be_written_is_not_forgotten() {
        let key = example_key();
        let text = key_without_file(
            &key,
            Path::new("/full/id.pub"),
            &ErrorKind::StorageFull.into(),
        )
        .to_string();
        assert!(
            text.starts_with("sshtpm: the key was generated, but"),
            "{text}"
        );
        assert!(
            text.contains(&format!("`sshtpm show {} > FILE`", key.fingerprint)),
            "{text}"
        );
    }
}
