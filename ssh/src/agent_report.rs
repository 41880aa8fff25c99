//! What sshtpm-agent tells its own user about itself: the agent extension `report@sshtpm.org`.
//!
//! Purpose: `ssh-add` says "agent refused operation" for every reason, and whether an agent can ask
//! for a PIN depends on an environment that other programs do not see. The agent answers both to
//! programs of its user on this machine.
//!
//! The request has no content. The answer: `string`, how the agent asks for PINs; then, for each
//! reason for which it refused to add or to remove a key, `uint64`, the seconds since it last did,
//! and `string`, the reason, the newest first.
//!
//! Specs: RFC 9987, "Extension Mechanism".

use crate::wire::{Malformed, Reader};

/// Name of the extension.
pub const NAME: &str = "report@sshtpm.org";

/// Most reasons that are told: twice as many as the agent has.
pub const MAX_REFUSALS: usize = 8;

/// Longest reason, in bytes; those of the agent have some hundred.
pub const MAX_REASON_BYTES: usize = 512;

/// What the agent tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentReport {
    /// How it asks for PINs.
    pub asks: Asks,
    /// Why it refused to add or to remove keys, the newest first.
    pub refusals: Vec<Refused>,
}

/// How an agent asks for PINs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// It can ask: at its terminal or at its desktop.
    Itself,
    /// It has neither a terminal nor a desktop.
    NoDesktop,
    /// It has a desktop, and no program that asks there.
    NoAsker,
    /// By a service, in the environment of the user's systemd.
    ByService,
}

/// A reason for which keys were not added or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How long ago that was the last time, in seconds.
    pub seconds_ago: u64,
    /// The reason, for people.
    pub why: String,
}

/// All ways to ask, by their words.
const WORDS: [(Asks, &str); 4] = [
    (Asks::Itself, "itself"),
    (Asks::NoDesktop, "no-desktop"),
    (Asks::NoAsker, "no-asker"),
    (Asks::ByService, "by-service"),
];

impl AgentReport {
    /// The content of the answer, of at most 5 KiB.
    pub fn encode(&self) -> Vec<u8> {
        let word = WORDS.iter().find(|(asks, _)| *asks == self.asks);
        let mut content = string(word.map_or("", |(_, word)| word));
        for refused in self.refusals.iter().take(MAX_REFUSALS) {
            content.extend(refused.seconds_ago.to_be_bytes());
            content.extend(string(&refused.why));
        }
        content
    }

    /// Reads the content of an answer.
    ///
    /// # Errors
    ///
    /// It is malformed, or has more or longer reasons than an agent tells.
    pub fn parse(content: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(content);
        let word = fields.text()?;
        let (asks, _) = *WORDS
            .iter()
            .find(|(_, known)| *known == word)
            .ok_or(Malformed)?;
        let mut refusals = Vec::new();
        while !fields.is_at_end() {
            let seconds_ago = fields.uint64()?;
            let why = fields.text()?;
            if refusals.len() == MAX_REFUSALS || why.len() > MAX_REASON_BYTES {
                return Err(Malformed);
            }
            let why = why.to_owned();
            refusals.push(Refused { seconds_ago, why });
        }
        Ok(Self { asks, refusals })
    }
}

/// `string`, cut to the longest reason.
fn string(text: &str) -> Vec<u8> {
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|end| *end <= MAX_REASON_BYTES).last();
    let bytes = text
        .get(..end.unwrap_or_default())
        .unwrap_or_default()
        .as_bytes();
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    [&length.to_be_bytes(), bytes].concat()
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{AgentReport, Asks, MAX_REASON_BYTES, MAX_REFUSALS, Refused, WORDS};

    fn report(asks: Asks, count: usize, why: &str) -> AgentReport {
        let refused = Refused {
            seconds_ago: 7,
            why: why.to_owned(),
        };
        AgentReport {
            asks,
            refusals: vec![refused; count],
        }
    }

    #[test]
    fn what_is_told_is_read_back() {
        for (asks, _) in WORDS {
            for count in [0, 1, MAX_REFUSALS] {
                let told = report(asks, count, "refused: zo\u{eb}");
                assert_eq!(AgentReport::parse(&told.encode()), Ok(told));
            }
        }
    }

    #[test]
    fn no_more_is_told_than_is_read() {
        let long = "\u{eb}".repeat(MAX_REASON_BYTES);
        let told = report(Asks::Itself, MAX_REFUSALS + 1, &long).encode();
        assert!(told.len() <= 5 * 1024, "{}", told.len());
        let read = AgentReport::parse(&told).unwrap();
        assert_eq!(read.refusals.len(), MAX_REFUSALS);
    }

    #[test]
    fn an_answer_that_no_agent_gives_is_malformed() {
        let good = report(Asks::Itself, MAX_REFUSALS, "x").encode();
        let one_more = [&good[..], &[0; 8], &[0, 0, 0, 1, b'x']].concat();
        for content in [&good[..good.len() - 1], &one_more, b"", b"\0\0\0\x01x"] {
            assert!(AgentReport::parse(content).is_err(), "{content:?}");
        }
    }
}
