//! The key that `--key` means: one line, or a file with one line, that every reader understands.
//!
//! May touch: the file that is named, reading. Must never skip a line: OpenSSH takes the first one
//! that it can read, and it can read more than this program.
//!
//! Specs: sshd(8), AUTHORIZED_KEYS FILE FORMAT.

use std::path::Path;

use ssh_key::PublicKey;
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::error::Failure;
use crate::given_file;

/// Longest file with a public key, in bytes: the line of an RSA-4096 key has some 750.
const MAX_KEY_FILE_BYTES: usize = 64 * 1024;

const GIVE: &str = "Give the line that `sshtpm show` prints, or a file with this line alone.";

/// The fingerprint of the key in `named`: a line, or else the file of exactly that name.
///
/// # Errors
///
/// The file cannot be read, or it has something else than one public key.
pub(super) fn fingerprint(named: &str) -> Result<Fingerprint, Failure> {
    if let Some(found) = in_line(named) {
        return Ok(found);
    }
    let file = given_file::read(Path::new(named), MAX_KEY_FILE_BYTES)?;
    in_file(&file).map_err(|why| {
        let what = format!("cannot tell which key --key {named} means");
        Failure::new(what, why).and_next(GIVE)
    })
}

fn in_file(file: &[u8]) -> Result<Fingerprint, String> {
    if file.len() > MAX_KEY_FILE_BYTES {
        return Err(format!("it has more than {MAX_KEY_FILE_BYTES} bytes"));
    }
    let text = std::str::from_utf8(file).map_err(|_| "it is not text".to_owned())?;
    let mut lines = text.split('\n').filter(|line| is_read(line));
    match (lines.next().map(in_line), lines.next()) {
        (_, Some(_)) => Err("it has more than one line".to_owned()),
        (Some(Some(one)), None) => Ok(one),
        (Some(None), None) => Err("its line is not a public key without options".to_owned()),
        (None, None) => Err("it is empty".to_owned()),
    }
}

/// Whether OpenSSH tries to read a key from the line.
fn is_read(line: &str) -> bool {
    let line = line.trim_matches(BLANK);
    !line.is_empty() && !line.starts_with('#')
}

const BLANK: [char; 3] = [' ', '\t', '\r'];

fn in_line(line: &str) -> Option<Fingerprint> {
    let key = PublicKey::from_openssh(line.trim_matches(BLANK)).ok()?;
    Some(Fingerprint::of(key.key_data()))
}

#[cfg(test)]
mod tests {
    use super::{MAX_KEY_FILE_BYTES, fingerprint, in_file};
    use crate::key_listing::example_key;

    /// Another key, as OpenSSH reads it and this program does not.
    const WITH_TAB: &str =
        "ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn one_key_is_read_with_blank_lines_and_comments_around_it() {
        let key = example_key();
        let line = &key.public_key;
        for text in [
            line.clone(),
            format!("{line} ann@host\r\n"),
            format!("# mine\n\n{line}\n \t\n"),
        ] {
            let found = in_file(text.as_bytes()).map(|found| found.to_string());
            assert_eq!(found, Ok(key.fingerprint.clone()), "{text}");
        }
    }

    #[test]
    fn a_second_line_that_openssh_could_read_is_refused() {
        let line = example_key().public_key;
        for other in [WITH_TAB, &WITH_TAB.replace('\t', "  "), &line, "words"] {
            for text in [format!("{other}\n{line}"), format!("{line}\n{other}\n")] {
                let why = in_file(text.as_bytes()).unwrap_err();
                assert!(why.contains("more than one"), "{text}: {why}");
            }
        }
    }

    #[test]
    fn what_is_not_one_key_without_options_is_refused() {
        let line = example_key().public_key;
        for text in ["", "# one\n", WITH_TAB, &format!("restrict {line}")] {
            assert!(in_file(text.as_bytes()).is_err(), "{text}");
        }
        assert!(in_file(&[line.as_bytes(), b" \xff"].concat()).is_err());
        let long = format!("{line}{}", "\n".repeat(MAX_KEY_FILE_BYTES));
        assert!(in_file(long.as_bytes()).unwrap_err().contains("bytes"));
    }

    #[test]
    fn a_file_is_the_one_of_exactly_that_name() {
        let key = example_key();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("work.pub");
        std::fs::write(&path, &key.public_key).unwrap();
        let found = fingerprint(path.to_str().unwrap()).unwrap();
        assert_eq!(found.to_string(), key.fingerprint);
        assert_eq!(fingerprint(&key.public_key).unwrap(), found);
        let beside = directory.path().join("work");
        assert!(fingerprint(beside.to_str().unwrap()).is_err());
    }
}
