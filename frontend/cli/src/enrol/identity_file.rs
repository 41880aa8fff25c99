//! What `sshtpm identity --json` printed, as far as it is needed here.

use std::path::Path;

use serde::Deserialize;
use sshtpm_attest::{Base64Bytes, Endorsement, MAX_FILE_BYTES};

use crate::error::Failure;
use crate::given_file;

/// Names may be added there, so unknown ones are left alone.
#[derive(Deserialize)]
struct IdentityFile {
    endorsement_keys: Vec<Key>,
    #[serde(default)]
    chain: Vec<Certificate>,
}

#[derive(Deserialize)]
struct Key {
    public: Base64Bytes,
    certificate: Option<Certificate>,
}

#[derive(Deserialize)]
struct Certificate {
    der: Base64Bytes,
}

/// The endorsement keys in the file.
///
/// # Errors
///
/// It cannot be read, or is something else.
pub(super) fn read(path: &Path) -> Result<Vec<Endorsement>, Failure> {
    let bytes = given_file::read(path, MAX_FILE_BYTES)?;
    let what = || format!("{} shows no identity of a machine", path.display());
    let next = "`sudo sshtpm identity --json` on the machine prints it.";
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Failure::new(what(), "it is too long").and_next(next));
    }
    let file: IdentityFile = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(what(), error).and_next(next))?;
    let chain: Vec<_> = file.chain.into_iter().map(|one| one.der).collect();
    let keys = file.endorsement_keys.into_iter().map(|key| Endorsement {
        public: key.public,
        certificate: key.certificate.map(|one| one.der),
        chain: chain.clone(),
    });
    Ok(keys.collect())
}
