//! The fields of a message, one after the other, confined to the message.
//!
//! `ssh_encoding` 0.2 lets an inner length reach beyond the string around it and does not ask
//! whether that string was used up, so strings are cut out here before anything decodes them.
//!
//! Specs: RFC 4251 §5.

/// A message that is cut off, has bytes left over, or holds what cannot be decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is malformed")]
pub(super) struct Malformed;

/// What is left of a message. Nothing is copied.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Starts at the first byte of `content`.
    pub(super) fn new(content: &'a [u8]) -> Self {
        Self { rest: content }
    }

    /// A `string`: any bytes, as many as the `uint32` before them says.
    pub(super) fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.uint32()?).map_err(|_| Malformed)?;
        let (string, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(string)
    }

    /// A `uint32`, big endian.
    pub(super) fn uint32(&mut self) -> Result<u32, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    /// A `uint64`, big endian.
    pub(super) fn uint64(&mut self) -> Result<u64, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*bytes))
    }

    /// A `boolean`, one byte: RFC 4251 §5 has every value but 0 mean TRUE.
    pub(super) fn boolean(&mut self) -> Result<bool, Malformed> {
        let (byte, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*byte != 0)
    }

    /// Everything that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Makes sure that nothing is left.
    pub(super) fn end(self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, Malformed};

    #[test]
    fn a_string_that_reaches_beyond_the_message_is_malformed() {
        assert_eq!(Fields::new(&[0, 0, 0, 2, b'a']).string(), Err(Malformed));
        assert_eq!(
            Fields::new(&[255, 255, 255, 255, b'a']).string(),
            Err(Malformed)
        );
    }

    #[test]
    fn a_message_that_ends_within_a_length_is_malformed() {
        assert_eq!(Fields::new(&[0, 0, 0]).string(), Err(Malformed));
        assert_eq!(Fields::new(&[]).boolean(), Err(Malformed));
    }

    #[test]
    fn bytes_left_over_are_malformed() {
        let mut fields = Fields::new(&[0, 0, 0, 1, b'a', 0]);
        assert_eq!(fields.string(), Ok(b"a".as_slice()));
        assert_eq!(fields.end(), Err(Malformed));
    }

    #[test]
    fn every_byte_but_zero_is_true() {
        assert_eq!(Fields::new(&[0]).boolean(), Ok(false));
        assert_eq!(Fields::new(&[1]).boolean(), Ok(true));
        assert_eq!(Fields::new(&[255]).boolean(), Ok(true));
    }
}
