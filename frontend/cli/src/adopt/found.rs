//! Keys of other programs in the TPM, of which `setup` tells.
//!
//! May touch: `~/.ssh/*.tpm` and `~/.tpm2_pkcs11`, for reading.

use std::fs;
use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;
use sshtpm_key_file::tss2::Loadable;
use sshtpm_ssh::origin::Origin;

use super::key_file::bounded;
use super::pkcs11::{DATABASE, OWN_STORE};
use crate::shell_word::shell_word;

/// Most files that are looked at: many times what people have.
const MAX_FILES: usize = 64;

/// Bytes at the end of a public key that tell it from all others: those of a coordinate of P-256.
const TELLING_BYTES: usize = 32;

/// A sentence about keys of other programs below `home` that `sshtpm adopt` takes over, and that
/// are not among `keys`; `None` if there are none.
pub(crate) fn notice(home: &Path, keys: &[KeyInfo]) -> Option<String> {
    let mut commands = Vec::new();
    let files = files(&home.join(".ssh"), keys);
    if !files.is_empty() {
        let words: Vec<String> = files.iter().map(|file| shell_word(file)).collect();
        commands.push(format!("\n  sshtpm adopt {}", words.join(" ")));
    }
    // Which keys are in a store is known once its owner opens it.
    let has_adopted = keys.iter().any(|key| key.origin.0 == Origin::Adopted);
    if !has_adopted && home.join(OWN_STORE).join(DATABASE).is_file() {
        commands.push("\n  sshtpm adopt --tpm2-pkcs11".to_owned());
    }
    (!commands.is_empty()).then(|| {
        format!(
            "Another program has keys in this TPM. Take them over, with their fingerprints:{}",
            commands.concat()
        )
    })
}

/// Files of ssh-tpm-agent and others, in the order of their names.
fn files(directory: &Path, keys: &[KeyInfo]) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "tpm") && path.is_file())
        .collect();
    files.sort();
    files.truncate(MAX_FILES);
    files.retain(|path| is_new(path, keys));
    files
}

fn is_new(path: &Path, keys: &[KeyInfo]) -> bool {
    let key = bounded(path)
        .ok()
        .and_then(|bytes| Loadable::read(&bytes).ok());
    key.is_some_and(|key| !keys.iter().any(|known| is_of(&key, known)))
}

/// Whether a public area is of that key: both end with the same number.
fn is_of(key: &Loadable, known: &KeyInfo) -> bool {
    let public = ssh_key::PublicKey::from_openssh(&known.public_key);
    let blob = public
        .and_then(|public| public.to_bytes())
        .unwrap_or_default();
    let end = blob
        .len()
        .checked_sub(TELLING_BYTES)
        .and_then(|at| blob.get(at..));
    end.is_some_and(|end| key.public.ends_with(end))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sshtpm_dbus::KeyInfo;

    use super::notice;
    use crate::key_listing::example_key;

    /// Of tpm2-openssl, with a TPM that is gone.
    const FILE: &str = "\
-----BEGIN TSS2 PRIVATE KEY-----
MIHxBgZngQUKAQOgAwEBAQIFAIEAAAEEWABWACMACwAGAHIAAAAQABAAAwAQACB+
0BcXeboNrv/emPdQ6bWyL6O0g9WghqT6bqT/veE5sgAgJu1vd63mRzTejuopt7+H
qU2/yo5c51vz//KoxQMMdRQEgYAAfgAgzhN9w3/oZb1uazaR/4hm+l3tYumjxouz
pPkNWg9BsFsAEBbiHeSNSvZRO9wImC67Wo6AY1/8dTGdQvwrNu3FnEUWf5fYnNPW
feC6gAaJDwWimfr47/ZOr+YZ6DXNmq4GzFjMEghEBpNzLFNlpjUm2XGKIkxFh11h
27CXWQ==
-----END TSS2 PRIVATE KEY-----
";

    /// The public key in it.
    const PUBLIC: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB\
        BH7QFxd5ug2u/96Y91DptbIvo7SD1aCGpPpupP+94TmyJu1vd63mRzTejuopt7+HqU2/yo5c51vz//KoxQMMdRQ=";

    #[test]
    fn a_key_of_another_program_is_named_until_it_was_taken_over() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(notice(home.path(), &[]), None);
        fs::create_dir(home.path().join(".ssh")).unwrap();
        fs::write(home.path().join(".ssh/other.tpm"), "-----BEGIN").unwrap();
        assert_eq!(notice(home.path(), &[]), None);
        fs::write(home.path().join(".ssh/id.tpm"), FILE).unwrap();
        let told = notice(home.path(), &[example_key()]).unwrap();
        assert!(told.contains("sshtpm adopt"), "{told}");
        assert!(
            told.contains("id.tpm") && !told.contains("other.tpm"),
            "{told}"
        );
        let taken_over = KeyInfo {
            public_key: PUBLIC.to_owned(),
            ..example_key()
        };
        assert_eq!(notice(home.path(), &[taken_over]), None);
    }
}
