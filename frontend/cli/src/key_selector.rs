//! Which key is meant by what a person typed: a fingerprint, the beginning of one, or a comment.

use std::fmt::{Display, Formatter};

use sshtpm_dbus::KeyInfo;

use super::error::Failure;
use sshtpm_ssh::fingerprint::{Fingerprint, NotAFingerprint};
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::words::Words;

/// How ssh-keygen writes the hash in front of a fingerprint.
const HASH: &str = "SHA256:";

/// Shortest beginning of a fingerprint that is accepted, in characters after `SHA256:`; four
/// make a wrong guess among a hundred keys less likely than 1 in 100,000.
const MIN_PREFIX_CHARS: usize = 4;

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
    /// More than one key has it; one line for each.
    Ambiguous(Vec<String>),
}

impl<'a> KeySelector<'a> {
    /// Any text is a name; most mean nothing.
    pub(crate) fn new(name: &'a str) -> Self {
        Self(name)
    }

    /// The one of `keys` that is meant. A whole fingerprint beats all else; the beginning of one
    /// and a comment count the same, or what is typed as a comment could mean another key.
    ///
    /// # Errors
    ///
    /// None is meant, or more than one.
    pub(crate) fn resolve(self, keys: &[KeyInfo]) -> Result<&KeyInfo, Unresolved> {
        let digits = self.0.strip_prefix(HASH).unwrap_or(self.0);
        let begins = |key: &&KeyInfo| digits_of(key).starts_with(digits);
        let long_enough = digits.chars().count() >= MIN_PREFIX_CHARS;
        if let Some(key) = keys.iter().find(|key| digits_of(key) == digits) {
            return Ok(key);
        }
        let meant = |key: &&KeyInfo| (long_enough && begins(key)) || key.comment == self.0;
        match only(keys.iter().filter(meant))? {
            Some(key) => Ok(key),
            None if !long_enough && keys.iter().any(|key| begins(&key)) => {
                Err(Unresolved::TooShort)
            }
            None => Err(Unresolved::Nothing),
        }
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
        self.resolve(keys).map_err(|unresolved| {
            let failure = Failure::new(format!("cannot find key `{}`", self.0), &unresolved);
            match (unresolved, owner) {
                (Unresolved::Ambiguous(_), _) => failure.and_next("Name it by its fingerprint."),
                (_, None) => failure.and_next("`sshtpm list` shows your keys."),
                (_, Some(owner)) => failure.and_next(format!(
                    "`sshtpm list --owner {owner}` shows the keys of {owner}."
                )),
            }
        })
    }
}

impl Display for Unresolved {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("no key has this fingerprint or comment"),
            Self::TooShort => write!(
                f,
                "the beginning of a fingerprint needs at least {MIN_PREFIX_CHARS} characters"
            ),
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

fn digits_of(key: &KeyInfo) -> &str {
    key.fingerprint
        .strip_prefix(HASH)
        .unwrap_or(&key.fingerprint)
}

fn only<'k>(
    mut keys: impl Iterator<Item = &'k KeyInfo>,
) -> Result<Option<&'k KeyInfo>, Unresolved> {
    let Some(first) = keys.next() else {
        return Ok(None);
    };
    let mut candidates: Vec<String> = keys.map(describe).collect();
    if candidates.is_empty() {
        return Ok(Some(first));
    }
    candidates.insert(0, describe(first));
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
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::{KeySelector, Unresolved, find_all};
    use crate::key_listing::example_key;

    fn keys() -> Vec<KeyInfo> {
        [
            ("SHA256:abcdEFGH1", "laptop"),
            ("SHA256:abcdEFGH2", "work"),
            ("SHA256:zyxw987", "work"),
            ("SHA256:workwork", "tricky"),
            ("SHA256:qqqqq", "abcdEFGH1"),
            ("SHA256:+/+/+/", ""),
        ]
        .map(|(fingerprint, comment)| KeyInfo {
            fingerprint: fingerprint.to_owned(),
            comment: comment.to_owned(),
            ..example_key()
        })
        .to_vec()
    }

    fn resolve(name: &str) -> Result<String, Unresolved> {
        KeySelector::new(name)
            .resolve(&keys())
            .map(|key| key.fingerprint.clone())
    }

    #[test]
    fn a_key_that_is_named_twice_is_meant_once() {
        let names = ["laptop".to_owned(), "SHA256:abcdEFGH1".to_owned()];
        assert_eq!(find_all(&names, &keys(), None).unwrap().len(), 1);
    }

    #[test]
    fn one_wrong_name_spares_all_keys() {
        let names = ["laptop".to_owned(), "nonsense".to_owned()];
        assert!(find_all(&names, &keys(), None).is_err());
    }

    #[test]
    fn a_fingerprint_names_its_key_with_and_without_the_hash_name() {
        for name in ["SHA256:zyxw987", "zyxw987"] {
            assert_eq!(resolve(name), Ok("SHA256:zyxw987".to_owned()));
        }
    }

    #[test]
    fn a_unique_beginning_names_its_key() {
        for name in ["SHA256:zyxw", "zyxw", "+/+/"] {
            assert!(resolve(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_beginning_of_several_fingerprints_lists_them() {
        let Err(Unresolved::Ambiguous(candidates)) = resolve("abcdEFGH") else {
            panic!("not ambiguous");
        };
        assert_eq!(
            candidates,
            ["SHA256:abcdEFGH1 laptop", "SHA256:abcdEFGH2 work"]
        );
    }

    #[test]
    fn three_characters_are_too_few() {
        assert_eq!(resolve("zyx"), Err(Unresolved::TooShort));
        assert_eq!(resolve("SHA256:zyx"), Err(Unresolved::TooShort));
        assert_eq!(resolve("SHA256:"), Err(Unresolved::TooShort));
    }

    #[test]
    fn upper_and_lower_case_differ() {
        assert_eq!(resolve("ZYXW987"), Err(Unresolved::Nothing));
    }

    #[test]
    fn a_comment_names_its_key() {
        assert_eq!(resolve("laptop"), Ok("SHA256:abcdEFGH1".to_owned()));
    }

    #[test]
    fn the_beginning_of_a_comment_names_nothing() {
        assert_eq!(resolve("lapto"), Err(Unresolved::Nothing));
    }

    #[test]
    fn a_comment_of_several_keys_lists_them() {
        let mut keys = keys();
        keys.retain(|key| key.comment != "tricky");
        let result = KeySelector::new("work").resolve(&keys);
        assert!(matches!(result, Err(Unresolved::Ambiguous(lines)) if lines.len() == 2));
    }

    #[test]
    fn a_whole_fingerprint_beats_a_comment() {
        assert_eq!(resolve("abcdEFGH1"), Ok("SHA256:abcdEFGH1".to_owned()));
    }

    #[test]
    fn a_prefix_of_one_key_that_is_the_comment_of_another_lists_both() {
        let keys: Vec<KeyInfo> = keys()
            .into_iter()
            .filter(|key| key.fingerprint != "SHA256:zyxw987")
            .collect();
        let result = KeySelector::new("work").resolve(&keys);
        let both = ["SHA256:abcdEFGH2 work", "SHA256:workwork tricky"].map(str::to_owned);
        assert_eq!(result, Err(Unresolved::Ambiguous(both.to_vec())));
    }

    #[test]
    fn a_key_that_is_called_as_its_own_fingerprint_begins_is_one_key() {
        let key = KeyInfo {
            fingerprint: "SHA256:workwork".to_owned(),
            comment: "work".to_owned(),
            ..example_key()
        };
        assert!(KeySelector::new("work").resolve(&[key]).is_ok());
    }

    #[test]
    fn nothing_is_found_among_no_keys() {
        let result = KeySelector::new("abcd").resolve(&[]);
        assert_eq!(result, Err(Unresolved::Nothing));
    }

    #[test]
    fn the_failure_for_people_lists_the_candidates_and_what_to_do() {
        let text = KeySelector::new("abcdEFGH")
            .find(&keys(), None)
            .unwrap_err()
            .to_string();
        assert!(text.contains("\n  SHA256:abcdEFGH2 work\n"), "{text}");
        assert!(text.ends_with("Name it by its fingerprint."), "{text}");
    }
}
