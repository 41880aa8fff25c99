//! The SSH wire format: fields one after the other, confined to the data they are in.
//!
//! `ssh_encoding` 0.2 lets an inner length reach beyond the string around it and accepts a string
//! with bytes left over, so strings are cut out here before anything decodes them. Nothing is
//! copied: the data itself is the bound.
//!
//! Specs: RFC 4251 §5.

use thiserror::Error;

/// The data is cut off, has bytes left over, or is of another form than the one looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the data is malformed")]
pub struct Malformed;

/// Reads field after field from borrowed data.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// Reads a `string`: as many bytes as the `uint32` before them says.
    ///
    /// # Errors
    ///
    /// The data ends before the string does.
    pub fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.uint32()?).map_err(|_| Malformed)?;
        self.bytes(length)
    }

    /// Reads a `string` of UTF-8.
    ///
    /// # Errors
    ///
    /// The data ends before the string does, or the string is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.string()?).map_err(|_| Malformed)
    }

    /// Reads a `string` that has to be `expected`.
    ///
    /// # Errors
    ///
    /// The string is another one, or the data ends before it does.
    pub fn exactly(&mut self, expected: &[u8]) -> Result<(), Malformed> {
        (self.string()? == expected).then_some(()).ok_or(Malformed)
    }

    /// Reads a `byte`.
    ///
    /// # Errors
    ///
    /// No data is left.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (byte, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// Reads a `boolean`, one byte: every value but 0 means TRUE (RFC 4251 §5).
    ///
    /// # Errors
    ///
    /// No data is left.
    pub fn boolean(&mut self) -> Result<bool, Malformed> {
        Ok(self.byte()? != 0)
    }

    /// Reads a `uint32`, 4 bytes, big endian.
    ///
    /// # Errors
    ///
    /// Fewer than 4 bytes are left.
    pub fn uint32(&mut self) -> Result<u32, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    /// Reads a `uint64`, 8 bytes, big endian.
    ///
    /// # Errors
    ///
    /// Fewer than 8 bytes are left.
    pub fn uint64(&mut self) -> Result<u64, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*bytes))
    }

    /// Reads `count` bytes that have no length in front of them.
    ///
    /// # Errors
    ///
    /// Fewer bytes are left.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Everything that is left.
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    ///
    /// Bytes are left over.
    pub fn end(self) -> Result<(), Malformed> {
        self.is_at_end().then_some(()).ok_or(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Reader};

    #[test]
    fn a_string_that_reaches_beyond_the_data_is_malformed() {
        for bytes in [&[0, 0, 0, 2, b'a'][..], &[255, 255, 255, 255, b'a']] {
            assert_eq!(Reader::new(bytes).string(), Err(Malformed));
        }
    }

    #[test]
    fn data_that_ends_within_a_number_is_malformed() {
        assert_eq!(Reader::new(&[0; 3]).uint32(), Err(Malformed));
        assert_eq!(Reader::new(&[0; 7]).uint64(), Err(Malformed));
        assert_eq!(Reader::new(&[]).byte(), Err(Malformed));
        assert_eq!(Reader::new(&[]).boolean(), Err(Malformed));
    }

    #[test]
    fn bytes_left_over_are_malformed() {
        let mut reader = Reader::new(&[0, 0, 0, 1, b'a', 0]);
        assert_eq!(reader.text(), Ok("a"));
        assert_eq!(reader.end(), Err(Malformed));
    }

    #[test]
    fn a_text_that_is_not_utf_8_is_malformed() {
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0xff]).text(), Err(Malformed));
    }

    #[test]
    fn every_byte_but_zero_is_true() {
        assert_eq!(Reader::new(&[0]).boolean(), Ok(false));
        assert_eq!(Reader::new(&[1]).boolean(), Ok(true));
        assert_eq!(Reader::new(&[255]).boolean(), Ok(true));
    }
}
