//! The result of a check, for people and for programs.

use std::fmt::{Display, Formatter};

use serde::Serialize;

use crate::screen::{Screen, Tone};
use crate::width::wrapped;
use sshtpm_ssh::text::printable;

/// Width of the verdict, in characters: the longest is `skipped`.
const VERDICT_WIDTH: usize = 9;

/// Width of the name of a check, in characters: the longest is `attestation`.
const NAME_WIDTH: usize = 12;

/// Fewest columns for the words of a check, on whatever screen.
const MIN_ROOM: usize = 40;

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It is in order: what was found.
    Ok(String),
    /// It works, but should be changed.
    Warn(Advice),
    /// It does not work.
    Fail(Advice),
    /// It could not be looked at, or does not concern this machine: why.
    Skipped(String),
}

/// What was found, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// What was found.
    pub(crate) found: String,
    /// What to do next; may have several lines.
    pub(crate) next: String,
}

impl Finding {
    /// It is in order.
    pub(crate) fn ok(found: impl Into<String>) -> Self {
        Self::Ok(found.into())
    }

    /// It works, but should be changed.
    pub(crate) fn warn(found: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Warn(Advice {
            found: found.into(),
            next: next.into(),
        })
    }

    /// It does not work.
    pub(crate) fn fail(found: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Fail(Advice {
            found: found.into(),
            next: next.into(),
        })
    }

    /// It could not be looked at.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Ok(_) => Tone::Good,
            Self::Warn(_) => Tone::Attention,
            Self::Fail(_) => Tone::Bad,
            Self::Skipped(_) => Tone::Plain,
        }
    }

    fn verdict(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Warn(_) => "warn",
            Self::Fail(_) => "fail",
            Self::Skipped(_) => "skipped",
        }
    }

    /// What was found.
    pub(crate) fn found(&self) -> &str {
        match self {
            Self::Ok(found) | Self::Skipped(found) => found,
            Self::Warn(advice) | Self::Fail(advice) => &advice.found,
        }
    }

    fn next(&self) -> Option<&str> {
        match self {
            Self::Ok(_) | Self::Skipped(_) => None,
            Self::Warn(advice) | Self::Fail(advice) => Some(&advice.next),
        }
    }
}

/// A check by its name, with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What was looked at.
    pub(crate) name: &'static str,
    /// Its result.
    pub(crate) finding: Finding,
}

impl Checked {
    /// The check of this name.
    pub(crate) fn new(name: &'static str, finding: Finding) -> Self {
        Self { name, finding }
    }

    /// Whether there is something to do about it.
    pub(crate) fn wants_attention(&self) -> bool {
        matches!(self.finding, Finding::Fail(_) | Finding::Warn(_))
    }

    /// Whether it failed.
    pub(crate) fn failed(&self) -> bool {
        matches!(self.finding, Finding::Fail(_))
    }
}

/// One line, and what to do next below it. Text from other parties cannot forge a line.
impl Display for Checked {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown_on(Screen::PLAIN))
    }
}

impl Checked {
    /// The same for `screen`: lines that fit it, and the verdict in colour.
    pub(crate) fn shown_on(&self, screen: Screen) -> String {
        let indent = VERDICT_WIDTH + NAME_WIDTH;
        let room = screen
            .columns()
            .map(|columns| columns.saturating_sub(indent));
        let fitted = |line: &str| match room {
            Some(room) => wrapped(&printable(line), room.max(MIN_ROOM)),
            None => vec![printable(line)],
        };
        let next = self.finding.next().unwrap_or_default().lines();
        let found = fitted(self.finding.found());
        let lines = found.into_iter().chain(next.flat_map(fitted));
        let verdict = format!("{:VERDICT_WIDTH$}", self.finding.verdict());
        let verdict = screen.paint(self.finding.tone(), &verdict);
        let mut start = format!("{verdict}{:NAME_WIDTH$}", self.name);
        let lines = lines.map(|line| std::mem::replace(&mut start, " ".repeat(indent)) + &line);
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A check as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(crate) struct CheckedJson<'a> {
    /// What was looked at.
    check: &'static str,
    /// `ok`, `warn`, `fail` or `skipped`.
    result: &'static str,
    /// What was found, or why nothing was looked at.
    found: &'a str,
    /// What to do next; `null` where there is nothing to do.
    next: Option<&'a str>,
}

impl<'a> From<&'a Checked> for CheckedJson<'a> {
    fn from(checked: &'a Checked) -> Self {
        Self {
            check: checked.name,
            result: checked.finding.verdict(),
            found: checked.finding.found(),
            next: checked.finding.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Checked, CheckedJson, Finding, Screen};

    #[test]
    fn a_check_is_one_line_with_what_to_do_next_below_it() {
        let checked = Checked::new("keys", Finding::warn("none", "Do this.\nThen that."));
        assert_eq!(
            checked.to_string(),
            "warn     keys        none\n\
             \u{20}                    Do this.\n\
             \u{20}                    Then that."
        );
    }

    #[test]
    fn on_a_terminal_the_words_stay_in_their_column() {
        let long = "a reason of many words ".repeat(9);
        let checked = Checked::new("keys", Finding::fail(long.trim_end(), "Do this."));
        let text = checked.shown_on(Screen::in_colour(80));
        assert!(
            text.starts_with("\u{1b}[31mfail     \u{1b}[0mkeys        a reason"),
            "{text}"
        );
        let words = text.lines().skip(1);
        for line in words {
            let words = line.strip_prefix(&" ".repeat(21));
            assert!(words.is_some_and(|words| words.len() <= 59), "{text}");
        }
    }

    #[test]
    fn what_others_say_can_neither_forge_a_line_nor_command_the_terminal() {
        let found = "a\nok       tpm         ready\u{1b}[2J";
        for finding in [
            Finding::ok(found),
            Finding::skipped(found),
            Finding::fail(found, "look\rhere"),
        ] {
            let text = Checked::new("tpm", finding).to_string();
            assert!(!text.contains("\nok"), "{text:?}");
            assert!(
                text.chars().all(|c| c == '\n' || !c.is_control()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_a_failure_has_failed() {
        let failed = |finding| Checked::new("tpm", finding).failed();
        assert!(failed(Finding::fail("a", "b")));
        assert!(!failed(Finding::warn("a", "b")));
        assert!(!failed(Finding::skipped("a")));
        assert!(!failed(Finding::ok("a")));
    }

    #[test]
    fn the_names_in_json_are_the_documented_ones() {
        let checked = Checked::new("bus policy", Finding::fail("a", "b"));
        let json = serde_json::to_value(CheckedJson::from(&checked)).unwrap();
        let expected = serde_json::json!(
            {"check": "bus policy", "result": "fail", "found": "a", "next": "b"}
        );
        assert_eq!(json, expected);
        let checked = Checked::new("tpm", Finding::ok("a"));
        let json = serde_json::to_value(CheckedJson::from(&checked)).unwrap();
        assert!(json["next"].is_null(), "{json}");
    }
}
