//! Fields of SSH data, one after the other, confined to it.
//!
//! `ssh_encoding` 0.2 lets an inner length reach beyond the string around it, and does not ask whether
//! that was used up. Here strings are cut out first. Nothing is copied, so nothing has to be bounded
//! but the data itself.
//!
//! Specs: RFC 4251 §5.

/// It is not of the form that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What is left of the data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire<'a> {
    rest: &'a [u8],
}

impl<'a> Wire<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// A `string`: any bytes.
    pub(crate) fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.uint32()?).map_err(|_| Malformed)?;
        self.bytes(length)
    }

    /// A `string` of UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.string()?).map_err(|_| Malformed)
    }

    /// A `string` that says `expected` and nothing else.
    pub(crate) fn exactly(&mut self, expected: &[u8]) -> Result<(), Malformed> {
        (self.string()? == expected).then_some(()).ok_or(Malformed)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let bytes = self.bytes(1)?;
        bytes.first().copied().ok_or(Malformed)
    }

    pub(crate) fn uint32(&mut self) -> Result<u32, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    pub(crate) fn uint64(&mut self) -> Result<u64, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*bytes))
    }

    /// So many bytes, without a length before them.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Makes sure that nothing is left.
    pub(crate) fn end(self) -> Result<(), Malformed> {
        self.is_at_end().then_some(()).ok_or(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Wire};

    #[test]
    fn a_string_that_reaches_beyond_the_data_is_malformed() {
        for bytes in [&[0, 0, 0, 2, b'a'][..], &[255, 255, 255, 255, b'a']] {
            assert_eq!(Wire::new(bytes).string(), Err(Malformed));
        }
    }

    #[test]
    fn what_ends_within_a_number_is_malformed() {
        assert_eq!(Wire::new(&[0; 3]).uint32(), Err(Malformed));
        assert_eq!(Wire::new(&[0; 7]).uint64(), Err(Malformed));
        assert_eq!(Wire::new(&[]).byte(), Err(Malformed));
    }

    #[test]
    fn bytes_left_over_are_malformed() {
        let mut wire = Wire::new(&[0, 0, 0, 1, b'a', 0]);
        assert_eq!(wire.text(), Ok("a"));
        assert_eq!(wire.end(), Err(Malformed));
    }

    #[test]
    fn a_text_that_is_no_utf_8_is_malformed() {
        assert_eq!(Wire::new(&[0, 0, 0, 1, 0xff]).text(), Err(Malformed));
    }
}
