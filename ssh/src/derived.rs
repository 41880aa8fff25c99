//! Keys that a TPM derives: in which hierarchy, by whose template, and by which label.
//!
//! A label is part of what a key is derived from, and people type it again years later, on another
//! keyboard. So it has characters alone of which there is one form.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::word::Word;

/// The hierarchy from whose seed a TPM derives a key (TPM 2.0 Part 1, "Hierarchies"): how long the
/// key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hierarchy {
    /// Until the TPM is cleared (TPM2_Clear).
    Owner,
    /// As long as the chip: its manufacturer gave it the seed.
    Endorsement,
    /// Until the TPM is reset, which it is whenever the machine starts.
    Null,
}

impl Word for Hierarchy {
    const ALL: &'static [Self] = &[Self::Owner, Self::Endorsement, Self::Null];

    fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Endorsement => "endorsement",
            Self::Null => "null",
        }
    }
}

impl fmt::Display for Hierarchy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whose template a TPM derives a key from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Template {
    /// That of sshtpm, which has the owner and a label in it.
    #[default]
    Sshtpm,
    /// That of `ssh-tpm-agent --hierarchy`, which is the same for everybody.
    SshTpmAgent,
}

impl Word for Template {
    const ALL: &'static [Self] = &[Self::Sshtpm, Self::SshTpmAgent];

    fn word(self) -> &'static str {
        match self {
            Self::Sshtpm => "sshtpm",
            Self::SshTpmAgent => "ssh-tpm-agent",
        }
    }
}

/// What tells the derived keys of one owner apart: up to [`MAX_LABEL_BYTES`] ASCII letters, digits
/// and `.`, `_`, `@`, `-`. It may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Label(Box<str>);

/// Longest label, in bytes: room for the name of a host, which is 63 (RFC 1035 §2.3.4, a label).
pub const MAX_LABEL_BYTES: usize = 64;

/// The text is not a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a label has at most {MAX_LABEL_BYTES} characters: ASCII letters, digits, and any of . _ @ -"
)]
pub struct NotALabel;

impl Label {
    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = NotALabel;

    fn from_str(text: &str) -> Result<Self, NotALabel> {
        let fits = text.len() <= MAX_LABEL_BYTES;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
        match fits && text.bytes().all(is_plain) {
            true => Ok(Self(text.into())),
            false => Err(NotALabel),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Hierarchy, Label, MAX_LABEL_BYTES, NotALabel};
    use crate::word::Word;

    #[test]
    fn every_hierarchy_is_found_again_by_its_word() {
        for &hierarchy in Hierarchy::ALL {
            assert_eq!(Hierarchy::of_word(hierarchy.word()), Some(hierarchy));
        }
        assert_eq!(Hierarchy::of_word("platform"), None);
        assert_eq!(Hierarchy::of_word("endoresement"), None);
    }

    #[test]
    fn a_label_is_read_as_it_is_written() {
        let longest = "x".repeat(MAX_LABEL_BYTES);
        for text in ["", "work", "Work-2_a@b.example", &longest] {
            assert_eq!(
                text.parse().map(|label: Label| label.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn what_people_could_type_in_two_ways_is_no_label() {
        let too_long = "x".repeat(MAX_LABEL_BYTES + 1);
        for text in [
            " ", "a b", "Büro", "a\n", "a\0", "a/b", "\u{200b}", &too_long,
        ] {
            assert_eq!(text.parse::<Label>(), Err(NotALabel), "{text:?}");
        }
    }
}
