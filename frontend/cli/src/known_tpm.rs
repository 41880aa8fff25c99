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
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
            files.push(path);
        }
        if files.len() > MAX_ROOT_FILES {
            let why = format!("more than {MAX_ROOT_FILES} files there could be roots");
            return Err(std::io::Error::other(why));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::{MAX_ROOT_FILES, files, roots};

    #[test]
    fn files_that_are_no_roots_do_not_count_and_too_many_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: String| std::fs::write(directory.path().join(name), "x").unwrap();
        for number in 0..MAX_ROOT_FILES {
            write(format!("{number}.pem"));
            write(format!("{number}.txt"));
        }
        assert_eq!(files(directory.path()).unwrap().len(), MAX_ROOT_FILES);
        write("one-more.der".to_owned());
        let error = files(directory.path()).unwrap_err();
        assert!(error.to_string().contains("more than"), "{error}");
        assert!(roots(directory.path()).is_err());
    }
}
