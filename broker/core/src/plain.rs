//! Text that a client chose, made safe to record and to show.

use std::fmt;

use sshtpm_ssh::text::{examined, without_joint};

/// One line of up to 256 bytes, without characters that control a terminal, are invisible, or
/// reorder others. Such a character is written as `\u{…}`, and `…` stands for what was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain(String);

/// Longest text, in bytes: the longest user name (`LOGIN_NAME_MAX`) and the longest namespace to
/// which a key can be limited fit in.
pub(crate) const MAX_BYTES: usize = 256;

/// Stands for what was cut off.
const CUT: char = '…';

impl Plain {
    /// Escapes and cuts; every text becomes one.
    pub fn new(text: &str) -> Self {
        let mut plain = String::new();
        let mut cut_at = 0;
        for (character, does_harm) in examined(text) {
            if does_harm {
                plain.extend(character.escape_unicode());
            } else {
                plain.push(character);
            }
            if plain.len() <= MAX_BYTES - CUT.len_utf8() {
                cut_at = plain.len();
            } else if plain.len() > MAX_BYTES {
                plain.truncate(without_joint(plain.get(..cut_at).unwrap_or_default()).len());
                plain.push(CUT);
                break;
            }
        }
        Self(plain)
    }

    /// The text, of 0 to 256 bytes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Plain};

    fn plain(text: &str) -> String {
        Plain::new(text).to_string()
    }

    #[test]
    fn names_stay_as_they_are() {
        let long = "x".repeat(MAX_BYTES);
        for text in [
            "",
            "alice",
            r"CORP\alice",
            "git@example.org",
            "Zoë 鍵",
            &long,
        ] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn what_commands_a_terminal_or_forges_a_line_is_escaped() {
        assert_eq!(
            plain("a\u{1b}[2J\nb\u{9b}\u{7f}\0"),
            r"a\u{1b}[2J\u{a}b\u{9b}\u{7f}\u{0}"
        );
        assert_eq!(
            plain("a\u{202e}b\u{2066}\u{feff}"),
            r"a\u{202e}b\u{2066}\u{feff}"
        );
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        for character in ["x", "ü", "鍵", "🔑", "\u{1b}", "\u{e0001}"] {
            let text = plain(&character.repeat(10_000));
            assert!(text.len() <= MAX_BYTES, "{} bytes", text.len());
            assert!(text.len() > MAX_BYTES - 16, "{} bytes", text.len());
            assert!(text.ends_with('…') && !text.contains(char::is_control));
        }
    }

    #[test]
    fn what_was_made_plain_is_plain() {
        let long = "\u{1b}".repeat(1000);
        let joined = "\u{1f469}\u{200d}".repeat(1000);
        let other = format!("x{joined}");
        for text in ["alice", "a\u{1b}b", &long, &joined, &other] {
            assert_eq!(plain(&plain(text)), plain(text));
        }
    }
}
