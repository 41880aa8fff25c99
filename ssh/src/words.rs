//! What a person is told before saying yes or no, or giving a PIN.
//!
//! Purpose: a question consists of the program's own words, and of text of others in quotation
//! marks. Other text does not become [`Words`], so a forgotten quotation does not compile.

use std::fmt;

use super::fingerprint::Fingerprint;
use super::pcr::PcrSelection;
use super::quoted::Quoted;
use super::text::printable;
use super::utc::Utc;

/// Own words, and those of others in quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    text: String,
    is_whole: bool,
}

impl Words {
    /// These words, and then `further` ones.
    #[must_use = "the words themselves stay as they are"]
    pub fn and(mut self, further: impl Into<Self>) -> Self {
        let further = further.into();
        self.text.push_str(&further.text);
        self.is_whole &= further.is_whole;
        self
    }

    /// `items` with commas between them.
    pub fn listed(items: impl IntoIterator<Item = Self>) -> Self {
        let mut items = items.into_iter();
        let first = items.next().unwrap_or_default();
        items.fold(first, |before, item| before.and(", ").and(item))
    }

    /// A text that another process of this project put together: the agent's whole question, or
    /// what the broker answered. Text of others is in quotation marks there already.
    pub fn relayed(text: &str) -> Self {
        Self::own(printable(text))
    }

    /// Words in which something had to be left out, with `instead` in its place.
    pub fn in_part(instead: &'static str) -> Self {
        Self {
            is_whole: false,
            ..Self::from(instead)
        }
    }

    /// Whether nothing was cut off or left out.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn own(text: String) -> Self {
        Self {
            text,
            is_whole: true,
        }
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::own(String::new())
    }
}

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Self {
        Self::own(text.to_owned())
    }
}

impl From<Quoted> for Words {
    fn from(quoted: Quoted) -> Self {
        Self {
            is_whole: quoted.is_whole(),
            text: quoted.as_str().to_owned(),
        }
    }
}

impl From<Fingerprint> for Words {
    fn from(fingerprint: Fingerprint) -> Self {
        Self::own(fingerprint.to_string())
    }
}

impl From<PcrSelection> for Words {
    fn from(pcrs: PcrSelection) -> Self {
        Self::own(pcrs.to_string())
    }
}

impl From<Utc> for Words {
    fn from(time: Utc) -> Self {
        Self::own(time.to_string())
    }
}

impl From<u64> for Words {
    fn from(number: u64) -> Self {
        Self::own(number.to_string())
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Quoted, Words};

    #[test]
    fn foreign_words_are_in_quotation_marks() {
        let words = Words::from("the key ").and(Quoted::new("lap\"top"));
        assert_eq!(words.as_str(), r#"the key "lap\u{22}top""#);
        assert!(words.is_whole());
    }

    #[test]
    fn what_has_a_part_that_was_cut_is_not_whole() {
        let long = Quoted::new(&"x".repeat(1000));
        assert!(!Words::from("a").and(long).and("b").is_whole());
        assert!(!Words::from("a").and(Words::in_part("…")).is_whole());
    }

    #[test]
    fn listed_words_have_commas_between_them() {
        let list = |items: &[&'static str]| Words::listed(items.iter().copied().map(Words::from));
        assert_eq!(list(&[]).as_str(), "");
        assert_eq!(list(&["a"]).as_str(), "a");
        assert_eq!(list(&["a", "b", "c"]).as_str(), "a, b, c");
    }
}
