//! The start of a message: 16 bytes that say how long the rest is.
//!
//! Specs: D-Bus Specification, "Message Format".

use std::io;

/// Bytes of the fixed header, and of the length of the header fields.
pub(super) const START_BYTES: usize = 16;

/// Longest header fields, in bytes. Names have at most 255 bytes each; the rest is room for an
/// object path, which the specification does not bound.
const MOST_FIELD_BYTES: usize = 4096;

/// Longest body, in bytes: data to be signed of 256 KiB, and 16 sessions of 20 KiB each
/// (`sshtpm_ssh::limits`).
pub(super) const MOST_BODY_BYTES: usize = 640 * 1024;

/// The flag `NO_REPLY_EXPECTED`, and the type `METHOD_CALL`.
const NO_REPLY: u8 = 1;
const METHOD_CALL: u8 = 1;

/// The start of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    bytes: [u8; START_BYTES],
    is_big_endian: bool,
}

/// What to do with what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Read all of it.
    Take,
    /// Read the header fields, of this length with their padding, and throw the body away.
    CutBody(usize),
    /// Throw all of it away.
    Skip,
}

impl Start {
    /// # Errors
    ///
    /// It is not the start of a message.
    pub(super) fn parse(bytes: [u8; START_BYTES]) -> io::Result<Self> {
        let is_big_endian = match bytes.first() {
            Some(b'l') => false,
            Some(b'B') => true,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        Ok(Self {
            bytes,
            is_big_endian,
        })
    }

    pub(super) fn bytes(&self) -> &[u8; START_BYTES] {
        &self.bytes
    }

    /// Bytes of the body.
    pub(super) fn body_bytes(&self) -> usize {
        self.number(4)
    }

    /// Bytes of the header fields, with their padding to a multiple of 8.
    pub(super) fn field_bytes(&self) -> usize {
        self.number(12).saturating_add(7) & !7
    }

    /// What the lengths mean for the rest.
    pub(super) fn rest(&self) -> Rest {
        let fields = self.field_bytes();
        match self.body_bytes() {
            _ if fields > MOST_FIELD_BYTES => Rest::Skip,
            body if body > MOST_BODY_BYTES => Rest::CutBody(fields),
            _ => Rest::Take,
        }
    }

    /// The same without a body.
    pub(super) fn without_body(mut self) -> Self {
        if let Some(length) = self.bytes.get_mut(4..8) {
            length.fill(0);
        }
        self
    }

    /// The same, of which an answer is expected, and whether one was.
    pub(super) fn with_answer(mut self) -> (Self, bool) {
        let is_call = self.bytes.get(1) == Some(&METHOD_CALL);
        let Some(flags) = self.bytes.get_mut(2) else {
            return (self, true);
        };
        let wants_answer = *flags & NO_REPLY == 0;
        if is_call {
            *flags &= !NO_REPLY;
        }
        (self, wants_answer)
    }

    fn number(&self, at: usize) -> usize {
        let bytes = self
            .bytes
            .get(at..at + 4)
            .and_then(|four| four.try_into().ok());
        let number = bytes.map(|bytes| match self.is_big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        });
        number
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A start with these lengths of body and fields, in little endian.
    fn start(body: u32, fields: u32) -> Start {
        let mut bytes = [
            b'l',
            METHOD_CALL,
            NO_REPLY,
            1,
            0,
            0,
            0,
            0,
            9,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ];
        bytes[4..8].copy_from_slice(&body.to_le_bytes());
        bytes[12..].copy_from_slice(&fields.to_le_bytes());
        Start::parse(bytes).expect("a start")
    }

    #[test]
    fn a_long_body_is_cut_and_long_fields_are_skipped() {
        let most = u32::try_from(MOST_BODY_BYTES).expect("a length");
        assert_eq!(start(most, 100).rest(), Rest::Take);
        assert_eq!(start(most + 1, 100).rest(), Rest::CutBody(104));
        assert_eq!(start(u32::MAX, 104).rest(), Rest::CutBody(104));
        assert_eq!(start(0, 4097).rest(), Rest::Skip);
        assert_eq!(start(0, u32::MAX).rest(), Rest::Skip);
    }

    #[test]
    fn a_message_without_its_body_says_that_it_has_none() {
        let cut = start(7, 100).without_body();
        assert_eq!((cut.body_bytes(), cut.field_bytes()), (0, 104));
    }

    #[test]
    fn every_call_becomes_one_that_is_answered() {
        let (silent, wants_answer) = start(0, 8).with_answer();
        assert!(!wants_answer);
        assert!(silent.with_answer().1);
    }

    #[test]
    fn both_byte_orders_are_read_and_no_third() {
        let mut bytes = *start(258, 8).bytes();
        assert_eq!(Start::parse(bytes).expect("a start").body_bytes(), 258);
        bytes[0] = b'B';
        let body = 258_u32.swap_bytes();
        assert_eq!(
            Start::parse(bytes).expect("a start").body_bytes(),
            usize::try_from(body).expect("a length")
        );
        bytes[0] = b'x';
        assert!(Start::parse(bytes).is_err());
    }
}
