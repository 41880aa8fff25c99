//! Host keys from a file that the user names: public keys, or lines of known_hosts, as ssh-keyscan
//! prints them and as administrators hand them out.
//!
//! Purpose: of lines with names of hosts only those count that are for the host in question.
//! ssh-keygen matches them, with hashes, patterns and ports. May touch: a temporary file, for
//! ssh-keygen.
//!
//! Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; ssh-keyscan(1).

use std::io::Write as _;

use ssh_key::public::KeyData;
use sshtpm_dbus::HostKey;

use super::found::{Found, key};
use super::{Settings, lines_of};
use crate::error::Failure;
use crate::restrictions::place::Place;

/// What some editors put in front of a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The lines of such a file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Keys without a name.
    plain: Vec<KeyData>,
    /// Lines of known_hosts.
    named: String,
}

/// Why the keys of a file are not those of the host.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A line is neither a key nor one of known_hosts: its number.
    Line(usize),
    /// There are none.
    Empty,
}

impl Lines {
    /// Reads them. Nothing is taken from a file with a line that is something else.
    pub(super) fn read(text: &str) -> Result<Self, Unfit> {
        let mut lines = Self::default();
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if !line.is_empty() && !line.starts_with('#') {
                lines.take(line).ok_or(Unfit::Line(index + 1))?;
            }
        }
        match lines.plain.is_empty() && lines.named.is_empty() {
            true => Err(Unfit::Empty),
            false => Ok(lines),
        }
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let mut words = line.split_ascii_whitespace().peekable();
        let has_mark = words.next_if(|word| word.starts_with('@')).is_some();
        let (first, second, third) = (words.next(), words.next(), words.next());
        match key(first, second) {
            Some(key) if !has_mark => self.plain.push(key),
            _ => {
                key(second, third)?;
                self.named.push_str(line);
                self.named.push('\n');
            }
        }
        Some(())
    }

    async fn keys_for(self, place: &Place) -> Result<Vec<HostKey>, Failure> {
        let mut found = Found::default();
        let plain = self.plain.into_iter().map(|key| (key, false));
        found.keys.extend(plain);
        if !self.named.is_empty() {
            add_named(&mut found, place, &self.named).await?;
        }
        Ok(found.keys())
    }
}

/// The keys of `text`, the content of the file called `file`, for the host at `place`.
///
/// # Errors
///
/// The file holds something else, or the keys of other hosts alone.
pub(crate) async fn keys(place: &Place, text: &str, file: &str) -> Result<Vec<HostKey>, Failure> {
    let what = format!("cannot read host keys from {file}");
    let lines = Lines::read(text).map_err(|unfit| {
        let why = match unfit {
            Unfit::Line(number) => format!(
                "line {number} is neither a public key of a supported type nor a line of \
                 known_hosts"
            ),
            Unfit::Empty => "there are none".to_owned(),
        };
        Failure::new(&what, why).and_next(
            "On the host, its public keys are in /etc/ssh/ssh_host_*_key.pub; ssh-keyscan HOST \
             prints them, too.",
        )
    })?;
    let keys = lines.keys_for(place).await?;
    if keys.is_empty() {
        let why = format!("its lines are for other hosts than {place}, or revoke its keys");
        return Err(Failure::new(&what, why).and_next(
            "If they are keys of that host by another name, remove the names in front of the keys.",
        ));
    }
    Ok(keys)
}

/// Adds the keys of the first name that has some, and what is revoked for any name, to those that
/// were `found`.
async fn add_named(found: &mut Found, place: &Place, lines: &str) -> Result<(), Failure> {
    let what = "cannot look for the host in the file";
    let mut file = tempfile::NamedTempFile::new().map_err(|error| Failure::new(what, error))?;
    file.write_all(lines.as_bytes())
        .map_err(|error| Failure::new(what, error))?;
    let mut is_found = false;
    for name in Settings::of(place).await?.names {
        let mut named = Found::default();
        named.read(&lines_of(&name, file.path()).await?);
        found.revoked.extend(named.revoked);
        if !is_found {
            is_found = !named.keys.is_empty();
            found.keys.extend(named.keys);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Lines, Unfit};

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOHpDLrUWxopd3rlXf11TXYNQBdj6M5QfYXqlUjf8JGa";

    fn counts(text: &str) -> Result<(usize, usize), Unfit> {
        let lines = Lines::read(text)?;
        Ok((lines.plain.len(), lines.named.lines().count()))
    }

    #[test]
    fn a_file_holds_public_keys_or_lines_of_known_hosts() {
        for (text, expected) in [
            (format!("# mine\n{KEY} root@alpha\n\n{KEY}\n"), (2, 0)),
            (format!("\u{feff}{KEY}\r\n"), (1, 0)),
            (
                format!("# alpha:22 SSH-2.0-OpenSSH_9.2\nalpha {KEY}\n"),
                (0, 1),
            ),
            (
                format!("\u{feff}[alpha]:2222,10.0.0.1 {KEY}\r\n{KEY}\r\n"),
                (1, 1),
            ),
            (
                format!("@cert-authority *.example {KEY}\n@revoked * {KEY}\n"),
                (0, 2),
            ),
        ] {
            assert_eq!(counts(&text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_file_with_another_line_is_refused_by_its_number() {
        for (text, unfit) in [
            (String::new(), Unfit::Empty),
            ("# nothing\n".to_owned(), Unfit::Empty),
            (format!("{KEY}\nx\n"), Unfit::Line(2)),
            (format!("@cert-authority {KEY}\n"), Unfit::Line(1)),
            ("alpha ssh-dss AAAA\n".to_owned(), Unfit::Line(1)),
        ] {
            assert_eq!(counts(&text), Err(unfit), "{text}");
        }
    }
}
