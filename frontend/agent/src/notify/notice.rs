//! What a notification says.

use super::settings::Occasion;
use crate::telling::sentence::Sentence;

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(super) occasion: Occasion,
    pub(super) text: Sentence,
}

/// First character of a line that is a notice. A question has no control character but that around
/// a host.
const MARK: char = '\u{1d}';

/// Second character of a line with a notice that a key was used.
const USED: char = 'u';

/// Second character of a line with a notice that a person is waited for.
const WAITING: char = 'w';

/// A notice that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the agent sent a notification that this version cannot read")]
pub(crate) struct NotANotice;

impl Notice {
    /// The notice as one line without its end.
    pub(super) fn encode(&self) -> String {
        let kind = match self.occasion {
            Occasion::Used => USED,
            Occasion::Waiting => WAITING,
        };
        format!("{MARK}{kind}{}", self.text.encode())
    }

    /// The notice in `line`; `None` if that is a question.
    ///
    /// # Errors
    ///
    /// It is meant to be a notice, and cannot be read. It must not become a question.
    pub(crate) fn decode(line: &[u8]) -> Result<Option<Self>, NotANotice> {
        let Some(notice) = line.strip_prefix(MARK.to_string().as_bytes()) else {
            return Ok(None);
        };
        let (kind, text) = notice.split_first().ok_or(NotANotice)?;
        let occasion = match char::from(*kind) {
            USED => Occasion::Used,
            WAITING => Occasion::Waiting,
            _ => return Err(NotANotice),
        };
        let text = Sentence::decode(text);
        Ok(Some(Self { occasion, text }))
    }

    /// The first line of the notification.
    pub(super) fn summary(&self) -> &'static str {
        match self.occasion {
            Occasion::Used => "An SSH key in the TPM was used",
            Occasion::Waiting => "An SSH key in the TPM waits for you",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NotANotice, Notice, Occasion, Sentence};

    #[test]
    fn a_notice_is_read_as_it_is_written() {
        let host = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        for occasion in [Occasion::Used, Occasion::Waiting] {
            let text = Sentence::from("at ").and_host(host.parse().unwrap());
            let notice = Notice { occasion, text };
            assert_eq!(Notice::decode(notice.encode().as_bytes()), Ok(Some(notice)));
        }
    }

    #[test]
    fn a_question_is_no_notice() {
        let question = Sentence::from("unused: ").encode();
        for line in [question.as_str(), "", "u"] {
            assert_eq!(Notice::decode(line.as_bytes()), Ok(None), "{line:?}");
        }
    }

    #[test]
    fn a_notice_of_a_later_version_does_not_become_a_question() {
        for line in ["\u{1d}", "\u{1d}x", "\u{1d}xused"] {
            assert_eq!(Notice::decode(line.as_bytes()), Err(NotANotice), "{line:?}");
        }
    }
}
