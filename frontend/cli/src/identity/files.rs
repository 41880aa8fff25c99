//! Writes keys and certificates to files.

use std::path::{Path, PathBuf};

use der::pem::{self, LineEnding};

use super::certificate::Shown;
use super::key::Identity;
use crate::atomic_file::{self, Existing};
use crate::error::Failure;

/// Everybody may read them: nothing in them is secret.
const MODE: u32 = 0o644;

/// Characters of a hash that are enough to tell the keys of one machine apart.
const HASH_CHARACTERS: usize = 8;

/// Writes a file for each key and two for each certificate to `directory`, which is made if it is
/// not there. Files of the same names are replaced.
///
/// # Errors
///
/// One of them cannot be written.
pub(super) fn write(identity: &Identity, directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(directory)
        .map_err(|error| Failure::new(format!("cannot make {}", directory.display()), error))?;
    let mut written = Vec::new();
    for key in &identity.keys {
        let kind = key.kind.to_lowercase().replace(' ', "");
        let hash = key.hash.to_hex();
        let hash = hash.get(..HASH_CHARACTERS).unwrap_or_default();
        let name = format!("ek-{kind}-{hash}");
        let length = u16::try_from(key.area.len()).unwrap_or(u16::MAX);
        let public = [&length.to_be_bytes()[..], &key.area].concat();
        written.push(put(directory, &format!("{name}.pub"), &public)?);
        if let Some(certificate) = &key.certificate {
            written.extend(put_certificate(directory, &name, certificate)?);
        }
    }
    for (number, certificate) in (1..).zip(&identity.chain) {
        written.extend(put_certificate(
            directory,
            &format!("issuer-{number}"),
            certificate,
        )?);
    }
    Ok(written)
}

fn put_certificate(directory: &Path, name: &str, one: &Shown) -> Result<[PathBuf; 2], Failure> {
    let text = pem::encode_string("CERTIFICATE", LineEnding::LF, &one.der);
    let text = text.map_err(|error| Failure::new(format!("cannot write {name}.pem"), error))?;
    Ok([
        put(directory, &format!("{name}.der"), &one.der)?,
        put(directory, &format!("{name}.pem"), text.as_bytes())?,
    ])
}

fn put(directory: &Path, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
    let path = directory.join(name);
    let written = atomic_file::write(&path, content, MODE, Existing::Replace);
    written.map_err(|error| Failure::new(format!("cannot write {}", path.display()), error))?;
    Ok(path)
}
