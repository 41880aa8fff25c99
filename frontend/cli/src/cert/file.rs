//! A file with a certificate: `NAME-cert.pub`, as `ssh-keygen -s` writes it.
//!
//! May touch: the file, for reading.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::error::Failure;
use sshtpm_ssh::certificate::from_line;

/// How such files are named.
pub(crate) const SUFFIX: &str = "-cert.pub";

/// How all files of public keys are named, those of certificates included.
const PUBLIC_SUFFIX: &str = ".pub";

/// Whether `word` means a file, and neither a key nor a serial number.
pub(crate) fn is_meant(word: &str) -> bool {
    word.ends_with(PUBLIC_SUFFIX) || Path::new(word).is_file()
}

/// What to do if there is no certificate.
const NAME_ONE: &str = "Name a file that `ssh-keygen -L -f FILE` shows, such as NAME-cert.pub.";

/// Largest file, in bytes: the longest certificate that is kept has 22 KiB in base64.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// The blob of the certificate in the file at `path`.
///
/// # Errors
///
/// The file cannot be read, is too long, or has no certificate in it.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot =
        |why: &dyn std::fmt::Display| Failure::new(format!("cannot read {}", path.display()), why);
    if !path.is_file() {
        return Err(cannot(&"there is no such file, or it is not a regular one").and_next(NAME_ONE));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| cannot(&error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(cannot(&format!("it is longer than {MAX_FILE_BYTES} bytes")));
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().find(|line| !line.trim().is_empty());
    from_line(line.unwrap_or_default())
        .map_err(|_| cannot(&"it has no OpenSSH certificate in it").and_next(NAME_ONE))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ssh_key::certificate::CertType;

    use super::read;
    use crate::certificate::tests::example;
    use sshtpm_ssh::certificate::to_line;

    #[test]
    fn a_file_gives_its_certificate_or_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("id-cert.pub");
        assert!(read(&path).is_err());
        let blob = example(CertType::User, "id", &["ann"]);
        let line = to_line(&blob).unwrap();
        fs::write(&path, format!("\n{line} comment\n")).unwrap();
        assert_eq!(read(&path), Ok(blob));
        for wrong in ["", "ssh-ed25519 AAAA", &" ".repeat(70_000)] {
            fs::write(&path, wrong).unwrap();
            assert!(read(&path).is_err());
        }
    }
}
