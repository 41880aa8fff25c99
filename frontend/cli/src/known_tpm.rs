//! How the caller knows a TPM: by hashes of endorsement keys, or by roots of vendors.
//!
//! May touch: the directory of roots, reading.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sshtpm_attest::{Endorsement, MAX_FILE_BYTES, NotProved, certificates_in};
use sshtpm_ssh::endorsement::EndorsementHash;

use super::args::KnownTpmArgs;
use super::error::Failure;
use super::given_file;

/// Most files in a directory of roots: all vendors together have some hundred certificates.
const MAX_ROOT_FILES: usize = 1024;

/// How files with certificates are named; others are left alone.
const ENDINGS: [&str; 4] = ["pem", "crt", "cer", "der"];

/// What the caller believes.
pub(crate) enum KnownTpm {
    /// These endorsement keys.
    Hashes(Vec<EndorsementHash>),
    /// What these roots vouch for, in DER.
    Roots(Vec<Vec<u8>>),
}

impl KnownTpm {
    /// What the arguments say; `None` if they say nothing.
    ///
    /// # Errors
    ///
    /// The roots cannot be read, or there are none.
    pub(crate) fn read(args: &KnownTpmArgs) -> Result<Option<Self>, Failure> {
        match &args.ek_roots {
            Some(directory) => Ok(Some(Self::Roots(roots(directory)?))),
            None if args.ek.is_empty() => Ok(None),
            None => Ok(Some(Self::Hashes(args.ek.clone()))),
        }
    }

    /// Whether that endorsement key is known now.
    ///
    /// # Errors
    ///
    /// It is not; the error says why.
    pub(crate) fn knows(&self, endorsement: &Endorsement) -> Result<EndorsementHash, NotProved> {
        match self {
            Self::Hashes(hashes) => endorsement.known_by_hash(hashes),
            Self::Roots(roots) => endorsement.known_by_chain(roots, now()),
        }
    }
}

/// Seconds since 1970, by the clock of this machine.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn roots(directory: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let what = || format!("cannot read the roots in {}", directory.display());
    let mut roots = Vec::new();
    for path in files(directory).map_err(|error| Failure::new(what(), error))? {
        let file = given_file::read(&path, MAX_FILE_BYTES)?;
        let found = certificates_in(&file);
        let found = found.map_err(|error| Failure::new(format!("{}", path.display()), error))?;
        roots.extend(found);
    }
    match roots.is_empty() {
        true => Err(Failure::new(
            what(),
            "no file there ends in .pem, .crt, .cer or .der",
        )),
        false => Ok(roots),
    }
}

fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)?.take(MAX_ROOT_FILES) {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
            files.push(path);
        }
    }
    Ok(files)
}
