//! The fingerprint of a parent key: its Name, as people compare it by voice.
//!
//! Specs: TPM 2.0 Part 1, "Names": the number of the hash, 2 bytes, and the digest of the public
//! area, 32 bytes for SHA-256 and 48 for SHA-384.

use std::fmt;
use std::str::FromStr;

use sshtpm_duplicate::Parent;

/// Hexadecimal digits of a Name with SHA-256, and of one with SHA-384.
const DIGITS: [usize; 2] = [68, 100];

/// Digits that are shown without a space.
const GROUP: usize = 4;

/// The Name of a parent key, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParentName(String);

impl ParentName {
    /// The name of `parent`.
    pub(crate) fn of(parent: &Parent) -> Self {
        let digits = parent.name().iter().map(|byte| format!("{byte:02x}"));
        Self(digits.collect())
    }

    /// Without spaces, as `ParentName` of the broker and tpm2-tools have it.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

/// Groups of four digits.
impl fmt::Display for ParentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digit) in self.0.chars().enumerate() {
            if index > 0 && index % GROUP == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A text that is no Name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAName;

impl FromStr for ParentName {
    type Err = NotAName;

    /// Takes it with or without spaces and colons, in capitals or not.
    fn from_str(text: &str) -> Result<Self, NotAName> {
        let is_between = |character: &char| matches!(character, ' ' | ':');
        let digits = text.chars().filter(|character| !is_between(character));
        let digits: String = digits.collect::<String>().to_ascii_lowercase();
        let is_name = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        match is_name && DIGITS.contains(&digits.len()) {
            true => Ok(Self(digits)),
            false => Err(NotAName),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAName, ParentName};

    #[test]
    fn a_fingerprint_reads_as_it_is_shown_and_as_other_programs_write_it() {
        let plain = format!("000b{}", "0123456789abcdef".repeat(4));
        let name: ParentName = plain.parse().unwrap();
        assert!(name.to_string().starts_with("000b 0123 4567 89ab "));
        assert!(name.to_string().ends_with(" cdef"));
        let colons = name.to_string().replace(' ', ":");
        for text in [name.to_string(), plain.to_uppercase(), colons] {
            assert_eq!(text.parse(), Ok(name.clone()), "{text}");
        }
    }

    #[test]
    fn what_is_almost_a_fingerprint_is_none() {
        let plain = format!("000b{}", "0123456789abcdef".repeat(4));
        for text in [
            "",
            "000b",
            &plain[1..],
            &format!("{plain}0"),
            &plain.replace('f', "g"),
        ] {
            assert_eq!(text.parse::<ParentName>(), Err(NotAName), "{text}");
        }
    }
}
