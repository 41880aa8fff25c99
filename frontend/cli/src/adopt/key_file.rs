//! The file of another program with a key of the TPM.
//!
//! May touch: that file, for reading.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sshtpm_key_file::bounds::MAX_FILE_BYTES;
use sshtpm_key_file::tss2::{Loadable, NotLoadable};

use crate::error::Failure;
use crate::shell_word::shell_word;

/// The key in `file`.
///
/// # Errors
///
/// It cannot be read, or has no key that can be taken over.
pub(super) async fn read(file: &Path) -> Result<Loadable, Failure> {
    let path = file.to_owned();
    // On a thread of its own, so that a signal is heard while nothing comes.
    let bytes = tokio::task::spawn_blocking(move || bounded(&path)).await;
    let bytes = bytes.map_err(io::Error::other).flatten();
    let bytes = bytes.map_err(|error| failed(file, error))?;
    Loadable::read(&bytes).map_err(|why| failed(file, &why).and_next(next(file, &why)))
}

/// Its bytes, at most one more than a key file has.
pub(super) fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_FILE_BYTES + 1).unwrap_or(u64::MAX);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a failure says first.
fn cannot(file: &Path) -> String {
    format!("cannot adopt {}", file.display())
}

fn failed(file: &Path, why: impl Display) -> Failure {
    Failure::new(cannot(file), why)
}

fn next(file: &Path, why: &NotLoadable) -> String {
    match why {
        NotLoadable::Importable => {
            format!("Import it with `sshtpm import {}`.", shell_word(file))
        }
        NotLoadable::File(_) => "Name a file of ssh-tpm-agent or tpm2-openssl (TSS2 PRIVATE KEY). \
                                 A file with the private key itself goes to `sshtpm import`."
            .to_owned(),
        NotLoadable::Sealed | NotLoadable::OtherParent(_) | NotLoadable::RsaParent => {
            "Make a new key with `sshtpm keygen`. If the key came from a file that you still have, \
             use `sshtpm import`."
                .to_owned()
        }
    }
}
