//! The comment of a key: the name that its owner gave it.
//!
//! A comment is shown on terminals of other people and in `authorized_keys`. So it is one line, all
//! of it can be seen, and no character in it changes how the rest is shown.

use std::fmt;

use sshtpm_ssh::limits::MAX_COMMENT_BYTES;
use sshtpm_ssh::text::first_harmful;

use super::plain::Plain;

/// One line of up to [`MAX_COMMENT_BYTES`] bytes of UTF-8 without control, bidirectional and
/// invisible characters.
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
        match first_harmful(&text) {
            Some(c) => Err(CommentError::Character(c)),
            None => Ok(Self(text.into())),
        }
    }

    /// The comment that a record has. Characters that were allowed when it was written, and no
    /// longer are, are escaped.
    ///
    /// # Errors
    ///
    /// It is too long, or has a control character, which was never allowed.
    pub fn of_record(text: String) -> Result<Self, CommentError> {
        match Self::new(text.as_str()) {
            Err(CommentError::Character(_)) if !text.contains(char::is_control) => {
                Ok(Self(Plain::new(&text).as_str().into()))
            }
            other => other,
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
                "the comment has the character U+{:04X}; line breaks, control, bidirectional and \
                 invisible characters are not allowed; leave it out",
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
            "\u{2764}\u{fe0f} from \u{1f469}\u{200d}\u{1f4bb}",
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

    #[test]
    fn characters_that_nobody_can_see_are_refused() {
        for c in [
            '\u{ad}',
            '\u{34f}',
            '\u{180e}',
            '\u{3164}',
            '\u{ffa0}',
            '\u{fe0f}',
            '\u{e0100}',
        ] {
            let refused = Comment::new(format!("a{c}b"));
            assert_eq!(refused, Err(CommentError::Character(c)));
        }
    }

    #[test]
    fn a_record_with_a_comment_that_is_refused_now_is_read_and_shows_it() {
        let read = |text: &str| Comment::of_record(text.to_owned());
        let comment = read("a\u{ad}b\u{3164}").expect("a comment");
        assert_eq!(comment.as_str(), r"a\u{ad}b\u{3164}");
        let long = "\u{ad}".repeat(MAX_COMMENT_BYTES / 2);
        let comment = read(&long).expect("a comment");
        assert!(comment.as_str().len() <= MAX_COMMENT_BYTES, "{comment:?}");
        assert_eq!(read("a\nb"), Err(CommentError::Character('\n')));
    }
}
