//! The line by which git trusts the user's own signatures.
//!
//! May touch: the file of allowed signers, by way of [`UserFile`].
//!
//! Source: ssh-keygen(1), ALLOWED SIGNERS.

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;

use super::signing_key::NAMESPACE;
use crate::error::Failure;
use crate::setup::user_file::{UserFile, Written};

/// A line that is to be added to a file.
#[derive(Debug)]
pub(super) struct Signers {
    /// The file as the user knows it.
    pub(super) name: PathBuf,
    pub(super) file: UserFile,
    pub(super) line: String,
}

impl Signers {
    /// Looks into the file; nothing if it has the user's key for `email` already.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or the address cannot be named in it.
    pub(super) fn look(name: &Path, email: &str, key: &KeyInfo) -> Result<Option<Self>, Failure> {
        if !is_plain(email) {
            let what = format!("cannot name `{email}` in a file of allowed signers");
            let why = "user.email must not have blanks, quotes, commas, *, ? or ! in it";
            let next = "Set it with `git config --global user.email you@example.org`.";
            return Err(Failure::new(what, why).and_next(next));
        }
        let file = UserFile::look(name)?;
        let content = String::from_utf8_lossy(file.content());
        if content.lines().any(|line| allows(line, email, key)) {
            return Ok(None);
        }
        Ok(Some(Self {
            name: name.to_owned(),
            line: format!("{email} namespaces=\"{NAMESPACE}\" {}", key.public_key),
            file,
        }))
    }

    /// Adds the line; dropped without `keep`, the result takes it back.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn add(self) -> Result<Written, Failure> {
        self.file.append(&format!("{}\n", self.line))
    }
}

/// Whether it is one principal, and no pattern.
fn is_plain(email: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"\"',*?!\\".contains(c);
    !email.is_empty() && !email.starts_with(['#', '@']) && email.chars().all(is_plain)
}

/// Whether this line lets the key sign for `email` in git.
fn allows(line: &str, email: &str, key: &KeyInfo) -> bool {
    let line = line.trim();
    let Some((principals, rest)) = line.split_once(char::is_whitespace) else {
        return false;
    };
    let mut before_key = rest.split(&key.public_key);
    let options = before_key.next().unwrap_or_default();
    let has_key = before_key.next().is_some();
    let names_user = principals.split(',').any(|one| one == email || one == "*");
    let in_git = !options.contains("namespaces=") || options.contains(NAMESPACE);
    let is_authority = options.contains("cert-authority");
    has_key && names_user && in_git && !is_authority
}

#[cfg(test)]
mod tests {
    use super::Signers;
    use crate::key_listing::example_key;

    #[test]
    fn a_line_that_is_there_is_not_added_again() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("allowed_signers");
        let look = || Signers::look(&file, "ann@example.org", &example_key()).unwrap();
        let line = look().unwrap().line;
        assert_eq!(
            line,
            format!(
                "ann@example.org namespaces=\"git\" {}",
                example_key().public_key
            )
        );
        let key = example_key().public_key;
        for there in [
            format!("{line}\n"),
            format!("bob@example.org,ann@example.org {key} ann\n"),
            format!("# mine\n* namespaces=\"file,git\" {key}\n"),
        ] {
            std::fs::write(&file, &there).unwrap();
            assert!(look().is_none(), "{there}");
        }
        for other in [
            format!("bob@example.org {key}\n"),
            format!("ann@example.org namespaces=\"file\" {key}\n"),
            "ann@example.org ssh-rsa AAAA\n".to_owned(),
        ] {
            std::fs::write(&file, &other).unwrap();
            assert!(look().is_some(), "{other}");
        }
    }

    #[test]
    fn an_address_that_would_be_a_pattern_or_two_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("allowed_signers");
        for email in ["", "*", "a b", "a,b", "a\nb", "!a", "\"a\"", "#a"] {
            assert!(
                Signers::look(&file, email, &example_key()).is_err(),
                "{email:?}"
            );
        }
    }
}
