//! The comment of a key: the name that its owner gave it.
//!
//! A comment is shown on terminals of other people and in `authorized_keys`. So it is one line, and
//! no character in it changes how the rest is shown.

use std::fmt;

use sshtpm_ssh::limits::MAX_COMMENT_BYTES;
use sshtpm_ssh::text::misleads;

/// One line of up to [`MAX_COMMENT_BYTES`] bytes of UTF-8 without control and bidirectional
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(Box<str>);

impl Comment {
    /// # Errors
    ///
    /// It is too long, or a character could make it look like something else.
    pub fn new(text: impl Into<String>) -> Result<Self, CommentError> {
        let text = text.into();
        if text.len() > MAX_COMMENT_BYTES {
            return Err(CommentError::TooLong(text.len()));
        }
        match text.chars().find(|&c| c.is_control() || misleads(c)) {
            Some(c) => Err(CommentError::Character(c)),
            None => Ok(Self(text.into())),
        }
    }

    /// The text, of 0 to [`MAX_COMMENT_BYTES`] bytes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::error::Error for CommentError {}

/// Why a text is not a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentError {
    /// Its length in bytes.
    TooLong(usize),
    /// The first character that may not be in it.
    Character(char),
}

impl fmt::Display for CommentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(bytes) => {
                write!(
                    f,
                    "the comment has {bytes} bytes; at most {MAX_COMMENT_BYTES} are allowed"
                )
            }
            Self::Character(c) => write!(
                f,
                "the comment has the character U+{:04X}; line breaks, control and \
                 bidirectional characters are not allowed",
                u32::from(*c)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_what_people_write() {
        for text in [
            "",
            "alice@host",
            "Schlüssel für git 🔑",
            &"x".repeat(MAX_COMMENT_BYTES),
        ] {
            assert_eq!(Comment::new(text).expect("a comment").as_str(), text);
        }
    }

    #[test]
    fn a_comment_of_more_than_256_bytes_is_refused() {
        let text = "ü".repeat(129);
        assert_eq!(Comment::new(text), Err(CommentError::TooLong(258)));
    }

    #[test]
    fn line_breaks_control_and_bidirectional_characters_are_refused() {
        for c in [
            '\n', '\r', '\0', '\t', '\u{1b}', '\u{7f}', '\u{85}', '\u{202e}', '\u{2066}',
            '\u{200b}', '\u{2028}', '\u{feff}',
        ] {
            let refused = Comment::new(format!("a{c}b"));
            assert_eq!(refused, Err(CommentError::Character(c)));
        }
    }
}
