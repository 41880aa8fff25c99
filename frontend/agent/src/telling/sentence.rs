//! A sentence with places for hosts.
//!
//! The agent puts it together; the process that shows it fills in what its user calls the hosts.

use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::words::Words;

use super::names::Names;

/// What stands around a host in a line between two processes. Words have no control characters.
const MARK: char = '\u{1e}';

/// Words, and hosts between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sentence(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Words(Words),
    Host(Fingerprint),
}

impl Sentence {
    /// The same with `words` after it.
    #[must_use = "the sentence itself stays as it is"]
    pub(crate) fn and(mut self, words: impl Into<Words>) -> Self {
        self.0.push(Part::Words(words.into()));
        self
    }

    /// The same with `host` after it.
    #[must_use = "the sentence itself stays as it is"]
    pub(crate) fn and_host(mut self, host: Fingerprint) -> Self {
        self.0.push(Part::Host(host));
        self
    }

    /// The same with `further` after it.
    #[must_use = "the sentence itself stays as it is"]
    pub(crate) fn then(mut self, further: Self) -> Self {
        self.0.extend(further.0);
        self
    }

    /// The hosts in it.
    pub(crate) fn hosts(&self) -> Vec<Fingerprint> {
        let hosts = self.0.iter().filter_map(|part| match part {
            Part::Host(host) => Some(*host),
            Part::Words(_) => None,
        });
        hosts.collect()
    }

    /// The sentence with the keys of hosts, and their `names` before them.
    pub(crate) fn in_words(&self, names: &Names) -> Words {
        let add = |before: Words, part: &Part| match part {
            Part::Words(words) => before.and(words.clone()),
            Part::Host(host) => before.and(names.in_words(*host)),
        };
        self.0.iter().fold(Words::default(), add)
    }

    /// The sentence as one line without its end.
    pub(crate) fn encode(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Words(words) => words.to_string(),
            Part::Host(host) => format!("{MARK}{host}{MARK}"),
        });
        parts.collect()
    }

    /// The sentence in `line`. What is between marks and is no host is told as it is, without
    /// characters that control a terminal or are markup to a desktop: the agent's own words have
    /// none, and text of others is escaped in quotation marks.
    pub(crate) fn decode(line: &[u8]) -> Self {
        let line = String::from_utf8_lossy(line);
        let parts = line.split(MARK).enumerate().map(|(at, text)| {
            let host = text.parse().ok().filter(|_| at % 2 == 1);
            let words = || Part::Words(Words::relayed(&without_markup(text)));
            host.map_or_else(words, Part::Host)
        });
        let is_empty =
            |part: &Part| matches!(part, Part::Words(words) if words.as_str().is_empty());
        Self(parts.filter(|part| !is_empty(part)).collect())
    }
}

/// Notification servers and askpass programs may take a text for markup.
fn without_markup(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '<' | '>' | '&' => character.escape_unicode().to_string(),
        other => other.to_string(),
    });
    escaped.collect()
}

impl<W: Into<Words>> From<W> for Sentence {
    fn from(words: W) -> Self {
        Self::default().and(words)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, Names, Sentence};

    const KEY: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    fn host() -> Fingerprint {
        KEY.parse().unwrap()
    }

    #[test]
    fn a_sentence_is_read_as_it_is_written() {
        for sentence in [
            Sentence::from("a host (").and_host(host()).and(") asks"),
            Sentence::default().and_host(host()),
            Sentence::from("PIN: "),
            Sentence::default(),
        ] {
            let line = sentence.encode();
            assert_eq!(Sentence::decode(line.as_bytes()), sentence, "{line:?}");
        }
    }

    #[test]
    fn a_host_is_told_by_the_names_that_the_other_process_knows() {
        let mut names = Names::default();
        names.add(host(), "web1");
        let line = Sentence::from("at ").and_host(host()).and(": ").encode();
        let sentence = Sentence::decode(line.as_bytes());
        assert_eq!(sentence.hosts(), [host()]);
        let words = sentence.in_words(&names).to_string();
        assert_eq!(words, format!("at \"web1\" in known_hosts, {KEY}: "));
    }

    #[test]
    fn markup_of_another_process_is_shown_as_what_it_is() {
        let sentence = Sentence::decode(b"<img src='http://example.com'>&amp;");
        let words = sentence.in_words(&Names::default()).to_string();
        assert_eq!(
            words,
            "\\u{3c}img src='http://example.com'\\u{3e}\\u{26}amp;"
        );
    }

    #[test]
    fn what_is_no_sentence_of_the_agents_is_told_without_control_characters() {
        for line in [
            "a\u{1e}b",
            "\u{1e}\u{1e}\u{1e}",
            "\u{1b}[2J",
            "\u{1e}no\u{1e}",
        ] {
            let sentence = Sentence::decode(line.as_bytes());
            let words = sentence.in_words(&Names::default()).to_string();
            assert!(!words.contains(char::is_control), "{words:?}");
            assert_eq!(sentence.hosts(), []);
        }
    }
}
