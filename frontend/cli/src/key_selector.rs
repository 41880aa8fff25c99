//! Which key is meant by what a person typed: a fingerprint of SHA-256 or MD5, the beginning of
//! one, a comment, a line of `authorized_keys`, or a `.pub` file.
//!
//! May touch: `.pub` files, for reading.

use std::fmt::{Display, Formatter};

use sshtpm_dbus::{HOST_USER, KeyInfo};

use super::error::Failure;
use super::md5_fingerprint::Md5Fingerprint;
use super::public_key_text::{file, fingerprint_in, fingerprints_in};
use super::shell_word::shell_word;
use super::short_names::{HASH, digits_of};
use super::width::cut;
use sshtpm_ssh::fingerprint::{Fingerprint, NotAFingerprint};
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::words::Words;

/// Shortest beginning of a fingerprint that is accepted, in characters after `SHA256:`; four
/// make a wrong guess among a hundred keys less likely than 1 in 100,000.
const MIN_PREFIX_CHARS: usize = 4;

/// Columns that a candidate may take below an error, without its indentation: a usual terminal.
const CANDIDATE_COLUMNS: usize = 78;

/// The name by which a person means a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeySelector<'a>(&'a str);

/// Why a name means no single key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// No key has this fingerprint or comment.
    Nothing,
    /// It is the beginning of a fingerprint, but too short to be relied on.
    TooShort,
    /// It names this key, which is not there.
    Absent(Fingerprint),
    /// It is a file without a public key in it.
    NoKeyInFile,
    /// More than one key has it; one line for each.
    Ambiguous(Vec<String>),
}

impl<'a> KeySelector<'a> {
    /// Any text is a name; most mean nothing.
    pub(crate) fn new(name: &'a str) -> Self {
        Self(name)
    }

    /// The one of `keys` that is meant. A whole fingerprint or a whole key beats all else; the
    /// beginning of a fingerprint, a comment and the name of a file count the same, or what is
    /// typed as one could mean another key.
    ///
    /// # Errors
    ///
    /// None is meant, or more than one.
    pub(crate) fn resolve(self, keys: &[KeyInfo]) -> Result<&KeyInfo, Unresolved> {
        if let Some(key) = keys.iter().find(|key| digits_of(key) == self.digits()) {
            return Ok(key);
        }
        if let Ok(md5) = self.0.parse::<Md5Fingerprint>() {
            let key = keys.iter().find(|key| md5.is_of(key));
            return key.ok_or(Unresolved::Nothing);
        }
        let line = fingerprint_in(self.0);
        if let Some(whole) = line.or_else(|| self.0.parse().ok()) {
            let key = keys.iter().find(|key| is(key, whole));
            return key.ok_or(Unresolved::Absent(whole));
        }
        self.resolve_loosely(keys)
    }

    /// By the beginning of a fingerprint, a comment, or a file.
    fn resolve_loosely(self, keys: &[KeyInfo]) -> Result<&KeyInfo, Unresolved> {
        let begins = |key: &&KeyInfo| digits_of(key).starts_with(self.digits());
        let long_enough = self.digits().chars().count() >= MIN_PREFIX_CHARS;
        let in_file = file(self.0).map(|file| fingerprints_in(&file));
        let meant = |key: &&KeyInfo| {
            let in_file = in_file.as_deref().unwrap_or_default();
            let is_in_file = in_file.iter().any(|one| is(key, *one));
            (long_enough && begins(key)) || key.comment == self.0 || is_in_file
        };
        match (only(keys.iter().filter(meant))?, in_file.as_deref()) {
            (Some(key), _) => Ok(key),
            (None, Some([one, ..])) => Err(Unresolved::Absent(*one)),
            (None, Some([])) => Err(Unresolved::NoKeyInFile),
            (None, None) if !long_enough && keys.iter().any(|key| begins(&key)) => {
                Err(Unresolved::TooShort)
            }
            (None, None) => Err(Unresolved::Nothing),
        }
    }

    fn digits(self) -> &'a str {
        self.0.strip_prefix(HASH).unwrap_or(self.0)
    }

    /// As [`Self::resolve`], with a failure for people; `owner` is whose keys were looked through.
    ///
    /// # Errors
    ///
    /// As [`Self::resolve`].
    pub(crate) fn find<'k>(
        self,
        keys: &'k [KeyInfo],
        owner: Option<&str>,
    ) -> Result<&'k KeyInfo, Failure> {
        let resolved = self.resolve(keys);
        resolved.map_err(|unresolved| self.failure(&unresolved, owner))
    }

    /// The same for people; `owner` is whose keys were looked through.
    pub(crate) fn failure(self, unresolved: &Unresolved, owner: Option<&str>) -> Failure {
        let name = cut(&printable(self.0), CANDIDATE_COLUMNS);
        let failure = Failure::new(format!("cannot find key `{name}`"), unresolved);
        match (unresolved, owner) {
            (Unresolved::Ambiguous(_), _) => failure.and_next("Name it by its fingerprint."),
            (_, None) => failure.and_next("`sshtpm list` shows your keys."),
            (_, Some(HOST_USER)) => {
                failure.and_next("`sshtpm host-keys list` shows the host keys.")
            }
            (_, Some(owner)) => failure.and_next(format!(
                "`sshtpm list --owner {}` shows the keys of {owner}.",
                shell_word(owner)
            )),
        }
    }
}

impl Display for Unresolved {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str(
                "no key has this fingerprint or comment, and there is no such .pub file",
            ),
            Self::TooShort => write!(
                f,
                "the beginning of a fingerprint needs at least {MIN_PREFIX_CHARS} characters"
            ),
            Self::Absent(fingerprint) => {
                write!(
                    f,
                    "its fingerprint is {fingerprint}, and the TPM has no such key"
                )
            }
            Self::NoKeyInFile => f.write_str("there is no public key in this file"),
            Self::Ambiguous(candidates) => {
                f.write_str("it could be any of these:")?;
                candidates
                    .iter()
                    .try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

/// The keys that `names` mean, each once. All are looked up before anything can be done to one.
///
/// # Errors
///
/// A name means none, or more than one.
pub(crate) fn find_all<'k>(
    names: &[String],
    keys: &'k [KeyInfo],
    owner: Option<&str>,
) -> Result<Vec<&'k KeyInfo>, Failure> {
    let mut meant: Vec<&KeyInfo> = Vec::new();
    for name in names {
        let key = KeySelector::new(name).find(keys, owner)?;
        let is_new = |known: &&KeyInfo| known.fingerprint != key.fingerprint;
        if meant.iter().all(is_new) {
            meant.push(key);
        }
    }
    Ok(meant)
}

fn is(key: &KeyInfo, fingerprint: Fingerprint) -> bool {
    key.fingerprint == fingerprint.to_string()
}

fn only<'k>(
    mut keys: impl Iterator<Item = &'k KeyInfo>,
) -> Result<Option<&'k KeyInfo>, Unresolved> {
    let Some(first) = keys.next() else {
        return Ok(None);
    };
    let candidate = |key: &KeyInfo| cut(&describe(key), CANDIDATE_COLUMNS);
    let mut candidates: Vec<String> = keys.map(candidate).collect();
    if candidates.is_empty() {
        return Ok(Some(first));
    }
    candidates.insert(0, candidate(first));
    Err(Unresolved::Ambiguous(candidates))
}

/// The key in a question, by its fingerprint and its comment.
pub(crate) fn in_question(key: &KeyInfo) -> Words {
    let name = match key.fingerprint.parse::<Fingerprint>() {
        Ok(fingerprint) => Words::from(fingerprint),
        Err(NotAFingerprint) => Quoted::new(&key.fingerprint).into(),
    };
    let words = Words::from("key ").and(name);
    match key.comment.as_str() {
        "" => words,
        comment => words.and(" with the comment ").and(Quoted::new(comment)),
    }
}

/// `fingerprint comment`, safe for a terminal.
pub(crate) fn describe(key: &KeyInfo) -> String {
    let text = format!(
        "{} {}",
        printable(&key.fingerprint),
        printable(&key.comment)
    );
    text.trim_end().to_owned()
}

#[cfg(test)]
#[path = "key_selector_tests.rs"]
mod tests;
