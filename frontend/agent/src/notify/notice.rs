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
    pub(crate) fn decode(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.strip_prefix(MARK)?;
        let (occasion, text) = match line.strip_prefix(USED) {
            Some(text) => (Occasion::Used, text),
            None => (Occasion::Waiting, line.strip_prefix(WAITING)?),
        };
        let text = Sentence::decode(text.as_bytes());
        Some(Self { occasion, text })
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
    use super::{Notice, Occasion, Sentence};

    #[test]
    fn a_notice_is_read_as_it_is_written() {
        let host = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        for occasion in [Occasion::Used, Occasion::Waiting] {
            let text = Sentence::from("at ").and_host(host.parse().unwrap());
            let notice = Notice { occasion, text };
            assert_eq!(Notice::decode(notice.encode().as_bytes()), Some(notice));
        }
    }

    #[test]
    fn a_question_is_no_notice() {
        let question = Sentence::from("unused: ").encode();
        for line in [question.as_str(), "", "u", "\u{1d}", "\u{1d}x"] {
            assert_eq!(Notice::decode(line.as_bytes()), None, "{line:?}");
        }
    }
}
