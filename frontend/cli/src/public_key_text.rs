//! The fingerprint of a key in text: in a line of `authorized_keys`, with or without options, or
//! in a `.pub` file. A certificate counts as its key.
//!
//! May touch: files whose names end in `.pub`, for reading. Must never open any other file, because
//! it could be a private key.
//!
//! Specs: sshd(8), AUTHORIZED_KEYS FILE FORMAT.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ssh_key::PublicKey;
use sshtpm_ssh::certificate::{Certificate, from_line};
use sshtpm_ssh::fingerprint::Fingerprint;

/// Largest file that is looked into for a key, in bytes: a certificate has at most 22 KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// How files of public keys are named.
const SUFFIX: &str = "pub";

/// The fingerprint of the key in `line`. As in sshd, options are what stands before the first space
/// outside of quotation marks, if the line does not begin with a key.
pub(crate) fn fingerprint_in(line: &str) -> Option<Fingerprint> {
    let line = line.trim();
    fingerprint_at(line).or_else(|| fingerprint_at(behind_options(line)))
}

fn fingerprint_at(line: &str) -> Option<Fingerprint> {
    if let Ok(blob) = from_line(line) {
        let certificate = Certificate::parse(&blob).ok()?;
        return Some(Fingerprint::of(&certificate.fields.key));
    }
    let key = PublicKey::from_openssh(line).ok()?;
    Some(Fingerprint::of(key.key_data()))
}

fn behind_options(line: &str) -> &str {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = line.find(|character: char| {
        match character {
            '"' if !is_escaped => is_quoted = !is_quoted,
            ' ' | '\t' if !is_quoted => return true,
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
        false
    });
    let rest = end.and_then(|end| line.get(end..));
    rest.unwrap_or_default().trim_start()
}

/// The file that is meant by `path`: itself, or the one beside it with `.pub` after its name.
pub(crate) fn file(path: &str) -> Option<PathBuf> {
    let mut path = OsString::from(path);
    if Path::new(&path)
        .extension()
        .is_none_or(|ending| ending != SUFFIX)
    {
        path.push(".");
        path.push(SUFFIX);
    }
    Some(PathBuf::from(path)).filter(|path| path.is_file())
}

/// The fingerprints of the keys in the file at `path`, each once.
pub(crate) fn fingerprints_in(path: &Path) -> Vec<Fingerprint> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // A file that cannot be read has no keys.
        let _ = file.take(MAX_FILE_BYTES).read_to_end(&mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut found: Vec<_> = text.lines().filter_map(fingerprint_in).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{file, fingerprint_in, fingerprints_in};
    use crate::key_listing::example_key;

    fn fingerprint(line: &str) -> Option<String> {
        fingerprint_in(line).map(|fingerprint| fingerprint.to_string())
    }

    #[test]
    fn a_line_is_understood_with_options_and_comment_and_without() {
        let key = example_key();
        for (options, comment) in [
            ("", ""),
            ("", " ann@host"),
            ("restrict,from=\"10.0.0.0/8\" ", " a b"),
            ("command=\"echo \\\"ssh-rsa AAAA\\\"\" ", ""),
        ] {
            let line = format!("{options}{}{comment}\n", key.public_key);
            assert_eq!(fingerprint(&line), Some(key.fingerprint.clone()), "{line}");
        }
    }

    #[test]
    fn what_has_no_key_in_it_has_no_fingerprint() {
        for line in [
            "",
            "laptop",
            "# comment",
            "ssh-rsa",
            "ssh-rsa AAAA",
            "ssh-rsa x y",
        ] {
            assert_eq!(fingerprint(line), None, "{line}");
        }
    }

    #[test]
    fn a_file_is_found_beside_the_name_of_its_private_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("id.pub");
        let line = format!("# mine\n{} x\n", example_key().public_key);
        std::fs::write(&path, line.repeat(2)).unwrap();
        let private = directory.path().join("id");
        std::fs::write(&private, "secret").unwrap();
        for name in [&path, &private] {
            let file = file(name.to_str().unwrap());
            assert_eq!(file.as_ref(), Some(&path));
            assert_eq!(fingerprints_in(&file.unwrap()).len(), 1);
        }
        assert_eq!(file(directory.path().to_str().unwrap()), None);
    }
}
