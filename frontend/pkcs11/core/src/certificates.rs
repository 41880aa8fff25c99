//! The X.509 certificates of the user's keys, each in a file.
//!
//! The broker never reads X.509, so they are the user's own: `x509/FINGERPRINT.der` below
//! `$XDG_DATA_HOME/sshtpm`, with the fingerprint in hexadecimal.
//!
//! May touch: that directory. Must never leave half a file.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::{Uid, geteuid};
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::limits::MAX_X509_BYTES;

/// The directory, below that of the user's data.
const DIRECTORY: &str = "sshtpm/x509";

/// The certificates in one directory.
#[derive(Clone, Debug)]
pub struct Certificates {
    directory: Option<PathBuf>,
    /// The user whose directory it has to be, to be written to.
    owner: Uid,
}

impl Certificates {
    /// Those below `$XDG_DATA_HOME`, or `~/.local/share` without it; none if `HOME` is not set
    /// either.
    pub fn of_environment() -> Self {
        let absolute = |name| {
            let value = std::env::var_os(name).map(PathBuf::from);
            value.filter(|path| path.is_absolute())
        };
        let data = absolute("XDG_DATA_HOME");
        let data = data.or_else(|| Some(absolute("HOME")?.join(".local/share")));
        Self::of_process(data.map(|data| data.join(DIRECTORY)))
    }

    /// Those in `directory`.
    pub fn in_directory(directory: &Path) -> Self {
        Self::of_process(Some(directory.to_owned()))
    }

    fn of_process(directory: Option<PathBuf>) -> Self {
        let owner = geteuid();
        Self { directory, owner }
    }

    /// The certificate of a key in DER. `None`: there is none, or it cannot be read.
    pub(crate) fn read(&self, key: &Fingerprint) -> Option<Vec<u8>> {
        let mut options = OpenOptions::new();
        // A pipe or a terminal in its place must not stop the program, nor a link have it open what
        // is elsewhere.
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_NOFOLLOW;
        let options = options.read(true).custom_flags(flags.bits());
        let file = options.open(self.path(key)?).ok()?;
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let most = u64::try_from(MAX_X509_BYTES).ok()?;
        let mut content = Vec::new();
        file.take(most + 1).read_to_end(&mut content).ok()?;
        (content.len() <= MAX_X509_BYTES).then_some(content)
    }

    /// Keeps `der` as the certificate of a key, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// The directory, or where it would be made, is not the user's own, as with `HOME` of another
    /// user; or the file cannot be written. Then nothing has changed.
    pub(crate) fn write(&self, key: &Fingerprint, der: &[u8]) -> io::Result<()> {
        let path = self.path(key).ok_or(io::ErrorKind::NotFound)?;
        let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
        self.check_owner(directory)?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let mut file = tempfile::Builder::new()
            .prefix(".sshtpm-")
            .tempfile_in(directory)?;
        file.write_all(der)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        File::open(directory)?.sync_all()
    }

    fn check_owner(&self, directory: &Path) -> io::Result<()> {
        let mut there = directory.ancestors().map(std::fs::symlink_metadata);
        let nearest = there.find_map(Result::ok).ok_or(io::ErrorKind::NotFound)?;
        match nearest.uid() == self.owner.as_raw() {
            true => Ok(()),
            false => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    /// Forgets the certificate of a key, if there is one.
    ///
    /// # Errors
    ///
    /// The file cannot be deleted.
    pub(crate) fn remove(&self, key: &Fingerprint) -> io::Result<()> {
        let path = self.path(key).ok_or(io::ErrorKind::NotFound)?;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, key: &Fingerprint) -> Option<PathBuf> {
        let directory = self.directory.as_ref()?;
        Some(directory.join(format!("{}.der", key.to_hex())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::os::unix::fs::symlink;

    use nix::sys::stat::Mode;
    use nix::unistd::{Uid, geteuid, mkfifo};
    use sshtpm_ssh::fingerprint::Fingerprint;

    use super::Certificates;
    use crate::limits::MAX_X509_BYTES;

    fn key() -> Fingerprint {
        let text = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_is_read_as_it_was_written() {
        let home = tempfile::tempdir().unwrap();
        let kept = Certificates::in_directory(&home.path().join("a/b"));
        assert_eq!(kept.read(&key()), None);
        kept.write(&key(), b"first").unwrap();
        kept.write(&key(), b"second").unwrap();
        assert_eq!(kept.read(&key()).as_deref(), Some(b"second".as_slice()));
        kept.remove(&key()).unwrap();
        kept.remove(&key()).unwrap();
        assert_eq!(kept.read(&key()), None);
    }

    #[test]
    fn a_file_that_is_too_long_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        let kept = Certificates::in_directory(home.path());
        kept.write(&key(), &[0; MAX_X509_BYTES + 1]).unwrap();
        assert_eq!(kept.read(&key()), None);
        kept.write(&key(), &[0; MAX_X509_BYTES]).unwrap();
        assert!(kept.read(&key()).is_some());
    }

    #[test]
    fn a_pipe_in_place_of_a_certificate_stops_nobody() {
        let home = tempfile::tempdir().unwrap();
        let name = format!("{}.der", key().to_hex());
        mkfifo(&home.path().join(name), Mode::S_IRWXU).unwrap();
        assert_eq!(Certificates::in_directory(home.path()).read(&key()), None);
    }

    #[test]
    fn a_link_in_place_of_a_certificate_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let other = home.path().join("other");
        std::fs::write(&other, b"der").unwrap();
        let name = format!("{}.der", key().to_hex());
        symlink(&other, home.path().join(name)).unwrap();
        assert_eq!(Certificates::in_directory(home.path()).read(&key()), None);
    }

    #[test]
    fn nothing_is_written_below_a_directory_of_another_user() {
        let home = tempfile::tempdir().unwrap();
        for below in ["", "a/b"] {
            let kept = Certificates {
                owner: Uid::from_raw(geteuid().as_raw() + 1),
                ..Certificates::in_directory(&home.path().join(below))
            };
            let refused = kept.write(&key(), b"der").unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        }
        assert_eq!(home.path().read_dir().unwrap().count(), 0);
    }
}
