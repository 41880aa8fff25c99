//! Finds out whether an agent behind is this one, directly or by a detour.
//!
//! The first message on each connection behind is an extension with a random number of this
//! process. An sshtpm-agent that reads its own number says so; it passes on the numbers that it
//! read, with its own, before it asks its own agents behind. Other agents either pass an unknown
//! extension on, or answer `SSH_AGENT_FAILURE` and go on.
//!
//! The extension: `string[]` of 16 bytes each. The answer: `SSH_AGENT_SUCCESS`, or the extension's
//! own answer with the number that was recognized.
//!
//! Specs: RFC 9987, "Extension Mechanism".

use rustix::rand::{GetRandomFlags, getrandom};
use sshtpm_ssh::wire::{Malformed, Reader};

/// Name of the extension.
pub(crate) const NAME: &str = "loop@sshtpm.org";

/// Message numbers of `SSH_AGENTC_EXTENSION` and of the answer with content.
const EXTENSION: u8 = 27;
const EXTENSION_RESPONSE: u8 = 29;

/// Bytes of a number: no two processes draw the same one.
const NUMBER_BYTES: usize = 16;

/// Most agents of this kind, one behind the other.
pub(super) const MAX_NUMBERS: usize = 16;

/// The number of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number([u8; NUMBER_BYTES]);

/// The numbers of the agents through which a request came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(Vec<Number>);

impl Number {
    /// A fresh number. `None` if the kernel has no random bytes, as only early at boot.
    pub(super) fn draw() -> Option<Self> {
        let mut bytes = [0; NUMBER_BYTES];
        let filled = getrandom(&mut bytes, GetRandomFlags::empty());
        (filled == Ok(NUMBER_BYTES)).then_some(Self(bytes))
    }

    /// The content of the answer that recognizes this number.
    pub(crate) fn content(self) -> Vec<u8> {
        string(&self.0)
    }
}

impl Path {
    /// Reads the content of the extension.
    ///
    /// # Errors
    ///
    /// It is malformed, empty, or has more than [`MAX_NUMBERS`] numbers.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(content);
        let mut numbers = Vec::new();
        while !fields.is_at_end() {
            let number = fields.string()?.try_into().map_err(|_| Malformed)?;
            numbers.push(Number(number));
            if numbers.len() > MAX_NUMBERS {
                return Err(Malformed);
            }
        }
        (!numbers.is_empty())
            .then_some(Self(numbers))
            .ok_or(Malformed)
    }

    /// Whether `number` is among them.
    pub(super) fn has(&self, number: Number) -> bool {
        self.0.contains(&number)
    }

    /// The message that tells an agent behind of these numbers and of `own`. `None` if they are too
    /// many: no agent further behind is asked then.
    pub(super) fn message(&self, own: Number) -> Option<Vec<u8>> {
        if self.0.len() >= MAX_NUMBERS {
            return None;
        }
        let numbers = self.0.iter().chain([&own]);
        let content = numbers.flat_map(|number| number.content());
        let name = string(NAME.as_bytes());
        Some([EXTENSION].into_iter().chain(name).chain(content).collect())
    }

    /// Whether `answer` recognizes one of these numbers, or `own`.
    pub(super) fn is_recognized(&self, own: Number, answer: &[u8]) -> bool {
        recognized(answer).is_ok_and(|number| number == own || self.has(number))
    }
}

/// The number that `answer` recognizes.
fn recognized(answer: &[u8]) -> Result<Number, Malformed> {
    let mut fields = Reader::new(answer);
    if fields.byte()? != EXTENSION_RESPONSE {
        return Err(Malformed);
    }
    fields.exactly(NAME.as_bytes())?;
    let number = fields.string()?.try_into().map_err(|_| Malformed)?;
    fields.end()?;
    Ok(Number(number))
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::{EXTENSION_RESPONSE, MAX_NUMBERS, NAME, Number, Path, string};

    fn path(bytes: &[u8]) -> Path {
        Path(bytes.iter().map(|&byte| Number([byte; 16])).collect())
    }

    fn content(path: &Path, own: Number) -> Vec<u8> {
        let message = path.message(own).unwrap();
        message[1 + 4 + NAME.len()..].to_vec()
    }

    #[test]
    fn the_next_agent_reads_all_numbers_in_order() {
        let read = Path::parse(&content(&path(&[1, 2]), Number([3; 16])));
        assert_eq!(read, Ok(path(&[1, 2, 3])));
    }

    #[test]
    fn a_number_that_is_recognized_is_one_of_those_sent() {
        let answer = |number: Number| {
            let kind = vec![EXTENSION_RESPONSE];
            [kind, string(NAME.as_bytes()), number.content()].concat()
        };
        let (sent, own) = (path(&[1]), Number([2; 16]));
        assert!(sent.is_recognized(own, &answer(Number([1; 16]))));
        assert!(sent.is_recognized(own, &answer(own)));
        assert!(!sent.is_recognized(own, &answer(Number([3; 16]))));
        for other in [&[5][..], &[6], &[28], &[]] {
            assert!(!sent.is_recognized(own, other));
        }
    }

    #[test]
    fn content_without_numbers_or_with_too_many_is_malformed() {
        let many = string(&[0; 16]).repeat(MAX_NUMBERS + 1);
        for content in [&[][..], &string(b"short"), &many, &many[..30]] {
            assert!(Path::parse(content).is_err());
        }
        assert!(Path::parse(&many[20..]).is_ok());
        assert!(path(&[1; MAX_NUMBERS]).message(Number([2; 16])).is_none());
    }

    #[test]
    fn two_numbers_differ() {
        assert_ne!(Number::draw(), Number::draw());
    }
}
