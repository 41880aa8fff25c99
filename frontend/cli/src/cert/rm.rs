//! `sshtpm cert rm`: removes certificates from keys.

use std::path::Path;

use sshtpm_dbus::KeyInfo;

use super::file;
use crate::args::CertRmArgs;
use crate::certificate::Shown;
use crate::error::Failure;
use crate::key_selector::{KeySelector, describe};
use crate::output::Output;
use crate::session::{Session, owner_option};

/// A certificate that is kept, and its key.
type Kept<'k> = (&'k KeyInfo, Shown<'k>);

/// Runs the command.
///
/// # Errors
///
/// A word means no certificate, or more than one (then none is removed); or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &CertRmArgs,
) -> Result<(), Failure> {
    let owner = args.owner.as_deref();
    let keys = session.list(owner).await?;
    let mut meant: Vec<Kept<'_>> = Vec::new();
    for word in &args.words {
        for one in meant_by(word, &keys, owner)? {
            if meant.iter().all(|(_, known)| known.blob != one.1.blob) {
                meant.push(one);
            }
        }
    }
    for (key, shown) in meant {
        let options = owner_option(owner);
        session
            .call("cannot remove the certificate", async |keys| {
                keys.remove_certificate(shown.blob, &options).await
            })
            .await?;
        output.notice(&format!("Removed {} of {}", shown.name(), describe(key)))?;
    }
    Ok(())
}

/// The certificates that `word` means: that in the file, that of the serial number, or those of the
/// key.
fn meant_by<'k>(
    word: &str,
    keys: &'k [KeyInfo],
    owner: Option<&str>,
) -> Result<Vec<Kept<'k>>, Failure> {
    if file::is_meant(word) {
        return in_file(word, keys);
    }
    let serial = word.parse::<u64>().ok();
    let mut of_serial = all(keys).filter(|(_, one)| Some(one.fields().serial) == serial);
    match (of_serial.next(), of_serial.next()) {
        (None, _) => of_key(word, keys, owner),
        (Some(one), None) => Ok(vec![one]),
        (Some(_), Some(_)) => Err(not_found(
            word,
            "several certificates have this serial number; name the file or the key",
        )),
    }
}

fn in_file<'k>(word: &str, keys: &'k [KeyInfo]) -> Result<Vec<Kept<'k>>, Failure> {
    let blob = file::read(Path::new(word))?;
    let kept: Vec<_> = all(keys).filter(|(_, one)| one.blob == blob).collect();
    match kept.is_empty() {
        true => Err(not_found(
            word,
            "the certificate in this file is not kept with a key",
        )),
        false => Ok(kept),
    }
}

fn of_key<'k>(
    word: &str,
    keys: &'k [KeyInfo],
    owner: Option<&str>,
) -> Result<Vec<Kept<'k>>, Failure> {
    let key = KeySelector::new(word).find(keys, owner)?;
    let kept: Vec<_> = all(std::slice::from_ref(key)).collect();
    match kept.is_empty() {
        true => Err(not_found(word, "this key has no certificate")),
        false => Ok(kept),
    }
}

fn all(keys: &[KeyInfo]) -> impl Iterator<Item = Kept<'_>> {
    keys.iter()
        .flat_map(|key| Shown::all_of(key).into_iter().map(move |one| (key, one)))
}

fn not_found(word: &str, why: &str) -> Failure {
    Failure::new(format!("cannot find the certificate `{word}`"), why)
        .and_next("Nothing was removed. `sshtpm cert list` shows the certificates.")
}

#[cfg(test)]
mod tests {
    use ssh_key::certificate::CertType;
    use sshtpm_dbus::KeyInfo;

    use super::meant_by;
    use crate::certificate::tests::example;
    use crate::key_listing::example_key;

    fn certified(ids: &[&str]) -> KeyInfo {
        let blobs = ids.iter().map(|id| example(CertType::User, id, &["ann"]));
        KeyInfo {
            certificates: blobs.collect(),
            ..example_key()
        }
    }

    #[test]
    fn a_key_means_all_of_its_certificates() {
        let keys = [certified(&["a", "b"])];
        assert_eq!(meant_by("ann@host", &keys, None).unwrap().len(), 2);
        let none = meant_by("ann@host", &[example_key()], None).unwrap_err();
        assert!(
            none.to_string().contains("this key has no certificate"),
            "{none}"
        );
    }

    #[test]
    fn a_serial_number_means_one_certificate_or_none() {
        let serial = u64::MAX.to_string();
        let keys = [certified(&["a"])];
        assert_eq!(meant_by(&serial, &keys, None).unwrap().len(), 1);
        let several = meant_by(&serial, &[certified(&["a", "b"])], None).unwrap_err();
        assert!(
            several.to_string().contains("several certificates have"),
            "{several}"
        );
        assert!(meant_by("7", &keys, None).is_err());
    }
}
